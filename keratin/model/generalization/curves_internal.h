// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "keratin/model/train/logs.h"

namespace keratin {

/// Is one value over the epochs that validation followed.
struct Curves {
  std::vector<int64_t> epochs;
  std::vector<double> training;
  std::vector<double> validation;
  /// Is the training value at the end of each epoch. What `fit` reports is a mean over the epoch,
  /// which is the value in its middle: at the end it is halfway to the next one.
  std::vector<double> training_at_end;
};

/// Returns the curves of a value; empty without validation. A history that was made by hand and
/// names no validated epochs has values for all.
Curves curves_of(const History& history, std::string_view name);

/// Returns the index of the lowest (or highest) value of a curve, found where the smoothed one is
/// best: a single outlier is no best epoch. The curve must not be empty.
size_t best_index(const std::vector<double>& values, bool highest = false);

}  // namespace keratin
