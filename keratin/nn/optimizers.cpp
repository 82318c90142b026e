// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/optimizers.h"

#include <cmath>

#include "keratin/base/check.h"
#include "keratin/base/text.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/nn/described.h"
#include "keratin/nn/optimizer_internal.h"

namespace keratin {

namespace {

using optimizers::AdamOptions;
using optimizers::AdamWOptions;
using optimizers::RMSpropOptions;
using optimizers::SGDOptions;

using detail::check_beta;
using detail::check_epsilon;
using detail::check_share;
using detail::own_arguments;

class SGDBody final : public OptimizerBody {
 public:
  explicit SGDBody(SGDOptions options)
      : OptimizerBody("SGD", detail::optimizer_options_of(options)), options_(std::move(options)) {
    require<ValueError>(options_.momentum >= 0.0 && options_.momentum <= 1.0, "SGD",
                        "expected a momentum from 0 to 1, got {}. Pass such a share.",
                        options_.momentum);
  }

 protected:
  void make_slots() override {
    if (options_.momentum != 0.0) momentums_ = add_slots({"momentum"})[0];
  }

  void update_step(const Tensor& gradient, const Variable& variable, size_t index,
                   const Tensor& learning_rate) override {
    const Tensor step = gradient * learning_rate;
    if (momentums_.empty()) {
      variable.assign_sub(step);
      return;
    }
    const Variable& momentum = momentums_[index];
    momentum.assign(momentum.value() * options_.momentum - step);
    const Tensor moved = momentum.value();
    variable.assign_add(options_.nesterov ? moved * options_.momentum - step : moved);
  }

  Config own_config() const override { return own_arguments(options_); }

 private:
  SGDOptions options_;
  std::vector<Variable> momentums_;
};

class RMSpropBody final : public OptimizerBody {
 public:
  explicit RMSpropBody(RMSpropOptions options)
      : OptimizerBody("RMSprop", detail::optimizer_options_of(options)),
        options_(std::move(options)) {
    check_share("RMSprop", "rho", options_.rho);
    check_share("RMSprop", "momentum", options_.momentum);
    check_epsilon("RMSprop", options_.epsilon);
  }

 protected:
  void make_slots() override {
    velocities_ = add_slots({"velocity"})[0];
    if (options_.momentum > 0.0) momentums_ = add_slots({"momentum"})[0];
    if (options_.centered) average_gradients_ = add_slots({"average_gradient"})[0];
  }

  void update_step(const Tensor& gradient, const Variable& variable, size_t index,
                   const Tensor& learning_rate) override {
    const double rho = options_.rho;
    const Variable& velocity = velocities_[index];
    velocity.assign(rho * velocity.value() + (1.0 - rho) * ops::square(gradient));
    Tensor divisor = velocity.value();
    if (options_.centered) {
      const Variable& average = average_gradients_[index];
      average.assign(rho * average.value() + (1.0 - rho) * gradient);
      divisor = divisor - ops::square(average.value());
    }
    const Tensor step = learning_rate * gradient / ops::sqrt(divisor + options_.epsilon);
    if (options_.momentum > 0.0) {
      const Variable& momentum = momentums_[index];
      momentum.assign(options_.momentum * momentum.value() + step);
      variable.assign_sub(momentum.value());
    } else {
      variable.assign_sub(step);
    }
  }

  Config own_config() const override { return own_arguments(options_); }

 private:
  RMSpropOptions options_;
  std::vector<Variable> velocities_, momentums_, average_gradients_;
};

// Adam, and AdamW, which has another default only.
template <class Options>
class AdamBody final : public OptimizerBody {
 public:
  AdamBody(std::string_view class_name, Options options)
      : OptimizerBody(class_name, detail::optimizer_options_of(options)),
        options_(std::move(options)) {
    check_beta(class_name, "beta_1", options_.beta_1);
    check_beta(class_name, "beta_2", options_.beta_2);
    check_epsilon(class_name, options_.epsilon);
  }

 protected:
  void make_slots() override {
    auto slots = add_slots({"momentum", "velocity"});
    momentums_ = std::move(slots[0]);
    velocities_ = std::move(slots[1]);
    if (options_.amsgrad) velocity_hats_ = add_slots({"velocity_hat"})[0];
  }

  void update_step(const Tensor& gradient, const Variable& variable, size_t index,
                   const Tensor& learning_rate) override {
    const DType dtype = variable.dtype();
    const Tensor step = ops::cast(iterations() + 1, dtype);
    const Tensor beta_1_power = ops::power(ops::cast(options_.beta_1, dtype), step);
    const Tensor beta_2_power = ops::power(ops::cast(options_.beta_2, dtype), step);
    const Tensor alpha = learning_rate * ops::sqrt(1 - beta_2_power) / (1 - beta_1_power);
    const Variable& m = momentums_[index];
    const Variable& v = velocities_[index];
    m.assign_add((gradient - m.value()) * (1.0 - options_.beta_1));
    v.assign_add((ops::square(gradient) - v.value()) * (1.0 - options_.beta_2));
    Tensor divisor = v.value();
    if (options_.amsgrad) {
      const Variable& v_hat = velocity_hats_[index];
      v_hat.assign(ops::maximum(v_hat.value(), divisor));
      divisor = v_hat.value();
    }
    variable.assign_sub(m.value() * alpha / (ops::sqrt(divisor) + options_.epsilon));
  }

  Config own_config() const override { return own_arguments(options_); }

 private:
  Options options_;
  std::vector<Variable> momentums_, velocities_, velocity_hats_;
};

template <class Options, Optimizer (*Make)(Options)>
constexpr auto from_arguments = detail::maker_of<Optimizer, Options, Make>();

struct Entry {
  std::string_view class_name;
  detail::ClassMaker<Optimizer> make;
};

constexpr Entry entries[] = {
    {"SGD", from_arguments<SGDOptions, optimizers::SGD>},
    {"RMSprop", from_arguments<RMSpropOptions, optimizers::RMSprop>},
    {"Adam", from_arguments<AdamOptions, optimizers::Adam>},
    {"AdamW", from_arguments<AdamWOptions, optimizers::AdamW>},
    {"Adamax", from_arguments<optimizers::AdamaxOptions, optimizers::Adamax>},
    {"Nadam", from_arguments<optimizers::NadamOptions, optimizers::Nadam>},
    {"Adagrad", from_arguments<optimizers::AdagradOptions, optimizers::Adagrad>},
    {"Adadelta", from_arguments<optimizers::AdadeltaOptions, optimizers::Adadelta>},
    {"Adafactor", from_arguments<optimizers::AdafactorOptions, optimizers::Adafactor>},
    {"Ftrl", from_arguments<optimizers::FtrlOptions, optimizers::Ftrl>},
    {"Lion", from_arguments<optimizers::LionOptions, optimizers::Lion>},
    {"Lamb", from_arguments<optimizers::LambOptions, optimizers::Lamb>},
    {"ScheduleFreeAdamW",
     from_arguments<optimizers::ScheduleFreeAdamWOptions, optimizers::ScheduleFreeAdamW>},
    {"Muon", from_arguments<optimizers::MuonOptions, optimizers::Muon>},
    {"LossScaleOptimizer",
     {detail::loss_scale_from_config, describe_fields<optimizers::LossScaleOptimizerOptions>}},
    {"MultiOptimizer",
     from_arguments<optimizers::MultiOptimizerOptions, optimizers::MultiOptimizer>},
};

Optimizer make_optimizer(const ObjectSpec& spec) {
  const std::string name = text::lower(spec.class_name);
  std::vector<std::string> known;
  for (const Entry& entry : entries) {
    known.push_back(text::lower(entry.class_name));
    if (known.back() == name) return entry.make(spec.config, entry.class_name);
  }
  unknown_object("optimizer", "an optimizer", name, known);
}

}  // namespace

std::vector<ClassInfo> detail::optimizer_classes() {
  std::vector<ClassInfo> all;
  for (const Entry& entry : entries) {
    all.push_back({"optimizer", entry.class_name, entry.make.fields});
  }
  return all;
}

Optimizer::Optimizer(const char* name) : Optimizer(std::string(name)) {}
Optimizer::Optimizer(const std::string& name)
    : Optimizer(make_optimizer({"", name, Config::dict(), ""})) {
  is_from_name_ = true;
}

Optimizer Optimizer::for_one_model() const {
  if (!is_from_name_) return *this;
  // Without the mark: who gets the optimizer from the model means this one.
  return body_->take() ? Optimizer(Optimizer(std::string(class_name())).body_) : Optimizer(body_);
}

Optimizer Optimizer::from_config(const Config& config) {
  const std::optional<ObjectSpec> spec = read_object(config, "optimizer");
  return spec ? make_optimizer(*spec) : Optimizer();
}

namespace optimizers {

Optimizer SGD(SGDOptions options) {
  return Optimizer(std::make_shared<SGDBody>(std::move(options)));
}
Optimizer RMSprop(RMSpropOptions options) {
  return Optimizer(std::make_shared<RMSpropBody>(std::move(options)));
}
Optimizer Adam(AdamOptions options) {
  return Optimizer(std::make_shared<AdamBody<AdamOptions>>("Adam", std::move(options)));
}
Optimizer AdamW(AdamWOptions options) {
  require<ValueError>(options.weight_decay.has_value(), "AdamW",
                      "expected a weight_decay, got none. Use Adam to have none.");
  return Optimizer(std::make_shared<AdamBody<AdamWOptions>>("AdamW", std::move(options)));
}

}  // namespace optimizers

}  // namespace keratin
