// SPDX-License-Identifier: Apache-2.0
// The decimal digits of binary numbers, as NumPy chooses them.
#pragma once

#include <cstdint>
#include <string>

#include "keratin/core/half.h"

namespace keratin::detail {

/// Is a finite decimal number, d.ddd x 10^exponent; zero has the one digit 0.
struct Decimal {
  bool negative = false;
  std::string digits;
  int exponent = 0;
};

/// Says how many digits are wanted. A limit of -1 is none.
struct DigitLimits {
  int most_places = -1;  ///< digits after the decimal point
  int most_digits = -1;  ///< digits in all
  int least_digits = 1;  ///< digits in all, even where fewer tell the number from its neighbours
};

/// Returns the fewest digits that tell `value` from its neighbours of the same type, the nearest
/// such number; where a limit allows fewer, the value rounded to that many, halves to even.
/// `value` must be finite.
Decimal to_decimal(float16 value, DigitLimits limits);
Decimal to_decimal(float value, DigitLimits limits);
Decimal to_decimal(double value, DigitLimits limits);

}  // namespace keratin::detail
