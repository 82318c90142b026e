// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/ops/fused.h"

#include "keratin/base/check.h"

namespace keratin::ops {

namespace {

std::vector<Tensor> expand_fused(std::span<const Tensor> in, const Attrs& attrs) {
  require<ValueError>(attrs.as<FusedAttrs>().body.graph != nullptr, "fused",
                      "expected a graph as `body`, got none. Give one.");
  const Graph& body = *attrs.as<FusedAttrs>().body.graph;
  std::vector<Tensor> values(body.values().size());
  const std::vector<ValueId> inputs = body.inputs();
  require<ValueError>(inputs.size() == in.size(), "fused", "expected {} inputs, got {}. Pass {}.",
                      inputs.size(), in.size(), inputs.size());
  for (size_t i = 0; i < in.size(); ++i) values[static_cast<size_t>(inputs[i])] = in[i];
  for (size_t i = 0; i < values.size(); ++i) {
    if (body.values()[i].kind == ValueKind::constant) values[i] = Tensor(body.values()[i].constant);
  }
  for (const Node& node : body.nodes()) {
    std::vector<Tensor> operands;
    for (ValueId id : node.inputs) operands.push_back(values[static_cast<size_t>(id)]);
    const std::vector<Tensor> results = apply(*node.op, std::move(operands), node.attrs);
    for (size_t i = 0; i < results.size(); ++i) {
      values[static_cast<size_t>(node.outputs[i])] = results[i];
    }
  }
  std::vector<Tensor> outputs;
  for (ValueId id : body.outputs) outputs.push_back(values[static_cast<size_t>(id)]);
  return outputs;
}

}  // namespace

const OpDef fused_op = {.name = "fused",
                        .doc = "Runs a graph of primitives as one operation.",
                        .max_inputs = -1,
                        .attrs = &Attrs::type_of<FusedAttrs>,
                        .expand = expand_fused,
                        .traits = {.tiled = true, .not_differentiable = true},
                        .partition = Partition::rows};

std::span<const OpDef* const> fused_ops() {
  static const OpDef* const ops[] = {&fused_op};
  return ops;
}

}  // namespace keratin::ops
