// SPDX-License-Identifier: Apache-2.0
// What optimizers do to each number, in one pass: a division and a root take so long that all else
// is done meanwhile. The numbers are those of single instructions.
#pragma once

#include "keratin/runtime/simd/pairs.h"

namespace keratin::runtime::simd::KERATIN_LEVEL {

// Calls `f` with the vectors of five operands; those whose bit is set in `Ones` are one value.
template <int Ones, class F>
KERATIN_INLINE void for_each_vector(const MicroCall& given, F&& f) {
  const MicroCall call = given;
  const void* const from[] = {call.a, call.b, call.c, call.d, call.e};
  Vector one[5]{};
#pragma GCC unroll 5
  for (int k = 0; k < 5; ++k)
    if ((Ones >> k & 1) != 0) one[k] = get(from[k], 0, true);
  for (int64_t i = 0; i < call.count; i += lanes) {
    const auto at = [&](int k) __attribute__((always_inline)) {
      return (Ones >> k & 1) != 0 ? one[k] : get(from[k], i, false);
    };
    put(call.to, i, f(at));
  }
}

// The moving average of squares: d e + c (a b).
static void average_square(const MicroCall& call) {
  for_each_vector<0b01100>(
      call, [](auto at)
                __attribute__((always_inline)) { return at(3) * at(4) + at(2) * (at(0) * at(1)); });
}

// The same as a step towards the square: e + (a b - c) d.
static void approach_square(const MicroCall& call) {
  for_each_vector<0b01000>(
      call, [](auto at)
                __attribute__((always_inline)) { return at(4) + (at(0) * at(1) - at(2)) * at(3); });
}

// A step towards a value: d + (a - b) c.
static void approach(const MicroCall& call) {
  for_each_vector<0b00100>(
      call, [](auto at) __attribute__((always_inline)) { return at(3) + (at(0) - at(1)) * at(2); });
}

// What a step of gradients is divided by, of the first two operands.
struct RootOfSum {
  KERATIN_INLINE Vector of(auto at) { return Root::of(at(0) + at(1)); }
};
struct SumOfRoot {
  KERATIN_INLINE Vector of(auto at) { return Root::of(at(0)) + at(1); }
};

// The step, c d divided, or what is left of e without it.
template <int Ones, class Divisor, bool Descends>
static void take_step(const MicroCall& call) {
  for_each_vector<Ones>(
      call, [](auto at) __attribute__((always_inline)) {
        const Vector step = at(2) * at(3) / Divisor::of(at);
        return Descends ? at(4) - step : step;
      });
}

// As nn/optimizers*.cpp write them: RMSprop, Adagrad, Adam and those like it.
static constexpr Group groups[] = {
    {take_step<0b00110, RootOfSum, true>, pair<Add, Root, false, 2>,
     pair<Multiply, Divide, false, 1>, binary<Subtract, false, false>, 2, 1},
    {take_step<0b01010, SumOfRoot, true>, pair<Root, Add, false, 4>,
     pair<Multiply, Divide, false, 2>, binary<Subtract, false, false>, 2, 1},
    {take_step<0b00110, RootOfSum, false>, pair<Add, Root, false, 2>,
     pair<Multiply, Divide, false, 1>, nullptr, 2, 0},
    {take_step<0b01010, SumOfRoot, false>, pair<Root, Add, false, 4>,
     pair<Multiply, Divide, false, 2>, nullptr, 2, 0},
    {average_square, pair<Multiply, Multiply, true, 4>, pair<Multiply, Add, false, 1>, nullptr, 2,
     0},
    {approach_square, pair<Multiply, Subtract, false, 0>, pair<Multiply, Add, true, 2>, nullptr, 0,
     0},
    {approach, pair<Subtract, Multiply, false, 4>, binary<Add, false, false>, nullptr, 1, 0},
};
constexpr int group_count = sizeof(groups) / sizeof(groups[0]);

}  // namespace keratin::runtime::simd::KERATIN_LEVEL
