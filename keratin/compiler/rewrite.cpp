// SPDX-License-Identifier: Apache-2.0
#include "keratin/compiler/rewrite.h"

#include <numeric>

#include "keratin/base/check.h"

namespace keratin::compiler {

Rewriter::Rewriter(const Graph& from, Trace::Mode mode) : from_(from), trace_(mode) {
  map_.resize(from.values().size());
  Graph& to = *trace_.graph();
  to.values().reserve(from.values().size());
  to.nodes().reserve(from.nodes().size());
  for (size_t i = 0; i < from.values().size(); ++i) {
    const Value& value = from.values()[i];
    if (value.kind == ValueKind::node) continue;
    ValueId id = -1;
    if (value.kind == ValueKind::input) id = to.add_input(value.spec, value.name);
    if (value.kind == ValueKind::variable) id = to.add_variable(value.variable);
    if (value.kind == ValueKind::constant) id = to.add_constant(value.constant);
    map_[i] = traced_tensor(trace_.graph(), id);
  }
}

std::vector<Tensor> Rewriter::inputs_of(const Node& node) const {
  std::vector<Tensor> tensors;
  for (ValueId id : node.inputs) tensors.push_back(at(id));
  return tensors;
}

const Array* Rewriter::constant(ValueId old) const {
  const Value& value = trace_.graph()->value(at(old).body().value);
  return value.kind == ValueKind::constant ? &value.constant : nullptr;
}

std::vector<Tensor> Rewriter::copy(const Node& node) {
  std::vector<ValueId> inputs;
  for (ValueId id : node.inputs) inputs.push_back(at(id).body().value);
  std::vector<TensorSpec> specs;
  for (ValueId id : node.outputs) specs.push_back(from_.value(id).spec);
  std::vector<Tensor> outputs;
  for (ValueId id : trace_.graph()->add_node(*node.op, node.attrs, std::move(inputs), specs)) {
    outputs.push_back(traced_tensor(trace_.graph(), id));
  }
  return outputs;
}

void Rewriter::replace(const Node& node, const std::vector<Tensor>& outputs) {
  require<InternalError>(outputs.size() == node.outputs.size(), node.op->name,
                         "expected {} values in its place, got {}. Report this.",
                         node.outputs.size(), outputs.size());
  for (size_t i = 0; i < node.outputs.size(); ++i) {
    const TensorSpec& spec = from_.value(node.outputs[i]).spec;
    const TensorSpec& now = outputs[i].spec();
    if (now.dtype != spec.dtype || !is_compatible(spec.shape, now.shape)) {
      fail<InternalError>(node.op->name,
                          "expected a value of {} in its place, got {}. Report this.",
                          to_string(spec), to_string(now));
    }
    map_[static_cast<size_t>(node.outputs[i])] = trace_.import(outputs[i]);
  }
}

void Rewriter::merge(ValueId old, ValueId other) {
  map_[static_cast<size_t>(old)] = at(other);
  changed_ = true;
}

Tensor Rewriter::add_constant(Array array) {
  return traced_tensor(trace_.graph(), trace_.graph()->add_constant(std::move(array)));
}

bool Rewriter::run(Graph& graph, const std::function<bool(const Node&)>& visit) {
  std::vector<int> order(from_.nodes().size());
  std::iota(order.begin(), order.end(), 0);
  return run(graph, order, visit);
}

bool Rewriter::run(Graph& graph, std::span<const int> order,
                   const std::function<bool(const Node&)>& visit) {
  for (int index : order) {
    const Node& node = from_.nodes()[static_cast<size_t>(index)];
    if (visit(node)) {
      changed_ = true;
    } else {
      replace(node, copy(node));
    }
  }
  if (!changed_) return false;
  Graph& to = *trace_.graph();
  for (ValueId id : from_.outputs) to.outputs.push_back(at(id).body().value);
  for (const Update& update : from_.updates) {
    to.updates.push_back({update.variable, at(update.value).body().value});
  }
  graph = std::move(to);
  return true;
}

}  // namespace keratin::compiler
