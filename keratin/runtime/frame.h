// SPDX-License-Identifier: Apache-2.0
// The calls of one plan, bound to memory: of the plan that an executor runs, or of a graph in it.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "keratin/base/thread_pool.h"
#include "keratin/compiler/plan.h"
#include "keratin/runtime/partition.h"
#include "keratin/runtime/schedule.h"

namespace keratin::runtime {

/// Stands for the number of a thread where one thread does the work of all.
inline constexpr int alone = -1;

/// Runs a node that is more than calls of kernels side by side: one that runs graphs, or one within
/// which threads wait for each other.
class Control {
 public:
  virtual ~Control() = default;
  /// Runs it with the addresses in `call`: the part of one thread, or all of it.
  virtual void run(const KernelCall& call, int thread) = 0;
  /// Says what of its results each thread writes, and about how many operations it is.
  virtual Split split() const = 0;
  /// Gives each thread its part; returns false, and does nothing, where there is nothing to cut.
  virtual bool share(int threads, Barrier& barrier) = 0;
};

/// Is one call for each thread, or one for the first alone.
struct Step {
  const OpDef* op = nullptr;
  Kernel kernel = nullptr;
  std::vector<KernelCall> calls;
  std::unique_ptr<Control> control;  ///< in place of a kernel
  Operand workspace;                 ///< of the control
  bool waits = false;                ///< for all threads to have ended the steps before
  bool weights_change = false;       ///< whether the plan writes over the second input
  std::optional<KernelCall> whole;   ///< what the calls are slices of, if they are

  /// Returns the call as one thread alone would make it, its operands of full size.
  const KernelCall& call() const { return whole ? *whole : calls[0]; }
};

/// Names an operand of a step.
struct Target {
  size_t step;
  size_t operand;
  bool is_output;
};

class Frame {
 public:
  /// Binds the kernels of a plan, which stays where it is. `places` has the addresses of the values
  /// in outputs, by number; inputs get theirs by `set`. Throws where an op has no kernel.
  Frame(const compiler::Plan& plan, std::byte* arena, std::vector<void*> places);

  /// Returns where a value is; null for inputs.
  void* address(ValueId id) const;
  /// Returns the constant that a value is, or is a view of.
  const Array& constant(ValueId id) const;
  /// Returns the operands that are a value or a view of it.
  std::vector<Target> targets(ValueId id) const;
  /// Says where such operands are, in the calls of one thread or of all.
  void set(const std::vector<Target>& targets, void* data, int thread);

  /// Tells whether every step can compute the rows of fewer samples, where the plan has a bound.
  bool can_limit() const;
  /// Makes all steps those of so many samples, none of them shared.
  void limit(int64_t samples);

  /// Returns about how many operations a step, or all of them, are.
  static double work_of(const Step& step);
  double work() const;
  /// Gives each thread its part of the steps that can be cut, and finds where threads must wait;
  /// returns whether there is anything to cut.
  bool share(int threads, Barrier& barrier);
  void run(int thread) const {
    for (const Step& step : steps_) {
      wait(step, thread);
      run(step, thread);
    }
  }
  void wait(const Step& step, int thread) const {
    if (step.waits && thread != alone) barrier_->wait();
  }
  static void run(const Step& step, int thread);
  const std::vector<Step>& steps() const { return steps_; }

 private:
  // Is a step of a plan with a bound as it was bound, for all samples.
  struct Full {
    KernelCall call;
    Kernel kernel = nullptr;
    Split split = {};      // by rows
    int64_t rows = 0;      // of its results for a sample
    bool is_free = true;   // of rows, in results and inputs
    bool has_cut = false;  // whether fewer rows can be computed
  };

  void bind(size_t index);
  bool is_updated(ValueId id) const;
  Full full_of(const Step& step, const Node& node) const;
  std::vector<Access> accesses(const Step& step, const Split& split, bool shared) const;
  bool can_share(const Step& step, const Split& split, int threads) const;
  static void give_parts(Step& step, const Split& split, int threads);

  const compiler::Plan& plan_;
  std::byte* arena_;
  std::vector<void*> places_;
  std::vector<Array> constants_;
  std::vector<Step> steps_;
  std::vector<Full> full_;                         // of each step, where the plan has a bound
  std::vector<std::pair<ValueId, Target>> bound_;  // by the value whose memory it is
  Barrier* barrier_ = nullptr;
};

/// Returns what runs a node that runs graphs, over a part of the arena. `call` has the addresses
/// that are known.
std::unique_ptr<Control> make_control(const Node& node, const compiler::InnerPlan& inner,
                                      std::byte* workspace, const KernelCall& call);

}  // namespace keratin::runtime
