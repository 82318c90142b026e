// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "keratin/graph/graph.h"

namespace keratin {

/// Records operations into a graph while it lives: on its thread, variables read as symbolic
/// values and assignments become updates. Traces nest; the innermost one records.
class Trace {
 public:
  /// Says what is recorded: ops as they are called, primitives only (composites are expanded), or
  /// nothing but the specs that layers infer (variables read as placeholders, and assignments last
  /// as long as the trace).
  enum class Mode : uint8_t { graph, primitives, specs };
  explicit Trace(Mode mode = Mode::graph);
  ~Trace();
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

  /// Returns the innermost trace of this thread, or null.
  static Trace* current();

  Mode mode() const { return mode_; }
  const std::shared_ptr<Graph>& graph() const { return graph_; }
  /// Adds an input that stands for data of that spec.
  Tensor input(TensorSpec spec, std::string name);
  /// Returns a concrete tensor as a value of the graph; a traced one of this graph as it is.
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

  /// Writes outputs and updates into the graph and returns it.
  std::shared_ptr<Graph> finish(const std::vector<Tensor>& outputs);

 private:
  struct State {
    Variable variable;
    Tensor value;
    bool assigned = false;
  };
  State& state_of(const Variable& variable);
  Mode mode_;
  std::shared_ptr<Graph> graph_ = std::make_shared<Graph>();
  std::vector<State> states_;
  std::unordered_map<const VariableBody*, size_t> index_;
  std::vector<Tensor> losses_;
  std::vector<const void*> loss_owners_;
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
