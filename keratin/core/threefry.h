// SPDX-License-Identifier: Apache-2.0
// JAX's random numbers: threefry2x32 in its default, partitionable layout. Element `index` (flat,
// row-major) of a draw is a function of the key and the index alone, so that any thread can make
// any part of it, and a kernel can make a mask twice instead of storing it.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "keratin/core/half.h"

namespace keratin::rng {

/// Is a raw JAX key (a uint32[2] array), also two words of random bits.
struct Key {
  uint32_t high = 0;
  uint32_t low = 0;
  bool operator==(const Key&) const = default;
};

/// Returns the threefry2x32 hash of a counter, 20 rounds (Salmon et al., "Parallel random
/// numbers: as easy as 1, 2, 3").
constexpr Key threefry2x32(Key key, Key counter) {
  constexpr int kRotations[2][4] = {{13, 15, 26, 6}, {17, 29, 16, 24}};
  const uint32_t schedule[3] = {key.high, key.low, key.high ^ key.low ^ 0x1bd11bdau};
  uint32_t a = counter.high + schedule[0];
  uint32_t b = counter.low + schedule[1];
  for (uint32_t group = 0; group < 5; ++group) {
    for (const int rotation : kRotations[group % 2]) {
      a += b;
      b = std::rotl(b, rotation) ^ a;
    }
    a += schedule[(group + 1) % 3];
    b += schedule[(group + 2) % 3] + group + 1;
  }
  return {a, b};
}

/// Returns the two words that element `index` of a draw is made of.
constexpr Key threefry_pair(Key key, uint64_t index) {
  return threefry2x32(key, {static_cast<uint32_t>(index >> 32), static_cast<uint32_t>(index)});
}

/// Returns element `index` of `jax.random.bits(key, shape, uint32)`; for uint16 and uint8 take
/// its lowest bits.
constexpr uint32_t threefry_bits(Key key, uint64_t index) {
  const Key pair = threefry_pair(key, index);
  return pair.high ^ pair.low;
}

/// Returns element `index` of `jax.random.bits(key, shape, uint64)`.
constexpr uint64_t threefry_bits64(Key key, uint64_t index) {
  const Key pair = threefry_pair(key, index);
  return (static_cast<uint64_t>(pair.high) << 32) | pair.low;
}

/// Returns row `index` of `jax.random.split(key, n)`; the same for every n.
constexpr Key split_key(Key key, uint64_t index) { return threefry_pair(key, index); }

/// Returns `jax.random.fold_in(key, data)`.
constexpr Key fold_in(Key key, uint32_t data) { return threefry_pair(key, data); }

/// Returns a float32 in [0, 1), a multiple of 2**-23, from 32 random bits.
constexpr float unit_float32(uint32_t bits) {
  return std::bit_cast<float>((bits >> 9) | 0x3f800000u) - 1.0f;
}

/// Returns a float64 in [0, 1), a multiple of 2**-52, from 64 random bits.
constexpr double unit_float64(uint64_t bits) {
  return std::bit_cast<double>((bits >> 12) | 0x3ff0000000000000u) - 1.0;
}

/// Returns `t` with `bernoulli(p)` being `(bits >> 9) < t`: one integer comparison for a mask.
uint32_t bernoulli_threshold(float p);

/// Tells whether element `index` of `jax.random.bernoulli(key, p)` is true.
constexpr bool bernoulli_at(Key key, uint64_t index, uint32_t threshold) {
  return (threefry_bits(key, index) >> 9) < threshold;
}

// Each `fill_` function writes the elements first ... first + out.size() - 1 of a draw, so that a
// draw may be made in pieces. T is float, double, float16 or bfloat16. The scalars are rounded
// through float32 (JAX's weak types) unless T is double, which is JAX in its 64-bit mode.

/// Writes `jax.random.uniform(key, shape, T, minval, maxval)`.
template <class T>
void fill_uniform(Key key, double minval, double maxval, std::span<T> out, uint64_t first = 0);

/// Writes `jax.random.normal(key, shape, T) * stddev + mean`, rounded after each operation.
template <class T>
void fill_normal(Key key, double mean, double stddev, std::span<T> out, uint64_t first = 0);

/// Writes `jax.random.truncated_normal(key, lower, upper, shape, T) * stddev + mean`, rounded
/// after each operation.
template <class T>
void fill_truncated_normal(Key key, double mean, double stddev, std::span<T> out,
                           uint64_t first = 0, double lower = -2.0, double upper = 2.0);

/// Writes `jax.random.gumbel(key, shape, T)` in its default mode "low".
template <class T>
void fill_gumbel(Key key, std::span<T> out, uint64_t first = 0);

/// Writes `jax.random.bernoulli(key, p, shape)` as 0 and 1.
void fill_bernoulli(Key key, float p, std::span<uint8_t> out, uint64_t first = 0);

/// Writes `jax.random.randint(key, shape, minval, maxval, T)`, T any integer of 8 to 64 bits:
/// values in [minval, maxval), or minval where that is empty.
template <class T>
void fill_randint(Key key, int64_t minval, int64_t maxval, std::span<T> out, uint64_t first = 0);

/// Returns for `jax.random.permutation(key, x, axis, independent=True)` on a row-major x of
/// shape [outer, size, inner] the position along `axis` from which each element comes, in the
/// order of the elements. A ValueError if an extent is negative.
std::vector<int64_t> shuffle_sources(Key key, int64_t outer, int64_t size, int64_t inner);

}  // namespace keratin::rng
