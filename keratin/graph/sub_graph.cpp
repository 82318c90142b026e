// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/sub_graph.h"

#include <algorithm>

#include "keratin/base/check.h"
#include "keratin/graph/call.h"
#include "keratin/graph/trace.h"

namespace keratin {

void check_sub_graph(const SubGraph& body, size_t inputs, std::string_view where) {
  require<ValueError>(body.graph != nullptr, where,
                      "expected a graph in the attributes, got none. Give one.");
  const size_t count = body.graph->inputs().size();
  require<ValueError>(count == inputs, where, "expected a graph of {} inputs, got {}. Pass {}.",
                      inputs, count, count);
  const auto& values = body.graph->values();
  const bool has_state = std::any_of(values.begin(), values.end(), [](const Value& value) {
    return value.kind == ValueKind::variable;
  });
  require<ValueError>(!has_state && body.graph->updates.empty(), where,
                      "expected a graph without variables, got one that has some. Pass their "
                      "values as inputs.");
}

std::vector<Tensor> replay(const Graph& graph, std::span<const Tensor> inputs) {
  std::vector<Tensor> values(graph.values().size());
  const std::vector<ValueId> places = graph.inputs();
  for (size_t i = 0; i < inputs.size(); ++i) values[static_cast<size_t>(places[i])] = inputs[i];
  for (size_t i = 0; i < values.size(); ++i) {
    const Value& value = graph.values()[i];
    if (value.kind == ValueKind::constant) values[i] = Tensor(value.constant);
  }
  for (const Node& node : graph.nodes()) {
    std::vector<Tensor> operands;
    for (ValueId id : node.inputs) operands.push_back(values[static_cast<size_t>(id)]);
    const std::vector<Tensor> results = apply(*node.op, std::move(operands), node.attrs);
    for (size_t i = 0; i < results.size(); ++i) {
      values[static_cast<size_t>(node.outputs[i])] = results[i];
    }
  }
  std::vector<Tensor> outputs;
  for (ValueId id : graph.outputs) outputs.push_back(values[static_cast<size_t>(id)]);
  return outputs;
}

std::vector<TensorSpec> output_specs(const Graph& graph, std::span<const TensorSpec> inputs) {
  const std::vector<ValueId> places = graph.inputs();
  bool is_known = true;
  for (size_t i = 0; i < inputs.size(); ++i) {
    is_known = is_known && graph.value(places[i]).spec == inputs[i];
  }
  std::vector<TensorSpec> specs;
  if (is_known) {
    for (ValueId id : graph.outputs) specs.push_back(graph.value(id).spec);
    return specs;
  }
  std::vector<Tensor> placeholders;
  for (const TensorSpec& spec : inputs) placeholders.push_back(keras_tensor(spec));
  return specs_of(replay(graph, placeholders));
}

std::shared_ptr<Graph> extract(const Graph& graph, std::span<const ValueId> inputs,
                               std::span<const ValueId> outputs) {
  auto part = std::make_shared<Graph>();
  std::vector<ValueId> map(graph.values().size(), -1);
  for (ValueId id : inputs) {
    ValueId& now = map[static_cast<size_t>(id)];
    now = part->add_input(graph.value(id).spec, "x" + std::to_string(part->inputs().size()));
  }
  const std::vector<bool> needed =
      values_behind(graph, outputs, [&](ValueId id) { return map[static_cast<size_t>(id)] < 0; });
  for (size_t i = 0; i < map.size(); ++i) {
    const Value& value = graph.values()[i];
    if (!needed[i] || map[i] >= 0 || value.kind == ValueKind::node) continue;
    require<InternalError>(value.kind == ValueKind::constant, "extract",
                           "expected a part that needs its inputs alone, got one that needs {} "
                           "too. Report this.",
                           value.name);
    map[i] = part->add_constant(value.constant);
  }
  for (const Node& node : graph.nodes()) {
    const bool is_needed = std::any_of(node.outputs.begin(), node.outputs.end(), [&](ValueId id) {
      return needed[static_cast<size_t>(id)] && map[static_cast<size_t>(id)] < 0;
    });
    if (!is_needed) continue;
    std::vector<ValueId> from;
    std::vector<TensorSpec> specs;
    for (ValueId id : node.inputs) from.push_back(map[static_cast<size_t>(id)]);
    for (ValueId id : node.outputs) specs.push_back(graph.value(id).spec);
    const std::vector<ValueId> made = part->add_node(*node.op, node.attrs, std::move(from), specs);
    for (size_t i = 0; i < made.size(); ++i) {
      // What is an input of the part stays that.
      ValueId& now = map[static_cast<size_t>(node.outputs[i])];
      if (now < 0) now = made[i];
    }
  }
  for (ValueId id : outputs) part->outputs.push_back(map[static_cast<size_t>(id)]);
  return part;
}

std::vector<Tensor> extend_node(const std::shared_ptr<Graph>& graph, int node, Attrs attrs,
                                std::span<const TensorSpec> specs) {
  Node& extended = graph->nodes()[static_cast<size_t>(node)];
  extended.attrs = std::move(attrs);
  std::vector<Tensor> added;
  for (const TensorSpec& spec : specs) {
    Value value;
    value.spec = spec;
    value.producer = node;
    value.output = static_cast<int>(extended.outputs.size());
    graph->values().push_back(std::move(value));
    extended.outputs.push_back(static_cast<ValueId>(graph->values().size() - 1));
    added.push_back(traced_tensor(graph, extended.outputs.back()));
  }
  return added;
}

}  // namespace keratin
