// SPDX-License-Identifier: Apache-2.0
// The passes, one source file each. A pass changes the graph and tells whether it did.
#pragma once

#include "keratin/graph/graph.h"

namespace keratin::compiler {

/// Replaces every composite by the primitives that it stands for.
bool expand(Graph& graph);
/// Computes nodes whose inputs are all constants, where the result is small.
bool fold_constants(Graph& graph);
/// Removes nodes that do nothing: x * 1, x / 1, a cast to the same dtype, a reshape to the same
/// shape, stop_gradient, all but the last of several views, --x, a cond of a constant.
bool simplify(Graph& graph);
/// Merges nodes that compute the same from the same, and constants of the same bits.
bool cse(Graph& graph);
/// Reduces a large array to one number along its rows first, each of which becomes a number.
bool reduce_rows_first(Graph& graph);
/// Joins what a backend can compute tile by tile into one `fused` op: element-wise ops over the
/// same rows and columns, and what sums or spreads along rows.
bool fuse(Graph& graph);
/// Moves a product into the `fused` op that alone goes through its result, where the backend gains
/// by it.
bool fuse_products(Graph& graph);
/// Drops nodes and constants whose values nobody uses; inputs stay. Of scans, conds and while_loops
/// goes what only leads to outputs that nobody uses.
bool dead_code(Graph& graph);

}  // namespace keratin::compiler
