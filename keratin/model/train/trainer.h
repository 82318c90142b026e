// SPDX-License-Identifier: Apache-2.0
// What `compile`, `fit`, `evaluate` and `predict` of a model do.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "keratin/model/model_body.h"
#include "keratin/model/train/compiled.h"
#include "keratin/model/train/plan_report.h"
#include "keratin/model/train/run_lock.h"
#include "keratin/model/train/step_cache.h"

namespace keratin {

class CallbackList;
class GradientTape;

namespace advice {
class Advisor;
class FitWatch;
}  // namespace advice

/// Is the training of one model. Its calls may come from several threads. Predictions without
/// callbacks and output run side by side once there is a plan for them; other calls run one after
/// the other: a call waits until those before have ended. Callbacks may call it from inside a call.
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

  PlanReport plan(const PlanOptions& options);

  void reset_metrics();
  std::vector<std::string> metrics_names() const;
  /// Returns the optimizer that trains: what `compile` was given, or what wraps it.
  const Optimizer& optimizer() const;
  /// Returns what `compile` was given.
  const CompileOptions& compile_options() const;
  /// Returns the direction of a metric by the name under which it is reported.
  Direction direction_of(const std::string& name) const;

  /// Returns the metrics that are reset in each epoch.
  std::vector<Metric> metrics() const;

  // The parts of a step as Keras has them, on traced tensors or on data (train_step.cpp).
  Nest standard_step(StepKind kind, const Data& data);
  Tensor standard_loss(const Nest& y, const Nest& y_pred, const Nest& sample_weight);
  Nest standard_metrics(const Nest& y, const Nest& y_pred, const Nest& sample_weight);
  /// Returns the results of all metrics by their names.
  Nest metrics_result() const;
  /// Returns the metrics that the model has unless it says otherwise.
  std::vector<Metric> standard_metric_list() const;

  std::atomic<bool> stop_training = false;

 private:
  class FitRun;
  History run_fit(Feed& feed, const FitOptions& options, advice::FitWatch& watch);
  Logs evaluate(Feed& feed, const EvaluateOptions& options);
  Logs run_evaluate(Feed& feed, CallbackList& callbacks);
  /// Is what callbacks see as one step: `steps_per_execution` batches, or fewer at the end.
  struct Execution {
    Step* last = nullptr;
    int64_t batches = 0;
    bool more = true;  // false where the data has ended
  };
  int64_t steps_per_execution() const;
  /// Runs the batch and those after it that are part of the same step; `each` sees every one.
  Execution execute(StepKind kind, Feed& feed, Batch& batch, const StepState& state,
                    const std::function<void(const Step&, int64_t)>& each = nullptr);
  Nest run_predict(Feed& feed, const PredictOptions& options);
  /// Predicts array data with plans that are there, beside others; nothing where one is missing.
  std::optional<Nest> predict_shared(Feed& feed);
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
  /// Does so for outputs that have not been matched; `may_fail` leaves nothing chosen in silence.
  void build_losses(const Nest& y, const Nest& y_pred, const Nest& sample_weight, bool may_fail);
  bool is_built(StepKind kind) const;
  bool has_weights() const;
  /// Returns placeholders of what the model gives for `x`, and builds it on the way; nothing where
  /// a user's step calls it in another way.
  Nest output_specs(const Nest& x, StepKind kind);
  StepState state_for(StepKind kind) const;
  /// Returns the plan for the batch's form and size; traces it the first time.
  Step& step_for(StepKind kind, const Batch& batch, const StepState& state);
  TracedStep trace(StepKind kind, const Batch& batch);
  /// Returns a plan that predicts one tensor like this, else null.
  Step* known_prediction(const Nest& x);
  /// Returns targets as the compiled losses want them: placeholders.
  Nest default_targets(const Nest& x);
  TracedStep eager_step(StepKind kind, std::shared_ptr<const BatchForm> form);
  /// Computes a step on a batch, traced or at once: the user's where there is one.
  StepResult compute(StepKind kind, const Data& data);
  StepHooks* hooks() const { return model_.structure().hooks(); }
  /// Tells whether the user's model does a part of such steps itself.
  bool has_own_parts(StepKind kind) const;
  Tensor loss_of(const Data& data, const Nest& y_pred, bool training);
  Nest logs_of(const Data& data, const Nest& y_pred);
  /// Takes the results of the metrics for what a user's step returned last, where the names are the
  /// same, as Keras does at the end of an epoch.
  void settle_logs(StepKind kind, Logs& logs) const;
  /// Moves the weights that train, which were `before` when the forward pass began.
  void apply_gradients(const Tensor& loss, const std::vector<Tensor>& before, GradientTape* tape);
  /// Returns all metrics with the names under which they are reported. Of two with one name the
  /// later one counts.
  std::vector<std::pair<std::string, Metric>> reported_metrics() const;
  std::vector<std::string> in_order(const std::set<std::string>& reported) const;
  std::vector<Variable> metric_variables() const;
  /// Puts logs into the order of Keras' list; logs are sorted by name, as Keras' dict is.
  Logs in_order(const Logs& logs) const;

  ModelBody& model_;
  using Lock = std::lock_guard<RunLock>;
  mutable RunLock mutex_;  // held by every public call
  bool compiled_ = false;
  CompileOptions options_;
  Optimizer optimizer_;
  CompiledLoss loss_;
  CompiledMetrics metrics_;
  Metric loss_tracker_;
  // Of the step that is being computed: its batch, and where class numbers stand in it.
  const Data* batch_ = nullptr;
  std::vector<LabelRange> label_ranges_;
  std::unique_ptr<advice::Advisor> advisor_;

  StepCache steps_;
};

}  // namespace keratin
