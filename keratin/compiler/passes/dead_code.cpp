// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <numeric>

#include "keratin/compiler/bodies.h"
#include "keratin/compiler/passes/passes.h"
#include "keratin/graph/ops/control_ops.h"

namespace keratin::compiler {

namespace {

std::vector<size_t> first_numbers(size_t count) {
  std::vector<size_t> numbers(count);
  std::iota(numbers.begin(), numbers.end(), size_t{0});
  return numbers;
}

// Returns what stays of a node, some of whose outputs are used.
Shrunk what_stays(const Graph& graph, const Node& node, const std::vector<bool>& used) {
  if (!ops::has_bodies(*node.op)) {
    return {node.attrs, first_numbers(node.inputs.size()), first_numbers(node.outputs.size())};
  }
  std::vector<bool> used_outputs;
  for (ValueId id : node.outputs) used_outputs.push_back(used[static_cast<size_t>(id)]);
  return shrink(graph, node, used_outputs);
}

}  // namespace

bool dead_code(Graph& graph) {
  std::vector<bool> used(graph.values().size(), false);
  for (ValueId id : graph.outputs) used[static_cast<size_t>(id)] = true;
  for (const Update& update : graph.updates) used[static_cast<size_t>(update.value)] = true;
  std::map<size_t, Shrunk> kept;
  bool changed = false;
  for (size_t i = graph.nodes().size(); i-- > 0;) {
    const Node& node = graph.nodes()[i];
    bool is_used = false;
    for (ValueId id : node.outputs) is_used = is_used || used[static_cast<size_t>(id)];
    if (!is_used) continue;
    const Shrunk& stays = kept[i] = what_stays(graph, node, used);
    changed = changed || stays.inputs.size() < node.inputs.size();
    for (size_t k : stays.inputs) used[static_cast<size_t>(node.inputs[k])] = true;
  }

  Graph result;
  result.values().reserve(graph.values().size());
  result.nodes().reserve(kept.size());
  std::vector<ValueId> map(graph.values().size(), -1);
  for (size_t i = 0; i < graph.values().size(); ++i) {
    const Value& value = graph.values()[i];
    if (value.kind == ValueKind::input) map[i] = result.add_input(value.spec, value.name);
    if (!used[i]) continue;
    if (value.kind == ValueKind::variable) map[i] = result.add_variable(value.variable);
    if (value.kind == ValueKind::constant) map[i] = result.add_constant(value.constant);
  }
  for (const auto& [i, stays] : kept) {
    const Node& node = graph.nodes()[i];
    std::vector<ValueId> inputs;
    std::vector<TensorSpec> specs;
    for (size_t k : stays.inputs) inputs.push_back(map[static_cast<size_t>(node.inputs[k])]);
    for (size_t k : stays.outputs) specs.push_back(graph.value(node.outputs[k]).spec);
    const std::vector<ValueId> outputs =
        result.add_node(*node.op, stays.attrs, std::move(inputs), specs);
    for (size_t k = 0; k < outputs.size(); ++k) {
      map[static_cast<size_t>(node.outputs[stays.outputs[k]])] = outputs[k];
    }
  }
  for (ValueId id : graph.outputs) result.outputs.push_back(map[static_cast<size_t>(id)]);
  for (const Update& update : graph.updates) {
    result.updates.push_back({update.variable, map[static_cast<size_t>(update.value)]});
  }
  changed = changed || result.values().size() != graph.values().size();
  graph = std::move(result);
  return changed;
}

}  // namespace keratin::compiler
