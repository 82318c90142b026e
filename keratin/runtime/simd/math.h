// SPDX-License-Identifier: Apache-2.0
// Vector forms of functions, exact to about one unit in the last place (sigmoid and tanh: two and a
// half). Denormals count as zero, as everywhere while plans run. Polynomials: S. Moshier, Cephes.
#pragma once

#include "keratin/runtime/simd/vector.h"

namespace keratin::runtime::simd::KERATIN_LEVEL {

// 2^n, n from -126 to 127.
KERATIN_INLINE Vector power_of_two(IntVector n) { return of_bits((n + 127) << 23); }

// Rounds to the nearest even whole number; |x| < 2^22. The sum's last bits hold the number.
constexpr float rounding = 12582912.0f;

// exp(x) = 2^n exp(r) with |r| <= ln 2 / 2. 2^n comes in two factors, so that results up to the
// largest float come out right.
KERATIN_INLINE Vector exp_vector(Vector x) {
  const Vector low = splat(-104.0f);
  const Vector high = splat(89.0f);
  Vector clamped = choose(x > low, x, low);
  clamped = choose(clamped < high, clamped, high);
  const Vector t = clamped * 1.44269504f + rounding;
  const Vector n = t - rounding;
  Vector r = clamped - n * 0.693359375f;
  r = r - n * -2.12194440e-4f;
  Vector p = r * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.0f;
  const IntVector whole = bits_of(t) - bits_of(splat(rounding));
  const IntVector half = whole >> 1;
  const Vector result = p * power_of_two(half) * power_of_two(whole - half);
  return choose(x == x, result, x);
}

// log(x) = e ln 2 + log(m) with m from sqrt(1/2) to sqrt(2).
KERATIN_INLINE Vector log_vector(Vector x) {
  const IntVector bits = bits_of(x);
  IntVector exponent = ((bits >> 23) & 0xff) - 126;
  Vector m = of_bits((bits & 0x007fffff) | 0x3f000000);  // 0.5 to 1
  const IntVector small = m < 0.707106781186547524f;
  exponent += small;  // minus one where true
  m = m + choose(small, m, Vector{}) - 1.0f;
  const Vector z = m * m;
  Vector p = m * 7.0376836292e-2f - 1.1514610310e-1f;
  p = p * m + 1.1676998740e-1f;
  p = p * m - 1.2420140846e-1f;
  p = p * m + 1.4249322787e-1f;
  p = p * m - 1.6668057665e-1f;
  p = p * m + 2.0000714765e-1f;
  p = p * m - 2.4999993993e-1f;
  p = p * m + 3.3333331174e-1f;
  Vector y = p * m * z;
  const Vector e = __builtin_convertvector(exponent, Vector);
  y = y + e * -2.12194440e-4f;
  y = y - z * 0.5f;
  Vector result = m + y;
  result = result + e * 0.693359375f;
  const Vector tiny = splat(1.17549435e-38f);
  const Vector infinity = splat(__builtin_inff());
  result = choose(x < tiny, splat(-__builtin_inff()), result);  // 0 and denormals
  result = choose(x == infinity, infinity, result);
  const Vector not_a_number = splat(__builtin_nanf(""));
  result = choose(x < -tiny, not_a_number, result);
  return choose(x == x, result, x);
}

// tanh: a polynomial near 0, 1 - 2 / (1 + exp(2|x|)) elsewhere.
KERATIN_INLINE Vector tanh_vector(Vector x) {
  const Vector size = absolute(x);
  const Vector far = 1.0f - 2.0f / (1.0f + exp_vector(size * 2.0f));
  const Vector z = x * x;
  Vector p = z * -5.70498872745e-3f + 2.06390887954e-2f;
  p = p * z - 5.37397155531e-2f;
  p = p * z + 1.33314422036e-1f;
  p = p * z - 3.33332819422e-1f;
  const Vector small = p * z * x + x;
  // Both keep the sign of x, of zeros too.
  const IntVector sign = bits_of(x) & static_cast<int32_t>(0x80000000);
  const Vector result = choose(size < 0.625f, absolute(small), choose(x == x, far, x));
  return of_bits(bits_of(result) | sign);
}

KERATIN_INLINE Vector sigmoid_vector(Vector x) { return 1.0f / (1.0f + exp_vector(-x)); }

}  // namespace keratin::runtime::simd::KERATIN_LEVEL
