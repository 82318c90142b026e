// SPDX-License-Identifier: Apache-2.0
// Where numbers stand on an axis, and how they are written.
#pragma once

#include <string>
#include <vector>

namespace keratin::plot {

struct Tick {
  double at;
  std::string text;
};

/// Returns about `wanted` places between two values, at multiples of 1, 2, 2.5 or 5 times a power
/// of ten (whole numbers only where asked), all with the same decimals.
std::vector<Tick> linear_ticks(double low, double high, int wanted, bool integers = false);

/// Returns powers of ten between two values above 0; where they are fewer than three, 2 and 5 times
/// them too.
std::vector<Tick> log_ticks(double low, double high);

}  // namespace keratin::plot
