// SPDX-License-Identifier: Apache-2.0
// Learning rates: a number, or a schedule, which is a function of the step.
#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "keratin/graph/tensor.h"
#include "keratin/nn/object.h"

namespace keratin {

/// Is a learning rate that follows from the number of steps done, counted from 0: an object of
/// namespace optimizers::schedules, or a function of the step (a scalar int32 tensor).
class LearningRateSchedule {
 public:
  using Function = std::function<Tensor(const Tensor& step)>;

  /// Takes a function of the user; it is written under `name`.
  LearningRateSchedule(std::string name, Function function);
  /// Takes a function and what is written for it.
  LearningRateSchedule(Function function, Config config);

  /// Returns the learning rate, a float32 scalar, for a scalar step.
  Tensor operator()(const Tensor& step) const { return body_->function(step); }
  Config to_config() const { return body_->config; }
  static LearningRateSchedule from_config(const Config& config);

 private:
  struct Body {
    Function function;
    Config config;
  };
  std::shared_ptr<const Body> body_;
};

/// Is what an optimizer takes as its learning rate: a floating-point number or a schedule.
class LearningRate {
 public:
  template <std::floating_point T>
  LearningRate(T value) : value_(static_cast<double>(value)) {}
  LearningRate(LearningRateSchedule schedule)
      : schedule_(std::make_shared<const LearningRateSchedule>(std::move(schedule))) {}

  bool is_schedule() const { return schedule_ != nullptr; }
  double value() const { return value_; }
  const LearningRateSchedule& schedule() const { return *schedule_; }

 private:
  double value_ = 0.0;
  std::shared_ptr<const LearningRateSchedule> schedule_;
};

template <>
struct Codec<LearningRate> {
  static Config write(const LearningRate& value) {
    return value.is_schedule() ? value.schedule().to_config() : Config(value.value());
  }
  static LearningRate read(const Config& config) {
    if (config.is_number()) return config.as_number();
    return LearningRateSchedule::from_config(config);
  }
  static std::string type_name() { return "float or learning rate schedule"; }
};

namespace optimizers::schedules {

struct ExponentialDecayOptions {
  KERATIN_OPTIONS(ExponentialDecayOptions);
  KERATIN_FIELD(Number, initial_learning_rate, "Rate at step 0.") = 0.001;
  KERATIN_FIELD(Number, decay_steps, "Steps after which the rate has decayed once.") = 1;
  KERATIN_FIELD(Number, decay_rate, "Factor of one decay.") = 1.0;
  KERATIN_FIELD(bool, staircase, "Decay at whole multiples of decay_steps only.") = false;
  KERATIN_FIELD(std::string, name, "Name of the schedule.") = "ExponentialDecay";
};

struct InverseTimeDecayOptions {
  KERATIN_OPTIONS(InverseTimeDecayOptions);
  KERATIN_FIELD(Number, initial_learning_rate, "Rate at step 0.") = 0.001;
  KERATIN_FIELD(Number, decay_steps, "Steps after which the rate has decayed once.") = 1;
  KERATIN_FIELD(Number, decay_rate, "Growth of the divisor for one decay.") = 1.0;
  KERATIN_FIELD(bool, staircase, "Decay at whole multiples of decay_steps only.") = false;
  KERATIN_FIELD(std::string, name, "Name of the schedule.") = "InverseTimeDecay";
};

struct PiecewiseConstantDecayOptions {
  KERATIN_OPTIONS(PiecewiseConstantDecayOptions);
  KERATIN_FIELD(std::vector<Number>, boundaries, "The last step of each rate but the last.") = {};
  KERATIN_FIELD(std::vector<Number>, values, "The rates, one more than there are boundaries.") = {};
  KERATIN_FIELD(std::string, name, "Name of the schedule.") = "PiecewiseConstant";
};

struct PolynomialDecayOptions {
  KERATIN_OPTIONS(PolynomialDecayOptions);
  KERATIN_FIELD(Number, initial_learning_rate, "Rate at step 0.") = 0.001;
  KERATIN_FIELD(Number, decay_steps, "Steps after which the end is reached.") = 1;
  KERATIN_FIELD(Number, end_learning_rate, "Rate at the end.") = 0.0001;
  KERATIN_FIELD(Number, power, "Power of the way that is left.") = 1.0;
  KERATIN_FIELD(bool, cycle, "Start again, with longer decays, after the end.") = false;
  KERATIN_FIELD(std::string, name, "Name of the schedule.") = "PolynomialDecay";
};

struct CosineDecayOptions {
  KERATIN_OPTIONS(CosineDecayOptions);
  KERATIN_FIELD(Number, initial_learning_rate, "Rate at step 0.") = 0.001;
  KERATIN_FIELD(Number, decay_steps, "Steps after which the end is reached.") = 1;
  KERATIN_FIELD(Number, alpha, "Share of the rate that is left at the end.") = 0.0;
  KERATIN_FIELD(std::string, name, "Name of the schedule.") = "CosineDecay";
  KERATIN_FIELD(std::optional<Number>, warmup_target, "Rate after warming up.") = {};
  KERATIN_FIELD(Number, warmup_steps, "Steps in which the rate rises to it.") = 0;
};

struct CosineDecayRestartsOptions {
  KERATIN_OPTIONS(CosineDecayRestartsOptions);
  KERATIN_FIELD(Number, initial_learning_rate, "Rate at step 0.") = 0.001;
  KERATIN_FIELD(Number, first_decay_steps, "Steps of the first decay.") = 1;
  KERATIN_FIELD(Number, t_mul, "How much longer each decay is.") = 2.0;
  KERATIN_FIELD(Number, m_mul, "Factor of the rate at each restart.") = 1.0;
  KERATIN_FIELD(Number, alpha, "Share of the rate that is left at the end.") = 0.0;
  KERATIN_FIELD(std::string, name, "Name of the schedule.") = "SGDRDecay";
};

/// Is initial_learning_rate * decay_rate ^ (step / decay_steps)
/// (keras.io/api/optimizers/learning_rate_schedules). Throws ValueError for decay_steps of 0 or
/// less.
LearningRateSchedule ExponentialDecay(ExponentialDecayOptions options);
/// Is initial_learning_rate / (1 + decay_rate * step / decay_steps). Throws as ExponentialDecay.
LearningRateSchedule InverseTimeDecay(InverseTimeDecayOptions options);
/// Is one value up to each boundary, the boundary included. Throws ValueError unless there is one
/// value more than boundaries.
LearningRateSchedule PiecewiseConstantDecay(PiecewiseConstantDecayOptions options);
/// Falls by a power of the steps that are left. Throws as ExponentialDecay.
LearningRateSchedule PolynomialDecay(PolynomialDecayOptions options);
/// Falls along half a cosine, after rising to `warmup_target` where that is given (Loshchilov and
/// Hutter, 2016). Throws as ExponentialDecay.
LearningRateSchedule CosineDecay(CosineDecayOptions options);
/// Falls along half a cosine again and again. Throws as ExponentialDecay.
LearningRateSchedule CosineDecayRestarts(CosineDecayRestartsOptions options);

}  // namespace optimizers::schedules

}  // namespace keratin
