// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/train/trainer.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "keratin/base/check.h"
#include "keratin/graph/autodiff.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/graph/trace.h"
#include "keratin/model/advice/advisor_internal.h"
#include "keratin/nn/metrics.h"

namespace keratin {

namespace {

using Lock = std::lock_guard<std::recursive_mutex>;

// Plans that a model keeps: two batch sizes each for training, validation and prediction, and some
// more for lengths that vary.
constexpr size_t largest_cache = 16;

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

// Returns where in a batch the class numbers of the outputs stand, and what they must lie in.
std::vector<LabelRange> label_ranges(const std::vector<ClassRange>& classes,
                                     const std::vector<OutputPart>& parts, const Nest& x,
                                     const Nest& y) {
  std::vector<LabelRange> ranges;
  const size_t first = x.flatten().size();
  const std::vector<Tensor> targets = y.flatten();
  for (const ClassRange& range : classes) {
    const OutputPart& part = parts[range.output];
    for (size_t i = 0; i < targets.size(); ++i) {
      if (targets[i].is(part.y_true)) ranges.push_back({first + i, range.count, part.name});
    }
  }
  return ranges;
}

Tensor sum_of(const std::vector<Tensor>& values) {
  Tensor total;
  for (const Tensor& value : values) total = total.defined() ? total + value : value;
  return total;
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
  options_ = std::move(options);
  loss_ = CompiledLoss(options_.loss, options_.loss_weights);
  metrics_ = CompiledMetrics(options_.metrics, options_.weighted_metrics);
  loss_tracker_ = metrics::Mean({.name = "loss"});
  cache_.clear();
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
  return options_.optimizer;
}

const CompileOptions& Trainer::compile_options() const {
  const Lock lock(mutex_);
  require_compiled("compile_options");
  return options_;
}

bool Trainer::is_built(StepKind kind) const {
  for (const Layer& layer : model_.flatten_layers()) {
    if (!layer.built()) return false;
  }
  if (kind == StepKind::predict) return true;
  return loss_.built() && metrics_.built();
}

void Trainer::build_for(Feed& feed, StepKind kind) {
  if (!is_built(kind)) build_for(feed.peek(), kind);
  if (kind == StepKind::train) options_.optimizer.build(model_.trainable_weights());
}

void Trainer::build_for(const Batch& batch, StepKind kind) {
  if (!is_built(kind)) {
    const auto placeholder = [](TensorSpec spec) { return keras_tensor(std::move(spec)); };
    const Nest x = shaped(batch.form->x, batch.size, placeholder);
    Nest y_pred;
    {
      const Trace trace(Trace::Mode::specs);
      y_pred = model_.invoke(x, {.training = false});
    }
    if (kind != StepKind::predict) {
      const std::vector<OutputPart> parts = match_outputs(
          shaped(batch.form->y, batch.size, placeholder), y_pred,
          shaped(batch.form->sample_weight, batch.size, placeholder), model_.output_names());
      if (!metrics_.built() || !loss_.built()) build_losses(parts);
    }
  }
  if (kind == StepKind::train) options_.optimizer.build(model_.trainable_weights());
}

void Trainer::build_losses(const std::vector<OutputPart>& parts) {
  try {
    metrics_.build(parts);
    loss_.build(parts);
    const Trace trace(Trace::Mode::specs);
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

bool Trainer::State::operator==(const State& other) const {
  return trainable == other.trainable &&
         std::equal(layers.begin(), layers.end(), other.layers.begin(), other.layers.end(),
                    [](const Layer& a, const Layer& b) { return a.is(b); });
}

// A plan reads which weights train, so freezing or thawing a layer makes a new one; and so does
// adding a layer to a Sequential model or taking one off.
Trainer::State Trainer::state_for(StepKind kind) const {
  State state;
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

Step& Trainer::step_for(StepKind kind, const Batch& batch, const State& state) {
  for (auto at = cache_.begin(); at != cache_.end(); ++at) {
    if (at->kind != kind || at->size != batch.size || at->form != batch.form->signature ||
        !(at->state == state)) {
      continue;
    }
    cache_.splice(cache_.begin(), cache_, at);
    return *cache_.front().step;
  }
  cache_.push_front({kind, batch.form->signature, batch.size, state, trace(kind, batch)});
  if (cache_.size() > largest_cache) cache_.pop_back();
  return *cache_.front().step;
}

Tensor Trainer::total_loss(const std::vector<OutputPart>& parts, std::vector<Tensor>& added) const {
  std::vector<Tensor> losses;
  const Tensor compiled = loss_(parts);
  if (compiled.defined()) losses.push_back(compiled);
  losses.insert(losses.end(), added.begin(), added.end());
  for (const Weight& weight : model_.all_weights()) {
    if (!weight.regularizer.defined() || !weight.variable.trainable()) continue;
    losses.push_back(weight.regularizer(weight.variable.value()));
  }
  return sum_of(losses);
}

void Trainer::apply_gradients(const Tensor& loss) {
  const std::vector<Variable> variables = model_.trainable_weights();
  if (variables.empty()) return;
  std::vector<Tensor> values;
  for (const Variable& variable : variables) values.push_back(variable.value());
  const Tensor scaled = options_.optimizer.scale_loss(loss);
  options_.optimizer.apply(gradients(scaled, values), variables);
}

std::vector<std::pair<std::string, Metric>> Trainer::reported_metrics() const {
  std::vector<std::pair<std::string, Metric>> all;
  if (loss_tracker_.defined()) all.emplace_back("loss", loss_tracker_);
  for (const CompiledMetrics::Entry& entry : metrics_.entries()) {
    all.emplace_back(entry.name, entry.metric);
  }
  for (const Metric& tracker : loss_.trackers()) all.emplace_back(tracker.name(), tracker);
  return all;
}

std::vector<Variable> Trainer::metric_variables() const {
  std::vector<Variable> variables;
  for (const auto& [name, metric] : reported_metrics()) {
    for (const Variable& variable : metric.variables()) variables.push_back(variable);
  }
  return variables;
}

std::unique_ptr<Step> Trainer::trace(StepKind kind, const Batch& batch) {
  if (kind == StepKind::train) {
    // Constraints act after each update; the optimizer holds them.
    for (const Weight& weight : model_.all_weights()) {
      if (weight.constraint.defined()) {
        options_.optimizer.set_constraint(weight.variable, weight.constraint);
      }
    }
  }
  Trace trace;
  int inputs = 0;
  const auto input = [&](TensorSpec spec) {
    return trace.input(std::move(spec), "input_" + std::to_string(inputs++));
  };
  const Nest x = shaped(batch.form->x, batch.size, input);
  const Nest y = shaped(batch.form->y, batch.size, input);
  const Nest weights = shaped(batch.form->sample_weight, batch.size, input);
  const Nest y_pred = model_.invoke(x, {.training = kind == StepKind::train});
  if (kind == StepKind::predict) {
    const Nest form = y_pred.map([](const Tensor& t) { return keras_tensor(t.spec()); });
    return std::make_unique<Step>(kind, *trace.finish(y_pred.flatten()), std::vector<std::string>(),
                                  form);
  }
  const std::vector<OutputPart> parts = match_outputs(y, y_pred, weights, model_.output_names());
  const Tensor loss = total_loss(parts, trace.losses());
  require<ValueError>(loss.defined(), "compile",
                      "expected a loss, got none. Give `loss` to compile, or call add_loss in a "
                      "layer.");
  loss_tracker_.update_state(loss, static_cast<double>(batch.size));
  if (kind == StepKind::train) apply_gradients(loss);
  metrics_.update(parts);

  // Reported in the order of their names, as Keras sorts them.
  std::map<std::string, Metric> all;
  for (auto& [name, metric] : reported_metrics()) all.insert_or_assign(name, metric);
  std::vector<std::string> names;
  std::vector<Tensor> results;
  for (const auto& [name, metric] : all) {
    const Tensor result = metric.result();
    require<ShapeError>(result.rank() == 0, "metrics",
                        "expected one number from the metric '{}', got shape {}. Reduce it.", name,
                        to_string(result.shape()));
    names.push_back(name);
    results.push_back(result);
  }
  auto step = std::make_unique<Step>(kind, *trace.finish(results), names, Nest());
  step->expect_labels(label_ranges(loss_.class_ranges(parts), parts, x, y));
  return step;
}

void Trainer::reset_metrics() {
  const Lock lock(mutex_);
  for (const auto& [name, metric] : reported_metrics()) metric.reset_state();
}

// Keras asks each metric for its own name, takes those that the logs have, one twice if two metrics
// are called so, and then what is left, sorted.
std::vector<std::string> Trainer::metrics_names() const {
  const Lock lock(mutex_);
  std::set<std::string> left;
  for (const auto& [name, metric] : reported_metrics()) left.insert(name);
  const std::set<std::string> reported = left;
  std::vector<std::string> names;
  const auto take = [&](const std::string& own) {
    if (!reported.contains(own)) return;
    names.push_back(own);
    left.erase(own);
  };
  if (loss_tracker_.defined()) take("loss");
  for (const CompiledMetrics::Entry& entry : metrics_.entries()) take(entry.metric.name());
  for (const Metric& tracker : loss_.trackers()) take(tracker.name());
  names.insert(names.end(), left.begin(), left.end());
  return names;
}

Direction Trainer::direction_of(const std::string& name) const {
  const Lock lock(mutex_);
  if (name == "loss") return Direction::min;
  for (const auto& [reported, metric] : reported_metrics()) {
    if (metric.name() == name) return metric.direction();
  }
  return Direction::none;
}

Logs Trainer::in_order(const Logs& logs) const {
  Logs ordered;
  for (const std::string& name : metrics_names()) ordered.append(name, logs[name]);
  return ordered;
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

Step* Trainer::last_prediction(const Nest& x) {
  if (cache_.empty() || !x.is_tensor() || !x.tensor().defined()) return nullptr;
  if (!x.tensor().is_concrete()) return nullptr;
  const Cached& last = cache_.front();
  const bool serves = last.kind == StepKind::predict && last.input == x.tensor().spec() &&
                      last.state == state_for(StepKind::predict);
  return serves ? last.step.get() : nullptr;
}

Nest Trainer::predict_on_batch(const Nest& x) {
  const Lock lock(mutex_);
  if (Step* step = last_prediction(x)) {
    step->run({.form = nullptr, .arrays = {x.tensor().array().contiguous()}, .size = 0});
    return step->outputs();
  }
  const auto feed = make_array_feed(
      Data(x), {.batch_size = whole, .steps = {}, .shuffle = false, .class_weight = {}},
      "predict_on_batch");
  build_for(*feed, StepKind::predict);
  Batch batch;
  feed->begin_epoch();
  feed->next(batch);
  Step& step = step_for(StepKind::predict, batch, state_for(StepKind::predict));
  if (x.is_tensor()) cache_.front().input = x.tensor().spec();
  step.run(batch);
  return step.outputs();
}

}  // namespace keratin
