// SPDX-License-Identifier: Apache-2.0
// Copies blocks of the operands of a matrix product to where a tile reads them in order.
#pragma once

#include "keratin/runtime/simd/gemm.h"

namespace keratin::runtime::simd::KERATIN_LEVEL {

KERATIN_INLINE int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
KERATIN_INLINE int64_t parts_of(int64_t size, int64_t largest) {
  return (size + largest - 1) / largest;
}

// Cuts rows into tiles of even heights.
struct TileRows {
  explicit TileRows(int64_t rows)
      : count(parts_of(rows, tile_rows)),
        least(count == 1 ? rows : rows / count),
        higher(rows - least * count) {}

  // Returns the first row of a tile.
  int64_t at(int64_t tile) const { return tile * least + smaller(tile, higher); }

  int64_t count;
  int64_t least;   // rows of each,
  int64_t higher;  // but for so many that have one more
};

template <int Count>
KERATIN_INLINE void copy_ends(const float* from, float* to, int64_t count) {
  float first[Count], last[Count];
  __builtin_memcpy(first, from, sizeof first);
  __builtin_memcpy(last, from + count - Count, sizeof last);
  __builtin_memcpy(to, first, sizeof first);
  __builtin_memcpy(to + count - Count, last, sizeof last);
}

// Copies up to tile_columns floats with whatever vectors fit between the ends.
KERATIN_INLINE void copy_few(const float* from, float* to, int64_t count) {
  if (count >= lanes) return copy_ends<lanes>(from, to, count);
#if KERATIN_LANES == 16
  if (count >= 8) return copy_ends<8>(from, to, count);
#endif
  if (count >= 4) return copy_ends<4>(from, to, count);
  for (int64_t i = 0; i < count; ++i) to[i] = from[i];
}

// Transposes lanes x lanes floats whose rows begin at `from`.
KERATIN_INLINE void transpose_block(const float* const* from, int64_t at, float* to,
                                    int64_t row_to) {
  Vector a[lanes], b[lanes];
  IntVector low{}, high{};
  for (int i = 0; i < lanes; ++i) {
    low[i] = i % 2 ? lanes + i / 2 : i / 2;
    high[i] = low[i] + lanes / 2;
  }
#pragma GCC unroll 16
  for (int i = 0; i < lanes; ++i) a[i] = load(from[i] + at);
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

// Packs `count` rows of `depth` floats that lie `stride` apart as columns, `width` floats from row
// to row of the result. Behind the last column up to the next multiple of lanes stands anything.
static void pack_transposed(const float* from, int64_t stride, int64_t count, int64_t depth,
                            float* to, int64_t width) {
  for (int64_t j = 0; j < count; j += lanes) {
    const float* rows[lanes];
    for (int64_t i = 0; i < lanes; ++i) rows[i] = from + smaller(j + i, count - 1) * stride;
    if (depth < lanes) {
      for (int64_t p = 0; p < depth; ++p)
        for (int64_t i = 0; i < lanes; ++i) to[p * width + j + i] = rows[i][p];
      continue;
    }
    // The last block overlaps the one before.
    for (int64_t p = 0; p < depth; p += lanes) {
      const int64_t at = smaller(p, depth - lanes);
      transpose_block(rows, at, to + at * width + j, width);
    }
  }
}

// Packs `columns` of B, up to tile_columns, into rows of tile_columns; behind the columns stands
// anything.
static void pack_b(const GemmCall& g, int64_t p0, int64_t j, int64_t depth, int64_t columns,
                   float* to) {
  const float* b = g.b + p0 * g.row_b + j * g.column_b;
  if (g.column_b != 1) return pack_transposed(b, g.column_b, columns, depth, to, tile_columns);
  int64_t whole = depth;
  if (columns < tile_columns) {
    // Past the columns lie the next row's, but for the last rows of B.
    const int64_t end = (g.k - 1 - p0) * g.row_b + columns - tile_columns;
    whole = end < 0 ? 0 : smaller(depth, end / g.row_b + 1);
  }
  int64_t p = 0;
  for (; p < whole; ++p) {
    store(to + p * tile_columns, load(b + p * g.row_b));
    store(to + p * tile_columns + lanes, load(b + p * g.row_b + lanes));
  }
  for (; p < depth; ++p) {
    for (int64_t i = 0; i < tile_columns; ++i) {
      to[p * tile_columns + i] = i < columns ? b[p * g.row_b + i] : 0.0f;
    }
  }
}

// Packs up to tile_rows rows of A, elements of a column together. Behind them up to `lanes` floats
// are written.
static void pack_a(const float* a, int64_t row_a, int64_t column_a, int64_t rows, int64_t depth,
                   float* to) {
  if (row_a == 1) {
    for (int64_t p = 0; p < depth; ++p) copy_few(a + p * column_a, to + p * rows, rows);
  } else if (rows <= lanes) {
    pack_transposed(a, row_a, rows, depth, to, rows);
  } else {
    for (int64_t p = 0; p < depth; ++p) {
      for (int64_t i = 0; i < rows; ++i) to[p * rows + i] = a[i * row_a + p];
    }
  }
}

}  // namespace keratin::runtime::simd::KERATIN_LEVEL
