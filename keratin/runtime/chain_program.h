// SPDX-License-Identifier: Apache-2.0
// The program of a `fused` op.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "keratin/compiler/tiles.h"
#include "keratin/graph/graph.h"
#include "keratin/runtime/chain_product.h"
#include "keratin/runtime/chain_slots.h"

namespace keratin::runtime {

/// Is what a chain computes for each tile of some rows, and where.
struct ChainProgram {
  int64_t lanes = simd::level().lanes;
  int64_t rows = 1, columns = 1, tile_rows = 1;
  int64_t leading = 0;  ///< size of the first axis, by which the work is shared; 0 where it is not
  std::optional<ChainProduct> product;
  std::vector<Slot> slots;
  std::vector<Instruction> instructions;
  std::unique_ptr<Buffer> memory;

  /// Returns how many elements of an extent so many rows have.
  int64_t count_of(compiler::Extent extent, int64_t of_rows) const {
    switch (extent) {
      case compiler::Extent::full:
        return of_rows * columns;
      case compiler::Extent::column:
        return of_rows;
      case compiler::Extent::row:
        return columns;
      default:
        return 1;
    }
  }
};

/// Makes the program of a body for operands whose output addresses are known.
ChainProgram build_chain(const Graph& body, const KernelCall& call);

}  // namespace keratin::runtime
