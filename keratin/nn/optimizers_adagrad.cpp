// SPDX-License-Identifier: Apache-2.0
// Adagrad, which divides by the size of all earlier gradients, and what came of it.
#include "keratin/graph/ops/ops.h"
#include "keratin/nn/optimizer_internal.h"
#include "keratin/nn/optimizers.h"

namespace keratin {

namespace {

using namespace optimizers;
using detail::RuleBody;

class AdagradBody final : public RuleBody<AdagradOptions> {
 public:
  explicit AdagradBody(AdagradOptions given) : RuleBody("Adagrad", std::move(given)) {
    detail::check_not_negative("Adagrad", "initial_accumulator_value",
                               options().initial_accumulator_value);
    detail::check_epsilon("Adagrad", options().epsilon);
  }

 protected:
  void make_slots() override {
    accumulators_ = add_slots({"accumulator"}, {options().initial_accumulator_value})[0];
  }

  void update_step(const Tensor& gradient, const Variable& variable, size_t index,
                   const Tensor& learning_rate) override {
    const Variable& sum = accumulators_[index];
    sum.assign_add(ops::square(gradient));
    variable.assign_sub(learning_rate * gradient / ops::sqrt(sum.value() + options().epsilon));
  }

 private:
  std::vector<Variable> accumulators_;
};

class AdadeltaBody final : public RuleBody<AdadeltaOptions> {
 public:
  explicit AdadeltaBody(AdadeltaOptions given) : RuleBody("Adadelta", std::move(given)) {
    detail::check_share("Adadelta", "rho", options().rho);
    detail::check_epsilon("Adadelta", options().epsilon);
  }

 protected:
  void make_slots() override {
    auto slots = add_slots({"accumulated_grad", "accumulated_delta_var"});
    gradients_ = std::move(slots[0]);
    deltas_ = std::move(slots[1]);
  }

  void update_step(const Tensor& gradient, const Variable& variable, size_t index,
                   const Tensor& learning_rate) override {
    const double rho = options().rho;
    const Variable& of_gradients = gradients_[index];
    const Variable& of_deltas = deltas_[index];
    of_gradients.assign(rho * of_gradients.value() + (1 - rho) * ops::square(gradient));
    const Tensor delta = -(root(of_deltas) * gradient / root(of_gradients));
    of_deltas.assign(rho * of_deltas.value() + (1 - rho) * ops::square(delta));
    variable.assign_add(learning_rate * delta);
  }

 private:
  Tensor root(const Variable& x) const { return ops::sqrt(x.value() + options().epsilon); }
  std::vector<Variable> gradients_, deltas_;
};

class AdafactorBody final : public RuleBody<AdafactorOptions> {
 public:
  explicit AdafactorBody(AdafactorOptions given) : RuleBody("Adafactor", std::move(given)) {
    detail::check_not_negative("Adafactor", "epsilon_1", options().epsilon_1);
    detail::check_not_negative("Adafactor", "epsilon_2", options().epsilon_2);
    require<ValueError>(options().clip_threshold > 0.0, "Adafactor",
                        "expected a positive clip_threshold, got {}. Use 1.",
                        options().clip_threshold);
  }

 protected:
  // Keras keeps two integers, which it does not use, for variables without rows and columns. Its
  // names for them and for rows and columns are the variable's.
  void make_slots() override {
    for (const Variable& variable : trainable_variables()) {
      const Shape& shape = variable.shape();
      const bool factored = shape.rank() >= 2;
      const DType dtype = factored ? variable.dtype() : DType::int32;
      Shape of_rows;
      Shape of_columns;
      if (factored) {
        of_rows = shape.without(shape.rank() - 1);
        of_columns = shape.without(shape.rank() - 2);
      }
      const bool left_out = !factored && detail::WithoutUnusedSlots::is_open();
      const auto slot = [&](const Shape& of) {
        return left_out ? Variable() : add_slot(ops::zeros(of, dtype), variable.name());
      };
      rows_.push_back(slot(of_rows));
      columns_.push_back(slot(of_columns));
      velocities_.push_back(
          add_slot_like(variable, "velocity", ops::zeros(shape, variable.dtype())));
    }
  }

  void update_step(const Tensor& gradient, const Variable& variable, size_t index,
                   const Tensor& learning_rate) override {
    const Tensor step = step_in(variable.dtype());
    const Tensor falling = 1 / ops::sqrt(step);
    const Tensor rate = !has_schedule() && options().relative_step
                            ? ops::minimum(learning_rate, falling)
                            : learning_rate;
    const Tensor size = ops::maximum(mean_root(variable.value()), options().epsilon_2);
    const Tensor alpha = size * ops::minimum(rate, falling);
    const Tensor squares = ops::square(gradient) + options().epsilon_1;
    const Tensor kept = 1 - ops::power(step, options().beta_2_decay);
    const Variable& v = velocities_[index];
    if (variable.shape().rank() >= 2) {
      const Variable& r = rows_[index];
      const Variable& c = columns_[index];
      r.assign(kept * r.value() + (1 - kept) * ops::mean(squares, -1));
      c.assign(kept * c.value() + (1 - kept) * ops::mean(squares, -2));
      const Tensor share = r.value() / ops::mean(r.value(), -1, true);
      v.assign(ops::expand_dims(share, -1) * ops::expand_dims(c.value(), -2));
    } else {
      v.assign(kept * v.value() + (1 - kept) * squares);
    }
    const Tensor step_size = gradient / ops::sqrt(v.value());
    const Tensor excess = ops::maximum(mean_root(step_size) / options().clip_threshold, 1.0);
    variable.assign_sub(alpha * (step_size / excess));
  }

 private:
  static Tensor mean_root(const Tensor& x) { return ops::sqrt(ops::mean(ops::square(x))); }
  std::vector<Variable> rows_, columns_, velocities_;
};

class FtrlBody final : public RuleBody<FtrlOptions> {
 public:
  explicit FtrlBody(FtrlOptions given) : RuleBody("Ftrl", std::move(given)) {
    const FtrlOptions& o = options();
    detail::check_not_negative("Ftrl", "initial_accumulator_value", o.initial_accumulator_value);
    detail::check_not_negative("Ftrl", "l1_regularization_strength", o.l1_regularization_strength);
    detail::check_not_negative("Ftrl", "l2_regularization_strength", o.l2_regularization_strength);
    detail::check_not_negative("Ftrl", "l2_shrinkage_regularization_strength",
                               o.l2_shrinkage_regularization_strength);
    require<ValueError>(o.learning_rate_power <= 0.0, "Ftrl",
                        "expected a learning_rate_power of 0 or less, got {}. Use -0.5.",
                        o.learning_rate_power);
  }

 protected:
  void make_slots() override {
    auto slots = add_slots({"accumulator", "linear"}, {options().initial_accumulator_value, 0.0});
    accumulators_ = std::move(slots[0]);
    linears_ = std::move(slots[1]);
  }

  void update_step(const Tensor& gradient, const Variable& variable, size_t index,
                   const Tensor& learning_rate) override {
    const FtrlOptions& o = options();
    const Variable& sum = accumulators_[index];
    const Variable& linear = linears_[index];
    const double power = -o.learning_rate_power;
    const Tensor l2 = o.l2_regularization_strength + o.beta / (2.0 * learning_rate);
    const Tensor drawn = gradient + 2 * o.l2_shrinkage_regularization_strength * variable.value();
    const Tensor next = sum.value() + ops::square(gradient);
    const Tensor growth = ops::power(next, power) - ops::power(sum.value(), power);
    linear.assign_add(drawn - growth / learning_rate * variable.value());
    const Tensor quadratic = ops::power(next, power) / learning_rate + 2 * l2;
    const double l1 = o.l1_regularization_strength;
    const Tensor kept = ops::clip(linear.value(), -l1, l1);
    variable.assign((kept - linear.value()) / quadratic);
    sum.assign(next);
  }

 private:
  std::vector<Variable> accumulators_, linears_;
};

}  // namespace

namespace optimizers {

Optimizer Adagrad(AdagradOptions options) {
  return Optimizer(std::make_shared<AdagradBody>(std::move(options)));
}
Optimizer Adadelta(AdadeltaOptions options) {
  return Optimizer(std::make_shared<AdadeltaBody>(std::move(options)));
}
Optimizer Adafactor(AdafactorOptions options) {
  return Optimizer(std::make_shared<AdafactorBody>(std::move(options)));
}
Optimizer Ftrl(FtrlOptions options) {
  return Optimizer(std::make_shared<FtrlBody>(std::move(options)));
}

}  // namespace optimizers

}  // namespace keratin
