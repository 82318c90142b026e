// SPDX-License-Identifier: Apache-2.0
#include "keratin/compiler/rewrite.h"

#include <numeric>

#include "keratin/base/check.h"

namespace keratin::compiler {

Rewriter::Rewriter(const Graph& from, Trace::Mode mode) : from_(from), trace_(mode) {
  map_.resize(from.values().size(), -1);
  Graph& to = *trace_.graph();
  to.values().reserve(from.values().size());
  to.nodes().reserve(from.nodes().size());
  for (size_t i = 0; i < from.values().size(); ++i) {
    const Value& value = from.values()[i];
    if (value.kind == ValueKind::node) continue;
    map_[i] = static_cast<ValueId>(to.values().size());
    to.values().push_back(value);
  }
}

std::vector<Tensor> Rewriter::inputs_of(const Node& node) const {
  std::vector<Tensor> tensors;
  for (ValueId id : node.inputs) tensors.push_back(at(id));
  return tensors;
}

const Array* Rewriter::constant(ValueId old) const {
  const Value& value = trace_.graph()->value(id(old));
  return value.kind == ValueKind::constant ? &value.constant : nullptr;
}

std::vector<ValueId> Rewriter::ids(std::span<const ValueId> old) const {
  std::vector<ValueId> now;
  now.reserve(old.size());
  for (ValueId value : old) now.push_back(id(value));
  return now;
}

void Rewriter::not_there(ValueId old) {
  fail<InternalError>("rewrite",
                      "expected a value in the place of %{}, got none before its use. Report this.",
                      old);
}

void Rewriter::copy(const Node& node) {
  std::vector<TensorSpec> specs;
  specs.reserve(node.outputs.size());
  for (ValueId id : node.outputs) specs.push_back(from_.value(id).spec);
  const std::vector<ValueId> outputs =
      trace_.graph()->add_node(*node.op, node.attrs, ids(node.inputs), specs);
  for (size_t i = 0; i < outputs.size(); ++i) set(node.outputs[i], outputs[i]);
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
    set(node.outputs[i], trace_.import(outputs[i]).body().value);
  }
}

void Rewriter::merge(ValueId old, ValueId other) {
  set(old, id(other));
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
      copy(node);
    }
  }
  if (!changed_) return false;
  Graph& to = *trace_.graph();
  to.outputs = ids(from_.outputs);
  for (const Update& update : from_.updates) {
    to.updates.push_back({update.variable, id(update.value)});
  }
  graph = std::move(to);
  return true;
}

}  // namespace keratin::compiler
