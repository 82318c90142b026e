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
  bool asks;     // for what follows; otherwise the next two are B as it is
  // Is what later tiles read: it comes nearer while this one is computed.
  const float* ahead;
  int64_t row_ahead;
  // Is what is used after the product, so many bytes of it for each step of depth.
  const char* wanted;
  int64_t wanted_step;
};

constexpr int64_t line_bytes = 64;
constexpr int64_t shallow = 128;

template <int Rows, int Columns>
KERATIN_INLINE void clear(Vector (&sum)[Rows][Columns]) {
#pragma GCC unroll 16
  for (int i = 0; i < Rows; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < Columns; ++j) sum[i][j] = Vector{};
}

// Asks for the lines of C that a tile writes.
template <int Rows, int Columns>
KERATIN_INLINE void fetch(const float* c, int64_t row_c) {
  constexpr int line = line_bytes / 4 > lanes ? line_bytes / 4 / lanes : 1;  // in vectors
#pragma GCC unroll 16
  for (int i = 0; i < Rows; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < Columns; j += line) __builtin_prefetch(c + i * row_c + j * lanes, 1);
}

template <int Columns>
KERATIN_INLINE void add_row(float x, const Vector (&right)[Columns], Vector (&sum)[Columns]) {
  const Vector left = splat(x);
#pragma GCC unroll 2
  for (int j = 0; j < Columns; ++j) accumulate(left, right[j], sum[j]);
}

template <int Rows, int Columns>
KERATIN_INLINE void write(const Tile& tile, Vector (&sum)[Rows][Columns]) {
  float* const c = tile.c;
  const int64_t row_c = tile.row_c;
  if (tile.adds) {
#pragma GCC unroll 16
    for (int i = 0; i < Rows; ++i)
#pragma GCC unroll 2
      for (int j = 0; j < Columns; ++j) sum[i][j] = load(c + i * row_c + j * lanes) + sum[i][j];
  }
#pragma GCC unroll 16
  for (int i = 0; i < Rows; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < Columns; ++j) store(c + i * row_c + j * lanes, sum[i][j]);
}

// Says how many steps of depth share what is done besides sums. With few registers a step is so
// short that the rest takes as long as it does.
constexpr int joint_steps = lanes == 16 ? 1 : 4;

// Says what a tile asks for on its way: nothing, what later tiles read, or that and what is used
// after the product.
enum class Asks { nothing, ahead, all };

// Goes through the depth, joint_steps at a time.
template <int Rows, int Columns, bool Together, bool Packs, Asks Asked>
KERATIN_INLINE void add_steps(const Tile& tile, Vector (&sum)[Rows][Columns]) {
  // Few pointers, so that all of them stay in registers.
  constexpr int each = 3;
  constexpr int groups = (Rows + each - 1) / each;
  const int64_t stride_a = tile.stride_a;
  const int64_t row_b = tile.row_b;
  const float* left[groups];
#pragma GCC unroll 16
  for (int g = 0; g < groups; ++g) left[g] = tile.a + (Together ? each * g : each * g * stride_a);
  const float* b = tile.b;
  float* packed = tile.packed;
  const float* ahead = tile.ahead;
  const char* wanted = tile.wanted;
  const auto step = [&](int s) __attribute__((always_inline)) {
    Vector right[Columns];
#pragma GCC unroll 2
    for (int j = 0; j < Columns; ++j) right[j] = load(b + j * lanes);
    b += row_b;
    if (Packs) {
#pragma GCC unroll 2
      for (int j = 0; j < Columns; ++j) store(packed + j * lanes, right[j]);
      packed += tile_columns;
    }
    if (Asked != Asks::nothing) {
      __builtin_prefetch(ahead, 0, 2);
      ahead += tile.row_ahead;
    }
    if (Asked == Asks::all) {
      __builtin_prefetch(wanted, 0, 2);
      __builtin_prefetch(wanted + line_bytes, 0, 2);
      wanted += tile.wanted_step;
    }
#pragma GCC unroll 16
    for (int i = 0; i < Rows; ++i) {
      add_row(left[i / each][Together ? i % each : i % each * stride_a + s], right, sum[i]);
    }
    if (Together) {
#pragma GCC unroll 16
      for (int g = 0; g < groups; ++g) left[g] += stride_a;
    }
  };
  const auto move = [&](int steps) __attribute__((always_inline)) {
    if (Together) return;
#pragma GCC unroll 16
    for (int g = 0; g < groups; ++g) left[g] += steps;
  };
  int64_t p = tile.depth;
  for (; p >= joint_steps; p -= joint_steps) {
#pragma GCC unroll 4
    for (int s = 0; s < joint_steps; ++s) step(s);
    move(joint_steps);
  }
  for (; joint_steps > 1 && p > 0; --p) {
    step(0);
    move(1);
  }
}

template <int Rows, int Columns, bool Together, bool Packs>
static void run_tile(const Tile& tile) {
  Vector sum[Rows][Columns];
  clear(sum);
  if (tile.fetches) fetch<Rows, Columns>(tile.c, tile.row_c);
  if (joint_steps == 1 || tile.wanted_step != 0) {
    add_steps<Rows, Columns, Together, Packs, Asks::all>(tile, sum);
  } else if (tile.asks) {
    add_steps<Rows, Columns, Together, Packs, Asks::ahead>(tile, sum);
  } else {
    add_steps<Rows, Columns, Together, Packs, Asks::nothing>(tile, sum);
  }
  write(tile, sum);
}

using TileKernel = void (*)(const Tile&);

#define KERATIN_SIX(run, first, ...)                                                 \
  run<first, __VA_ARGS__>, run<first + 1, __VA_ARGS__>, run<first + 2, __VA_ARGS__>, \
      run<first + 3, __VA_ARGS__>, run<first + 4, __VA_ARGS__>, run<first + 5, __VA_ARGS__>
#if KERATIN_LANES == 16
#define KERATIN_ROWS(run, ...) \
  { nullptr, KERATIN_SIX(run, 1, __VA_ARGS__), KERATIN_SIX(run, 7, __VA_ARGS__) }
#else
#define KERATIN_ROWS(run, ...) \
  { nullptr, KERATIN_SIX(run, 1, __VA_ARGS__) }
#endif

// By vectors of columns, by whether elements of A's columns lie together, by rows.
static constexpr TileKernel tile_kernels[2][2][tile_rows + 1] = {
    {KERATIN_ROWS(run_tile, 1, false, false), KERATIN_ROWS(run_tile, 1, true, false)},
    {KERATIN_ROWS(run_tile, 2, false, false), KERATIN_ROWS(run_tile, 2, true, false)}};
// Of tile_columns that they pack, by the same two.
static constexpr TileKernel packing_kernels[2][tile_rows + 1] = {
    KERATIN_ROWS(run_tile, 2, false, true), KERATIN_ROWS(run_tile, 2, true, true)};

#undef KERATIN_ROWS
#undef KERATIN_SIX

}  // namespace keratin::runtime::simd::KERATIN_LEVEL
