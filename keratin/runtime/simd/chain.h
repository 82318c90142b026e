// SPDX-License-Identifier: Apache-2.0
// The instructions of a chain (Micro in simd.h): loops over whole vectors of a tile.
#pragma once

#include "keratin/runtime/simd/half.h"
#include "keratin/runtime/simd/math.h"
#include "keratin/runtime/simd/simd.h"

namespace keratin::runtime::simd::KERATIN_LEVEL {

#define KERATIN_FUNCTION static __attribute__((always_inline)) inline

KERATIN_INLINE IntVector load_bits(const void* from, int64_t at) {
  return *reinterpret_cast<const StoredIntVector*>(static_cast<const int32_t*>(from) + at);
}
KERATIN_INLINE void put(void* to, int64_t at, Vector v) { store(static_cast<float*>(to) + at, v); }
KERATIN_INLINE void put(void* to, int64_t at, IntVector v) {
  *reinterpret_cast<StoredIntVector*>(static_cast<int32_t*>(to) + at) = v;
}
KERATIN_INLINE Vector get(const void* from, int64_t at, bool one) {
  const float* values = static_cast<const float*>(from);
  return one ? splat(values[0]) : load(values + at);
}

// A copy of what is given stays in registers, whatever a kernel writes.
template <class F>
static void unary(const MicroCall& given) {
  const MicroCall call = given;
  for (int64_t i = 0; i < call.count; i += lanes) put(call.to, i, F::of(get(call.a, i, false)));
}

template <class F, bool OneA, bool OneB>
static void binary(const MicroCall& given) {
  const MicroCall call = given;
  const Vector a = get(call.a, 0, true);
  const Vector b = get(call.b, 0, true);
  for (int64_t i = 0; i < call.count; i += lanes) {
    put(call.to, i, F::of(OneA ? a : get(call.a, i, false), OneB ? b : get(call.b, i, false)));
  }
}

template <bool OneA, bool OneB>
static void where(const MicroCall& given) {
  const MicroCall call = given;
  const Vector a = get(call.b, 0, true);
  const Vector b = get(call.c, 0, true);
  for (int64_t i = 0; i < call.count; i += lanes) {
    put(call.to, i,
        choose(load_bits(call.a, i), OneA ? a : get(call.b, i, false),
               OneB ? b : get(call.c, i, false)));
  }
}

// Functions without a vector form run value by value, as the reference kernels call them.
template <class F>
static void each(const MicroCall& given) {
  const MicroCall call = given;
  float* to = static_cast<float*>(call.to);
  const float* a = static_cast<const float*>(call.a);
  for (int64_t i = 0; i < call.count; ++i) to[i] = F::of(a[i]);
}

// A power whose exponent is 2, 1/2 or -1/2 for all elements is no search for a logarithm.
template <bool OneA, bool OneB>
static void power(const MicroCall& given) {
  const MicroCall call = given;
  float* to = static_cast<float*>(call.to);
  const float* a = static_cast<const float*>(call.a);
  const float* b = static_cast<const float*>(call.b);
  if constexpr (OneB && !OneA) {
    if (b[0] == 2.0f) {
      for (int64_t i = 0; i < call.count; ++i) to[i] = a[i] * a[i];
      return;
    }
    if (b[0] == 0.5f || b[0] == -0.5f) {
      // The root of -0 is 0 here, and that of minus infinity infinity.
      const float infinity = __builtin_inff();
      for (int64_t i = 0; i < call.count; ++i) {
        const float root = __builtin_sqrtf(a[i] == -infinity ? infinity : a[i] + 0.0f);
        to[i] = b[0] > 0.0f ? root : 1.0f / root;
      }
      return;
    }
  }
  for (int64_t i = 0; i < call.count; ++i) {
    to[i] = __builtin_powf(a[OneA ? 0 : i], b[OneB ? 0 : i]);
  }
}

struct Add {
  KERATIN_FUNCTION Vector of(Vector a, Vector b) { return a + b; }
};
struct Subtract {
  KERATIN_FUNCTION Vector of(Vector a, Vector b) { return a - b; }
};
struct Multiply {
  KERATIN_FUNCTION Vector of(Vector a, Vector b) { return a * b; }
};
struct Divide {
  KERATIN_FUNCTION Vector of(Vector a, Vector b) { return a / b; }
};
// NaN wins, whichever operand it is, and -0 is less than 0.
struct Maximum {
  KERATIN_FUNCTION Vector of(Vector a, Vector b) {
    const Vector same = of_bits(bits_of(a) & bits_of(b));
    return choose(a == b, same, choose((a > b) | (a != a), a, b));
  }
  KERATIN_FUNCTION float of(float a, float b) {
    if (a == b) return __builtin_signbit(a) ? b : a;
    return a > b || a != a ? a : b;
  }
};
struct Minimum {
  KERATIN_FUNCTION Vector of(Vector a, Vector b) {
    const Vector same = of_bits(bits_of(a) | bits_of(b));
    return choose(a == b, same, choose((a < b) | (a != a), a, b));
  }
  KERATIN_FUNCTION float of(float a, float b) {
    if (a == b) return __builtin_signbit(a) ? a : b;
    return a < b || a != a ? a : b;
  }
};
struct Equal {
  KERATIN_FUNCTION IntVector of(Vector a, Vector b) { return a == b; }
};
struct NotEqual {
  KERATIN_FUNCTION IntVector of(Vector a, Vector b) { return a != b; }
};
struct Less {
  KERATIN_FUNCTION IntVector of(Vector a, Vector b) { return a < b; }
};
struct LessEqual {
  KERATIN_FUNCTION IntVector of(Vector a, Vector b) { return a <= b; }
};
struct Greater {
  KERATIN_FUNCTION IntVector of(Vector a, Vector b) { return a > b; }
};
struct GreaterEqual {
  KERATIN_FUNCTION IntVector of(Vector a, Vector b) { return a >= b; }
};
struct And {
  KERATIN_FUNCTION Vector of(Vector a, Vector b) { return of_bits(bits_of(a) & bits_of(b)); }
};
struct Or {
  KERATIN_FUNCTION Vector of(Vector a, Vector b) { return of_bits(bits_of(a) | bits_of(b)); }
};
struct Xor {
  KERATIN_FUNCTION Vector of(Vector a, Vector b) { return of_bits(bits_of(a) ^ bits_of(b)); }
};
struct Not {
  KERATIN_FUNCTION Vector of(Vector a) { return of_bits(~bits_of(a)); }
};
struct Negative {
  KERATIN_FUNCTION Vector of(Vector x) { return -x; }
};
struct Absolute {
  KERATIN_FUNCTION Vector of(Vector x) { return absolute(x); }
};
struct Sign {
  KERATIN_FUNCTION Vector of(Vector x) {
    const Vector one = splat(1.0f);
    return choose(x > 0.0f, one, choose(x < 0.0f, -one, x + 0.0f));
  }
};
struct Square {
  KERATIN_FUNCTION Vector of(Vector x) { return x * x; }
};
struct Sqrt {
  KERATIN_FUNCTION float of(float x) { return __builtin_sqrtf(x); }
};
struct Rsqrt {
  KERATIN_FUNCTION float of(float x) { return 1.0f / __builtin_sqrtf(x); }
};
struct Exp {
  KERATIN_FUNCTION Vector of(Vector x) { return exp_vector(x); }
};
struct Log {
  KERATIN_FUNCTION Vector of(Vector x) { return log_vector(x); }
};
struct Tanh {
  KERATIN_FUNCTION Vector of(Vector x) { return tanh_vector(x); }
};
struct Sigmoid {
  KERATIN_FUNCTION Vector of(Vector x) { return sigmoid_vector(x); }
};
struct Relu {
  KERATIN_FUNCTION Vector of(Vector x) { return choose((x > 0.0f) | (x != x), x, Vector{}); }
};
struct Expm1 {
  KERATIN_FUNCTION float of(float x) { return __builtin_expm1f(x); }
};
struct Log1p {
  KERATIN_FUNCTION float of(float x) { return __builtin_log1pf(x); }
};
struct Sin {
  KERATIN_FUNCTION float of(float x) { return __builtin_sinf(x); }
};
struct Cos {
  KERATIN_FUNCTION float of(float x) { return __builtin_cosf(x); }
};
struct Erf {
  KERATIN_FUNCTION float of(float x) { return __builtin_erff(x); }
};
struct Floor {
  KERATIN_FUNCTION float of(float x) { return __builtin_floorf(x); }
};
struct Ceil {
  KERATIN_FUNCTION float of(float x) { return __builtin_ceilf(x); }
};
struct Round {
  KERATIN_FUNCTION float of(float x) { return __builtin_nearbyintf(x); }
};
struct Softplus {
  KERATIN_FUNCTION float of(float x) {
    if (x != x) return x;
    return (x > 0.0f ? x : 0.0f) + __builtin_log1pf(__builtin_expf(-__builtin_fabsf(x)));
  }
};
struct IsNan {
  KERATIN_FUNCTION IntVector of(Vector x) { return x != x; }
};
struct IsInf {
  KERATIN_FUNCTION IntVector of(Vector x) { return absolute(x) == splat(__builtin_inff()); }
};
struct IsFinite {
  KERATIN_FUNCTION IntVector of(Vector x) { return absolute(x) < splat(__builtin_inff()); }
};
struct MaskToFloat {
  KERATIN_FUNCTION Vector of(Vector x) { return of_bits(bits_of(x) & bits_of(splat(1.0f))); }
};
struct FloatToMask {
  KERATIN_FUNCTION IntVector of(Vector x) { return x != 0.0f; }
};
struct IntToFloat {
  KERATIN_FUNCTION Vector of(Vector x) { return __builtin_convertvector(bits_of(x), Vector); }
};

// Bytes have no room behind them: the exact number of them is read and written.
static void byte_to_float(const MicroCall& given) {
  const MicroCall call = given;
  float* to = static_cast<float*>(call.to);
  const uint8_t* a = static_cast<const uint8_t*>(call.a);
  for (int64_t i = 0; i < call.count; ++i) to[i] = static_cast<float>(a[i]);
}
static void byte_to_mask(const MicroCall& given) {
  const MicroCall call = given;
  int32_t* to = static_cast<int32_t*>(call.to);
  const uint8_t* a = static_cast<const uint8_t*>(call.a);
  for (int64_t i = 0; i < call.count; ++i) to[i] = -static_cast<int32_t>(a[i] != 0);
}
static void mask_to_byte(const MicroCall& given) {
  const MicroCall call = given;
  uint8_t* to = static_cast<uint8_t*>(call.to);
  const int32_t* a = static_cast<const int32_t*>(call.a);
  for (int64_t i = 0; i < call.count; ++i) to[i] = static_cast<uint8_t>(a[i] & 1);
}

// Rows of a tile: `rows` rows of `columns` elements.
static void repeat(const MicroCall& given) {
  const MicroCall call = given;
  const int32_t* a = static_cast<const int32_t*>(call.a);
  int32_t* to = static_cast<int32_t*>(call.to);
  for (int64_t r = 0; r < call.rows; ++r, to += call.columns) {
    for (int64_t j = 0; j < call.columns; ++j) to[j] = a[r];
  }
}

// Sums and extremes have the same order for every number of rows: vectors, then what is left.
template <class F>
static void reduce_rows(const MicroCall& given) {
  const MicroCall call = given;
  const float* a = static_cast<const float*>(call.a);
  float* to = static_cast<float*>(call.to);
  for (int64_t r = 0; r < call.rows; ++r, a += call.columns) {
    int64_t j = 0;
    auto total = F::start;
    if (call.columns >= 2 * lanes) {
      Vector part0 = load(a);
      Vector part1 = load(a + lanes);
      for (j = 2 * lanes; j + 2 * lanes <= call.columns; j += 2 * lanes) {
        part0 = F::of(part0, load(a + j));
        part1 = F::of(part1, load(a + j + lanes));
      }
      part0 = F::of(part0, part1);
      for (int l = 0; l < lanes; ++l) total = F::of(total, part0[l]);
    }
    for (; j < call.columns; ++j) total = F::of(total, a[j]);
    to[r] = static_cast<float>(total);
  }
}
// The few values of short rows, and the lanes of long ones, are added up in float64.
struct RowSum {
  static constexpr double start = 0.0;
  KERATIN_FUNCTION Vector of(Vector a, Vector b) { return a + b; }
  KERATIN_FUNCTION double of(double a, float b) { return a + double{b}; }
};
struct RowMax {
  static constexpr float start = -__builtin_inff();
  KERATIN_FUNCTION Vector of(Vector a, Vector b) { return Maximum::of(a, b); }
  KERATIN_FUNCTION float of(float a, float b) { return Maximum::of(a, b); }
};
struct RowMin {
  static constexpr float start = __builtin_inff();
  KERATIN_FUNCTION Vector of(Vector a, Vector b) { return Minimum::of(a, b); }
  KERATIN_FUNCTION float of(float a, float b) { return Minimum::of(a, b); }
};

static void one_hot(const MicroCall& given) {
  const MicroCall call = given;
  const int32_t* a = static_cast<const int32_t*>(call.a);
  float* to = static_cast<float*>(call.to);
  for (int64_t r = 0; r < call.rows; ++r, to += call.columns) {
    for (int64_t j = 0; j < call.columns; ++j) to[j] = 0.0f;
    if (a[r] >= 0 && a[r] < call.columns) to[a[r]] = 1.0f;
  }
}

#define KERATIN_ONE(...) \
  { __VA_ARGS__, nullptr, nullptr, nullptr }
#define KERATIN_TWO(name, ...)                                        \
  {                                                                   \
    name<__VA_ARGS__, false, false>, name<__VA_ARGS__, true, false>,  \
        name<__VA_ARGS__, false, true>, name<__VA_ARGS__, true, true> \
  }

// In the order of Micro, by Single.
static constexpr MicroKernel micro_kernels[][4] = {
    KERATIN_TWO(binary, Add),
    KERATIN_TWO(binary, Subtract),
    KERATIN_TWO(binary, Multiply),
    KERATIN_TWO(binary, Divide),
    KERATIN_TWO(binary, Maximum),
    KERATIN_TWO(binary, Minimum),
    {power<false, false>, power<true, false>, power<false, true>, power<true, true>},
    KERATIN_TWO(binary, Equal),
    KERATIN_TWO(binary, NotEqual),
    KERATIN_TWO(binary, Less),
    KERATIN_TWO(binary, LessEqual),
    KERATIN_TWO(binary, Greater),
    KERATIN_TWO(binary, GreaterEqual),
    KERATIN_TWO(binary, And),
    KERATIN_TWO(binary, Or),
    KERATIN_TWO(binary, Xor),
    {where<false, false>, where<true, false>, where<false, true>, where<true, true>},
    KERATIN_ONE(unary<Not>),
    KERATIN_ONE(unary<IsNan>),
    KERATIN_ONE(unary<IsInf>),
    KERATIN_ONE(unary<IsFinite>),
    KERATIN_ONE(unary<Negative>),
    KERATIN_ONE(unary<Absolute>),
    KERATIN_ONE(unary<Sign>),
    KERATIN_ONE(unary<Square>),
    KERATIN_ONE(each<Sqrt>),
    KERATIN_ONE(each<Rsqrt>),
    KERATIN_ONE(unary<Exp>),
    KERATIN_ONE(each<Expm1>),
    KERATIN_ONE(unary<Log>),
    KERATIN_ONE(each<Log1p>),
    KERATIN_ONE(each<Sin>),
    KERATIN_ONE(each<Cos>),
    KERATIN_ONE(unary<Tanh>),
    KERATIN_ONE(each<Erf>),
    KERATIN_ONE(each<Floor>),
    KERATIN_ONE(each<Ceil>),
    KERATIN_ONE(each<Round>),
    KERATIN_ONE(unary<Relu>),
    KERATIN_ONE(unary<Sigmoid>),
    KERATIN_ONE(each<Softplus>),
    KERATIN_ONE(unary<MaskToFloat>),
    KERATIN_ONE(unary<FloatToMask>),
    KERATIN_ONE(unary<IntToFloat>),
    KERATIN_ONE(byte_to_float),
    KERATIN_ONE(byte_to_mask),
    KERATIN_ONE(mask_to_byte),
    KERATIN_ONE(half_to_float<Half>),
    KERATIN_ONE(float_to_half<Half>),
    KERATIN_ONE(unary<RoundTo<Half>>),
    KERATIN_ONE(half_to_float<BFloat>),
    KERATIN_ONE(float_to_half<BFloat>),
    KERATIN_ONE(unary<RoundTo<BFloat>>),
    KERATIN_ONE(repeat),
    KERATIN_ONE(reduce_rows<RowSum>),
    KERATIN_ONE(reduce_rows<RowMax>),
    KERATIN_ONE(reduce_rows<RowMin>),
    KERATIN_ONE(one_hot),
};
static_assert(sizeof(micro_kernels) / sizeof(micro_kernels[0]) ==
              static_cast<size_t>(Micro::count));

#undef KERATIN_ONE
#undef KERATIN_TWO
#undef KERATIN_FUNCTION

}  // namespace keratin::runtime::simd::KERATIN_LEVEL
