// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/schedule.h"

#include "keratin/base/check.h"
#include "keratin/graph/ops/ops.h"

namespace keratin {

namespace {

constexpr std::string_view module_name = "keras.optimizers.schedules";

void check_steps(std::string_view where, double decay_steps) {
  require<ValueError>(decay_steps > 0.0, where,
                      "expected positive decay_steps, got {}. Pass 1 or "
                      "more.",
                      decay_steps);
}

// Returns how many decays have passed; schedules compute in float32.
template <class Options>
Tensor decays(const Options& options, const Tensor& step) {
  const Tensor passed =
      ops::cast(step, DType::float32) / ops::cast(double{options.decay_steps}, DType::float32);
  return options.staircase ? ops::floor(passed) : passed;
}

}  // namespace

LearningRateSchedule::LearningRateSchedule(std::string name, Function function)
    : LearningRateSchedule(std::move(function), function_envelope(name)) {}

LearningRateSchedule::LearningRateSchedule(Function function, Config config) {
  require<ValueError>(function != nullptr, "learning_rate",
                      "expected a function for the schedule, got none. Pass one.");
  body_ = std::make_shared<const Body>(Body{std::move(function), std::move(config)});
}

LearningRateSchedule LearningRateSchedule::from_config(const Config& config) {
  using namespace optimizers::schedules;
  const std::optional<ObjectSpec> spec = read_object(config, "learning_rate");
  require<ConfigError>(spec.has_value(), "learning_rate",
                       "expected a number or a schedule, got null. Check the file.");
  if (spec->class_name == "ExponentialDecay") {
    return ExponentialDecay(
        options_from<ExponentialDecayOptions>(spec->config, "ExponentialDecay"));
  }
  if (spec->class_name == "InverseTimeDecay") {
    return InverseTimeDecay(
        options_from<InverseTimeDecayOptions>(spec->config, "InverseTimeDecay"));
  }
  unknown_object(
      "learning_rate", "a learning rate schedule", spec->class_name,
      {"ExponentialDecay", "InverseTimeDecay"},
      {"PiecewiseConstantDecay", "PolynomialDecay", "CosineDecay", "CosineDecayRestarts"});
}

namespace optimizers::schedules {

LearningRateSchedule ExponentialDecay(ExponentialDecayOptions options) {
  check_steps("ExponentialDecay", options.decay_steps);
  const auto rate = [options](const Tensor& step) {
    const Tensor base = ops::cast(double{options.decay_rate}, DType::float32);
    return ops::power(base, decays(options, step)) * double{options.initial_learning_rate};
  };
  return LearningRateSchedule(rate, envelope(module_name, "ExponentialDecay", config_of(options)));
}

LearningRateSchedule InverseTimeDecay(InverseTimeDecayOptions options) {
  check_steps("InverseTimeDecay", options.decay_steps);
  const auto rate = [options](const Tensor& step) {
    const Tensor divisor = decays(options, step) * double{options.decay_rate} + 1.0;
    return double{options.initial_learning_rate} / divisor;
  };
  return LearningRateSchedule(rate, envelope(module_name, "InverseTimeDecay", config_of(options)));
}

}  // namespace optimizers::schedules

}  // namespace keratin
