// SPDX-License-Identifier: Apache-2.0
// One step of training, evaluation or prediction as a compiled plan.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "keratin/model/train/feed.h"
#include "keratin/model/train/logs.h"

namespace keratin {

namespace runtime {
class Executor;
}

/// Says what a step does.
enum class StepKind : uint8_t { train, test, predict };

/// Says where in a batch the class numbers of an output stand, and that they lie below `count`.
struct LabelRange {
  size_t array;
  int64_t count;
  std::string output;
};

/// Is a plan for batches of one form and size.
class Step {
 public:
  Step(StepKind kind, const Graph& graph, std::vector<std::string> log_names, Nest output_form);
  ~Step();

  void expect_labels(std::vector<LabelRange> ranges) { label_ranges_ = std::move(ranges); }
  /// Throws ValueError for class numbers that are out of range or no whole numbers.
  void check_labels(const std::vector<Array>& arrays) const;
  /// Runs on a batch.
  void run(const Batch& batch);
  /// Writes the results of the last run, in the order of their names; allocates only at first.
  void read_logs(Logs& logs) const;
  /// Tells whether a run changes variables of the model.
  bool changes_variables() const;
  /// Returns copies of the outputs for a batch. Any number of threads may ask at a time where no
  /// variables change.
  std::vector<Array> predict_arrays(const std::vector<Array>& batch);
  Nest predict(const std::vector<Array>& batch);
  const Nest& output_form() const { return output_form_; }
  const runtime::Executor& executor() const { return *executor_; }

 private:
  /// Gives an executor of the plan that nobody uses; makes one where there is none.
  runtime::Executor* take();
  void give_back(runtime::Executor* executor);

  std::unique_ptr<runtime::Executor> executor_;
  std::mutex mutex_;  // of the next two
  std::vector<std::unique_ptr<runtime::Executor>> others_;
  std::vector<runtime::Executor*> idle_;
  std::vector<std::string> log_names_;
  Nest output_form_;
  std::vector<LabelRange> label_ranges_;
};

}  // namespace keratin
