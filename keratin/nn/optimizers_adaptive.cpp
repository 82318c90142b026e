// SPDX-License-Identifier: Apache-2.0
// Optimizers that came of Adam, which divide by the size of the last gradients.
#include "keratin/graph/ops/ops.h"
#include "keratin/nn/optimizer_internal.h"
#include "keratin/nn/optimizers.h"

namespace keratin {

namespace {

using namespace optimizers;
using detail::RuleBody;

Tensor power_of(double base, const Tensor& exponent) {
  return ops::power(ops::cast(base, exponent.dtype()), exponent);
}

class AdamaxBody final : public RuleBody<AdamaxOptions> {
 public:
  explicit AdamaxBody(AdamaxOptions given) : RuleBody("Adamax", std::move(given)) {
    detail::check_beta("Adamax", "beta_1", options().beta_1);
    detail::check_share("Adamax", "beta_2", options().beta_2);
    detail::check_epsilon("Adamax", options().epsilon);
  }

 protected:
  void make_slots() override {
    auto slots = add_slots({"momentum", "norm"});
    momentums_ = std::move(slots[0]);
    norms_ = std::move(slots[1]);
  }

  void update_step(const Tensor& gradient, const Variable& variable, size_t index,
                   const Tensor& learning_rate) override {
    const Tensor beta_1_power = power_of(options().beta_1, step_in(variable.dtype()));
    const Variable& m = momentums_[index];
    const Variable& u = norms_[index];
    m.assign_add((gradient - m.value()) * (1.0 - options().beta_1));
    u.assign(ops::maximum(options().beta_2 * u.value(), ops::absolute(gradient)));
    variable.assign_sub(learning_rate * m.value() /
                        ((1 - beta_1_power) * (u.value() + options().epsilon)));
  }

 private:
  std::vector<Variable> momentums_, norms_;
};

class NadamBody final : public RuleBody<NadamOptions> {
 public:
  explicit NadamBody(NadamOptions given) : RuleBody("Nadam", std::move(given)) {
    detail::check_beta("Nadam", "beta_1", options().beta_1);
    detail::check_beta("Nadam", "beta_2", options().beta_2);
    detail::check_epsilon("Nadam", options().epsilon);
  }

 protected:
  void make_slots() override {
    auto slots = add_slots({"momentum", "velocity"});
    momentums_ = std::move(slots[0]);
    velocities_ = std::move(slots[1]);
    const DType dtype =
        trainable_variables().empty() ? DType::float32 : trainable_variables()[0].dtype();
    product_ = add_slot(ops::ones({}, dtype), "variable");
  }

  // The product of the momentums of all steps, which all variables share.
  void begin_update() override {
    const Tensor u = 1.0 - 0.5 * power_of(0.96, step_in(product_.dtype()));
    product_.assign(product_.value() * options().beta_1 * u);
  }

  void update_step(const Tensor& gradient, const Variable& variable, size_t index,
                   const Tensor& learning_rate) override {
    const Tensor step = step_in(variable.dtype());
    // Rounded before they are taken from 1, as in Keras.
    const Tensor beta_1 = ops::cast(options().beta_1, variable.dtype());
    const Tensor beta_2 = ops::cast(options().beta_2, variable.dtype());
    const Tensor now = beta_1 * (1.0 - 0.5 * power_of(0.96, step));
    const Tensor next = beta_1 * (1.0 - 0.5 * power_of(0.96, step + 1));
    const Tensor product = ops::cast(product_, variable.dtype());
    const Variable& m = momentums_[index];
    const Variable& v = velocities_[index];
    m.assign_add((gradient - m.value()) * (1 - beta_1));
    v.assign_add((ops::square(gradient) - v.value()) * (1 - beta_2));
    const Tensor ahead = next * m.value() / (1 - product * next);
    const Tensor m_hat = ahead + (1 - now) * gradient / (1 - product);
    const Tensor v_hat = v.value() / (1 - power_of(options().beta_2, step));
    variable.assign_sub(m_hat * learning_rate / (ops::sqrt(v_hat) + options().epsilon));
  }

 private:
  std::vector<Variable> momentums_, velocities_;
  Variable product_;
};

class LambBody final : public RuleBody<LambOptions> {
 public:
  explicit LambBody(LambOptions given) : RuleBody("Lamb", std::move(given)) {
    detail::check_beta("Lamb", "beta_1", options().beta_1);
    detail::check_beta("Lamb", "beta_2", options().beta_2);
    detail::check_epsilon("Lamb", options().epsilon);
  }

 protected:
  void make_slots() override {
    auto slots = add_slots({"momentum", "velocity"});
    momentums_ = std::move(slots[0]);
    velocities_ = std::move(slots[1]);
  }

  void update_step(const Tensor& gradient, const Variable& variable, size_t index,
                   const Tensor& learning_rate) override {
    const Tensor step = step_in(variable.dtype());
    const Variable& m = momentums_[index];
    const Variable& v = velocities_[index];
    m.assign_add((gradient - m.value()) * (1.0 - options().beta_1));
    v.assign_add((ops::square(gradient) - v.value()) * (1.0 - options().beta_2));
    const Tensor m_hat = m.value() / (1.0 - power_of(options().beta_1, step));
    const Tensor v_hat = v.value() / (1.0 - power_of(options().beta_2, step));
    const Tensor update = m_hat / (ops::sqrt(v_hat) + options().epsilon);
    const Tensor length = norm(variable.value());
    const Tensor of_update = norm(update);
    const Tensor known = ops::logical_and(ops::greater(length, 0), ops::greater(of_update, 0));
    const Tensor ratio = ops::where(known, length / of_update, ops::ones_like(length));
    variable.assign_sub(ratio * learning_rate * update);
  }

 private:
  static Tensor norm(const Tensor& x) { return ops::sqrt(ops::sum(ops::square(x))); }
  std::vector<Variable> momentums_, velocities_;
};

class ScheduleFreeAdamWBody final : public RuleBody<ScheduleFreeAdamWOptions> {
 public:
  explicit ScheduleFreeAdamWBody(ScheduleFreeAdamWOptions given)
      : RuleBody("ScheduleFreeAdamW", std::move(given)) {
    const double beta_1 = options().beta_1;
    require<ValueError>(beta_1 > 0.0 && beta_1 <= 1.0, "ScheduleFreeAdamW",
                        "expected beta_1 above 0 to 1, got {}. Use 0.9.", beta_1);
    detail::check_beta("ScheduleFreeAdamW", "beta_2", options().beta_2);
    detail::check_epsilon("ScheduleFreeAdamW", options().epsilon);
    detail::check_not_negative("ScheduleFreeAdamW", "warmup_steps",
                               static_cast<double>(options().warmup_steps));
  }

 protected:
  // The momentum is the point that steps are taken from; the weights lie between it and the
  // average of all points.
  void make_slots() override {
    for (const Variable& variable : trainable_variables()) {
      points_.push_back(add_slot_like(variable, "momentum", variable.value()));
      velocities_.push_back(
          add_slot_like(variable, "velocity", ops::zeros(variable.shape(), variable.dtype())));
    }
  }

  void update_step(const Tensor& gradient, const Variable& variable, size_t index,
                   const Tensor& learning_rate) override {
    const Tensor step = step_in(variable.dtype());
    // Rounded before they are taken from 1, as in Keras.
    const Tensor beta_1 = ops::cast(options().beta_1, variable.dtype());
    const Tensor beta_2 = ops::cast(options().beta_2, variable.dtype());
    Tensor rate = learning_rate;
    if (options().warmup_steps > 0) {
      rate = rate * ops::minimum(step / static_cast<double>(options().warmup_steps), 1.0);
    }
    const Variable& point = points_[index];
    const Variable& v = velocities_[index];
    const Tensor before = point.value();
    v.assign_add((ops::square(gradient) - v.value()) * (1 - beta_2));
    const Tensor v_hat = v.value() / (1 - power_of(options().beta_2, step));
    point.assign_sub(rate * gradient / (ops::sqrt(v_hat) + options().epsilon));
    const Tensor weight = 1.0 / step;
    const Tensor average = (variable.value() - (1 - beta_1) * before) / beta_1;
    const Tensor next = (1 - weight) * average + weight * point.value();
    variable.assign((1 - beta_1) * point.value() + beta_1 * next);
  }

 private:
  std::vector<Variable> points_, velocities_;
};

class LionBody final : public RuleBody<LionOptions> {
 public:
  explicit LionBody(LionOptions given) : RuleBody("Lion", std::move(given)) {
    require<ValueError>(options().beta_1 > 0.0 && options().beta_1 <= 1.0, "Lion",
                        "expected beta_1 above 0 to 1, got {}. Use 0.9.", options().beta_1);
    detail::check_share("Lion", "beta_2", options().beta_2);
  }

 protected:
  void make_slots() override { momentums_ = add_slots({"momentum"})[0]; }

  void update_step(const Tensor& gradient, const Variable& variable, size_t index,
                   const Tensor& learning_rate) override {
    const Tensor beta_1 = ops::cast(options().beta_1, variable.dtype());
    const Tensor beta_2 = ops::cast(options().beta_2, variable.dtype());
    const Variable& m = momentums_[index];
    const Tensor direction = m.value() * beta_1 + gradient * (1.0 - beta_1);
    variable.assign_sub(learning_rate * ops::sign(direction));
    m.assign(m.value() * beta_2 + gradient * (1.0 - beta_2));
  }

 private:
  std::vector<Variable> momentums_;
};

}  // namespace

namespace optimizers {

Optimizer Adamax(AdamaxOptions options) {
  return Optimizer(std::make_shared<AdamaxBody>(std::move(options)));
}
Optimizer Nadam(NadamOptions options) {
  return Optimizer(std::make_shared<NadamBody>(std::move(options)));
}
Optimizer Lamb(LambOptions options) {
  return Optimizer(std::make_shared<LambBody>(std::move(options)));
}
Optimizer ScheduleFreeAdamW(ScheduleFreeAdamWOptions options) {
  return Optimizer(std::make_shared<ScheduleFreeAdamWBody>(std::move(options)));
}
Optimizer Lion(LionOptions options) {
  return Optimizer(std::make_shared<LionBody>(std::move(options)));
}

}  // namespace optimizers

}  // namespace keratin
