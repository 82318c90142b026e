// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/autodiff.h"

#include <algorithm>
#include <unordered_map>

#include "keratin/base/check.h"
#include "keratin/graph/autodiff_internal.h"
#include "keratin/graph/call.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/graph/trace.h"

namespace keratin {

namespace {

// Walks the graph backwards from one value. Nodes are in an order in which they can run, so the
// reverse of that order meets every user of a value before the value itself.
class Backward {
 public:
  Backward(Trace& trace, const std::vector<Tensor>& sources) : trace_(trace) {
    for (const Tensor& source : sources) mark(source.body().value);
    const Graph& graph = *trace_.graph();
    for (const Node& node : graph.nodes()) {
      if (any_needed(node)) {
        for (ValueId id : node.outputs) mark(id);
      }
    }
  }

  void add(ValueId id, const Tensor& gradient) {
    if (!gradient.defined() || !needed(id)) return;
    const auto [at, is_new] = gradients_.try_emplace(id, gradient);
    if (!is_new) at->second = at->second + gradient;
  }

  void run(int last_node) {
    for (int i = last_node; i >= 0; --i) step(trace_.graph()->nodes()[static_cast<size_t>(i)]);
  }

  /// Returns an empty handle where nothing flows.
  Tensor gradient_of(const Tensor& source) const {
    const auto at = gradients_.find(source.body().value);
    return at == gradients_.end() ? Tensor() : at->second;
  }

 private:
  bool needed(ValueId id) const {
    return static_cast<size_t>(id) < needed_.size() && needed_[static_cast<size_t>(id)];
  }
  void mark(ValueId id) {
    if (static_cast<size_t>(id) >= needed_.size()) needed_.resize(static_cast<size_t>(id) + 1);
    needed_[static_cast<size_t>(id)] = true;
  }
  bool any_needed(const Node& node) const {
    for (ValueId id : node.inputs) {
      if (needed(id)) return true;
    }
    return false;
  }

  // Takes the node by value: gradient rules add nodes, which moves the graph's list.
  void step(const Node node) {
    if (!any_needed(node) || node.op->traits.not_differentiable) return;
    std::vector<Tensor> output_gradients;
    bool flows = false;
    for (ValueId id : node.outputs) {
      const auto at = gradients_.find(id);
      output_gradients.push_back(at == gradients_.end() ? Tensor() : at->second);
      flows = flows || output_gradients.back().defined();
    }
    if (!flows) return;
    if (node.op->gradient == nullptr) {
      through_expansion(node, output_gradients);
      return;
    }
    const std::vector<Tensor> inputs = tensors(node.inputs);
    const std::vector<Tensor> outputs = tensors(node.outputs);
    const std::vector<Tensor> result =
        node.op->gradient({*node.op, node.attrs, inputs, outputs, output_gradients});
    require<InternalError>(result.size() == inputs.size(), node.op->name,
                           "expected {} gradients, got {}. Report this.", inputs.size(),
                           result.size());
    for (size_t i = 0; i < result.size(); ++i) add(node.inputs[i], result[i]);
  }

  // A composite has the gradient of what it stands for. The expansion computes the same values a
  // second time here; common sub-expressions are merged when the graph is compiled.
  void through_expansion(const Node& node, const std::vector<Tensor>& output_gradients) {
    const std::vector<Tensor> inputs = tensors(node.inputs);
    const int before = static_cast<int>(trace_.graph()->nodes().size());
    const std::vector<Tensor> expanded = node.op->expand(inputs, node.attrs);
    const int after = static_cast<int>(trace_.graph()->nodes().size());
    for (int i = before; i < after; ++i) {
      const Node& added = trace_.graph()->nodes()[static_cast<size_t>(i)];
      if (any_needed(added)) {
        for (ValueId id : added.outputs) mark(id);
      }
    }
    for (size_t i = 0; i < expanded.size(); ++i) {
      if (expanded[i].is_traced()) add(expanded[i].body().value, output_gradients[i]);
    }
    for (int i = after - 1; i >= before; --i) step(trace_.graph()->nodes()[static_cast<size_t>(i)]);
  }

  std::vector<Tensor> tensors(const std::vector<ValueId>& ids) const {
    std::vector<Tensor> result;
    for (ValueId id : ids) result.push_back(traced_tensor(trace_.graph(), id));
    return result;
  }

  Trace& trace_;
  std::vector<bool> needed_;
  std::unordered_map<ValueId, Tensor> gradients_;
};

// In a trace for specs placeholders stand for the values.
bool is_traced(const Tensor& tensor) {
  const Trace* trace = Trace::current();
  const bool specs = trace != nullptr && trace->mode() == Trace::Mode::specs;
  return tensor.is_traced() || (specs && tensor.is_keras_tensor());
}

void check_target(const Tensor& target) {
  require<ValueError>(is_traced(target) || target.is_concrete(), "gradients",
                      "expected a target of a function that is being traced, got the output of a "
                      "functional model that is being defined, of shape {}. Call it inside "
                      "keratin::function or train_step.",
                      to_string(target.shape()));
  require<DTypeError>(is_float(target.dtype()), "gradients",
                      "expected a target of a float dtype, got {}. Cast the target.",
                      name_of(target.dtype()));
}

void check_source(const Tensor& source) {
  require<DTypeError>(is_float(source.dtype()), "gradients",
                      "expected sources of a float dtype, got {}. Cast the source.",
                      name_of(source.dtype()));
  require<ValueError>(is_traced(source), "gradients",
                      "expected sources that take part in the traced function, got data. Pass "
                      "it as an argument.");
}

}  // namespace

std::vector<Tensor> detail::pull_back(const std::vector<Tensor>& targets,
                                      const std::vector<Tensor>& sources,
                                      const std::vector<Tensor>& target_gradients) {
  Trace& trace = *Trace::current();
  Backward backward(trace, sources);
  int last = -1;
  for (size_t i = 0; i < targets.size(); ++i) {
    const ValueId id = targets[i].body().value;
    last = std::max(last, trace.graph()->value(id).producer);
    backward.add(id, target_gradients[i]);
  }
  backward.run(last);
  std::vector<Tensor> result;
  for (const Tensor& source : sources) result.push_back(backward.gradient_of(source));
  return result;
}

std::vector<Tensor> gradients(const Tensor& target, const std::vector<Tensor>& sources,
                              const Tensor& target_gradient) {
  Trace* trace = Trace::current();
  require<ValueError>(trace != nullptr, "gradients",
                      "expected tensors of a function that is being traced, got others. Call it "
                      "inside keratin::function or train_step.");
  check_target(target);
  for (const Tensor& source : sources) check_source(source);
  require<ShapeError>(is_compatible(target.shape(), target_gradient.shape()), "gradients",
                      "expected a gradient of the target's shape {}, got {}. Reshape it.",
                      to_string(target.shape()), to_string(target_gradient.shape()));
  std::vector<Tensor> result;
  if (trace->mode() == Trace::Mode::specs) {
    for (const Tensor& source : sources) result.push_back(keras_tensor(source.spec()));
    return result;
  }
  std::vector<Tensor> traced;
  for (const Tensor& source : sources) traced.push_back(trace->import(source));
  const Tensor goal = trace->import(target);
  result = detail::pull_back({goal}, traced, {ops::cast(target_gradient, goal.dtype())});
  for (size_t i = 0; i < result.size(); ++i) {
    if (!result[i].defined()) result[i] = ops::zeros_like(traced[i]);
  }
  return result;
}

std::vector<Tensor> gradients(const Tensor& target, const std::vector<Tensor>& sources) {
  check_target(target);
  return gradients(target, sources, ops::ones_like(target));
}

}  // namespace keratin
