// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "keratin/compiler/plan.h"
#include "keratin/runtime/kernel.h"

namespace keratin::runtime {

/// Runs a plan: prepared kernel calls over one arena. A run allocates nothing. One executor runs
/// one call at a time; several executors may share variables that no plan writes.
class Executor {
 public:
  /// Binds the kernels and the memory of variables, constants and the arena.
  explicit Executor(compiler::Plan plan);

  /// Runs the plan on the inputs, in the order of the graph's inputs: contiguous, of the specs
  /// with which the graph was traced. Throws ShapeError and DTypeError before anything runs.
  void run(std::span<const Array> inputs);

  /// Returns the outputs of the last run; the next run overwrites them.
  const std::vector<Array>& outputs() const { return outputs_; }
  const compiler::Plan& plan() const { return plan_; }

 private:
  struct Step {
    Kernel kernel;
    KernelCall call;
  };
  // Says which operand of which step an input's address goes to.
  struct Binding {
    size_t input;
    size_t step;
    size_t operand;
  };
  struct Copy {
    Array from;
    Array to;
  };
  void* address(ValueId id);
  Array array_of(ValueId id);
  void bind(const Node& node);
  void check(std::span<const Array> inputs) const;

  compiler::Plan plan_;
  std::shared_ptr<Buffer> arena_;
  std::vector<ValueId> input_ids_;
  std::vector<Step> steps_;
  std::vector<Binding> bindings_;
  std::vector<Array> constants_;
  std::vector<Array> outputs_;
  std::vector<std::pair<size_t, Array>> input_outputs_;  // outputs that are inputs
  std::vector<Copy> copies_;
  std::vector<std::pair<size_t, Variable>> input_updates_;  // variables that take an input
};

/// Optimizes a traced graph and prepares it to run.
std::unique_ptr<Executor> compile(const Graph& graph);

}  // namespace keratin::runtime
