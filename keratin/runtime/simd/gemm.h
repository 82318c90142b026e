// SPDX-License-Identifier: Apache-2.0
// The matrix product of one instruction level. A product and a sum are one rounding where the
// processor can: elsewhere numbers do not depend on it.
#pragma once

#include "keratin/runtime/simd/simd.h"
#include "keratin/runtime/simd/vector.h"

#if KERATIN_LANES > 4
#include <immintrin.h>
#endif

namespace keratin::runtime::simd::KERATIN_LEVEL {

#if KERATIN_LANES == 16
constexpr int tile_rows = 12;
#else
constexpr int tile_rows = 6;
#endif
constexpr int tile_columns = 2 * lanes;
constexpr int64_t block_columns = 1024;
constexpr int64_t block_tiles = 16;
constexpr int64_t gemm_workspace =
    block_depth * (block_columns + tile_columns) + block_tiles * tile_rows * block_depth + lanes;

/// Adds a * b to a sum. Left to the compiler, some tiles would round once and others twice.
KERATIN_INLINE void accumulate(Vector a, Vector b, Vector& sum) {
#if KERATIN_LANES == 16
  sum = reinterpret_cast<Vector>(_mm512_fmadd_ps(
      reinterpret_cast<__m512>(a), reinterpret_cast<__m512>(b), reinterpret_cast<__m512>(sum)));
#elif KERATIN_LANES == 8
  // Of sixteen registers twelve are sums. The compiler, which may write the result over any of the
  // three operands, moves them about between them and into memory.
  __asm__("vfmadd231ps %2, %1, %0" : "+x"(sum) : "x"(a), "x"(b));
#else
  sum += a * b;
#endif
}

void gemm(const GemmCall& call);

}  // namespace keratin::runtime::simd::KERATIN_LEVEL
