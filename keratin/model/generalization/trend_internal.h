// SPDX-License-Identifier: Apache-2.0
// Statistics of short and noisy curves. All of them leave single outliers aside.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace keratin::trend {

using Values = std::span<const double>;

/// Returns the median; of no values 0.
double median(Values values);

/// Returns the median of `window` values (an odd number) around each; fewer at the ends.
std::vector<double> smooth(Values values, size_t window);

/// Returns the standard deviation of single values around a smooth curve, found from how much each
/// differs from the line between its neighbours; 0 for fewer than three.
double noise(Values values);

/// Returns how much a straight line through the values rises from the first to the last: the median
/// of all slopes (Theil and Sen), times the length.
double rise(Values values);

/// Returns how unlikely the order of the values is without a trend, as a standard normal value that
/// is positive for a rising one (Mann and Kendall, ties included); 0 for fewer than three.
double significance(Values values);

}  // namespace keratin::trend
