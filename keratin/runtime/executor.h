// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "keratin/runtime/frame.h"
#include "keratin/runtime/profile.h"
#include "keratin/runtime/thread_choice.h"

namespace keratin::runtime {

/// Runs a plan: prepared kernel calls over one arena. A run allocates nothing. Plans with enough to
/// do run on the threads of the pool, each on its own rows. One executor runs one call at a time,
/// on any thread; several executors may share variables that no plan writes.
class Executor {
 public:
  /// Binds the kernels and the memory of variables, constants, outputs and the arena. With 0 the
  /// plan's work decides how many threads it gets.
  explicit Executor(compiler::Plan plan, int threads = 0);

  /// Runs the plan on the inputs, in the order of the graph's inputs: contiguous, of the specs
  /// with which the graph was traced, in memory that the plan does not write (no output of this
  /// executor, no variable's data). Where the plan has a bound there may be fewer samples, as many
  /// in each input. Throws ValueError, ShapeError and DTypeError before anything runs.
  void run(std::span<const Array> inputs);

  /// Returns the outputs of the last run; the next run overwrites them. Their memory is their own:
  /// it outlives the executor and holds nothing else.
  const std::vector<Array>& outputs() const { return outputs_; }
  const compiler::Plan& plan() const { return plan_; }

  /// Returns what the plan does, step by step.
  std::vector<StepInfo> describe() const;
  int threads() const { return threads_; }
  /// Returns how many samples the last run had, where the plan has a bound; 0 before the first.
  int64_t samples() const { return samples_; }

 private:
  // Says which operands an input's address goes to.
  struct Binding {
    size_t input;
    std::vector<Target> targets;
  };
  // Is bytes to copy when all steps have run: from an input, or from an address when that is -1.
  struct Copy {
    int input;
    const void* from;
    void* to;
    size_t bytes;
  };
  std::vector<void*> make_outputs();
  void share();
  void limit(int64_t samples);
  int64_t samples_of(std::span<const Array> inputs) const;
  bool fits(const Array& input, const Shape& shape, int64_t samples) const;
  friend std::unique_ptr<Executor> bind_rows(const Executor&, int64_t, const Executor&, int64_t);
  void run_steps();
  void run_thread(int thread);
  void run_profiled(int thread);
  void bind_output(ValueId id);
  void add_copy(ValueId from, const Array& to);
  int input_index(ValueId id) const;
  void check(std::span<const Array> inputs) const;

  compiler::Plan plan_;
  Buffer arena_;
  std::vector<ValueId> input_ids_;
  std::vector<Array> memory_;  // of each value that is an output
  Frame frame_;
  int wanted_threads_;
  int threads_ = 1;
  int64_t samples_ = 0;
  std::unique_ptr<Barrier> barrier_;
  Profile* profile_ = Profile::wanted();
  bool adapts_;  // whether it may run alone what it could share: not where a number was given
  ThreadChoice choice_;
  Profile::Steps infos_;  // where there is a profile
  std::vector<Binding> bindings_;
  std::vector<Array> outputs_;
  std::vector<Copy> copies_;  // outputs first: they show variables before their updates
};

/// Optimizes a traced graph and prepares it to run, on as many threads as the plan is worth or as
/// are asked for.
std::unique_ptr<Executor> compile(const Graph& graph, int threads = 0);

/// Returns an executor of the first plan that also serves fewer samples, to the same bits as a plan
/// made for them. Both plans are of the same function, made for these numbers of samples; null
/// where something besides the rows depends on the number (compiler/row_bound.h), or where a row is
/// not computed from its own sample alone.
std::unique_ptr<Executor> bind_rows(const Executor& executor, int64_t samples,
                                    const Executor& other, int64_t other_samples);

}  // namespace keratin::runtime
