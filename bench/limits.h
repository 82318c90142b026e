// SPDX-License-Identifier: Apache-2.0
// What one thread of this machine can do at most.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace bench {

namespace limits {

constexpr int64_t turns = 20000;
constexpr int chains = 12;  // enough to hide the latency of a product and a sum

#if defined(__x86_64__)
__attribute__((target("avx512f"), noinline)) inline double run_avx512() {
  __m512 sums[chains];
  for (int c = 0; c < chains; ++c) sums[c] = _mm512_set1_ps(static_cast<float>(c));
  const __m512 factor = _mm512_set1_ps(0.999f);
  for (int64_t i = 0; i < turns; ++i) {
#pragma GCC unroll 12
    for (int c = 0; c < chains; ++c) sums[c] = _mm512_fmadd_ps(sums[c], factor, factor);
  }
  volatile float sink = 0;
  for (int c = 0; c < chains; ++c) sink = sink + sums[c][0];
  return 2.0 * 16 * chains * turns;
}

__attribute__((target("avx2,fma"), noinline)) inline double run_fma() {
  __m256 sums[chains];
  for (int c = 0; c < chains; ++c) sums[c] = _mm256_set1_ps(static_cast<float>(c));
  const __m256 factor = _mm256_set1_ps(0.999f);
  for (int64_t i = 0; i < turns; ++i) {
#pragma GCC unroll 12
    for (int c = 0; c < chains; ++c) sums[c] = _mm256_fmadd_ps(sums[c], factor, factor);
  }
  volatile float sink = 0;
  for (int c = 0; c < chains; ++c) sink = sink + sums[c][0];
  return 2.0 * 8 * chains * turns;
}
#endif

inline double run_plain() {
  typedef float Four __attribute__((vector_size(16)));
  Four sums[chains];
  for (int c = 0; c < chains; ++c) sums[c] = Four{} + static_cast<float>(c);
  for (int64_t i = 0; i < turns; ++i) {
#pragma GCC unroll 12
    for (int c = 0; c < chains; ++c) sums[c] = sums[c] * 0.999f + 0.999f;
  }
  volatile float sink = 0;
  for (int c = 0; c < chains; ++c) sink = sink + sums[c][0];
  return 2.0 * 4 * chains * turns;
}

inline double run_best() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return run_avx512();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return run_fma();
#endif
  return run_plain();
}

template <class F>
double best_rate(int repeats, F&& amount_of_run) {
  double best = 0;
  for (int i = 0; i < repeats; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const double amount = amount_of_run();
    const std::chrono::duration<double, std::nano> taken = std::chrono::steady_clock::now() - start;
    best = amount / taken.count() > best ? amount / taken.count() : best;
  }
  return best;
}

}  // namespace limits

/// Returns the float32 products and sums that one thread does in a nanosecond.
inline double peak_gflops() { return limits::best_rate(100, limits::run_best); }

/// Returns the bytes that one thread reads and writes in a nanosecond, in a + b * s over arrays
/// that no cache holds.
inline double bandwidth_gbytes() {
  const size_t count = size_t{16} << 20;
  std::vector<float> a(count, 1.0f), b(count, 2.0f), c(count);
  return limits::best_rate(5, [&] {
    for (size_t i = 0; i < count; ++i) c[i] = a[i] + 0.5f * b[i];
    return 12.0 * static_cast<double>(count);
  });
}

}  // namespace bench
