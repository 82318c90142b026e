// SPDX-License-Identifier: Apache-2.0
// Matrix products: a tile of accumulators in registers, operands packed where that pays.
#pragma once

#include "keratin/runtime/simd/gemm.h"

namespace keratin::runtime::simd::KERATIN_LEVEL {

// C[Rows, Columns*lanes] (+)= A B, with the accumulators in registers.
template <int Rows, int Columns>
KERATIN_INLINE void tile(int64_t depth, const float* __restrict a, int64_t row_a, int64_t column_a,
                         const float* __restrict b, int64_t row_b, float* __restrict c,
                         int64_t row_c, bool adds) {
  Vector sum[Rows][Columns];
#pragma GCC unroll 16
  for (int i = 0; i < Rows; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < Columns; ++j) sum[i][j] = adds ? load(c + i * row_c + j * lanes) : Vector{};
  for (int64_t p = 0; p < depth; ++p) {
    Vector right[Columns];
#pragma GCC unroll 2
    for (int j = 0; j < Columns; ++j) right[j] = load(b + p * row_b + j * lanes);
#pragma GCC unroll 16
    for (int i = 0; i < Rows; ++i) {
      const float left = a[i * row_a + p * column_a];
#pragma GCC unroll 2
      for (int j = 0; j < Columns; ++j) sum[i][j] += left * right[j];
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < Rows; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < Columns; ++j) store(c + i * row_c + j * lanes, sum[i][j]);
}

// All rows of a panel of columns.
template <int Columns>
static void panel(int64_t m, int64_t depth, const float* a, int64_t row_a, int64_t column_a,
                  const float* b, int64_t row_b, float* c, int64_t row_c, bool adds) {
  for (; m >= tile_rows; m -= tile_rows) {
    tile<tile_rows, Columns>(depth, a, row_a, column_a, b, row_b, c, row_c, adds);
    a += tile_rows * row_a;
    c += tile_rows * row_c;
  }
#define KERATIN_REST(rows)                                                    \
  if (m >= rows) {                                                            \
    tile<rows, Columns>(depth, a, row_a, column_a, b, row_b, c, row_c, adds); \
    a += rows * row_a;                                                        \
    c += rows * row_c;                                                        \
    m -= rows;                                                                \
  }
#if KERATIN_LANES == 16
  KERATIN_REST(8)
#endif
  KERATIN_REST(4)
  KERATIN_REST(2)
  KERATIN_REST(1)
#undef KERATIN_REST
}
// A in packed panels
template <int Columns>
static void packed_panel(int64_t m, int64_t depth, const float* a, const float* b, int64_t row_b,
                         float* c, int64_t row_c, bool adds) {
  for (; m >= tile_rows; m -= tile_rows) {
    tile<tile_rows, Columns>(depth, a, 1, tile_rows, b, row_b, c, row_c, adds);
    a += tile_rows * depth;
    c += tile_rows * row_c;
  }
  if (m > 0) panel<Columns>(m, depth, a, 1, m, b, row_b, c, row_c, adds);
}

KERATIN_INLINE void transpose_block(const float* from, int64_t row_from, float* to,
                                    int64_t row_to) {
  Vector a[lanes], b[lanes];
  IntVector low{}, high{};
  for (int i = 0; i < lanes; ++i) {
    low[i] = i % 2 ? lanes + i / 2 : i / 2;
    high[i] = low[i] + lanes / 2;
  }
#pragma GCC unroll 16
  for (int i = 0; i < lanes; ++i) a[i] = load(from + i * row_from);
  constexpr int stages = lanes == 16 ? 4 : lanes == 8 ? 3 : 2;
#pragma GCC unroll 4
  for (int s = 0; s < stages; ++s) {
#pragma GCC unroll 16
    for (int i = 0; i < lanes / 2; ++i) {
#if defined(__clang__)
#if KERATIN_LANES == 16
      b[2 * i] = __builtin_shufflevector(a[i], a[i + lanes / 2], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20,
                                         5, 21, 6, 22, 7, 23);
      b[2 * i + 1] = __builtin_shufflevector(a[i], a[i + lanes / 2], 8, 24, 9, 25, 10, 26, 11, 27,
                                             12, 28, 13, 29, 14, 30, 15, 31);
#elif KERATIN_LANES == 8
      b[2 * i] = __builtin_shufflevector(a[i], a[i + lanes / 2], 0, 8, 1, 9, 2, 10, 3, 11);
      b[2 * i + 1] = __builtin_shufflevector(a[i], a[i + lanes / 2], 4, 12, 5, 13, 6, 14, 7, 15);
#else
      b[2 * i] = __builtin_shufflevector(a[i], a[i + lanes / 2], 0, 4, 1, 5);
      b[2 * i + 1] = __builtin_shufflevector(a[i], a[i + lanes / 2], 2, 6, 3, 7);
#endif
#else
      b[2 * i] = __builtin_shuffle(a[i], a[i + lanes / 2], low);
      b[2 * i + 1] = __builtin_shuffle(a[i], a[i + lanes / 2], high);
#endif
    }
#pragma GCC unroll 16
    for (int i = 0; i < lanes; ++i) a[i] = b[i];
  }
#pragma GCC unroll 16
  for (int i = 0; i < lanes; ++i) store(to + i * row_to, a[i]);
}

// Packs `columns` (up to tile_columns) of B, `depth` rows, into rows of tile_columns with zeros
// behind.
static void pack_b(const float* b, int64_t row_b, int64_t column_b, int64_t depth, int64_t columns,
                   float* to) {
  if (column_b == 1) {
    for (int64_t p = 0; p < depth; ++p) {
      const float* from = b + p * row_b;
      float* row = to + p * tile_columns;
      if (columns == tile_columns) {
        store(row, load(from));
        store(row + lanes, load(from + lanes));
      } else {
        int64_t j = 0;
        for (; j < columns; ++j) row[j] = from[j];
        for (; j < tile_columns; ++j) row[j] = 0.0f;
      }
    }
    return;
  }
  // columns lie in memory (row_b == 1 usually)
  int64_t j = 0;
  for (; j + lanes <= columns; j += lanes) {
    int64_t p = 0;
    if (row_b == 1)
      for (; p + lanes <= depth; p += lanes)
        transpose_block(b + j * column_b + p, column_b, to + p * tile_columns + j, tile_columns);
    for (; p < depth; ++p)
      for (int64_t q = 0; q < lanes; ++q)
        to[p * tile_columns + j + q] = b[(j + q) * column_b + p * row_b];
  }
  for (int64_t p = 0; p < depth; ++p) {
    int64_t q = j;
    for (; q < columns; ++q) to[p * tile_columns + q] = b[q * column_b + p * row_b];
    for (; q < tile_columns; ++q) to[p * tile_columns + q] = 0.0f;
  }
}
// Packs rows of A into panels of tile_rows, depth-major; the last panel has what is left.
static void pack_a(const float* a, int64_t row_a, int64_t column_a, int64_t rows, int64_t depth,
                   float* to) {
  for (int64_t i = 0; i < rows; i += tile_rows) {
    const int64_t width = rows - i < tile_rows ? rows - i : tile_rows;
    const float* from = a + i * row_a;
    if (row_a == 1) {
      for (int64_t p = 0; p < depth; ++p)
        for (int64_t q = 0; q < width; ++q) to[p * width + q] = from[p * column_a + q];
    } else {
      int64_t p = 0;
      for (; p < depth; ++p)
        for (int64_t q = 0; q < width; ++q) to[p * width + q] = from[q * row_a + p * column_a];
    }
    to += width * depth;
  }
}
static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

static void add_columns(const float* from, float* c, int64_t rows, int64_t columns, int64_t row_c) {
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < columns; ++j) c[i * row_c + j] = from[i * tile_columns + j];
}

// rows x columns(<tile) result through a buffer
static void narrow(int64_t m, int64_t depth, const float* a, int64_t row_a, int64_t column_a,
                   const float* packed, float* c, int64_t row_c, int64_t columns, bool adds) {
  float buffer[tile_rows * tile_columns];
  while (m > 0) {
    const int64_t rows = smaller(m, tile_rows);
    if (adds)
      for (int64_t i = 0; i < rows; ++i)
        for (int64_t j = 0; j < columns; ++j) buffer[i * tile_columns + j] = c[i * row_c + j];
    if (columns <= lanes)
      panel<1>(rows, depth, a, row_a, column_a, packed, tile_columns, buffer, tile_columns, adds);
    else
      panel<2>(rows, depth, a, row_a, column_a, packed, tile_columns, buffer, tile_columns, adds);
    add_columns(buffer, c, rows, columns, row_c);
    a += rows * row_a;
    c += rows * row_c;
    m -= rows;
  }
}

void gemm(const GemmCall& g) {
  if (g.m <= 0 || g.n <= 0) return;
  float* packed_b = g.workspace;
  float* packed_a = g.workspace + block_depth * (block_columns + tile_columns);
  const bool packs_a = g.m * g.n * g.k >= (int64_t{1} << 24) && g.n >= 256 && g.m >= 64;
  const bool direct_b = g.column_b == 1 && g.m < 4 * tile_rows;
  for (int64_t j0 = 0; j0 < g.n; j0 += block_columns) {
    const int64_t width = smaller(block_columns, g.n - j0);
    for (int64_t p0 = 0; p0 < g.k; p0 += block_depth) {
      const int64_t depth = smaller(block_depth, g.k - p0);
      const bool adds = p0 > 0;
      const float* b = g.b + p0 * g.row_b + j0 * g.column_b;
      if (!packs_a) {
        for (int64_t j = 0; j < width; j += tile_columns) {
          const int64_t columns = smaller(tile_columns, width - j);
          const float* panel_b = b + j * g.column_b;
          int64_t row_b = g.row_b;
          if (!direct_b || columns < tile_columns) {
            pack_b(panel_b, g.row_b, g.column_b, depth, columns, packed_b);
            panel_b = packed_b;
            row_b = tile_columns;
          }
          const float* a = g.a + p0 * g.column_a;
          float* c = g.c + j0 + j;
          if (columns == tile_columns)
            panel<2>(g.m, depth, a, g.row_a, g.column_a, panel_b, row_b, c, g.row_c, adds);
          else if (columns == lanes)
            panel<1>(g.m, depth, a, g.row_a, g.column_a, panel_b, row_b, c, g.row_c, adds);
          else
            narrow(g.m, depth, a, g.row_a, g.column_a, panel_b, c, g.row_c, columns, adds);
        }
        continue;
      }
      for (int64_t j = 0; j < width; j += tile_columns)
        pack_b(b + j * g.column_b, g.row_b, g.column_b, depth, smaller(tile_columns, width - j),
               packed_b + j * block_depth);
      for (int64_t i0 = 0; i0 < g.m; i0 += block_rows) {
        const int64_t rows = smaller(block_rows, g.m - i0);
        pack_a(g.a + i0 * g.row_a + p0 * g.column_a, g.row_a, g.column_a, rows, depth, packed_a);
        for (int64_t j = 0; j < width; j += tile_columns) {
          const int64_t columns = smaller(tile_columns, width - j);
          float* c = g.c + i0 * g.row_c + j0 + j;
          const float* panel_b = packed_b + j * block_depth;
          if (columns == tile_columns)
            packed_panel<2>(rows, depth, packed_a, panel_b, tile_columns, c, g.row_c, adds);
          else {
            // rare: last columns
            narrow(rows, depth, g.a + i0 * g.row_a + p0 * g.column_a, g.row_a, g.column_a, panel_b,
                   c, g.row_c, columns, adds);
          }
        }
      }
    }
  }
}

}  // namespace keratin::runtime::simd::KERATIN_LEVEL
