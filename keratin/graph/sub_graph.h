// SPDX-License-Identifier: Apache-2.0
// Graphs that ops carry as attributes, and what is done with them.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "keratin/graph/graph.h"

namespace keratin {

/// Is a graph that an op carries as an attribute; written and read in the text form of graphs.
struct SubGraph {
  std::shared_ptr<const Graph> graph;
};

template <>
struct Codec<SubGraph> {
  static Config write(const SubGraph& value) {
    return value.graph ? Config(to_string(*value.graph)) : Config();
  }
  static SubGraph read(const Config& config) {
    if (config.is_null()) return {};
    return {parse_graph(config.as_string())};
  }
  static std::string type_name() { return "graph"; }
};

/// Throws ValueError with `where` unless there is a graph of that many inputs, without variables.
void check_sub_graph(const SubGraph& body, size_t inputs, std::string_view where);

/// Calls the ops of a graph on other inputs: at once, into the trace that is open, or for specs.
/// Returns what stands for its outputs.
std::vector<Tensor> replay(const Graph& graph, std::span<const Tensor> inputs);

/// Returns the specs of a graph's outputs for inputs of these specs.
std::vector<TensorSpec> output_specs(const Graph& graph, std::span<const TensorSpec> inputs);

/// Returns the part of a graph that computes `outputs` from `inputs`, any of its values, in the
/// order in which they are given. Throws InternalError where it needs other inputs or variables.
std::shared_ptr<Graph> extract(const Graph& graph, std::span<const ValueId> inputs,
                               std::span<const ValueId> outputs);

/// Tells for each value of a graph whether `outputs` depend on it. Where `enters(value)` is false
/// what a value is made of does not count.
template <class Enters>
std::vector<bool> values_behind(const Graph& graph, std::span<const ValueId> outputs,
                                const Enters& enters) {
  std::vector<bool> seen(graph.values().size(), false);
  std::vector<ValueId> waiting;
  const auto visit = [&](ValueId id) {
    if (!seen[static_cast<size_t>(id)]) waiting.push_back(id);
    seen[static_cast<size_t>(id)] = true;
  };
  for (ValueId id : outputs) visit(id);
  while (!waiting.empty()) {
    const ValueId id = waiting.back();
    waiting.pop_back();
    const Value& value = graph.value(id);
    if (value.kind != ValueKind::node || !enters(id)) continue;
    for (ValueId from : graph.nodes()[static_cast<size_t>(value.producer)].inputs) visit(from);
  }
  return seen;
}

/// Gives a node other attributes, with which it has further outputs of these specs, and returns
/// those. The node's own outputs stay.
std::vector<Tensor> extend_node(const std::shared_ptr<Graph>& graph, int node, Attrs attrs,
                                std::span<const TensorSpec> specs);

}  // namespace keratin
