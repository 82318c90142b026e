// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/optimizer.h"

#include <algorithm>
#include <cmath>
#include <regex>

#include "keratin/base/check.h"
#include "keratin/base/naming.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/graph/trace.h"

namespace keratin {

namespace {

std::string slot_name(const Variable& reference, std::string_view name) {
  std::string path = reference.path();
  std::replace(path.begin(), path.end(), '/', '_');
  return path + "_" + std::string(name);
}

bool is_pattern(const std::string& text) {
  try {
    const std::regex pattern(text);
    return true;
  } catch (const std::regex_error&) {
    return false;
  }
}

Tensor scalar(double value, DType dtype) { return ops::cast(value, dtype); }

void check_number(std::string_view where, std::string_view name, std::optional<double> value) {
  require<ValueError>(!value || std::isfinite(*value), where,
                      "expected a finite number as {}, got {}. Check how it was computed.", name,
                      value.value_or(0.0));
}

void check_loss_scale_factor(std::string_view where, std::optional<double> factor) {
  check_number(where, "loss_scale_factor", factor);
  require<ValueError>(factor.value_or(1.0) != 0.0, where,
                      "expected a loss_scale_factor other than 0, got 0. Leave it out to scale "
                      "nothing.");
}

void check_options(std::string_view where, const OptimizerOptions& options) {
  if (!options.learning_rate.is_schedule()) {
    check_number(where, "learning_rate", options.learning_rate.value());
  }
  check_number(where, "weight_decay", options.weight_decay);
  check_number(where, "clipnorm", options.clipnorm);
  check_number(where, "clipvalue", options.clipvalue);
  check_number(where, "global_clipnorm", options.global_clipnorm);
  check_loss_scale_factor(where, options.loss_scale_factor);
  const int clips = int{options.clipnorm.has_value()} + int{options.clipvalue.has_value()} +
                    int{options.global_clipnorm.has_value()};
  require<ValueError>(clips <= 1, where,
                      "expected one of clipnorm, clipvalue and global_clipnorm, got {} of them. "
                      "Keep one.",
                      clips);
  if (options.gradient_accumulation_steps) {
    require<ValueError>(*options.gradient_accumulation_steps >= 2, where,
                        "expected gradient_accumulation_steps of 2 or more, got {}. Leave it out "
                        "to update at every step.",
                        *options.gradient_accumulation_steps);
  }
  if (!options.use_ema) return;
  require<ValueError>(options.ema_momentum >= 0.0 && options.ema_momentum <= 1.0, where,
                      "expected ema_momentum from 0 to 1, got {}. Pass such a share.",
                      options.ema_momentum);
  require<ValueError>(options.ema_overwrite_frequency.value_or(1) >= 1, where,
                      "expected ema_overwrite_frequency of 1 or more, got {}. Leave it out to "
                      "overwrite at the end only.",
                      options.ema_overwrite_frequency.value_or(1));
}

// A tensor like a variable that has one number everywhere and memory for one.
Tensor filled(const Variable& like, double value) {
  const Array one = Array::scalar(value).cast(like.dtype());
  return Tensor(Array(one.buffer(), like.dtype(), like.shape(),
                      std::vector<int64_t>(like.shape().size(), 0), 0));
}

}  // namespace

OptimizerBody::OptimizerBody(std::string_view class_name, OptimizerOptions options)
    : class_name_(class_name), options_(std::move(options)) {
  check_options(class_name_, options_);
  if (options_.name.empty()) options_.name = auto_name(class_name_);
  iteration_ = add_variable(Tensor::zeros({}, DType::int32), "iteration");
  if (!options_.learning_rate.is_schedule()) {
    const auto rate = static_cast<float>(options_.learning_rate.value());
    learning_rate_ = add_variable(Tensor(Array::scalar<float>(rate)), "learning_rate");
  }
}

Variable OptimizerBody::add_variable(const Tensor& initial, std::string name) {
  VariableOptions options{.name = name, .path = options_.name + "/" + name, .trainable = false};
  variables_.emplace_back(initial, std::move(options));
  return variables_.back();
}

Variable OptimizerBody::add_like(const Variable& reference, std::string_view name) {
  return add_variable(filled(reference, 0.0), slot_name(reference, name));
}

Variable OptimizerBody::add_slot(const Tensor& initial, std::string name) {
  slots_.push_back(add_variable(initial, std::move(name)));
  return slots_.back();
}

Variable OptimizerBody::add_slot_like(const Variable& variable, std::string_view name,
                                      const Tensor& initial) {
  return add_slot(initial, slot_name(variable, name));
}

std::vector<std::vector<Variable>> OptimizerBody::add_slots(const std::vector<std::string>& names,
                                                            const std::vector<double>& initial) {
  std::vector<std::vector<Variable>> slots(names.size());
  for (const Variable& variable : trainable_) {
    for (size_t i = 0; i < names.size(); ++i) {
      const Tensor start = filled(variable, initial.empty() ? 0.0 : initial[i]);
      slots[i].push_back(add_slot_like(variable, names[i], start));
    }
  }
  return slots;
}

void OptimizerBody::build(const std::vector<Variable>& variables) {
  if (built_) return;
  const TracePause at_once;  // slots start with data, also when a traced step makes them
  trainable_ = variables;
  for (size_t i = 0; i < trainable_.size(); ++i) {
    index_[&trainable_[i].body()] = i;
    if (options_.use_ema) averages_.push_back(add_like(trainable_[i], "average"));
  }
  if (options_.gradient_accumulation_steps) {
    for (const Variable& variable : trainable_) {
      accumulators_.push_back(add_like(variable, "gradient_accumulator"));
    }
  }
  make_slots();
  built_ = true;
}

size_t OptimizerBody::index_of(const Variable& variable) const {
  const auto at = index_.find(&variable.body());
  require<ValueError>(at != index_.end(), options_.name,
                      "expected a variable that the optimizer was built with, got '{}'. Make a "
                      "new optimizer for other variables.",
                      variable.path());
  return at->second;
}

void OptimizerBody::apply(const std::vector<Tensor>& gradients,
                          const std::vector<Variable>& variables) {
  require<ValueError>(gradients.size() == variables.size(), options_.name,
                      "expected one gradient for each of {} variables, got {}. Pass an empty "
                      "tensor where there is none.",
                      variables.size(), gradients.size());
  if (gradients.empty()) return;
  build(variables);
  bool any = false;
  for (size_t i = 0; i < gradients.size(); ++i) {
    index_of(variables[i]);
    if (!gradients[i].defined()) continue;
    any = true;
    require<ShapeError>(gradients[i].shape() == variables[i].shape(), options_.name,
                        "expected a gradient of shape {} for the variable '{}', got {}. Pass "
                        "gradients in the order of the variables.",
                        to_string(variables[i].shape()), variables[i].path(),
                        to_string(gradients[i].shape()));
  }
  require<ValueError>(any, options_.name,
                      "expected a gradient for at least one of {} variables, got none. Check that "
                      "the loss depends on them.",
                      variables.size());
  update(gradients, variables);
}

void OptimizerBody::update(const std::vector<Tensor>& gradients,
                           const std::vector<Variable>& variables) {
  std::vector<Tensor> given;
  std::vector<Variable> updated;
  for (size_t i = 0; i < gradients.size(); ++i) {
    if (!gradients[i].defined()) continue;
    const auto& factor = options_.loss_scale_factor;
    given.push_back(factor ? gradients[i] / *factor : gradients[i]);
    updated.push_back(variables[i]);
  }
  if (options_.gradient_accumulation_steps) {
    update_or_accumulate(given, updated);
  } else {
    update_all(given, updated);
  }
  if (options_.use_ema) update_averages();
  for (const Variable& variable : updated) {
    const auto constraint = constraints_.find(&variable.body());
    if (constraint != constraints_.end()) variable.assign(constraint->second(variable.value()));
  }
  count_step();
}

void OptimizerBody::update_all(const std::vector<Tensor>& gradients,
                               const std::vector<Variable>& variables) {
  const std::vector<Tensor> kept = clipped(gradients);
  const Tensor rate = learning_rate();
  for (const Variable& variable : variables) {
    const std::optional<double> decay = weight_decay_of(variable);
    if (!decay || !decays(variable)) continue;
    const Tensor share = scalar(*decay, variable.dtype());
    const Tensor value = variable.value();
    variable.assign(value - value * share * ops::cast(rate, variable.dtype()));
  }
  begin_update();
  for (size_t i = 0; i < kept.size(); ++i) {
    const DType dtype = variables[i].dtype();
    update_step(ops::cast(kept[i], dtype), variables[i], index_of(variables[i]),
                ops::cast(rate, dtype));
  }
}

// The update is always computed and kept only at the last of the accumulated steps: what a graph
// does must not depend on data.
void OptimizerBody::update_or_accumulate(const std::vector<Tensor>& gradients,
                                         const std::vector<Variable>& variables) {
  const int64_t steps = *options_.gradient_accumulation_steps;
  const Tensor is_update = ops::equal(ops::mod(iteration_.value() + 1, steps), 0);
  std::vector<Variable> changed = variables;
  changed.insert(changed.end(), slots_.begin(), slots_.end());
  std::vector<Tensor> before;
  for (const Variable& variable : changed) before.push_back(variable.value());
  std::vector<Tensor> sums;
  std::vector<Tensor> means;
  for (size_t i = 0; i < gradients.size(); ++i) {
    sums.push_back(gradients[i] + accumulators_[index_of(variables[i])].value());
    means.push_back(sums[i] / static_cast<double>(steps));
  }
  update_all(means, variables);
  for (size_t i = 0; i < changed.size(); ++i) {
    changed[i].assign(ops::where(is_update, changed[i].value(), before[i]));
  }
  for (size_t i = 0; i < sums.size(); ++i) {
    accumulators_[index_of(variables[i])].assign(
        ops::where(is_update, ops::zeros_like(sums[i]), sums[i]));
  }
}

void OptimizerBody::update_averages() {
  const Tensor started = ops::not_equal(iterations(), 0);
  for (size_t i = 0; i < trainable_.size(); ++i) {
    const Variable& variable = trainable_[i];
    // The first average is the weight itself.
    const Tensor momentum = ops::cast(started, variable.dtype()) * options_.ema_momentum;
    averages_[i].assign(momentum * averages_[i].value() + (1 - momentum) * variable.value());
  }
  if (!options_.ema_overwrite_frequency) return;
  const Tensor overwrite =
      ops::equal(ops::mod(iterations() + 1, *options_.ema_overwrite_frequency), 0);
  for (size_t i = 0; i < trainable_.size(); ++i) {
    trainable_[i].assign(ops::where(overwrite, averages_[i].value(), trainable_[i].value()));
  }
}

bool OptimizerBody::decays(const Variable& variable) const {
  if (undecayed_.count(&variable.body()) > 0) return false;
  return std::none_of(undecayed_names_.begin(), undecayed_names_.end(),
                      [&](const std::string& pattern) {
                        return std::regex_search(variable.name(), std::regex(pattern));
                      });
}

Tensor OptimizerBody::learning_rate() const {
  if (learning_rate_.defined()) return learning_rate_.value();
  // Schedules count batches, also while gradients are accumulated.
  return options_.learning_rate.schedule()(iteration_.value());
}

void OptimizerBody::set_learning_rate(double value) const {
  require<ValueError>(learning_rate_.defined(), options_.name,
                      "expected an optimizer with a learning rate of its own, got one with a "
                      "schedule. Make it with a number to set it later.");
  check_number(options_.name, "learning_rate", value);
  learning_rate_.assign(scalar(value, DType::float32));
}

Tensor OptimizerBody::iterations() const {
  const Tensor steps = iteration_.value();
  if (!options_.gradient_accumulation_steps) return steps;
  return ops::floor_divide(steps, *options_.gradient_accumulation_steps);
}

Tensor OptimizerBody::scale_loss(const Tensor& loss) const {
  return options_.loss_scale_factor ? loss * *options_.loss_scale_factor : loss;
}

void OptimizerBody::set_loss_scale_factor(std::optional<double> factor) {
  check_loss_scale_factor(options_.name, factor);
  options_.loss_scale_factor = factor;
}

void OptimizerBody::finalize_variable_values() const {
  for (size_t i = 0; i < averages_.size(); ++i) trainable_[i].assign(averages_[i].value());
}

void OptimizerBody::exclude_from_weight_decay(const std::vector<Variable>& variables,
                                              const std::vector<std::string>& names) {
  require<ValueError>(!built_, options_.name,
                      "expected exclude_from_weight_decay before the optimizer is built, got it "
                      "after. Call it before fit or build.");
  for (const std::string& pattern : names) {
    require<ValueError>(is_pattern(pattern), options_.name,
                        "expected regular expressions for exclude_from_weight_decay, got '{}'. "
                        "Check the brackets.",
                        pattern);
  }
  undecayed_.clear();
  for (const Variable& variable : variables) undecayed_.insert(&variable.body());
  undecayed_names_ = names;
}

void OptimizerBody::set_constraint(const Variable& variable, Constraint constraint) {
  if (constraint.defined()) {
    constraints_[&variable.body()] = std::move(constraint);
  } else {
    constraints_.erase(&variable.body());
  }
}

Config OptimizerBody::get_config() const {
  OptimizerOptions now = options_;
  // The variable's float32, widened, is what Keras writes.
  if (learning_rate_.defined()) {
    now.learning_rate = static_cast<double>(learning_rate_.body().data.item<float>());
  }
  const Config all = config_of(now);
  Config config = Config::dict();
  for (const char* key : {"name", "learning_rate", "weight_decay", "clipnorm", "global_clipnorm",
                          "clipvalue", "use_ema", "ema_momentum", "ema_overwrite_frequency",
                          "loss_scale_factor", "gradient_accumulation_steps"}) {
    config.set(key, all.at(key));
  }
  const Config own = own_config();
  for (const auto& [key, value] : own.as_dict()) config.set(key, value);
  return config;
}

const std::vector<Optimizer>& OptimizerBody::optimizers() const {
  static const std::vector<Optimizer> none;
  return none;
}

OptimizerBody& Optimizer::body() const {
  require<ValueError>(defined(), "optimizer",
                      "expected an optimizer, got none. Pass one to compile, such as 'adam'.");
  return *body_;
}

void Optimizer::apply(const std::vector<Tensor>& gradients) const {
  require<ValueError>(built(), name(),
                      "expected variables with the first gradients, got none. Call build first.");
  body().apply(gradients, body().trainable_variables());
}

Config Optimizer::to_config() const {
  return body_ ? envelope("keras.optimizers", body_->class_name(), body_->get_config()) : Config();
}

}  // namespace keratin
