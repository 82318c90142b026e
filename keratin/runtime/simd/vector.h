// SPDX-License-Identifier: Apache-2.0
// The vector type of the instruction level that this file is compiled for.
#pragma once

#include <cstddef>
#include <cstdint>

#if !defined(KERATIN_LEVEL)
#error "level_*.cpp define KERATIN_LEVEL, a namespace of their own, and KERATIN_LANES"
#endif

#define KERATIN_INLINE static inline __attribute__((always_inline))

namespace keratin::runtime::simd::KERATIN_LEVEL {

constexpr int lanes = KERATIN_LANES;

typedef float Vector __attribute__((vector_size(lanes * 4)));
typedef int32_t IntVector __attribute__((vector_size(lanes * 4)));
// The same in memory, at any place. Values have a place of their own alignment: compilers may
// forget that of a typedef on the way through a template.
typedef float StoredVector __attribute__((vector_size(lanes * 4), aligned(4), may_alias));
typedef int32_t StoredIntVector __attribute__((vector_size(lanes * 4), aligned(4), may_alias));

KERATIN_INLINE Vector load(const float* from) {
  return *reinterpret_cast<const StoredVector*>(from);
}
KERATIN_INLINE void store(float* to, Vector v) { *reinterpret_cast<StoredVector*>(to) = v; }
KERATIN_INLINE Vector splat(float x) { return x - Vector{}; }

KERATIN_INLINE IntVector bits_of(Vector x) { return reinterpret_cast<IntVector>(x); }
KERATIN_INLINE Vector of_bits(IntVector x) { return reinterpret_cast<Vector>(x); }

/// Returns a where the mask is set and b elsewhere.
KERATIN_INLINE Vector choose(IntVector mask, Vector a, Vector b) {
  return of_bits((mask & bits_of(a)) | (~mask & bits_of(b)));
}
KERATIN_INLINE Vector absolute(Vector x) { return of_bits(bits_of(x) & 0x7fffffff); }

}  // namespace keratin::runtime::simd::KERATIN_LEVEL
