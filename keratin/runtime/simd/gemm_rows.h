// SPDX-License-Identifier: Apache-2.0
// Products of few rows, whose time is that of reading B: they read it row by row, as it lies, and
// keep the sums of many columns in the nearest cache. Each element is summed as elsewhere: in the
// order of k, block by block.
#pragma once

#include "keratin/runtime/simd/gemm_pack.h"
#include "keratin/runtime/simd/gemm_tile.h"

namespace keratin::runtime::simd::KERATIN_LEVEL {

constexpr int few_rows = 3;
constexpr int64_t line_floats = line_bytes / static_cast<int64_t>(sizeof(float));
constexpr int rows_together = 4;  // rows of B between reading and writing sums
// Sums of fewer columns would be read before they are written.
constexpr int64_t fewest_columns = 8 * lanes;

// Is columns j0 to j0 + width of some rows of C, or of their sums of one block of k.
struct Sums {
  float* at;
  int64_t row, j0, width;
};

// Adds `Depth` rows of B from row p on, or begins with them.
template <int Rows, int Depth>
static void add_rows(const GemmCall& g, int64_t p, const Sums& to, bool begins) {
  Vector a[Rows][Depth];
#pragma GCC unroll 3
  for (int i = 0; i < Rows; ++i)
#pragma GCC unroll 4
    for (int d = 0; d < Depth; ++d) a[i][d] = splat(g.a[i * g.row_a + (p + d) * g.column_a]);
  const float* from = g.b + p * g.row_b + to.j0;
  for (int64_t j = 0; j < to.width; j += tile_columns) {
    Vector sum[Rows][2];
#pragma GCC unroll 3
    for (int i = 0; i < Rows; ++i)
#pragma GCC unroll 2
      for (int v = 0; v < 2; ++v)
        sum[i][v] = begins ? Vector{} : load(to.at + i * to.row + j + v * lanes);
#pragma GCC unroll 4
    for (int d = 0; d < Depth; ++d) {
      const float* b = from + d * g.row_b + j;
      // What the next call reads; after the last one it is nobody's.
#pragma GCC unroll 2
      for (int64_t at = 0; at < tile_columns; at += line_floats)
        __builtin_prefetch(b + Depth * g.row_b + at);
#pragma GCC unroll 2
      for (int v = 0; v < 2; ++v) {
        const Vector right = load(b + v * lanes);
#pragma GCC unroll 3
        for (int i = 0; i < Rows; ++i) accumulate(a[i][d], right, sum[i][v]);
      }
    }
#pragma GCC unroll 3
    for (int i = 0; i < Rows; ++i)
#pragma GCC unroll 2
      for (int v = 0; v < 2; ++v) store(to.at + i * to.row + j + v * lanes, sum[i][v]);
  }
}

// Computes the first `columns` of C, a multiple of tile_columns.
template <int Rows>
static void run_rows(const GemmCall& g, int64_t columns, int64_t depth) {
  constexpr int64_t each = block_columns >> (Rows - 1);
  for (int64_t j0 = 0; j0 < columns; j0 += each) {
    const int64_t width = smaller(each, columns - j0);
    const Sums result = {g.c + j0, g.row_c, j0, width};
    for (int64_t p0 = 0; p0 < g.k; p0 += depth) {
      const Sums sums = p0 == 0 ? result : Sums{g.workspace, width, j0, width};
      const int64_t end = smaller(p0 + depth, g.k);
      int64_t p = p0;
      for (; p + rows_together <= end; p += rows_together)
        add_rows<Rows, rows_together>(g, p, sums, p == p0);
      for (; p < end; ++p) add_rows<Rows, 1>(g, p, sums, p == p0);
      if (p0 == 0) continue;
      for (int i = 0; i < Rows; ++i) {
        float* c = result.at + i * result.row;
        const float* more = sums.at + i * sums.row;
        for (int64_t j = 0; j < width; j += lanes) store(c + j, load(c + j) + load(more + j));
      }
    }
  }
}

// Few columns of one row: blocks of k at the same time, since one sum alone would wait for itself.
template <int Blocks, int Vectors>
static void run_strip(const GemmCall& g, int64_t j, int64_t p0, int64_t depth) {
  Vector sum[Blocks][Vectors];
  const float* a[Blocks];
  const float* b[Blocks];
#pragma GCC unroll 4
  for (int i = 0; i < Blocks; ++i) {
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v) sum[i][v] = Vector{};
    a[i] = g.a + (p0 + i * depth) * g.column_a;
    b[i] = g.b + (p0 + i * depth) * g.row_b + j;
  }
  const int64_t last_depth = smaller(depth, g.k - p0 - (Blocks - 1) * depth);
  for (int64_t p = 0; p < depth; ++p) {
#pragma GCC unroll 4
    for (int i = 0; i < Blocks; ++i) {
      if (i == Blocks - 1 && p >= last_depth) continue;
      const Vector left = splat(a[i][p * g.column_a]);
      const float* right = b[i] + p * g.row_b;
#pragma GCC unroll 4
      for (int v = 0; v < Vectors; ++v) accumulate(left, load(right + v * lanes), sum[i][v]);
    }
  }
#pragma GCC unroll 4
  for (int v = 0; v < Vectors; ++v) {
    float* c = g.c + j + v * lanes;
    Vector total = p0 > 0 ? load(c) + sum[0][v] : sum[0][v];
#pragma GCC unroll 4
    for (int i = 1; i < Blocks; ++i) total += sum[i][v];
    store(c, total);
  }
}

template <int Vectors>
static void run_strip(const GemmCall& g, int64_t j, int64_t depth, int64_t blocks) {
  constexpr int together = 8 / Vectors;
  for (int64_t block = 0; block < blocks; block += together) {
    const int64_t p0 = block * depth;
    switch (smaller(together, blocks - block)) {
      case 4:
        run_strip<4, Vectors>(g, j, p0, depth);
        break;
      case 3:
        run_strip<3, Vectors>(g, j, p0, depth);
        break;
      case 2:
        run_strip<2, Vectors>(g, j, p0, depth);
        break;
      default:
        run_strip<1, Vectors>(g, j, p0, depth);
    }
  }
}

// Computes as many of the first columns as there are kernels for, and returns their number.
static int64_t run_few(const GemmCall& g, int64_t depth, int64_t blocks) {
  const int64_t columns = g.n - g.n % tile_columns;
  if (columns >= fewest_columns) {
    if (g.m == 1) run_rows<1>(g, columns, depth);
    if (g.m == 2) run_rows<2>(g, columns, depth);
    if (g.m == 3) run_rows<3>(g, columns, depth);
    return columns;
  }
  if (g.m > 1) return 0;
  int64_t j = 0;
  for (; j + 4 * lanes <= columns; j += 4 * lanes) run_strip<4>(g, j, depth, blocks);
  for (; j < columns; j += 2 * lanes) run_strip<2>(g, j, depth, blocks);
  return columns;
}

}  // namespace keratin::runtime::simd::KERATIN_LEVEL
