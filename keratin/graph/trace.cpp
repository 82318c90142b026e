// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/trace.h"

#include <algorithm>

#include "keratin/base/check.h"
#include "keratin/graph/call.h"
#include "keratin/graph/ops/ops.h"

namespace keratin {

namespace {
thread_local Trace* current_trace = nullptr;
}  // namespace

Trace::Trace(Mode mode) : mode_(mode), outer_(current_trace) { current_trace = this; }
Trace::~Trace() { current_trace = outer_; }
Trace* Trace::current() { return current_trace; }

TracePause::TracePause() : paused_(current_trace) { current_trace = nullptr; }
TracePause::~TracePause() { current_trace = paused_; }

void Trace::add_loss(const Tensor& loss, const void* owner) {
  losses_.push_back(loss);
  loss_owners_.push_back(owner);
}

void Trace::drop_losses(const std::vector<const void*>& owners) {
  size_t kept = 0;
  for (size_t i = 0; i < losses_.size(); ++i) {
    if (std::find(owners.begin(), owners.end(), loss_owners_[i]) != owners.end()) continue;
    losses_[kept] = losses_[i];
    loss_owners_[kept++] = loss_owners_[i];
  }
  losses_.resize(kept);
  loss_owners_.resize(kept);
}

Tensor traced_tensor(const std::shared_ptr<Graph>& graph, ValueId id) {
  auto body = std::make_shared<TensorBody>();
  body->spec = graph->value(id).spec;
  body->graph = graph;
  body->value = id;
  return Tensor(std::move(body));
}

Tensor Trace::input(TensorSpec spec, std::string name) {
  return traced_tensor(graph_, graph_->add_input(std::move(spec), std::move(name)));
}

Tensor Trace::import(const Tensor& tensor) {
  if (mode_ == Mode::specs) return tensor;
  if (tensor.is_traced()) {
    require<ValueError>(tensor.body().graph == graph_, "trace",
                        "expected tensors of the function that is being traced, got one of "
                        "another function, of shape {}. Pass it as an argument.",
                        to_string(tensor.shape()));
    return tensor;
  }
  require<ValueError>(!tensor.is_keras_tensor(), "trace",
                      "expected data or a traced tensor, got the output of a functional model "
                      "that is being defined, of shape {}. Call a layer or model on the data.",
                      to_string(tensor.shape()));
  return traced_tensor(graph_, graph_->add_constant(tensor.array()));
}

Trace::State& Trace::state_of(const Variable& variable) {
  const auto [at, is_new] = index_.try_emplace(&variable.body(), states_.size());
  if (is_new && mode_ == Mode::specs) {
    states_.push_back({variable, keras_tensor(variable.spec()), false});
  } else if (is_new) {
    const ValueId id = graph_->add_variable(variable);
    states_.push_back({variable, traced_tensor(graph_, id), false});
  }
  return states_[at->second];
}

Tensor Trace::read(const Variable& variable) { return state_of(variable).value; }

void Trace::assign(const Variable& variable, const Tensor& value) {
  State& state = state_of(variable);
  state.value = import(ops::cast(value, variable.dtype()));
  state.assigned = true;
}

std::shared_ptr<Graph> Trace::finish(const std::vector<Tensor>& outputs) {
  for (const Tensor& output : outputs) {
    graph_->outputs.push_back(import(output).body().value);
  }
  for (const State& state : states_) {
    if (state.assigned) graph_->updates.push_back({state.variable, state.value.body().value});
  }
  return graph_;
}

}  // namespace keratin
