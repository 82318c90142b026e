// SPDX-License-Identifier: Apache-2.0
// Graphs of random operations: what compiled plans and passes are tried on.
#pragma once

#include <vector>

#include "keratin/graph/graph.h"

namespace keratin::testing_support {

/// Is a graph with data to run it on.
struct RandomGraph {
  std::shared_ptr<Graph> graph;
  std::vector<Tensor> inputs;
  std::vector<Variable> variables;
  std::vector<Tensor> state;  ///< what the variables begin with

  /// Gives the variables what they began with.
  void reset() const;
};

/// Is what a run gave: outputs, then the variables' values.
using Results = std::vector<Tensor>;

/// Returns a graph of `count` random operations on values, views, constants and variables, with
/// updates and outputs of all kinds; now and then axes are empty. The seed alone decides.
/// Rows are `height` times as many, so that threads can share them.
RandomGraph random_graph(uint32_t seed, int count = 30, int64_t height = 1);

/// Runs `graph`, which has the inputs and variables of `data`, op by op from the initial state.
Results run_eagerly(const RandomGraph& data, const Graph& graph);

/// Returns the data of tensors.
std::vector<Array> arrays_of(const std::vector<Tensor>& tensors);

}  // namespace keratin::testing_support
