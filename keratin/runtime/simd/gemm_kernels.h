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

  // Tells what a tile should ask for, or nothing new.
  void give(Tile& tile) {
    tile.wanted = reinterpret_cast<const char*>(tile.b);
    tile.wanted_step = 0;
    if (step_ == 0 || range_ == from_->count) return;
    tile.wanted = from_->begin[range_] + given_;
    tile.wanted_step = step_;
    given_ += step_ * tile.depth;
    if (given_ < from_->bytes[range_]) return;
    ++range_;
    given_ = 0;
  }

 private:
  const Wanted* from_;
  int64_t step_ = 0;
  int range_ = 0;
  int64_t given_ = 0;  // bytes of the range
};

// Is one block of k: columns j0 to j0 + width.
struct Block {
  int64_t p0, depth, j0, width;
};

// Runs tiles of one block, one after the other.
class Tiles {
 public:
  // `together` says whether elements of A's columns lie together.
  Tiles(const GemmCall& g, const Block& block, bool together, Supply& supply)
      : kernels_{tile_kernels[0][together], tile_kernels[1][together]},
        packing_(packing_kernels[together]),
        row_c_(g.row_c),
        adds_(block.p0 > 0),
        supply_(supply) {
    tile.depth = block.depth;
    tile.fetches = adds_ || supply.goes_far();
  }

  Tile tile = {};  // says where A and B are, and what it asks for

  // Has tiles ask for a line of each of these rows. Without any they ask for B again, which costs
  // as little as asking for nothing.
  void ask(const float* ahead, int64_t row_ahead) {
    tile.asks = ahead != nullptr;
    tile.ahead = tile.asks ? ahead : tile.b;
    tile.row_ahead = tile.asks ? row_ahead : tile.row_b;
  }

  // Has the next tile ask for both lines of each of these rows, where nothing else is wanted; null
  // for none.
  void ask_lines(const float* rows, int64_t row) {
    lines_ = reinterpret_cast<const char*>(rows);
    row_lines_ = row * static_cast<int64_t>(sizeof(float));
  }

  void run(float* c, int64_t rows, int64_t columns, bool packs) {
    supply_.give(tile);
    if (lines_ != nullptr && tile.wanted_step == 0) {
      tile.wanted = lines_;
      tile.wanted_step = row_lines_;
    }
    const TileKernel kernel = packs ? packing_[rows] : kernels_[columns <= lanes ? 0 : 1][rows];
    if (columns % lanes != 0) return run_by_way_of_buffer(kernel, c, rows, columns);
    tile.c = c;
    tile.row_c = row_c_;
    tile.adds = adds_;
    kernel(tile);
  }

 private:
  // Vectors would go past C's last column.
  void run_by_way_of_buffer(TileKernel kernel, float* c, int64_t rows, int64_t columns) {
    float buffer[tile_rows * tile_columns];
    tile.c = buffer;
    tile.row_c = tile_columns;
    tile.adds = false;
    kernel(tile);
    for (int64_t i = 0; i < rows; ++i) {
      float* from = buffer + i * tile_columns;
      float* to = c + i * row_c_;
      if (adds_) {
        for (int64_t j = 0; j < columns; ++j) from[j] += to[j];
      }
      copy_few(from, to, columns);
    }
  }

  const TileKernel* kernels_[2];  // by vectors of columns, then by rows
  const TileKernel* packing_;
  int64_t row_c_;
  bool adds_;
  Supply& supply_;
  const char* lines_ = nullptr;
  int64_t row_lines_ = 0;
};

// Tells whether a tile may pack B while it computes. With little depth a copy, which has nothing
// else to wait for, takes no longer.
static bool may_pack_by_tiles(const GemmCall& g, const Block& block) {
  return g.column_b == 1 && block.depth >= shallow;
}

// Returns what tile `t` of a panel at `b` asks for: the first two for the next panel, a line of
// each of its rows, which are those of the last floats of two vectors; where the first one begins,
// the panel before has been.
KERATIN_INLINE const float* next_panel(const float* b, int64_t t) {
  return b + tile_columns + (t + 1) * lanes - 1;
}

// A as it is, B packed where it is used often or lies badly: by the first tile, in the time that it
// computes, where rows of B are whole.
static void run_thin(const GemmCall& g, const Block& block, Supply& supply) {
  const bool by_tiles = may_pack_by_tiles(g, block);
  const bool packs = g.column_b != 1 || (g.row_b != tile_columns && g.m > tile_rows);
  const bool together = g.column_a != 1;
  const TileRows parts(g.m);
  constexpr bool is_wide = tile_columns * sizeof(float) > line_bytes;
  Tiles tiles(g, block, together, supply);
  Tile& tile = tiles.tile;
  tile.stride_a = together ? g.column_a : g.row_a;
  tile.packed = g.workspace;
  for (int64_t j = block.j0; j < block.j0 + block.width; j += tile_columns) {
    const int64_t columns = smaller(tile_columns, g.n - j);
    const float* b = g.b + block.p0 * g.row_b + j * g.column_b;
    const bool has_next = g.column_b == 1 && j + tile_columns < block.j0 + block.width;
    const bool first_packs = packs && by_tiles && columns == tile_columns;
    tile.b = b;
    tile.row_b = g.row_b;
    if (!first_packs && (packs || columns % lanes != 0)) {
      pack_b(g, block.p0, j, block.depth, columns, g.workspace);
      tile.b = g.workspace;
      tile.row_b = tile_columns;
    }
    for (int64_t t = 0; t < parts.count; ++t) {
      const int64_t row = parts.at(t);
      const int64_t rows = parts.at(t + 1) - row;
      tile.a = g.a + block.p0 * g.column_a + row * g.row_a;
      if (is_wide && parts.count == 1)
        tiles.ask_lines(has_next ? b + tile_columns : nullptr, g.row_b);
      if (has_next && t < 2) {
        tiles.ask(next_panel(b, t), g.row_b);
      } else {  // for what the next tile reads of A, where that lies far apart
        tiles.ask(together ? tile.a + rows : nullptr, g.column_a);
      }
      tiles.run(g.c + row * g.row_c + j, rows, columns, first_packs && t == 0);
      if (first_packs && t == 0) {
        tile.b = g.workspace;
        tile.row_b = tile_columns;
      }
    }
  }
}

// Packs tiles of A one behind the other.
static void pack_tiles(const GemmCall& g, const Block& block, const TileRows& parts, int64_t first,
                       int64_t last, float* to) {
  for (int64_t t = first; t < last; ++t) {
    const int64_t row = parts.at(t);
    const int64_t rows = parts.at(t + 1) - row;
    const float* a = g.a + row * g.row_a + block.p0 * g.column_a;
    pack_a(a, g.row_a, g.column_a, rows, block.depth, to);
    to += rows * block.depth;
  }
}

// Both packed: B once for all rows, by its first tiles where its rows are whole, A for block_tiles
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
  const TileRows parts(g.m);
  Tiles tiles(g, block, true, supply);
  Tile& tile = tiles.tile;
  // With little depth most of the time goes into C, which is written row by row.
  const int64_t each = block.depth < shallow ? 1 : block_tiles;
  for (int64_t first = 0; first < parts.count; first += each) {
    const int64_t last = smaller(parts.count, first + each);
    pack_tiles(g, block, parts, first, last, packed_a);
    for (int64_t j = 0; j < block.width; j += tile_columns) {
      const int64_t columns = smaller(tile_columns, block.width - j);
      const float* b = g.b + block.p0 * g.row_b + block.j0 + j;
      tile.a = packed_a;
      tile.packed = packed_b + j * block.depth;
      for (int64_t t = first; t < last; ++t) {
        const int64_t row = parts.at(t);
        const int64_t rows = parts.at(t + 1) - row;
        const bool packs = t == 0 && j < packed_by_tiles;
        const bool has_next = t < 2 && j + tile_columns < packed_by_tiles;
        tile.stride_a = rows;
        tile.b = packs ? b : tile.packed;
        tile.row_b = packs ? g.row_b : tile_columns;
        tiles.ask(has_next ? next_panel(b, t) : nullptr, g.row_b);
        tiles.run(g.c + row * g.row_c + block.j0 + j, rows, columns, packs);
        tile.a += rows * block.depth;
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

// Tells whether it is less to turn A and C than B, whose columns lie together: packing B turns it.
static bool is_turned(const GemmCall& g) {
  constexpr int64_t fewest_rows = lanes / 2, most_rows = 64;  // of A
  return g.row_b == 1 && g.column_b != 1 && g.column_a == 1 && g.m >= fewest_rows &&
         g.m <= most_rows && g.m * (g.n + g.k) <= g.n * g.k;
}

// C as the product of B and A, both turned, which sums the same products in the same order.
static void run_turned(const GemmCall& g, int64_t depth) {
  constexpr int64_t packed = block_depth * tile_columns;
  float* const turned = g.workspace + packed;
  const int64_t width = parts_of(g.m, lanes) * lanes;
  const int64_t most = (gemm_workspace - packed) / width / lanes * lanes;
  for (int64_t j = 0; j < g.n; j += most) {
    const int64_t rows = smaller(most, g.n - j);
    GemmCall call = g;
    call.m = rows;
    call.n = g.m;
    call.a = g.b + j * g.column_b;
    call.row_a = g.column_b;
    call.column_a = 1;
    call.b = g.a;
    call.row_b = 1;
    call.column_b = g.row_a;
    call.c = turned;
    call.row_c = width;
    run_blocks(call, depth);
    const int64_t whole = rows / lanes * lanes;
    pack_transposed(turned, width, whole, g.m, g.c + j, g.row_c);
    for (int64_t i = whole; i < rows; ++i) {
      for (int64_t p = 0; p < g.m; ++p) g.c[p * g.row_c + j + i] = turned[i * width + p];
    }
  }
}

void gemm(const GemmCall& g) {
  if (g.m <= 0 || g.n <= 0) return;
  const auto [blocks, depth] = depth_blocks(g.k);
  if (is_turned(g)) return run_turned(g, depth);
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
