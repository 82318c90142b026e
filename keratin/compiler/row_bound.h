// SPDX-License-Identifier: Apache-2.0
// Plans that serve fewer samples than they were made for.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "keratin/graph/graph.h"

namespace keratin::compiler {

/// Says which values of a graph grow with the number of samples. They do so along their first axis,
/// sample by sample, so that those of the first samples lie in front.
struct RowBound {
  int64_t samples = 0;        ///< for which the graph was made
  std::vector<int64_t> each;  ///< rows of every value for one sample; 0 where it has no such rows
};

/// Compares two graphs of the same function, as traced or optimized, made for different numbers of
/// samples. Returns the bound of the first where they differ in rows alone: same nodes, and the
/// same numbers in constants, of which those with rows are one number throughout. Otherwise, or
/// where variables change, something depends on how many samples there are, and nothing is
/// returned.
///
/// It says nothing of whether a row is computed from the rows of its own sample alone.
std::optional<RowBound> find_row_bound(const Graph& graph, int64_t samples, const Graph& other,
                                       int64_t other_samples);

}  // namespace keratin::compiler
