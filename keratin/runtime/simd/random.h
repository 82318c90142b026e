// SPDX-License-Identifier: Apache-2.0
// Random numbers of counters, as core/threefry.h and core/xla_math.h compute them one by one, to
// the last bit.
#pragma once

#include "keratin/runtime/simd/gemm.h"
#include "keratin/runtime/simd/pairs.h"

namespace keratin::runtime::simd::KERATIN_LEVEL {

// Never lies in memory of others, so that it may have the alignment that the processor likes.
typedef uint32_t Words __attribute__((vector_size(lanes * 4)));

template <int Bits>
KERATIN_INLINE Words rotate(Words x) {
  return (x << Bits) | (x >> (32 - Bits));
}

// Is the key as the rounds take it.
struct Schedule {
  uint32_t words[3];
};

// One group of four rounds of threefry2x32, on two vectors of counters side by side.
template <int Group, int R0, int R1, int R2, int R3>
KERATIN_INLINE void mix(const Schedule& key, Words (&a)[2], Words (&b)[2]) {
#pragma GCC unroll 2
  for (int i = 0; i < 2; ++i) {
    a[i] += b[i];
    b[i] = rotate<R0>(b[i]) ^ a[i];
    a[i] += b[i];
    b[i] = rotate<R1>(b[i]) ^ a[i];
    a[i] += b[i];
    b[i] = rotate<R2>(b[i]) ^ a[i];
    a[i] += b[i];
    b[i] = rotate<R3>(b[i]) ^ a[i];
    a[i] += key.words[(Group + 1) % 3];
    b[i] += key.words[(Group + 2) % 3] + Group + 1;
  }
}

// Gives the random bits of the counters `first` and up, two vectors of them.
KERATIN_INLINE void random_bits(const Schedule& key, uint64_t first, Words (&bits)[2]) {
  Words low[2], high[2];
  const uint32_t start = static_cast<uint32_t>(first);
  const uint32_t block = static_cast<uint32_t>(first >> 32);
#pragma GCC unroll 2
  for (int i = 0; i < 2; ++i) {
    for (int l = 0; l < lanes; ++l) low[i][l] = static_cast<uint32_t>(i * lanes + l);
    low[i] += start;
    // What has wrapped around is of the next block.
    high[i] = Words{} + block;
    high[i] -= reinterpret_cast<Words>(low[i] < start);
    high[i] += key.words[0];
    low[i] += key.words[1];
  }
  mix<0, 13, 15, 26, 6>(key, high, low);
  mix<1, 17, 29, 16, 24>(key, high, low);
  mix<2, 13, 15, 26, 6>(key, high, low);
  mix<3, 17, 29, 16, 24>(key, high, low);
  mix<4, 13, 15, 26, 6>(key, high, low);
#pragma GCC unroll 2
  for (int i = 0; i < 2; ++i) bits[i] = high[i] ^ low[i];
}

KERATIN_INLINE Schedule schedule_of(const RandomCall& call) {
  return {{call.key[0], call.key[1], call.key[0] ^ call.key[1] ^ 0x1bd11bdau}};
}

// Calls make(bits, i) for each vector of a draw and writes what it returns; the last ones by way of
// a buffer.
template <class Make>
KERATIN_INLINE void fill(const RandomCall& call, float* to, Make&& make) {
  const Schedule key = schedule_of(call);
  constexpr int64_t each = 2 * lanes;
  Words bits[2];
  int64_t i = 0;
  for (; i + each <= call.count; i += each) {
    random_bits(key, call.first + static_cast<uint64_t>(i), bits);
    store(to + i, make(bits[0], i));
    store(to + i + lanes, make(bits[1], i + lanes));
  }
  if (i == call.count) return;
  random_bits(key, call.first + static_cast<uint64_t>(i), bits);
  for (int half = 0; half < 2; ++half) {
    const int64_t at = i + half * lanes;
    const Vector last = make(bits[half], at);
    for (int64_t l = 0; l < lanes && at + l < call.count; ++l) to[at + l] = last[l];
  }
}

static void dropout(const RandomCall& given, uint32_t threshold, float scale, const float* x,
                    float* to) {
  const RandomCall call = given;
  const auto keep = [&](Words bits, Vector value) {
    return choose(reinterpret_cast<IntVector>((bits >> 9) < threshold), value * scale, Vector{});
  };
  fill(
      call, to, [&](Words bits, int64_t at) __attribute__((always_inline)) {
        if (at + lanes <= call.count) return keep(bits, load(x + at));
        Vector value{};
        for (int64_t l = 0; l < lanes && at + l < call.count; ++l) value[l] = x[at + l];
        return keep(bits, value);
      });
}

#if KERATIN_LANES > 4

// Without a fused multiply-add the numbers would be others.
KERATIN_INLINE Vector fused(Vector a, Vector b, Vector c) {
#if KERATIN_LANES == 16
  return reinterpret_cast<Vector>(_mm512_fmadd_ps(
      reinterpret_cast<__m512>(a), reinterpret_cast<__m512>(b), reinterpret_cast<__m512>(c)));
#else
  return reinterpret_cast<Vector>(_mm256_fmadd_ps(
      reinterpret_cast<__m256>(a), reinterpret_cast<__m256>(b), reinterpret_cast<__m256>(c)));
#endif
}

// Evaluates a polynomial, highest power first.
template <int Count>
KERATIN_INLINE Vector horner(const float (&coefficients)[Count], Vector x) {
  Vector sum = splat(coefficients[0]);
#pragma GCC unroll 16
  for (int i = 1; i < Count; ++i) sum = fused(sum, x, splat(coefficients[i]));
  return sum;
}

// Returns low + u * span for u uniform in [0, 1), not below low.
KERATIN_INLINE Vector uniform_of(Words bits, float low, float span) {
  const Vector u = reinterpret_cast<Vector>((bits >> 9) | 0x3f800000u) - 1.0f;
  const Vector value = fused(u, splat(span), splat(low));
  return choose(value > low, value, splat(low));
}

// xla::log for positive numbers.
KERATIN_INLINE Vector xla_log(Vector x) {
  const Vector normal = choose(x > 1.17549435e-38f, x, splat(1.17549435e-38f));
  const IntVector bits = bits_of(normal);
  const Vector half = of_bits((bits & static_cast<int32_t>(0x807fffffu)) | 0x3f000000);
  const IntVector is_small = half < 0.70710677f;
  Vector exponent = __builtin_convertvector((bits >> 23) - 127, Vector) + 1.0f;
  exponent = exponent - choose(is_small, splat(1.0f), Vector{});
  const Vector m = (half - 1.0f) + choose(is_small, half, Vector{});
  const Vector m2 = m * m;
  const Vector m3 = m2 * m;
  const Vector high = horner({0.070376836f, -0.1151461f, 0.116769984f}, m);
  const Vector middle = horner({-0.12420141f, 0.14249323f, -0.16668057f}, m);
  const Vector low = horner({0.20000714f, -0.24999994f, 0.3333333f}, m);
  const Vector series = fused(fused(high, m3, middle), m3, low);
  const Vector tail = fused(series, m3, exponent * -0.00021219444f);
  const Vector head = fused(m2, splat(-0.5f), m);
  return fused(exponent, splat(0.6933594f), head + tail);
}

// xla::log1p for -1 < x <= 0.
KERATIN_INLINE Vector xla_log1p(Vector x) {
  const Vector square = x * x;
  const Vector ratio =
      horner({4.52700008624452e-05f, 0.49854102823193375f, 6.578732594206104f, 29.911919328553072f,
              60.94966798098779f, 57.11296359058554f, 20.039553499201283f},
             x) /
      horner({1.0f, 15.062909083469192f, 83.04756596796722f, 221.76239823732857f,
              309.09872225312057f, 216.42788614495947f, 60.11866049760384f},
             x);
  const Vector near = x + fused(square, splat(-0.5f), (x * square) * ratio);
  return choose(absolute(x) < 0.41421356237309503f, near, xla_log(x + 1.0f));
}

// xla::erf_inv for -1 < x < 1.
KERATIN_INLINE Vector erf_inv(Vector x) {
  const Vector w = -xla_log1p(x * -x);
  const Vector centre =
      horner({2.8102264e-08f, 3.4327394e-07f, -3.5233877e-06f, -4.3915065e-06f, 0.00021858087f,
              -0.001253725f, -0.0041776816f, 0.24664073f, 1.5014094f},
             w - 2.5f);
  const Vector tail = horner({-0.00020021426f, 0.00010095056f, 0.0013493432f, -0.0036734284f,
                              0.0057395077f, -0.0076224613f, 0.0094388705f, 1.001674f, 2.8329768f},
                             Root::of(w) - 3.0f);
  return x * choose(w < 5.0f, centre, tail);
}

static void uniform(const RandomCall& given, float low, float high, float* to) {
  const RandomCall call = given;
  fill(
      call, to, [&](Words bits, int64_t) __attribute__((always_inline)) {
        return uniform_of(bits, low, high - low);
      });
}

static void normal(const RandomCall& given, float mean, float deviation, float* to) {
  const RandomCall call = given;
  constexpr float low = -0.99999994f;  // the next float above -1
  fill(
      call, to, [&](Words bits, int64_t) __attribute__((always_inline)) {
        return erf_inv(uniform_of(bits, low, 1.0f - low)) * 1.41421356f * deviation + mean;
      });
}

static constexpr RandomKernels random_kernels = {dropout, uniform, normal};

#else

static constexpr RandomKernels random_kernels = {dropout, nullptr, nullptr};

#endif

}  // namespace keratin::runtime::simd::KERATIN_LEVEL
