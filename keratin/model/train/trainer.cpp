// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/train/trainer.h"

#include <algorithm>
#include <cmath>

#include "keratin/base/check.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/graph/trace.h"
#include "keratin/model/advice/advisor_internal.h"
#include "keratin/nn/metrics.h"
#include "keratin/nn/optimizers.h"
#include "keratin/nn/sample_sink.h"

namespace keratin {

namespace {

// A batch size that no data exceeds: all of it is one batch.
constexpr int64_t whole = int64_t{1} << 40;

// Floats other than float32 are cast where they come in, as Keras' data adapters do.
Tensor cast_floats(const Tensor& tensor) {
  const bool other = is_float(tensor.dtype()) && tensor.dtype() != DType::float32;
  return other ? ops::cast(tensor, DType::float32) : tensor;
}

Nest shaped(const Nest& form, int64_t size, const std::function<Tensor(TensorSpec)>& make) {
  return form.map([&](const Tensor& tensor) {
    TensorSpec spec = tensor.spec();
    spec.shape[0] = size;
    return cast_floats(make(std::move(spec)));
  });
}

}  // namespace

Trainer::Trainer(ModelBody& model) : model_(model), advisor_(std::make_unique<advice::Advisor>()) {}

Trainer::~Trainer() = default;

bool Trainer::compiled() const {
  const Lock lock(mutex_);
  return compiled_;
}

void Trainer::compile(CompileOptions options) {
  const Lock lock(mutex_);
  require<ValueError>(options.optimizer.defined(), "compile",
                      "expected an optimizer, got none. Use \"rmsprop\".");
  for (const auto& [name, weight] : options.loss_weights.items()) {
    require<ValueError>(std::isfinite(weight), "compile",
                        "expected finite numbers in `loss_weights`, got {}. Check how they were "
                        "computed.",
                        weight);
  }
  require<ValueError>(options.steps_per_execution >= 1, "compile",
                      "expected `steps_per_execution` of 1 or more, got {}. Leave it out to have "
                      "callbacks called for each batch.",
                      options.steps_per_execution);
  options.optimizer = options.optimizer.for_one_model();
  options_ = std::move(options);
  optimizer_ = options_.optimizer;
  const bool scales = options_.auto_scale_loss && optimizer_.class_name() != "LossScaleOptimizer";
  if (scales && model_.dtype_policy().name() == "mixed_float16") {
    optimizer_ = optimizers::LossScaleOptimizer(optimizer_, {.name = "loss_scale_optimizer"});
  }
  loss_ = CompiledLoss(options_.loss, options_.loss_weights);
  metrics_ = CompiledMetrics(options_.metrics, options_.weighted_metrics);
  loss_tracker_ = metrics::Mean({.name = "loss"});
  steps_.clear();
  stop_training = false;
  advisor_->reset();
  compiled_ = true;
}

void Trainer::advise_at_compile() {
  const Lock lock(mutex_);
  if (compiled_) advisor_->at_compile(model_, options_);
}

void Trainer::require_compiled(std::string_view where) const {
  require<ValueError>(compiled_, where,
                      "expected a compiled model, got one without optimizer and loss. Call "
                      "`compile` before `{}`.",
                      where);
}

const Optimizer& Trainer::optimizer() const {
  const Lock lock(mutex_);
  require_compiled("optimizer");
  return optimizer_;
}

const CompileOptions& Trainer::compile_options() const {
  const Lock lock(mutex_);
  require_compiled("compile_options");
  return options_;
}

bool Trainer::has_weights() const {
  for (const Layer& layer : model_.flatten_layers()) {
    if (!layer.built()) return false;
  }
  return true;
}

bool Trainer::is_built(StepKind kind) const {
  if (kind == StepKind::predict) return has_weights();
  return has_weights() && loss_.built() && metrics_.built();
}

void Trainer::build_for(Feed& feed, StepKind kind) {
  if (!is_built(kind)) {
    build_for(feed.peek(), kind);
  } else if (kind == StepKind::train) {
    optimizer_.build(model_.trainable_weights());
  }
}

Nest Trainer::output_specs(const Nest& x, StepKind kind) {
  const Trace trace(Trace::Mode::specs);
  if (hooks() == nullptr || !hooks()->has_step(kind)) {
    return model_.invoke(x, {.training = false});
  }
  // The user's step may call the model on other things than the batch, or its layers alone; what is
  // wrong with a call shows when the step is traced.
  try {
    return model_.invoke(x, {.training = false});
  } catch (const Error&) {
    return {};
  }
}

void Trainer::build_for(const Batch& batch, StepKind kind) {
  if (!is_built(kind)) {
    const auto placeholder = [](TensorSpec spec) { return keras_tensor(std::move(spec)); };
    const Nest y_pred = output_specs(shaped(batch.form->x, batch.size, placeholder), kind);
    if (kind != StepKind::predict && !y_pred.empty()) {
      build_losses(shaped(batch.form->y, batch.size, placeholder), y_pred,
                   shaped(batch.form->sample_weight, batch.size, placeholder), has_own_parts(kind));
    }
  }
  if (kind == StepKind::train && has_weights()) {
    optimizer_.build(model_.trainable_weights());
  }
}

void Trainer::build_losses(const Nest& y, const Nest& y_pred, const Nest& sample_weight,
                           bool may_fail) {
  if (metrics_.built() && loss_.built()) return;
  try {
    const auto parts = match_outputs(y, y_pred, sample_weight, model_.output_names());
    if (model_.structure().graph() == nullptr) advisor_->note_outputs(parts);
    build_losses(parts);
  } catch (const Error&) {
    // A step of the user need not call them; if it does, it says what is wrong.
    if (!may_fail) throw;
  }
}

void Trainer::build_losses(const std::vector<OutputPart>& parts) {
  try {
    metrics_.build(parts);
    loss_.build(parts);
    const Trace trace(Trace::Mode::specs);
    const SampleSink sink;
    loss_(parts);
    metrics_.update(parts);
  } catch (...) {
    metrics_ = CompiledMetrics(options_.metrics, options_.weighted_metrics);
    loss_ = CompiledLoss(options_.loss, options_.loss_weights);
    throw;
  }
}

void Trainer::prepare(Feed& feed, StepKind kind) {
  build_for(feed, kind);
  const std::optional<Batch> form = feed.form();
  if (!form) return;
  const Step& step = step_for(kind, *form, state_for(kind));
  if (feed.all() != nullptr) step.check_labels(*feed.all());
}

// A plan reads which weights train, so freezing or thawing a layer makes a new one; and so does
// adding a layer to a Sequential model or taking one off.
StepState Trainer::state_for(StepKind kind) const {
  StepState state;
  state.layers = model_.flatten_layers();
  if (kind == StepKind::train) {
    for (const Layer& layer : state.layers) state.trainable.push_back(layer.trainable());
    for (const Weight& weight : model_.all_weights()) {
      state.trainable.push_back(weight.variable.trainable());
    }
  }
  state.layers.erase(state.layers.begin());  // the model would own itself
  return state;
}

Step& Trainer::step_for(StepKind kind, const Batch& batch, const StepState& state) {
  const StepKey key{kind, batch.form->signature, state};
  if (Step* step = steps_.use(key, batch.size)) return *step;
  return steps_.add(key, batch.size, [&](int64_t size) {
    return trace(kind, {.form = batch.form, .arrays = {}, .size = size});
  });
}

TracedStep Trainer::trace(StepKind kind, const Batch& batch) {
  if (kind == StepKind::train) {
    // Constraints act after each update; the optimizer holds them.
    for (const Weight& weight : model_.all_weights()) {
      if (weight.constraint.defined()) {
        optimizer_.set_constraint(weight.variable, weight.constraint);
      }
    }
  }
  if (compiled_ && options_.run_eagerly) return eager_step(kind, batch.form);
  Trace trace;
  int inputs = 0;
  const auto input = [&](TensorSpec spec) {
    return trace.input(std::move(spec), "input_" + std::to_string(inputs++));
  };
  const Nest x = shaped(batch.form->x, batch.size, input);
  const Nest y = shaped(batch.form->y, batch.size, input);
  const Data data(x, y, shaped(batch.form->sample_weight, batch.size, input));
  StepResult result = compute(kind, data);
  const std::shared_ptr<const Graph> graph = trace.finish(result.tensors);
  return {.graph = graph, .result = std::move(result), .label_ranges = std::move(label_ranges_)};
}

TracedStep Trainer::eager_step(StepKind kind, std::shared_ptr<const BatchForm> form) {
  const auto run = [this, kind, form](const std::vector<Array>& arrays) {
    size_t at = 0;
    // Copies, since the feed writes the next batch over this one, and a user may keep tensors.
    const auto data = [&](const Tensor&) { return cast_floats(Tensor(arrays[at++].copy())); };
    const Nest x = form->x.map(data);
    const Nest y = form->y.map(data);
    return compute(kind, Data(x, y, form->sample_weight.map(data)));
  };
  return {.graph = nullptr, .eager = run};
}

Logs Trainer::on_batch(StepKind kind, const Nest& x, const Nest& y, const BatchOptions& options) {
  const Lock lock(mutex_);
  const std::string_view where = kind == StepKind::train ? "train_on_batch" : "test_on_batch";
  require_compiled(where);
  const auto feed = make_array_feed(
      Data(x, y, options.sample_weight),
      {.batch_size = whole, .steps = {}, .shuffle = false, .class_weight = options.class_weight},
      where);
  prepare(*feed, kind);
  Batch batch;
  feed->begin_epoch();
  feed->next(batch);
  Step& step = step_for(kind, batch, state_for(kind));
  reset_metrics();
  step.run(batch);
  Logs logs;
  step.read_logs(logs);
  return options.return_dict ? logs : in_order(logs);
}

Logs Trainer::train_on_batch(const Nest& x, const Nest& y, const BatchOptions& options) {
  return on_batch(StepKind::train, x, y, options);
}

Logs Trainer::test_on_batch(const Nest& x, const Nest& y, const BatchOptions& options) {
  return on_batch(StepKind::test, x, y, options);
}

Step* Trainer::known_prediction(const Nest& x) {
  const bool is_data = x.is_tensor() && x.tensor().defined() && x.tensor().is_concrete();
  if (!is_data) return nullptr;
  return steps_.find_prediction(x.tensor().spec(), [&] { return state_for(StepKind::predict); });
}

Nest Trainer::predict_on_batch(const Nest& x) {
  {
    const std::shared_lock<RunLock> lock(mutex_);
    Step* step = known_prediction(x);
    if (step != nullptr && !step->changes_variables()) {
      return step->predict({x.tensor().array().contiguous()});
    }
  }
  const Lock lock(mutex_);
  const auto feed = make_array_feed(
      Data(x), {.batch_size = whole, .steps = {}, .shuffle = false, .class_weight = {}},
      "predict_on_batch");
  build_for(*feed, StepKind::predict);
  Batch batch;
  feed->begin_epoch();
  feed->next(batch);
  Step& step = step_for(StepKind::predict, batch, state_for(StepKind::predict));
  if (x.is_tensor()) steps_.note_input(x.tensor().spec());
  return step.predict(batch.arrays);
}

}  // namespace keratin
