// SPDX-License-Identifier: Apache-2.0
// Between float32 and the two 16-bit types, to nearest even as core/half.h does it one by one.
// 16-bit values have no room behind them: the exact number of them is read and written.
#pragma once

#include "keratin/runtime/simd/gemm.h"
#include "keratin/runtime/simd/math.h"

namespace keratin::runtime::simd::KERATIN_LEVEL {

typedef uint16_t Halves __attribute__((vector_size(lanes * 2), aligned(2), may_alias));

struct Half {
  static __attribute__((always_inline)) inline Vector widen(Halves x) {
#if KERATIN_LANES == 16
    return reinterpret_cast<Vector>(_mm512_cvtph_ps(reinterpret_cast<__m256i>(x)));
#elif KERATIN_LANES == 8
    return reinterpret_cast<Vector>(_mm256_cvtph_ps(reinterpret_cast<__m128i>(x)));
#else
    const IntVector bits = __builtin_convertvector(x, IntVector);
    const IntVector sign = (bits & 0x8000) << 16;
    const IntVector mantissa = bits & 0x3ff;
    const IntVector exponent = (bits >> 10) & 0x1f;
    const Vector small = __builtin_convertvector(mantissa, Vector) * 0x1p-24f;
    const IntVector is_special = exponent == 31;
    const IntVector wide = (is_special & 0xff) | (~is_special & (exponent + 112));
    const Vector normal = of_bits((wide << 23) | (mantissa << 13));
    return of_bits(sign | bits_of(choose(exponent == 0, small, normal)));
#endif
  }

  static __attribute__((always_inline)) inline Halves narrow(Vector x) {
#if KERATIN_LANES == 16
    return reinterpret_cast<Halves>(
        _mm512_cvtps_ph(reinterpret_cast<__m512>(x), _MM_FROUND_TO_NEAREST_INT));
#elif KERATIN_LANES == 8
    return reinterpret_cast<Halves>(
        _mm256_cvtps_ph(reinterpret_cast<__m256>(x), _MM_FROUND_TO_NEAREST_INT));
#else
    const IntVector bits = bits_of(x);
    const IntVector sign = (bits >> 16) & 0x8000;
    const IntVector magnitude = bits & 0x7fffffff;
    // Adding 0.5 aligns what becomes subnormal so that the sum is rounded to nearest even.
    const IntVector small = bits_of(of_bits(magnitude) + 0.5f) - 0x3f000000;
    const IntVector normal = (magnitude - 0x38000000 + 0xfff + ((magnitude >> 13) & 1)) >> 13;
    const IntVector is_nan = magnitude > 0x7f800000;
    const IntVector is_large = magnitude >= 0x47800000;
    const IntVector is_small = magnitude < 0x38800000;
    IntVector result = (is_small & small) | (~is_small & normal);
    result = (is_large & 0x7c00) | (~is_large & result);
    result = (is_nan & 0x7e00) | (~is_nan & result);
    return __builtin_convertvector(sign | result, Halves);
#endif
  }
};

struct BFloat {
  static __attribute__((always_inline)) inline Vector widen(Halves x) {
    return of_bits(__builtin_convertvector(x, IntVector) << 16);
  }

  static __attribute__((always_inline)) inline Halves narrow(Vector x) {
    const IntVector bits = bits_of(x);
    const IntVector upper = (bits >> 16) & 0xffff;
    const IntVector rounded = ((bits + 0x7fff + (upper & 1)) >> 16) & 0xffff;
    const IntVector is_nan = (bits & 0x7fffffff) > 0x7f800000;
    return __builtin_convertvector((is_nan & (upper | 0x40)) | (~is_nan & rounded), Halves);
  }
};

KERATIN_INLINE Halves load_halves(const uint16_t* from, int64_t count) {
  if (count >= lanes) return *reinterpret_cast<const Halves*>(from);
  Halves x{};
  for (int64_t i = 0; i < count; ++i) x[i] = from[i];
  return x;
}

template <class H>
static void half_to_float(const MicroCall& given) {
  const MicroCall call = given;
  const uint16_t* a = static_cast<const uint16_t*>(call.a);
  float* to = static_cast<float*>(call.to);
  for (int64_t i = 0; i < call.count; i += lanes) {
    const Vector x = H::widen(load_halves(a + i, call.count - i));
    if (i + lanes <= call.count) {
      store(to + i, x);
    } else {
      for (int64_t l = 0; i + l < call.count; ++l) to[i + l] = x[l];
    }
  }
}

template <class H>
static void float_to_half(const MicroCall& given) {
  const MicroCall call = given;
  const float* a = static_cast<const float*>(call.a);
  uint16_t* to = static_cast<uint16_t*>(call.to);
  int64_t i = 0;
  for (; i + lanes <= call.count; i += lanes) {
    *reinterpret_cast<Halves*>(to + i) = H::narrow(load(a + i));
  }
  Vector rest{};
  for (int64_t l = 0; i + l < call.count; ++l) rest[l] = a[i + l];
  const Halves last = H::narrow(rest);
  for (int64_t l = 0; i + l < call.count; ++l) to[i + l] = last[l];
}

// Gives float32 values the nearest of the 16-bit type.
template <class H>
struct RoundTo {
  static __attribute__((always_inline)) inline Vector of(Vector x) {
    return H::widen(H::narrow(x));
  }
};

}  // namespace keratin::runtime::simd::KERATIN_LEVEL
