// SPDX-License-Identifier: Apache-2.0
#include "tests/support/run_graph.h"

#include "keratin/runtime/eager.h"

namespace keratin::testing_support {

std::vector<Tensor> run_graph(const Graph& graph, const std::vector<Tensor>& inputs) {
  const runtime::ReferenceScope reference;
  std::vector<Tensor> values(graph.values().size());
  const auto at = [&](ValueId id) -> Tensor& { return values[static_cast<size_t>(id)]; };
  size_t next_input = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    const Value& value = graph.values()[i];
    if (value.kind == ValueKind::input) values[i] = inputs.at(next_input++);
    if (value.kind == ValueKind::variable) values[i] = value.variable.value();
    if (value.kind == ValueKind::constant) values[i] = Tensor(value.constant);
  }
  for (const Node& node : graph.nodes()) {
    std::vector<Tensor> arguments;
    for (ValueId id : node.inputs) arguments.push_back(at(id));
    const std::vector<Tensor> results = apply(*node.op, arguments, node.attrs);
    for (size_t i = 0; i < results.size(); ++i) at(node.outputs[i]) = results[i];
  }
  std::vector<Tensor> outputs;
  for (ValueId id : graph.outputs) outputs.push_back(at(id));
  for (const Update& update : graph.updates) update.variable.assign(at(update.value));
  return outputs;
}

}  // namespace keratin::testing_support
