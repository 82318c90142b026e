// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/trace.h"

#include <algorithm>

#include "keratin/base/check.h"
#include "keratin/graph/call.h"
#include "keratin/graph/graph_text_internal.h"
#include "keratin/graph/ops/ops.h"

namespace keratin {

namespace {
thread_local Trace* current_trace = nullptr;
}  // namespace

Trace::Trace(Mode mode) : mode_(mode), outer_(current_trace) { current_trace = this; }
Trace::Trace(Body) : Trace(Mode::graph) { is_body_ = true; }
Trace::~Trace() { current_trace = outer_; }
Trace* Trace::current() { return current_trace; }

TracePause::TracePause() : paused_(current_trace) { current_trace = nullptr; }
TracePause::~TracePause() { current_trace = paused_; }

void Trace::add_loss(const Tensor& loss, const void* owner) {
  require<ValueError>(!is_body_, "add_loss",
                      "expected a loss outside of the functions of cond, while_loop and scan, got "
                      "one inside. Return it from the function.");
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

// Traced values are told apart by graph and number, others by what they are.
Tensor Trace::capture(const Tensor& outer) {
  const TensorBody& body = outer.body();
  const auto key = outer.is_traced() ? std::pair<const void*, ValueId>(body.graph.get(), body.value)
                                     : std::pair<const void*, ValueId>(&body, -1);
  const auto [at, is_new] = captured_.try_emplace(key, captures_.size());
  if (is_new) captures_.push_back({outer, input(outer.spec(), "captured")});
  return captures_[at->second].input;
}

Tensor Trace::import(const Tensor& tensor) {
  if (mode_ == Mode::specs) return tensor;
  if (is_body_ && !(tensor.is_traced() && tensor.body().graph == graph_)) {
    const bool is_constant = tensor.is_concrete() && detail::has_text(tensor.array());
    if (!is_constant) return capture(tensor);
  }
  if (tensor.is_traced()) {
    // Texts are made only for an error: this runs for each value of each graph.
    if (tensor.body().graph == graph_) return tensor;
    fail<ValueError>("trace",
                     "expected tensors of the function that is being traced, got one of another "
                     "function, of shape {}. Pass it as an argument.",
                     to_string(tensor.shape()));
  }
  if (tensor.is_keras_tensor()) {
    fail<ValueError>("trace",
                     "expected data or a traced tensor, got the output of a functional model that "
                     "is being defined, of shape {}. Call a layer or model on the data.",
                     to_string(tensor.shape()));
  }
  return traced_tensor(graph_, graph_->add_constant(tensor.array()));
}

Tensor Trace::outer_value(const Variable& variable) const {
  require<ValueError>(
      outer_ != nullptr, "trace",
      "expected functions of cond, while_loop and scan that read tensors alone in a "
      "functional model, got one that reads the variable '{}'. Call it in a "
      "CustomLayer.",
      variable.path());
  return outer_->read(variable);
}

Tensor Trace::first_value(const Variable& variable) {
  if (mode_ == Mode::specs) return keras_tensor(variable.spec());
  if (is_body_) return capture(outer_value(variable));
  return traced_tensor(graph_, graph_->add_variable(variable));
}

Trace::State& Trace::state_of(const Variable& variable) {
  const auto [at, is_new] = index_.try_emplace(&variable.body(), states_.size());
  if (is_new) states_.push_back({variable, first_value(variable), false});
  return states_[at->second];
}

Tensor Trace::read(const Variable& variable) { return state_of(variable).value; }

void Trace::assign(const Variable& variable, const Tensor& value) {
  State& state = state_of(variable);
  state.value = import(ops::cast(value, variable.dtype()));
  state.assigned = true;
}

std::vector<Trace::Assigned> Trace::assigned() {
  std::vector<Assigned> result;
  for (const State& state : states_) {
    if (state.assigned) {
      result.push_back({state.variable, outer_value(state.variable), state.value});
    }
  }
  return result;
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
