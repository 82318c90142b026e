// SPDX-License-Identifier: Apache-2.0
// What a step of training, evaluation or prediction computes, on traced tensors or on data: Keras'
// own, or what the user's model overrides.
#include <algorithm>
#include <map>
#include <optional>

#include "keratin/base/check.h"
#include "keratin/graph/autodiff.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/graph/tape.h"
#include "keratin/graph/trace.h"
#include "keratin/model/advice/advisor_internal.h"
#include "keratin/model/train/trainer.h"
#include "keratin/nn/sample_sink.h"

namespace keratin {

namespace {

using NamedTensors = std::map<std::string, Tensor>;

Tensor sum_of(const std::vector<Tensor>& values) {
  Tensor total;
  for (const Tensor& value : values) total = total.defined() ? total + value : value;
  return total;
}

// Returns where in a batch the class numbers of the outputs stand, and what they must lie in.
std::vector<LabelRange> label_ranges(const std::vector<ClassRange>& classes,
                                     const std::vector<OutputPart>& parts, const Data& data) {
  std::vector<LabelRange> ranges;
  const size_t first = data.x.flatten().size();
  const std::vector<Tensor> targets = data.y.flatten();
  for (const ClassRange& range : classes) {
    const OutputPart& part = parts[range.output];
    for (size_t i = 0; i < targets.size(); ++i) {
      if (targets[i].is(part.y_true)) ranges.push_back({first + i, range.count, part.name});
    }
  }
  return ranges;
}

// Returns the data of a batch that is computed at once, as label_ranges counts them.
std::vector<Array> arrays_of(const Data& data) {
  std::vector<Array> arrays;
  for (const Nest& part : {data.x, data.y}) {
    for (const Tensor& tensor : part.flatten()) arrays.push_back(tensor.array().contiguous());
  }
  return arrays;
}

// Puts what metrics that keep samples are given behind the other outputs of a step.
void add_updates(StepResult& computed, SampleSink& sink) {
  for (SampleSink::Update& update : sink.take_updates()) {
    const bool weighted = update.sample_weight.defined();
    computed.updates.push_back({computed.tensors.size(), weighted, std::move(update.take)});
    computed.tensors.push_back(update.y_true);
    computed.tensors.push_back(update.y_pred);
    if (weighted) computed.tensors.push_back(update.sample_weight);
  }
}

const char* name_of(StepKind kind) {
  constexpr const char* names[] = {"train_step", "test_step", "predict_step"};
  return names[static_cast<size_t>(kind)];
}

std::string describe(const Nest& nest) {
  if (nest.empty()) return "nothing";
  if (nest.is_tensor()) return "a tensor";
  return nest.is_list() ? "a list" : "a dict";
}

// Puts what a step reports under its names, which a map sorts, as Keras does. Dicts in it are taken
// apart.
void collect_logs(const Nest& logs, const char* where, NamedTensors& all) {
  require<ValueError>(logs.is_dict(), where,
                      "expected a dict of numbers to report, such as {{{{\"loss\", loss}}}}, got "
                      "{}. Return one.",
                      describe(logs));
  for (const auto& [name, value] : logs.items()) {
    if (value.is_dict()) {
      collect_logs(value, where, all);
      continue;
    }
    require<ValueError>(value.is_tensor() && value.tensor().defined(), where,
                        "expected a number for '{}', got {}. Return a scalar tensor.", name,
                        value.is_tensor() ? "an empty handle" : describe(value));
    require<ShapeError>(value.rank() == 0, where,
                        "expected one number for '{}', got shape {}. Reduce it.", name,
                        to_string(value.shape()));
    all.insert_or_assign(name, value.tensor());
  }
}

// Notes for its life which batch the step is computed for.
class BatchScope {
 public:
  BatchScope(const Data*& place, const Data& data) : place_(place) { place_ = &data; }
  ~BatchScope() { place_ = nullptr; }
  BatchScope(const BatchScope&) = delete;
  BatchScope& operator=(const BatchScope&) = delete;

 private:
  const Data*& place_;
};

}  // namespace

bool Trainer::has_own_parts(StepKind kind) const {
  const StepHooks* own = hooks();
  if (own == nullptr) return false;
  if (own->has_step(kind)) return true;
  return kind != StepKind::predict && (own->has_compute_loss() || own->has_compute_metrics());
}

StepResult Trainer::compute(StepKind kind, const Data& data) {
  const BatchScope scope(batch_, data);
  label_ranges_.clear();
  SampleSink sink;
  StepHooks* own = hooks();
  const bool has_step = own != nullptr && own->has_step(kind);
  const Nest result = has_step ? own->step(kind, data) : standard_step(kind, data);
  StepResult computed;
  if (kind == StepKind::predict) {
    require<ValueError>(!result.flatten().empty(), name_of(kind),
                        "expected the outputs of the model, got nothing. Return them.");
    computed.output_form = result.map([](const Tensor& t) { return keras_tensor(t.spec()); });
    computed.tensors = result.flatten();
    return computed;
  }
  const bool own_metrics = !has_step && own != nullptr && own->has_compute_metrics();
  NamedTensors logs;
  collect_logs(result,
               has_step      ? name_of(kind)
               : own_metrics ? "compute_metrics"
                             : "metrics",
               logs);
  for (const auto& [name, value] : logs) {
    if (auto read = sink.reader_of(value)) {
      computed.late.push_back({name, std::move(read)});
      continue;
    }
    computed.log_names.push_back(name);
    computed.tensors.push_back(value);
  }
  add_updates(computed, sink);
  return computed;
}

Nest Trainer::standard_step(StepKind kind, const Data& data) {
  const bool training = kind == StepKind::train;
  std::optional<GradientTape> tape;
  if (training && Trace::current() == nullptr) tape.emplace();
  std::vector<Tensor> before;
  if (training) {
    for (const Variable& variable : model_.trainable_weights()) before.push_back(variable.value());
  }
  const Nest y_pred = model_.invoke(data.x, {.training = training});
  if (kind == StepKind::predict) return y_pred;
  const Tensor loss = loss_of(data, y_pred, training);
  loss_tracker_.update_state(loss, static_cast<double>(data.x.flatten()[0].shape()[0]));
  if (training) apply_gradients(loss, before, tape ? &*tape : nullptr);
  return logs_of(data, y_pred);
}

Tensor Trainer::loss_of(const Data& data, const Nest& y_pred, bool training) {
  StepHooks* own = hooks();
  if (own == nullptr || !own->has_compute_loss()) {
    return standard_loss(data.y, y_pred, data.sample_weight);
  }
  const Tensor loss = own->compute_loss(data.x, data.y, y_pred, data.sample_weight, training);
  require<ValueError>(loss.defined(), "compute_loss",
                      "expected a loss, got an empty handle. Return what shall become smaller.");
  require<ShapeError>(loss.rank() == 0, "compute_loss",
                      "expected one number, got shape {}. Reduce it, with ops::mean for instance.",
                      to_string(loss.shape()));
  return loss;
}

Nest Trainer::logs_of(const Data& data, const Nest& y_pred) {
  StepHooks* own = hooks();
  if (own == nullptr || !own->has_compute_metrics()) {
    return standard_metrics(data.y, y_pred, data.sample_weight);
  }
  return own->compute_metrics(data.x, data.y, y_pred, data.sample_weight);
}

Tensor Trainer::standard_loss(const Nest& y, const Nest& y_pred, const Nest& sample_weight) {
  const std::vector<OutputPart> parts =
      match_outputs(y, y_pred, sample_weight, model_.output_names());
  if (!loss_.built()) loss_.build(parts);
  if (model_.structure().graph() == nullptr) advisor_->note_outputs(parts);
  if (batch_ != nullptr) {
    label_ranges_ = label_ranges(loss_.class_ranges(parts), parts, *batch_);
    if (Trace::current() == nullptr) check_labels(label_ranges_, arrays_of(*batch_));
  }
  std::vector<Tensor> losses;
  const Tensor compiled = loss_(parts);
  if (compiled.defined()) losses.push_back(compiled);
  for (const Tensor& added : model_.losses()) losses.push_back(added);
  const Tensor loss = sum_of(losses);
  require<ValueError>(loss.defined(), "compile",
                      "expected a loss, got none. Give `loss` to compile, or call add_loss in a "
                      "layer.");
  return loss;
}

void Trainer::apply_gradients(const Tensor& loss, const std::vector<Tensor>& before,
                              GradientTape* tape) {
  const std::vector<Variable> variables = model_.trainable_weights();
  if (variables.empty()) return;
  // What a forward pass does to weights that train is forgotten, as in Keras on JAX.
  for (size_t i = 0; i < before.size(); ++i) {
    if (!variables[i].value().is(before[i])) variables[i].assign(before[i]);
  }
  const Tensor scaled = optimizer_.scale_loss(loss);
  if (tape != nullptr) {
    optimizer_.apply(tape->gradient(scaled, variables, {.unconnected_gradients = "zero"}),
                     variables);
    return;
  }
  std::vector<Tensor> values = before;
  if (values.empty()) {  // of a model that the forward pass has built
    for (const Variable& variable : variables) values.push_back(variable.value());
  }
  optimizer_.apply(gradients(scaled, values), variables);
}

Nest Trainer::standard_metrics(const Nest& y, const Nest& y_pred, const Nest& sample_weight) {
  const std::vector<OutputPart> parts =
      match_outputs(y, y_pred, sample_weight, model_.output_names());
  if (!metrics_.built()) metrics_.build(parts);
  metrics_.update(parts);
  return metrics_result();
}

Nest Trainer::metrics_result() const {
  NamedTensors results;  // of two with one name the later one counts
  for (const auto& [name, metric] : reported_metrics()) {
    const Tensor result = metric.result();
    require<ShapeError>(result.rank() == 0, "metrics",
                        "expected one number from the metric '{}', got shape {}. Reduce it.", name,
                        to_string(result.shape()));
    results.insert_or_assign(name, result);
  }
  return Nest::dict({results.begin(), results.end()});
}

namespace detail {

Nest standard_step(ModelBody& model, StepKind kind, const Data& data) {
  return model.trainer().standard_step(kind, data);
}

Tensor standard_loss(ModelBody& model, const Nest& y, const Nest& y_pred,
                     const Nest& sample_weight) {
  return model.trainer().standard_loss(y, y_pred, sample_weight);
}

Nest standard_metrics(ModelBody& model, const Nest& y, const Nest& y_pred,
                      const Nest& sample_weight) {
  return model.trainer().standard_metrics(y, y_pred, sample_weight);
}

Nest metrics_result(ModelBody& model) { return model.trainer().metrics_result(); }

std::vector<Metric> standard_metric_list(ModelBody& model) {
  return model.trainer().standard_metric_list();
}

}  // namespace detail

}  // namespace keratin
