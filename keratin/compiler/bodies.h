// SPDX-License-Identifier: Apache-2.0
// Passes inside of the graphs that scan, cond and while_loop run.
#pragma once

#include <vector>

#include "keratin/graph/graph.h"

namespace keratin::compiler {

/// Runs a pass in the graphs of a graph's nodes. Constants without a text that it makes become
/// inputs of them.
bool in_bodies(Graph& graph, bool (*pass)(Graph&));

/// Runs a pass in the graphs of the nodes, in theirs, and so on, and then in the graph itself.
template <bool (*pass)(Graph&)>
bool everywhere(Graph& graph) {
  const bool inside = in_bodies(graph, everywhere<pass>);
  return pass(graph) || inside;
}

/// Is a node without what nobody needs: its attributes, and which inputs and outputs stay.
struct Shrunk {
  Attrs attrs;
  std::vector<size_t> inputs;
  std::vector<size_t> outputs;
};

/// Returns what a scan, cond or while_loop must keep for those of its outputs that are used, of
/// which there is at least one.
Shrunk shrink(const Graph& graph, const Node& node, const std::vector<bool>& used);

/// Gives each output of a graph a node of its own that makes it, so that it can be written to any
/// place: inputs, constants, views of them and values that are an output already are copied.
void separate_outputs(Graph& graph);

}  // namespace keratin::compiler
