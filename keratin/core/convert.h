// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>
#include <type_traits>

namespace keratin {

/// Converts one element to another type, defined for every value: a float out of an integer's
/// range saturates and NaN becomes 0, as XLA has it.
template <class To, class From>
To convert(From value) {
  if constexpr (std::is_same_v<To, bool>) {
    return static_cast<bool>(value != From(0));
  } else if constexpr (std::is_integral_v<To> && !std::is_integral_v<From>) {
    const auto wide = static_cast<double>(value);
    if (!(wide == wide)) return To(0);
    if (wide <= static_cast<double>(std::numeric_limits<To>::min())) {
      return std::numeric_limits<To>::min();
    }
    if (wide >= static_cast<double>(std::numeric_limits<To>::max())) {
      return std::numeric_limits<To>::max();
    }
    return static_cast<To>(wide);
  } else {
    return static_cast<To>(value);
  }
}

}  // namespace keratin
