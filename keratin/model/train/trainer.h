// SPDX-License-Identifier: Apache-2.0
// What `compile`, `fit`, `evaluate` and `predict` of a model do.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <vector>

#include "keratin/model/model_body.h"
#include "keratin/model/train/compiled.h"
#include "keratin/model/train/step.h"

namespace keratin {

class CallbackList;

class Trainer {
 public:
  explicit Trainer(ModelBody& model) : model_(model) {}
  ~Trainer();

  void compile(CompileOptions options);
  bool compiled() const { return compiled_; }

  History fit(const Nest& x, const Nest& y, FitOptions options);
  History fit(const Generator& generator, FitOptions options);
  Logs evaluate(const Nest& x, const Nest& y, const EvaluateOptions& options);
  Logs evaluate(const Generator& generator, const EvaluateOptions& options);
  Nest predict(const Nest& x, const PredictOptions& options);
  Nest predict(const Generator& generator, const PredictOptions& options);
  Logs train_on_batch(const Nest& x, const Nest& y, const BatchOptions& options);
  Logs test_on_batch(const Nest& x, const Nest& y, const BatchOptions& options);
  Nest predict_on_batch(const Nest& x);

  void reset_metrics();
  std::vector<std::string> metrics_names() const;
  const Optimizer& optimizer() const;
  /// Returns the direction of a metric by the name under which it is reported.
  Direction direction_of(const std::string& name) const;

  bool stop_training = false;

 private:
  History run_fit(Feed& feed, const FitOptions& options);
  Logs evaluate(Feed& feed, const EvaluateOptions& options);
  Logs run_evaluate(Feed& feed, CallbackList& callbacks);
  Nest run_predict(Feed& feed, const PredictOptions& options);
  Logs on_batch(StepKind kind, const Nest& x, const Nest& y, const BatchOptions& options);
  void require_compiled(std::string_view where) const;

  /// Makes weights, loss, metrics and optimizer slots that are not there yet.
  void build_for(Feed& feed, StepKind kind);
  void build_for(const Batch& batch, StepKind kind);
  bool is_built(StepKind kind) const;
  /// Returns the plan for the batch's form and size; traces it the first time.
  Step& step_for(StepKind kind, const Batch& batch);
  std::unique_ptr<Step> trace(StepKind kind, const Batch& batch);
  /// Records the loss, with what layers and regularizers add.
  Tensor total_loss(const std::vector<OutputPart>& parts, std::vector<Tensor>& added) const;
  void apply_gradients(const Tensor& loss);
  std::vector<std::pair<std::string, Metric>> reported_metrics() const;
  /// Returns a text that changes when a plan must be made anew.
  std::string state_signature() const;
  /// Sorts logs into the order in which `evaluate` returns them.
  Logs in_order(const Logs& logs) const;

  ModelBody& model_;
  bool compiled_ = false;
  CompileOptions options_;
  CompiledLoss loss_;
  CompiledMetrics metrics_;
  Metric loss_tracker_;

  struct Cached {
    StepKind kind;
    std::string form;
    int64_t size;
    std::string state;
    std::unique_ptr<Step> step;
  };
  std::list<Cached> cache_;  // most recently used first
};

}  // namespace keratin
