// SPDX-License-Identifier: Apache-2.0
// Matrix products: tiles of accumulators in registers over panels of B, cut into blocks that the
// caches hold. How a product is cut depends on its sizes alone, and each element is summed block by
// block of k, so that threads may share rows or columns as they like.
#pragma once

#include "keratin/runtime/simd/gemm_pack.h"
#include "keratin/runtime/simd/gemm_rows.h"
#include "keratin/runtime/simd/gemm_tile.h"

namespace keratin::runtime::simd::KERATIN_LEVEL {

// Gives each tile of a product its part of what is wanted after it.
class Supply {
 public:
  explicit Supply(const GemmCall& g) : from_(g.wanted) {
    if (from_ == nullptr) return;
    int64_t bytes = 0;
    for (int i = 0; i < from_->count; ++i) bytes += from_->bytes[i];
    const int64_t steps = parts_of(g.m, tile_rows) * parts_of(g.n, tile_columns) * g.k;
    step_ = smaller(parts_of(bytes, steps), 2 * line_bytes);  // of which a tile asks for two lines
  }

  // Tells whether C lies in memory rather than in a cache, where what follows takes it from.
  bool goes_far() const { return from_ == nullptr; }

  // Tells what a tile should ask for, and whether that is anything.
  bool give(Tile& tile) {
    if (step_ == 0 || range_ == from_->count) return false;
    tile.wanted = from_->begin[range_] + given_;
    tile.wanted_step = step_;
    given_ += step_ * tile.depth;
    if (given_ >= from_->bytes[range_]) {
      ++range_;
      given_ = 0;
    }
    return true;
  }

 private:
  const Wanted* from_;
  int64_t step_ = 0;
  int range_ = 0;
  int64_t given_ = 0;  // bytes of the range
};

// Is a panel: all rows of A with tile_columns of B or less.
struct Panel {
  int64_t rows, columns, depth;
  const float* a;
  int64_t row_a, column_a;
  const float* b;
  int64_t row_b;
  float* packed;  // where the first tile puts B for the others, or null
  float* c;
  int64_t row_c;
  bool adds;
  const float* ahead;  // the next panel of B in memory, or null
  int64_t row_ahead;
  Supply* supply;
};

// Computes a panel in tiles of even heights.
static void run_panel(const Panel& panel) {
  const bool together = panel.column_a != 1;
  const int64_t vectors = panel.columns <= lanes ? 1 : 2;
  const bool is_whole = panel.columns == vectors * lanes;
  float buffer[tile_rows * tile_columns];
  const int64_t tiles = parts_of(panel.rows, tile_rows);
  const float* b = panel.b;
  int64_t row_b = panel.row_b;
  int64_t row = 0;
  for (int64_t t = 0; t < tiles; ++t) {
    const bool packs = t == 0 && panel.packed != nullptr;
    const int64_t rows = row_of(panel.rows, t + 1, tiles) - row;
    float* c = panel.c + row * panel.row_c;
    // The first two tiles ask for the next panel, a line of each of its rows, which are those of
    // the last floats of two vectors: where the first one begins, the panel before has been. The
    // others ask for what the next tile reads of A where that lies far apart.
    const bool asks_b = panel.ahead != nullptr && t < 2;
    const bool asks_a = together && t + 1 < tiles;
    const float* a = panel.a + row * panel.row_a;
    const float* ahead = asks_a ? a + rows : b;
    const int64_t row_ahead = asks_a ? panel.column_a : row_b;
    Tile tile = {panel.depth,
                 a,
                 together ? panel.column_a : panel.row_a,
                 b,
                 row_b,
                 panel.packed,
                 is_whole ? c : buffer,
                 is_whole ? panel.row_c : tile_columns,
                 is_whole && panel.adds,
                 panel.adds || panel.supply->goes_far(),
                 asks_b ? panel.ahead + (t + 1) * lanes - 1 : ahead,
                 asks_b ? panel.row_ahead : row_ahead,
                 nullptr,
                 0};
    const bool asks_more = panel.supply->give(tile);
    const Asks asks = asks_more ? Asks::more : asks_a || asks_b ? Asks::ahead : Asks::nothing;
    const auto& kernels = packs ? packing_kernels[static_cast<int>(asks)][together]
                                : tile_kernels[static_cast<int>(asks)][vectors - 1][together];
    kernels[rows](tile);
    if (packs) {
      b = panel.packed;
      row_b = tile_columns;
    }
    if (!is_whole) {
      for (int64_t i = 0; i < rows; ++i) {
        float* from = buffer + i * tile_columns;
        float* to = c + i * panel.row_c;
        if (panel.adds) {
          for (int64_t j = 0; j < panel.columns; ++j) from[j] += to[j];
        }
        copy_few(from, to, panel.columns);
      }
    }
    row += rows;
  }
}

// Is one block of k: columns j0 to j0 + width.
struct Block {
  int64_t p0, depth, j0, width;
};

// Tells whether a tile may pack B while it computes. With little depth a copy, which has nothing
// else to wait for, takes no longer.
static bool may_pack_by_tiles(const GemmCall& g, const Block& block) {
  return g.column_b == 1 && block.depth >= shallow;
}

// A as it is, B packed where it is used often or lies badly: by the first tile, in the time that it
// computes, where rows of B are whole.
static void run_thin(const GemmCall& g, const Block& block, Supply& supply) {
  const bool by_tiles = may_pack_by_tiles(g, block);
  const bool packs = g.column_b != 1 || (g.row_b != tile_columns && g.m > tile_rows);
  for (int64_t j = block.j0; j < block.j0 + block.width; j += tile_columns) {
    const int64_t columns = smaller(tile_columns, g.n - j);
    const bool is_last = j + tile_columns >= block.j0 + block.width;
    const float* b = g.b + block.p0 * g.row_b + j * g.column_b;
    Panel panel = {.rows = g.m,
                   .columns = columns,
                   .depth = block.depth,
                   .a = g.a + block.p0 * g.column_a,
                   .row_a = g.row_a,
                   .column_a = g.column_a,
                   .b = b,
                   .row_b = g.row_b,
                   .packed = nullptr,
                   .c = g.c + j,
                   .row_c = g.row_c,
                   .adds = block.p0 > 0,
                   .ahead = nullptr,
                   .row_ahead = g.row_b,
                   .supply = &supply};
    if (g.column_b == 1 && !is_last) panel.ahead = b + tile_columns;
    if (packs && by_tiles && columns == tile_columns) {
      panel.packed = g.workspace;
    } else if (packs || columns % lanes != 0) {
      pack_b(g, block.p0, j, block.depth, columns, g.workspace);
      panel.b = g.workspace;
      panel.row_b = tile_columns;
    }
    run_panel(panel);
  }
}

// Both packed: B once for all rows, by its first tiles where its rows are whole, A for block_rows
// at a time.
static void run_thick(const GemmCall& g, const Block& block, Supply& supply) {
  float* packed_a = g.workspace;
  float* packed_b = g.workspace + block_tiles * tile_rows * block_depth + lanes;
  const int64_t packed_by_tiles =
      may_pack_by_tiles(g, block) ? block.width / tile_columns * tile_columns : 0;
  for (int64_t j = packed_by_tiles; j < block.width; j += tile_columns) {
    const int64_t columns = smaller(tile_columns, block.width - j);
    pack_b(g, block.p0, block.j0 + j, block.depth, columns, packed_b + j * block.depth);
  }
  const int64_t tiles = parts_of(g.m, tile_rows);
  // With little depth most of the time goes into C, which is written row by row.
  const int64_t each = block.depth < shallow ? 1 : block_tiles;
  for (int64_t first = 0; first < tiles; first += each) {
    const int64_t last = smaller(tiles, first + each);
    float* to = packed_a;
    for (int64_t t = first; t < last; ++t) {
      const int64_t row = row_of(g.m, t, tiles);
      const int64_t height = row_of(g.m, t + 1, tiles) - row;
      pack_a(g.a + row * g.row_a + block.p0 * g.column_a, g.row_a, g.column_a, height, block.depth,
             to);
      to += height * block.depth;
    }
    for (int64_t j = 0; j < block.width; j += tile_columns) {
      const float* from = packed_a;
      for (int64_t t = first; t < last; ++t) {
        const int64_t row = row_of(g.m, t, tiles);
        const int64_t height = row_of(g.m, t + 1, tiles) - row;
        Panel panel = {.rows = height,
                       .columns = smaller(tile_columns, block.width - j),
                       .depth = block.depth,
                       .a = from,
                       .row_a = 1,
                       .column_a = height,
                       .b = packed_b + j * block.depth,
                       .row_b = tile_columns,
                       .packed = nullptr,
                       .c = g.c + row * g.row_c + block.j0 + j,
                       .row_c = g.row_c,
                       .adds = block.p0 > 0,
                       .ahead = nullptr,
                       .row_ahead = g.row_b,
                       .supply = &supply};
        if (j < packed_by_tiles && t < 2) {
          const float* b = g.b + block.p0 * g.row_b + block.j0 + j;
          if (t == 0) {
            panel.packed = packed_b + j * block.depth;
            panel.b = b;
            panel.row_b = g.row_b;
          }
          // Of each row of the next panel, each of the two asks for a line.
          if (j + tile_columns < packed_by_tiles) panel.ahead = b + tile_columns + t * lanes;
        }
        run_panel(panel);
        from += height * block.depth;
      }
    }
  }
}

static void run_blocks(const GemmCall& g, int64_t depth) {
  // Is much work, or a C that no near cache holds and that little is added to.
  const bool is_large =
      g.m * g.n * g.k >= (int64_t{1} << 22) || (g.k < shallow && g.m * g.n >= (int64_t{1} << 16));
  const bool is_thick = is_large && g.n >= 256 && g.m >= 64;
  Supply supply(g);
  for (int64_t j0 = 0; j0 < g.n; j0 += block_columns) {
    const int64_t width = smaller(block_columns, g.n - j0);
    for (int64_t p0 = 0; p0 < g.k; p0 += depth) {
      const Block block = {p0, smaller(depth, g.k - p0), j0, width};
      if (is_thick) {
        run_thick(g, block, supply);
      } else {
        run_thin(g, block, supply);
      }
    }
  }
}

void gemm(const GemmCall& g) {
  if (g.m <= 0 || g.n <= 0) return;
  const int64_t blocks = parts_of(g.k, block_depth);
  const int64_t depth = parts_of(g.k, blocks);
  const bool is_few = g.m <= few_rows && g.column_b == 1;
  const int64_t done = is_few ? run_few(g, depth, blocks) : 0;
  if (done == g.n) return;
  GemmCall rest = g;
  rest.n -= done;
  rest.b += done * g.column_b;
  rest.c += done;
  run_blocks(rest, depth);
}

}  // namespace keratin::runtime::simd::KERATIN_LEVEL
