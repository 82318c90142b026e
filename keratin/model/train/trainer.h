// SPDX-License-Identifier: Apache-2.0
// What `compile`, `fit`, `evaluate` and `predict` of a model do.
#pragma once

#include <atomic>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "keratin/model/model_body.h"
#include "keratin/model/train/compiled.h"
#include "keratin/model/train/step.h"

namespace keratin {

class CallbackList;

namespace advice {
class Advisor;
class FitWatch;
}  // namespace advice

/// Is the training of one model. Its calls may come from several threads and run one after the
/// other: a call waits until the one before has ended. Callbacks may call it from inside a call.
/// Models that share layers or variables must not be trained at the same time.
class Trainer {
 public:
  explicit Trainer(ModelBody& model);
  ~Trainer();

  void compile(CompileOptions options);
  bool compiled() const;
  /// Warns of what is wrong in the arguments of `compile` (advice/advice.h).
  void advise_at_compile();
  const advice::Advisor& advisor() const { return *advisor_; }

  History fit(const Nest& x, const Nest& y, FitOptions options);
  History fit(const BatchSource& batches, FitOptions options);
  Logs evaluate(const Nest& x, const Nest& y, const EvaluateOptions& options);
  Logs evaluate(const BatchSource& batches, const EvaluateOptions& options);
  Nest predict(const Nest& x, const PredictOptions& options);
  Nest predict(const BatchSource& batches, const PredictOptions& options);
  Logs train_on_batch(const Nest& x, const Nest& y, const BatchOptions& options);
  Logs test_on_batch(const Nest& x, const Nest& y, const BatchOptions& options);
  Nest predict_on_batch(const Nest& x);

  void reset_metrics();
  std::vector<std::string> metrics_names() const;
  const Optimizer& optimizer() const;
  /// Returns what `compile` was given.
  const CompileOptions& compile_options() const;
  /// Returns the direction of a metric by the name under which it is reported.
  Direction direction_of(const std::string& name) const;

  std::atomic<bool> stop_training = false;

 private:
  /// Is what a plan depends on besides its batch: the layers, and for training which of the layers
  /// and weights train.
  struct State {
    std::vector<Layer> layers;  // but for the model itself
    std::vector<bool> trainable;
    bool operator==(const State& other) const;
  };

  History run_fit(Feed& feed, const FitOptions& options, advice::FitWatch& watch);
  Logs evaluate(Feed& feed, const EvaluateOptions& options);
  Logs run_evaluate(Feed& feed, CallbackList& callbacks);
  Nest run_predict(Feed& feed, const PredictOptions& options);
  Logs on_batch(StepKind kind, const Nest& x, const Nest& y, const BatchOptions& options);
  void require_compiled(std::string_view where) const;

  /// Makes weights, loss, metrics and optimizer slots that are not there yet.
  void build_for(Feed& feed, StepKind kind);
  void build_for(const Batch& batch, StepKind kind);
  /// Builds, and finds what does not fit in data that is there: before anything is run, printed or
  /// called back.
  void prepare(Feed& feed, StepKind kind);
  /// Chooses the loss and metrics of each output; one that does not fit leaves nothing chosen.
  void build_losses(const std::vector<OutputPart>& parts);
  bool is_built(StepKind kind) const;
  State state_for(StepKind kind) const;
  /// Returns the plan for the batch's form and size; traces it the first time.
  Step& step_for(StepKind kind, const Batch& batch, const State& state);
  std::unique_ptr<Step> trace(StepKind kind, const Batch& batch);
  /// Returns the plan that made the last prediction where it serves for one tensor too, else null.
  Step* last_prediction(const Nest& x);
  /// Records the loss, with what layers and regularizers add.
  Tensor total_loss(const std::vector<OutputPart>& parts, std::vector<Tensor>& added) const;
  void apply_gradients(const Tensor& loss);
  /// Returns all metrics with the names under which they are reported. Of two with one name the
  /// later one counts.
  std::vector<std::pair<std::string, Metric>> reported_metrics() const;
  std::vector<Variable> metric_variables() const;
  /// Puts logs into the order of Keras' list; logs are sorted by name, as Keras' dict is.
  Logs in_order(const Logs& logs) const;

  ModelBody& model_;
  mutable std::recursive_mutex mutex_;  // held by every public call
  bool compiled_ = false;
  CompileOptions options_;
  CompiledLoss loss_;
  CompiledMetrics metrics_;
  Metric loss_tracker_;
  std::unique_ptr<advice::Advisor> advisor_;

  struct Cached {
    StepKind kind;
    std::string form;
    int64_t size;
    State state;
    std::unique_ptr<Step> step;
    std::optional<TensorSpec> input = {};  // where the batch is one tensor
  };
  std::list<Cached> cache_;  // most recently used first
};

}  // namespace keratin
