// SPDX-License-Identifier: Apache-2.0
// The larger and the smaller of two numbers, as XLA has them: NaN wins, and -0 is less than 0.
#pragma once

#include <bit>
#include <cstdint>
#include <type_traits>

namespace keratin::runtime {

template <class T, class Choose>
T of_equal_bits(T a, T b, Choose&& choose) {
  using Bits = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;
  return std::bit_cast<T>(choose(std::bit_cast<Bits>(a), std::bit_cast<Bits>(b)));
}

/// Returns the larger of two numbers.
template <class T>
T larger(T a, T b) {
  const T one = ((a > b) | (a != a)) ? a : b;
  if constexpr (std::is_floating_point_v<T>) {
    return a == b ? of_equal_bits(a, b, [](auto x, auto y) { return x & y; }) : one;
  } else {
    return one;
  }
}

/// Returns the smaller of two numbers.
template <class T>
T smaller(T a, T b) {
  const T one = ((a < b) | (a != a)) ? a : b;
  if constexpr (std::is_floating_point_v<T>) {
    return a == b ? of_equal_bits(a, b, [](auto x, auto y) { return x | y; }) : one;
  } else {
    return one;
  }
}

}  // namespace keratin::runtime
