// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/train/plan_report.h"

#include <fmt/format.h>

#include <ostream>

#include "keratin/base/check.h"
#include "keratin/base/text.h"
#include "keratin/graph/trace.h"
#include "keratin/model/train/trainer.h"
#include "keratin/runtime/estimate.h"

namespace keratin {

namespace {

StepKind kind_of(const PlanOptions& options, bool compiled) {
  if (options.step == "train" || (options.step.empty() && compiled)) return StepKind::train;
  if (options.step == "test") return StepKind::test;
  require<ValueError>(options.step == "predict" || options.step.empty(), "plan",
                      "expected `step` to be \"train\", \"test\" or \"predict\", got \"{}\".{}",
                      options.step, text::choice(options.step, {"train", "test", "predict"}));
  return StepKind::predict;
}

const char* name_of(StepKind kind) {
  if (kind == StepKind::predict) return "predict";
  return kind == StepKind::train ? "train" : "test";
}

Nest sized(const Nest& nest, int64_t size) {
  return nest.map([&](const Tensor& tensor) {
    TensorSpec spec = tensor.spec();
    require<ShapeError>(spec.shape.rank() >= 1, "plan",
                        "expected data with a batch axis, got a scalar. Add an axis.");
    spec.shape[0] = size;
    return keras_tensor(std::move(spec));
  });
}

int64_t bytes_of(const TensorSpec& spec) {
  return spec.shape.element_count() * static_cast<int64_t>(size_of(spec.dtype));
}

PlanReport report_of(const runtime::Executor& executor) {
  PlanReport report;
  const compiler::Plan& plan = executor.plan();
  for (const runtime::StepInfo& step : executor.describe()) report.flop += step.flop;
  report.threads = executor.threads();
  report.calls = static_cast<int64_t>(executor.describe().size());
  report.seconds = runtime::estimate_seconds(executor);
  report.arena_bytes = static_cast<int64_t>(plan.arena_bytes);
  for (const Value& value : plan.graph.values()) {
    if (value.kind == ValueKind::variable) report.variable_bytes += bytes_of(value.spec);
    if (value.kind == ValueKind::input) report.input_bytes += bytes_of(value.spec);
  }
  for (ValueId id : plan.graph.outputs) report.output_bytes += bytes_of(plan.graph.value(id).spec);
  report.text = to_string(plan);
  return report;
}

}  // namespace

// Losses and metrics that are not chosen yet are chosen for this plan alone: `fit` may get other
// targets.
PlanReport Trainer::plan(const PlanOptions& options) {
  const Lock lock(mutex_);
  const StepKind kind = kind_of(options, compiled_);
  if (kind != StepKind::predict) require_compiled("plan");
  require<ValueError>(options.batch_size > 0, "plan",
                      "expected a positive `batch_size`, got {}. Use 32.", options.batch_size);
  require<ValueError>(!compiled_ || !options_.run_eagerly, "plan",
                      "expected a compiled step, got `run_eagerly`. Compile the model without it.");
  const FunctionalGraph* graph = model_.structure().graph();
  require<ValueError>(!options.x.empty() || graph != nullptr, "plan",
                      "expected `x` for a model whose inputs are not known, got none. Pass a batch "
                      "or Keras tensors of its shape.");
  Data data(sized(options.x.empty() ? graph->inputs() : options.x, options.batch_size));
  if (kind != StepKind::predict) {
    data.y = sized(options.y.empty() ? default_targets(data.x) : options.y, options.batch_size);
    data.sample_weight = sized(options.sample_weight, options.batch_size);
  }
  const Batch batch{BatchForm::of(data), {}, options.batch_size};
  const bool chosen = loss_.built() && metrics_.built();
  const auto forget = [&] {
    if (chosen) return;
    loss_ = CompiledLoss(options_.loss, options_.loss_weights);
    metrics_ = CompiledMetrics(options_.metrics, options_.weighted_metrics);
  };
  PlanReport report;
  try {
    build_for(batch, kind);
    report = report_of(Step(trace(kind, batch)).executor());
  } catch (...) {
    forget();
    throw;
  }
  forget();
  report.step = name_of(kind);
  report.batch_size = options.batch_size;
  return report;
}

Nest Trainer::default_targets(const Nest& x) {
  Nest y_pred;
  {
    const Trace trace(Trace::Mode::specs);
    y_pred = model_.invoke(x, {.training = false});
  }
  std::vector<Tensor> targets;
  for (const Tensor& output : y_pred.flatten()) targets.push_back(keras_tensor(output.spec()));
  std::vector<OutputPart> parts =
      match_outputs(y_pred.pack(targets), y_pred, {}, model_.output_names());
  CompiledLoss loss(options_.loss, options_.loss_weights);
  loss.build(parts);
  for (OutputPart& part : parts) {
    if (part.y_pred.rank() == 0) continue;
    part.y_true = keras_tensor({part.y_pred.shape().without(-1), DType::int32});
  }
  for (const ClassRange& range : loss.class_ranges(parts)) {
    targets[range.output] = parts[range.output].y_true;
  }
  return y_pred.pack(targets);
}

std::ostream& operator<<(std::ostream& out, const PlanReport& report) {
  const auto line = [&](const char* what, const std::string& value) {
    out << fmt::format("{:<15}{}\n", what, value);
  };
  const auto number = [&](const char* what, int64_t value) {
    line(what, text::with_commas(value));
  };
  line("step", report.step);
  number("batch size", report.batch_size);
  number("threads", report.threads);
  number("kernel calls", report.calls);
  number("variable bytes", report.variable_bytes);
  number("input bytes", report.input_bytes);
  number("output bytes", report.output_bytes);
  number("arena bytes", report.arena_bytes);
  number("peak bytes", report.peak_bytes());
  number("FLOP", static_cast<int64_t>(report.flop));
  line("about", fmt::format("{:.3g} us", report.seconds * 1e6));
  return out;
}

}  // namespace keratin
