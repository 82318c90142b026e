// SPDX-License-Identifier: Apache-2.0
#include "keratin/core/xla_math.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>

namespace keratin::xla {

namespace {

/// Evaluates a polynomial, highest power first, with one rounding per step.
template <class T, size_t N>
T horner(const T (&coefficients)[N], T x) {
  T sum = coefficients[0];
  for (size_t i = 1; i < N; ++i) sum = std::fma(sum, x, coefficients[i]);
  return sum;
}

/// Follows Cephes: a rational function for |x| below sqrt(2) - 1, the logarithm elsewhere.
template <class T>
T log1p_impl(T x, T log_of_sum) {
  static constexpr T kNumerator[] = {
      T(4.52700008624452e-05), T(0.49854102823193375), T(6.578732594206104), T(29.911919328553072),
      T(60.94966798098779),    T(57.11296359058554),   T(20.039553499201283)};
  static constexpr T kDenominator[] = {T(1.0),
                                       T(15.062909083469192),
                                       T(83.04756596796722),
                                       T(221.76239823732857),
                                       T(309.09872225312057),
                                       T(216.42788614495947),
                                       T(60.11866049760384)};
  if (!(std::abs(x) < T(0.41421356237309503))) return log_of_sum;
  const T square = x * x;
  const T ratio = horner(kNumerator, x) / horner(kDenominator, x);
  return x + std::fma(square, T(-0.5), (x * square) * ratio);
}

}  // namespace

float log(float x) {
  if (x == 0.0f) return -std::numeric_limits<float>::infinity();
  if (x == std::numeric_limits<float>::infinity()) return x;
  if (!(x > 0.0f)) return std::numeric_limits<float>::quiet_NaN();

  // Splits x into 2**exponent * mantissa with the mantissa in [sqrt(0.5), sqrt(2)), less one.
  const float smallest_normal = std::numeric_limits<float>::min();
  const uint32_t bits = std::bit_cast<uint32_t>(x > smallest_normal ? x : smallest_normal);
  const float half_mantissa = std::bit_cast<float>((bits & 0x807fffffu) | 0x3f000000u);
  const bool is_small = half_mantissa < 0.70710677f;
  float exponent = static_cast<float>(static_cast<int32_t>(bits >> 23) - 127) + 1.0f;
  exponent -= is_small ? 1.0f : 0.0f;
  const float m = (half_mantissa - 1.0f) + (is_small ? half_mantissa : 0.0f);

  const float m2 = m * m;
  const float m3 = m2 * m;
  const float high = horner({0.070376836f, -0.1151461f, 0.116769984f}, m);
  const float middle = horner({-0.12420141f, 0.14249323f, -0.16668057f}, m);
  const float low = horner({0.20000714f, -0.24999994f, 0.3333333f}, m);
  const float series = std::fma(std::fma(high, m3, middle), m3, low);
  const float tail = std::fma(series, m3, exponent * -0.00021219444f);
  const float head = std::fma(m2, -0.5f, m);
  return std::fma(exponent, 0.6933594f, head + tail);
}

float log1p(float x) { return log1p_impl(x, log(1.0f + x)); }

double log1p(double x) { return log1p_impl(x, std::log(1.0 + x)); }

float erf(float x) {
  static constexpr float kNumerator[] = {0.00022905065f, 0.003408291f, 0.050955694f, 0.18520832f,
                                         1.1283791f};
  static constexpr float kDenominator[] = {
      -1.1791603e-07f, 2.3547966e-05f, 0.0010179626f, 0.01407047f, 0.11098505f, 0.49746925f, 1.0f};
  if (std::abs(x) >= 3.7439213f) return std::copysign(1.0f, x);
  const float square = x * x;
  return (x * horner(kNumerator, square)) / horner(kDenominator, square);
}

float erf_inv(float x) {
  static constexpr float kCentre[] = {2.8102264e-08f,  3.4327394e-07f, -3.5233877e-06f,
                                      -4.3915065e-06f, 0.00021858087f, -0.001253725f,
                                      -0.0041776816f,  0.24664073f,    1.5014094f};
  static constexpr float kTail[] = {-0.00020021426f, 0.00010095056f, 0.0013493432f,
                                    -0.0036734284f,  0.0057395077f,  -0.0076224613f,
                                    0.0094388705f,   1.001674f,      2.8329768f};
  if (std::abs(x) == 1.0f) return x * std::numeric_limits<float>::infinity();
  const float w = -log1p(x * -x);
  if (w < 5.0f) return x * horner(kCentre, w - 2.5f);
  return x * horner(kTail, std::sqrt(w) - 3.0f);
}

double erf_inv(double x) {
  static constexpr double kCentre[] = {
      -3.64441206401782e-21,  -1.6850591381820166e-19, 1.28584807152564e-18,
      1.1157877678025181e-17, -1.333171662854621e-16,  2.0972767875968562e-17,
      6.637638134358324e-15,  -4.054566272975207e-14,  -8.151934197605472e-14,
      2.6335093153082323e-12, -1.2975133253453532e-11, -5.415412054294628e-11,
      1.0512122733215323e-09, -4.112633980346984e-09,  -2.9070369957882005e-08,
      4.2347877827932404e-07, -1.3654692000834679e-06, -1.3882523362786469e-05,
      0.00018673420803405714, -0.000740702534166267,   -0.006033670871430149,
      0.24015818242558962,    1.6536545626831027};
  static constexpr double kMiddle[] = {
      2.2137376921775787e-09, 9.075656193888539e-08,  -2.7517406297064545e-07,
      1.8239629214389228e-08, 1.5027403968909828e-06, -4.013867526981546e-06,
      2.9234449089955446e-06, 1.2475304481671779e-05, -4.7318229009055734e-05,
      6.828485145957318e-05,  2.4031110387097894e-05, -0.0003550375203628475,
      0.0009532893797373805,  -0.0016882755560235047, 0.002491442096107851,
      -0.003751208507569241,  0.005370914553590064,   1.0052589676941592,
      3.0838856104922208};
  static constexpr double kTail[] = {
      -2.7109920616438573e-11, -2.555641816996525e-10,  1.5076572693500548e-09,
      -3.789465440126737e-09,  7.61570120807834e-09,    -1.496002662714924e-08,
      2.914795345090108e-08,   -6.771199775845234e-08,  2.2900482228026655e-07,
      -9.9298272942317e-07,    4.526062597223154e-06,   -1.968177810553167e-05,
      7.599527703001776e-05,   -0.00021503011930044477, -0.00013871931833623122,
      1.0103004648645344,      4.849906401408584};
  if (std::abs(x) == 1.0) return x * std::numeric_limits<double>::infinity();
  const double w = -log1p(x * -x);
  if (w < 6.25) return x * horner(kCentre, w - 3.125);
  if (w < 16.0) return x * horner(kMiddle, std::sqrt(w) - 3.25);
  return x * horner(kTail, std::sqrt(w) - 5.0);
}

}  // namespace keratin::xla
