// SPDX-License-Identifier: Apache-2.0
// One step of training, evaluation or prediction: a compiled plan, or what runs op by op.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "keratin/model/train/feed.h"
#include "keratin/model/train/logs.h"
#include "keratin/model/train/step_hooks.h"
#include "keratin/nn/sample_sink.h"

namespace keratin {

namespace runtime {
class Executor;
}

/// Says where in a batch the class numbers of an output stand, and that they lie below `count`.
struct LabelRange {
  size_t array;
  int64_t count;
  std::string output;
};

/// Throws ValueError for class numbers in a batch that are out of range or no whole numbers.
void check_labels(const std::vector<LabelRange>& ranges, const std::vector<Array>& arrays);

/// Is a call of a metric that keeps samples: it takes outputs of the step, from `first` on.
struct SampleUpdate {
  size_t first;
  bool weighted;
  SampleSink::Take take;
};

/// Is a number that is there once such metrics have their samples.
struct LateLog {
  std::string name;
  std::function<double()> read;
};

/// Is what a step has computed: a number for each name, or the outputs of a prediction.
struct StepResult {
  std::vector<std::string> log_names;
  Nest output_form;
  std::vector<Tensor> tensors;  ///< of the logs or outputs, and behind them of the updates
  std::vector<SampleUpdate> updates = {};
  std::vector<LateLog> late = {};
};

/// Is what a step is made of: what a trace has recorded, or a function that computes a batch at
/// once, with `run_eagerly`.
struct TracedStep {
  std::shared_ptr<const Graph> graph;  ///< null where there is a function
  StepResult result = {};              ///< names the outputs of the graph
  std::vector<LabelRange> label_ranges = {};
  std::function<StepResult(const std::vector<Array>&)> eager = {};
};

/// Is a plan for batches of one form and size.
class Step {
 public:
  explicit Step(TracedStep traced);
  ~Step();

  /// Checks the class numbers of a batch, before it runs.
  void check_labels(const std::vector<Array>& arrays) const {
    keratin::check_labels(label_ranges_, arrays);
  }
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
  /// Returns copies of the outputs of the last run.
  std::vector<Array> output_copies() const;
  const Nest& output_form() const { return output_form_; }
  /// Makes the step, which is for so many samples, serve fewer too, if another step of the same
  /// kind and form shows that it may; returns whether it does.
  bool bind_rows(int64_t samples, const Step& other, int64_t other_samples);
  bool serves_fewer() const;
  /// Returns the plan of a step that is one.
  const runtime::Executor& executor() const { return *executor_; }

 private:
  /// Gives an executor of the plan that nobody uses, if it can one whose last batch was as large;
  /// makes one where there is none.
  runtime::Executor* take(const std::vector<Array>& batch);
  void give_back(runtime::Executor* executor);
  const std::vector<Array>& output_arrays() const;
  /// Gives metrics that keep samples what the last run has computed for them.
  void update_samples() const;
  void take_logs(StepResult& result);

  std::unique_ptr<runtime::Executor> executor_;  // null for one that runs at once
  std::function<StepResult(const std::vector<Array>&)> eager_;
  std::vector<Array> eager_outputs_;
  std::mutex mutex_;  // of the next two
  std::vector<std::unique_ptr<runtime::Executor>> others_;
  std::vector<runtime::Executor*> idle_;
  struct Log {
    std::string name;
    size_t output;                 // that has the value,
    std::function<double()> read;  // where this is empty
  };
  std::vector<Log> logs_;  // sorted by name
  std::vector<SampleUpdate> updates_;
  Nest output_form_;
  std::vector<LabelRange> label_ranges_;
};

}  // namespace keratin
