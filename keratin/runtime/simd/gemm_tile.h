// SPDX-License-Identifier: Apache-2.0
// Tiles of a matrix product: their accumulators stay in registers.
#pragma once

#include "keratin/runtime/simd/gemm.h"

namespace keratin::runtime::simd::KERATIN_LEVEL {

// Is C[rows, columns] (+)= A[rows, depth] B[depth, columns] for one tile.
struct Tile {
  int64_t depth;
  const float* a;
  int64_t
      stride_a;  // from row to row, or, where elements of a column lie together, column to column
  const float* b;
  int64_t row_b;
  float* packed;  // where a tile that packs puts B, tile_columns from row to row
  float* c;
  int64_t row_c;
  bool adds;
  bool fetches;  // C, before it is written
  // Is what later tiles read of B: it comes nearer while this one is computed.
  const float* ahead;
  int64_t row_ahead;
  // Is what is used after the product, so many bytes of it for each step of depth.
  const char* wanted;
  int64_t wanted_step;
};

// Tells what a tile asks for: what is ahead, and what is wanted after the product. A tile with
// nothing to ask for does not: that would take time from its loads.
enum class Asks { nothing, ahead, more };

constexpr int64_t line_bytes = 64;
constexpr int64_t shallow = 128;

template <int Rows, int Columns, bool Together, bool Packs, Asks What>
static void run_tile(const Tile& tile) {
  Vector sum[Rows][Columns];
#pragma GCC unroll 16
  for (int i = 0; i < Rows; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < Columns; ++j) sum[i][j] = Vector{};
  if (tile.fetches) {
#pragma GCC unroll 16
    for (int i = 0; i < Rows; ++i)
#pragma GCC unroll 2
      for (int j = 0; j < Columns; ++j) __builtin_prefetch(tile.c + i * tile.row_c + j * lanes, 1);
  }
  // Few pointers, so that all of them stay in registers.
  constexpr int each = 3;
  constexpr int groups = (Rows + each - 1) / each;
  const float* left[groups];
#pragma GCC unroll 16
  for (int g = 0; g < groups; ++g)
    left[g] = tile.a + (Together ? each * g : each * g * tile.stride_a);
  const float* b = tile.b;
  float* packed = tile.packed;
  const float* ahead = tile.ahead;
  const char* wanted = tile.wanted;
  for (int64_t p = 0; p < tile.depth; ++p) {
    Vector right[Columns];
#pragma GCC unroll 2
    for (int j = 0; j < Columns; ++j) right[j] = load(b + j * lanes);
    b += tile.row_b;
    if (Packs) {
#pragma GCC unroll 2
      for (int j = 0; j < Columns; ++j) store(packed + j * lanes, right[j]);
      packed += tile_columns;
    }
    if (What != Asks::nothing) {
      __builtin_prefetch(ahead, 0, 2);
      ahead += tile.row_ahead;
    }
    if (What == Asks::more) {
      __builtin_prefetch(wanted, 0, 2);
      __builtin_prefetch(wanted + line_bytes, 0, 2);
      wanted += tile.wanted_step;
    }
#pragma GCC unroll 16
    for (int i = 0; i < Rows; ++i) {
      const float x = left[i / each][Together ? i % each : i % each * tile.stride_a];
#pragma GCC unroll 2
      for (int j = 0; j < Columns; ++j) sum[i][j] = multiply_add(x, right[j], sum[i][j]);
    }
#pragma GCC unroll 16
    for (int g = 0; g < groups; ++g) left[g] += Together ? tile.stride_a : 1;
  }
#pragma GCC unroll 16
  for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 2
    for (int j = 0; j < Columns; ++j) {
      float* c = tile.c + i * tile.row_c + j * lanes;
      store(c, tile.adds ? load(c) + sum[i][j] : sum[i][j]);
    }
  }
}

using TileKernel = void (*)(const Tile&);

#if KERATIN_LANES == 16
#define KERATIN_ROWS(...)                                                                  \
  {                                                                                        \
    nullptr, run_tile<1, __VA_ARGS__>, run_tile<2, __VA_ARGS__>, run_tile<3, __VA_ARGS__>, \
        run_tile<4, __VA_ARGS__>, run_tile<5, __VA_ARGS__>, run_tile<6, __VA_ARGS__>,      \
        run_tile<7, __VA_ARGS__>, run_tile<8, __VA_ARGS__>, run_tile<9, __VA_ARGS__>,      \
        run_tile<10, __VA_ARGS__>, run_tile<11, __VA_ARGS__>, run_tile<12, __VA_ARGS__>    \
  }
#else
#define KERATIN_ROWS(...)                                                                  \
  {                                                                                        \
    nullptr, run_tile<1, __VA_ARGS__>, run_tile<2, __VA_ARGS__>, run_tile<3, __VA_ARGS__>, \
        run_tile<4, __VA_ARGS__>, run_tile<5, __VA_ARGS__>, run_tile<6, __VA_ARGS__>       \
  }
#endif

#define KERATIN_TILES(...)                                                                     \
  {                                                                                            \
    {KERATIN_ROWS(1, false, false, __VA_ARGS__), KERATIN_ROWS(1, true, false, __VA_ARGS__)}, { \
      KERATIN_ROWS(2, false, false, __VA_ARGS__), KERATIN_ROWS(2, true, false, __VA_ARGS__)    \
    }                                                                                          \
  }
#define KERATIN_PACKING(...) \
  { KERATIN_ROWS(2, false, true, __VA_ARGS__), KERATIN_ROWS(2, true, true, __VA_ARGS__) }

// By what they ask for, by vectors of columns, by whether elements of A's columns lie together, by
// rows.
static constexpr TileKernel tile_kernels[3][2][2][tile_rows + 1] = {
    KERATIN_TILES(Asks::nothing), KERATIN_TILES(Asks::ahead), KERATIN_TILES(Asks::more)};
// Of tile_columns that they pack, by the first, the third and the last.
static constexpr TileKernel packing_kernels[3][2][tile_rows + 1] = {
    KERATIN_PACKING(Asks::nothing), KERATIN_PACKING(Asks::ahead), KERATIN_PACKING(Asks::more)};

#undef KERATIN_PACKING
#undef KERATIN_TILES
#undef KERATIN_ROWS

}  // namespace keratin::runtime::simd::KERATIN_LEVEL
