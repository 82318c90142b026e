// SPDX-License-Identifier: Apache-2.0
// The matrix product of one instruction level. It has source files of its own, in which a product
// and a sum are one rounding: elsewhere numbers must not depend on the processor.
#pragma once

#include "keratin/runtime/simd/simd.h"
#include "keratin/runtime/simd/vector.h"

namespace keratin::runtime::simd::KERATIN_LEVEL {

#if KERATIN_LANES == 16
constexpr int tile_rows = 12;
#else
constexpr int tile_rows = 6;
#endif
constexpr int tile_columns = 2 * lanes;
constexpr int64_t block_depth = 256;
constexpr int64_t block_columns = 1024;
constexpr int64_t block_tiles = 16;
constexpr int64_t gemm_workspace =
    block_depth * (block_columns + tile_columns) + block_tiles * tile_rows * block_depth + lanes;

void gemm(const GemmCall& call);

}  // namespace keratin::runtime::simd::KERATIN_LEVEL
