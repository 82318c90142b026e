// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "keratin/graph/graph.h"

namespace keratin {

/// Records operations into a graph while it lives: on its thread, variables read as symbolic
/// values and assignments become updates. Traces nest; the innermost one records.
class Trace {
 public:
  /// Says what is recorded: ops as they are called, primitives only (composites are expanded), ops
  /// with a gradient rule of their own (other composites are expanded), or nothing but the specs
  /// that layers infer (variables read as placeholders, and assignments last as long as the trace).
  enum class Mode : uint8_t { graph, primitives, rules, specs };
  explicit Trace(Mode mode = Mode::graph);
  /// Marks the trace of a function that becomes a sub-graph: what it takes from around it, values
  /// and variables, become inputs.
  struct Body {};
  explicit Trace(Body);
  ~Trace();
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

  /// Returns the innermost trace of this thread, or null.
  static Trace* current();

  Mode mode() const { return mode_; }
  bool is_body() const { return is_body_; }
  const std::shared_ptr<Graph>& graph() const { return graph_; }
  /// Adds an input that stands for data of that spec.
  Tensor input(TensorSpec spec, std::string name);
  /// Returns a concrete tensor as a value of the graph; a traced one of this graph as it is. The
  /// trace of a body takes large and symbolic ones in from around it.
  Tensor import(const Tensor& tensor);
  Tensor read(const Variable& variable);
  void assign(const Variable& variable, const Tensor& value);
  /// Adds a loss that `add_loss` of a layer gave; `owner` is the layer, where it is known.
  void add_loss(const Tensor& loss, const void* owner = nullptr);
  std::vector<Tensor>& losses() { return losses_; }
  /// Returns the owner of each loss.
  const std::vector<const void*>& loss_owners() const { return loss_owners_; }
  /// Forgets the losses of these owners.
  void drop_losses(const std::vector<const void*>& owners);

  /// Is a tensor from around a body, and the input that stands for it there.
  struct Capture {
    Tensor outer;
    Tensor input;
  };
  const std::vector<Capture>& captures() const { return captures_; }
  /// Is a variable that a body assigns: its value before, from around, and after.
  struct Assigned {
    Variable variable;
    Tensor outer;
    Tensor value;
  };
  std::vector<Assigned> assigned();

  /// Writes outputs and updates into the graph and returns it.
  std::shared_ptr<Graph> finish(const std::vector<Tensor>& outputs);

 private:
  struct State {
    Variable variable;
    Tensor value;
    bool assigned = false;
  };
  State& state_of(const Variable& variable);
  Tensor first_value(const Variable& variable);
  Tensor outer_value(const Variable& variable) const;
  Tensor capture(const Tensor& outer);
  Mode mode_;
  bool is_body_ = false;
  std::shared_ptr<Graph> graph_ = std::make_shared<Graph>();
  std::vector<State> states_;
  std::unordered_map<const VariableBody*, size_t> index_;
  std::vector<Tensor> losses_;
  std::vector<const void*> loss_owners_;
  std::vector<Capture> captures_;
  std::map<std::pair<const void*, ValueId>, size_t> captured_;
  Trace* outer_ = nullptr;
};

/// Lets its thread compute at once while it lives, also inside a trace: for the first values of
/// state that is made there.
class TracePause {
 public:
  TracePause();
  ~TracePause();
  TracePause(const TracePause&) = delete;
  TracePause& operator=(const TracePause&) = delete;

 private:
  Trace* paused_;
};

/// Returns the tensor that stands for a value of a graph.
Tensor traced_tensor(const std::shared_ptr<Graph>& graph, ValueId id);

}  // namespace keratin
