// SPDX-License-Identifier: Apache-2.0
#include "keratin/compiler/passes/passes.h"

namespace keratin::compiler {

bool dead_code(Graph& graph) {
  std::vector<bool> used(graph.values().size(), false);
  for (ValueId id : graph.outputs) used[static_cast<size_t>(id)] = true;
  for (const Update& update : graph.updates) used[static_cast<size_t>(update.value)] = true;
  std::vector<bool> kept(graph.nodes().size(), false);
  for (size_t i = graph.nodes().size(); i-- > 0;) {
    const Node& node = graph.nodes()[i];
    for (ValueId id : node.outputs) kept[i] = kept[i] || used[static_cast<size_t>(id)];
    if (!kept[i]) continue;
    for (ValueId id : node.inputs) used[static_cast<size_t>(id)] = true;
  }

  Graph result;
  std::vector<ValueId> map(graph.values().size(), -1);
  for (size_t i = 0; i < graph.values().size(); ++i) {
    const Value& value = graph.values()[i];
    if (value.kind == ValueKind::input) map[i] = result.add_input(value.spec, value.name);
    if (!used[i]) continue;
    if (value.kind == ValueKind::variable) map[i] = result.add_variable(value.variable);
    if (value.kind == ValueKind::constant) map[i] = result.add_constant(value.constant);
  }
  for (size_t i = 0; i < graph.nodes().size(); ++i) {
    if (!kept[i]) continue;
    const Node& node = graph.nodes()[i];
    std::vector<ValueId> inputs;
    std::vector<TensorSpec> specs;
    for (ValueId id : node.inputs) inputs.push_back(map[static_cast<size_t>(id)]);
    for (ValueId id : node.outputs) specs.push_back(graph.value(id).spec);
    const std::vector<ValueId> outputs =
        result.add_node(*node.op, node.attrs, std::move(inputs), specs);
    for (size_t k = 0; k < outputs.size(); ++k) {
      map[static_cast<size_t>(node.outputs[k])] = outputs[k];
    }
  }
  for (ValueId id : graph.outputs) result.outputs.push_back(map[static_cast<size_t>(id)]);
  for (const Update& update : graph.updates) {
    result.updates.push_back({update.variable, map[static_cast<size_t>(update.value)]});
  }
  const bool changed = result.values().size() != graph.values().size();
  graph = std::move(result);
  return changed;
}

}  // namespace keratin::compiler
