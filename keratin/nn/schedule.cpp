// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/schedule.h"

#include <numbers>

#include "keratin/base/check.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/nn/described.h"

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

Tensor scalar(double value) { return ops::cast(value, DType::float32); }

// Returns 1 at the start of half a cosine, and 0 at its end.
Tensor half_cosine(const Tensor& share) { return 0.5 * (1.0 + ops::cos(share * std::numbers::pi)); }

using namespace optimizers::schedules;

template <class Options, LearningRateSchedule (*Make)(Options)>
constexpr auto from_arguments = detail::maker_of<LearningRateSchedule, Options, Make>();

struct Entry {
  std::string_view class_name;
  detail::ClassMaker<LearningRateSchedule> make;
};

constexpr Entry entries[] = {
    {"ExponentialDecay", from_arguments<ExponentialDecayOptions, ExponentialDecay>},
    {"InverseTimeDecay", from_arguments<InverseTimeDecayOptions, InverseTimeDecay>},
    {"PiecewiseConstantDecay",
     from_arguments<PiecewiseConstantDecayOptions, PiecewiseConstantDecay>},
    {"PolynomialDecay", from_arguments<PolynomialDecayOptions, PolynomialDecay>},
    {"CosineDecay", from_arguments<CosineDecayOptions, CosineDecay>},
    {"CosineDecayRestarts", from_arguments<CosineDecayRestartsOptions, CosineDecayRestarts>},
};

}  // namespace

std::vector<ClassInfo> detail::schedule_classes() {
  std::vector<ClassInfo> all;
  for (const Entry& entry : entries) {
    all.push_back({"schedule", entry.class_name, entry.make.fields});
  }
  return all;
}

LearningRateSchedule::LearningRateSchedule(std::string name, Function function)
    : LearningRateSchedule(std::move(function), function_envelope(name)) {}

LearningRateSchedule::LearningRateSchedule(Function function, Config config) {
  require<ValueError>(function != nullptr, "learning_rate",
                      "expected a function for the schedule, got none. Pass one.");
  body_ = std::make_shared<const Body>(Body{std::move(function), std::move(config)});
}

LearningRateSchedule LearningRateSchedule::from_config(const Config& config) {
  const std::optional<ObjectSpec> spec = read_object(config, "learning_rate");
  require<ConfigError>(spec.has_value(), "learning_rate",
                       "expected a number or a schedule, got null. Check the file.");
  std::vector<std::string> known;
  for (const Entry& entry : entries) {
    known.emplace_back(entry.class_name);
    if (entry.class_name == spec->class_name) return entry.make(spec->config, entry.class_name);
  }
  unknown_object("learning_rate", "a learning rate schedule", spec->class_name, known);
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

LearningRateSchedule PiecewiseConstantDecay(PiecewiseConstantDecayOptions options) {
  require<ValueError>(options.values.size() == options.boundaries.size() + 1,
                      "PiecewiseConstantDecay",
                      "expected one value more than boundaries, got {} values and {} boundaries. "
                      "Add or drop one.",
                      options.values.size(), options.boundaries.size());
  const auto rate = [options](const Tensor& step) {
    Tensor value = scalar(options.values.back());
    // From the last boundary on, so that the first one that holds wins.
    for (size_t i = options.boundaries.size(); i-- > 0;) {
      const Tensor boundary = ops::cast(double{options.boundaries[i]}, step.dtype());
      value = ops::where(ops::less_equal(step, boundary), scalar(options.values[i]), value);
    }
    return value;
  };
  return LearningRateSchedule(rate,
                              envelope(module_name, "PiecewiseConstantDecay", config_of(options)));
}

LearningRateSchedule PolynomialDecay(PolynomialDecayOptions options) {
  check_steps("PolynomialDecay", options.decay_steps);
  const auto rate = [options](const Tensor& step) {
    Tensor passed = ops::cast(step, DType::float32);
    Tensor steps = scalar(options.decay_steps);
    if (options.cycle) {
      steps = steps * ops::maximum(ops::ceil(passed / steps), 1.0);
    } else {
      passed = ops::minimum(passed, steps);
    }
    const Tensor end = scalar(options.end_learning_rate);
    const Tensor left = ops::power(1 - passed / steps, scalar(options.power));
    return (scalar(options.initial_learning_rate) - end) * left + end;
  };
  return LearningRateSchedule(rate, envelope(module_name, "PolynomialDecay", config_of(options)));
}

LearningRateSchedule CosineDecay(CosineDecayOptions options) {
  check_steps("CosineDecay", options.decay_steps);
  const auto rate = [options](const Tensor& step) {
    const Tensor steps = scalar(options.decay_steps);
    const Tensor initial = scalar(options.initial_learning_rate);
    const double alpha = options.alpha;
    const auto decayed = [&](const Tensor& passed, const Tensor& from) {
      return from * ((1 - alpha) * half_cosine(passed / steps) + alpha);
    };
    const Tensor passed = ops::cast(step, DType::float32);
    if (!options.warmup_target) return decayed(ops::minimum(passed, steps), initial);
    const Tensor target = scalar(*options.warmup_target);
    const Tensor warmup = scalar(options.warmup_steps);
    const Tensor counted = ops::minimum(passed, steps + warmup);
    const Tensor rising = (target - initial) * (counted / ops::maximum(warmup, 1e-7)) + initial;
    return ops::where(ops::less(counted, warmup), rising, decayed(counted - warmup, target));
  };
  return LearningRateSchedule(rate, envelope(module_name, "CosineDecay", config_of(options)));
}

LearningRateSchedule CosineDecayRestarts(CosineDecayRestartsOptions options) {
  check_steps("CosineDecayRestarts", options.first_decay_steps);
  const auto rate = [options](const Tensor& step) {
    const Tensor done = ops::cast(step, DType::float32) / scalar(options.first_decay_steps);
    const Tensor t_mul = scalar(options.t_mul);
    Tensor restarts = ops::floor(done);
    Tensor share = done - restarts;
    if (double{options.t_mul} != 1.0) {
      restarts = ops::floor(ops::log(1.0 - done * (1.0 - t_mul)) / ops::log(t_mul));
      const Tensor length = ops::power(t_mul, restarts);
      share = (done - (1.0 - length) / (1.0 - t_mul)) / length;
    }
    const Tensor height = ops::power(scalar(options.m_mul), restarts) * half_cosine(share);
    const Tensor alpha = scalar(options.alpha);
    return scalar(options.initial_learning_rate) * ((1 - alpha) * height + alpha);
  };
  return LearningRateSchedule(rate,
                              envelope(module_name, "CosineDecayRestarts", config_of(options)));
}

}  // namespace optimizers::schedules

}  // namespace keratin
