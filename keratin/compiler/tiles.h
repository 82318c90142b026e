// SPDX-License-Identifier: Apache-2.0
// How values lie in the tiles of a fused op.
#pragma once

#include <cstdint>

#include "keratin/graph/graph.h"

namespace keratin::compiler {

/// Says how much of a value belongs to a tile: all columns of its rows, one element for each row,
/// one for each column, or one for all. `other` values are in no such relation.
enum class Extent : uint8_t { full, column, row, one, other };

/// Tells whether an op combines the elements of each row.
bool is_row_reduction(const OpDef& op);

/// Is what a fused op goes through: a matrix with the last axis as its columns.
struct TileSpace {
  Shape shape;

  int64_t rows() const;
  int64_t columns() const;

  /// Returns the extent of what a node computes; never `row`.
  Extent of_result(const Shape& result) const;

  /// Returns the extent in which a node of a fused op takes one of its inputs. The same shape may
  /// mean two things: a vector is a column among vectors of its kind, and a row where it is
  /// broadcast to the matrix.
  Extent of_operand(const Graph& graph, const Node& node, size_t input) const;
};

/// Returns the larger of two shapes that nodes compute or reduce.
const Shape& larger_space(const Shape& a, const Shape& b);

/// Tells whether the body of a fused op begins with a product of its first two inputs. All other
/// nodes go through the product's rows and columns.
bool begins_with_product(const Graph& body);

/// Returns what the body of a fused op goes through: the largest value that its nodes compute or
/// reduce.
TileSpace space_of(const Graph& body);

}  // namespace keratin::compiler
