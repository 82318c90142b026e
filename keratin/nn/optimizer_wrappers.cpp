// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/optimizer_wrappers.h"

#include <algorithm>
#include <cmath>
#include <regex>

#include "keratin/base/check.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/nn/optimizer_internal.h"

namespace keratin {

namespace {

using optimizers::LossScaleOptimizerOptions;
using optimizers::MultiOptimizerOptions;
using optimizers::OptimizerMap;

OptimizerOptions named(const std::string& name) {
  OptimizerOptions options;
  options.learning_rate = 0.0;
  options.name = name;
  return options;
}

// What the two have in common: state and settings are the inner optimizers', after its own.
class WrapperBody : public OptimizerBody {
 public:
  using OptimizerBody::OptimizerBody;

  const std::vector<Variable>& variables() const override {
    const std::vector<Variable>& own = OptimizerBody::variables();
    size_t count = own.size();
    for (const Optimizer& inner : inner_) count += inner.variables().size();
    if (all_.size() == count) return all_;
    all_ = own;
    for (const Optimizer& inner : inner_) {
      all_.insert(all_.end(), inner.variables().begin(), inner.variables().end());
    }
    return all_;
  }
  const std::vector<Optimizer>& optimizers() const override { return inner_; }
  void finalize_variable_values() const override {
    for (const Optimizer& inner : inner_) inner.finalize_variable_values();
  }
  void exclude_from_weight_decay(const std::vector<Variable>& variables,
                                 const std::vector<std::string>& names) override {
    for (const Optimizer& inner : inner_) inner.exclude_from_weight_decay(variables, names);
  }
  void set_constraint(const Variable& variable, Constraint constraint) override {
    for (const Optimizer& inner : inner_) inner.set_constraint(variable, constraint);
    std::erase_if(constraints_, [&](const auto& one) { return one.first.is(variable); });
    constraints_.emplace_back(variable, std::move(constraint));
  }

 protected:
  void update_step(const Tensor&, const Variable&, size_t, const Tensor&) override {}
  Config own_config() const override { return Config::dict(); }

  void add_inner(const Optimizer& optimizer, std::optional<double> loss_scale_factor) {
    optimizer.set_loss_scale_factor(loss_scale_factor);
    for (const auto& [variable, constraint] : constraints_) {
      optimizer.set_constraint(variable, constraint);
    }
    inner_.push_back(optimizer);
  }

 private:
  std::vector<Optimizer> inner_;
  std::vector<std::pair<Variable, Constraint>> constraints_;
  mutable std::vector<Variable> all_;  // as of the last call of variables()
};

class LossScaleBody final : public WrapperBody {
 public:
  explicit LossScaleBody(const LossScaleOptimizerOptions& options)
      : WrapperBody("LossScaleOptimizer", named(options.name)),
        initial_scale_(options.initial_scale),
        growth_steps_(options.dynamic_growth_steps) {
    const std::string_view where = class_name();
    require<ValueError>(options.inner_optimizer.defined(), where,
                        "expected an inner_optimizer, got none. Pass the one to wrap, such as "
                        "Adam().");
    require<ValueError>(options.inner_optimizer.class_name() != where, where,
                        "expected an inner_optimizer that does not scale the loss so itself, got a "
                        "LossScaleOptimizer. Pass the one in it.");
    require<ValueError>(double{initial_scale_} > 0.0 && std::isfinite(double{initial_scale_}),
                        where, "expected a positive initial_scale, got {}. Use 32768.",
                        double{initial_scale_});
    require<ValueError>(growth_steps_ >= 1, where,
                        "expected dynamic_growth_steps of 1 or more, got {}. Use 2000.",
                        growth_steps_);
    add_inner(options.inner_optimizer, std::nullopt);
  }

  Tensor learning_rate() const override { return inner().learning_rate(); }
  void set_learning_rate(double value) const override { inner().set_learning_rate(value); }
  Tensor iterations() const override { return inner().iterations(); }
  Tensor scale_loss(const Tensor& loss) const override {
    return built() ? loss * scale_.value() : loss * double{initial_scale_};
  }
  void set_loss_scale_factor(std::optional<double>) override {
    fail<ValueError>(name(),
                     "expected no loss_scale_factor for a LossScaleOptimizer, whose scale changes "
                     "by itself, got one. Set it on an optimizer that is not wrapped.");
  }
  Config get_config() const override {
    return Config::dict({{"name", name()},
                         {"inner_optimizer", inner().to_config()},
                         {"initial_scale", Codec<Number>::write(initial_scale_)},
                         {"dynamic_growth_steps", growth_steps_}});
  }

 protected:
  void make_slots() override {
    counter_ = add_slot(Tensor::zeros({}, DType::int32), "step_counter");
    scale_ = add_slot(ops::cast(double{initial_scale_}, DType::float32), "dynamic_scale");
    const detail::WithoutUnusedSlots scope;
    inner().build(trainable_variables());
  }

  // The step is always computed, and kept where it is finite: what a graph does must not depend on
  // data.
  void update(const std::vector<Tensor>& gradients,
              const std::vector<Variable>& variables) override {
    const Tensor scale = scale_.value();
    Tensor finite;
    std::vector<Tensor> unscaled = gradients;
    for (Tensor& gradient : unscaled) {
      if (!gradient.defined()) continue;
      const Tensor all = ops::all(ops::isfinite(gradient));
      finite = finite.defined() ? ops::logical_and(finite, all) : all;
      gradient = gradient / scale;
    }
    std::vector<Variable> changed = trainable_variables();
    changed.insert(changed.end(), inner().variables().begin(), inner().variables().end());
    std::vector<Tensor> before;
    for (const Variable& variable : changed) before.push_back(variable.value());
    inner().apply(unscaled, variables);
    for (size_t i = 0; i < changed.size(); ++i) {
      const Tensor after = changed[i].value();
      if (!after.is(before[i])) changed[i].assign(ops::where(finite, after, before[i]));
    }
    change_scale(finite, scale);
  }

 private:
  const Optimizer& inner() const { return optimizers()[0]; }

  void change_scale(const Tensor& finite, const Tensor& scale) {
    const Tensor count = counter_.value();
    const Tensor grows = ops::equal(count, growth_steps_ - 1);
    const Tensor next = ops::where(grows, ops::zeros_like(count), count + 1);
    counter_.assign(ops::where(finite, next, ops::zeros_like(count)));
    const Tensor grown = ops::where(grows, scale * 2.0, scale);
    scale_.assign(ops::where(finite, grown, scale * 0.5));
  }

  Number initial_scale_;
  int64_t growth_steps_;
  Variable counter_, scale_;
};

class MultiBody final : public WrapperBody {
 public:
  explicit MultiBody(MultiOptimizerOptions options)
      : WrapperBody("MultiOptimizer", named(options.name)), map_(std::move(options.optimizer_map)) {
    OptimizerBody::set_loss_scale_factor(options.loss_scale_factor);
    if (map_.is_function()) return;
    require<ValueError>(map_.default_optimizer().defined(), class_name(),
                        "expected an optimizer_map, got none. Pass one, such as "
                        "OptimizerMap(Adam(), {{{{\"embedding/.*\", SGD(0.1)}}}}).");
    for (const auto& [key, optimizer] : map_.items()) place_of(optimizer);
    place_of(map_.default_optimizer());
  }

  Tensor learning_rate() const override { no_learning_rate(); }
  void set_learning_rate(double) const override { no_learning_rate(); }
  void set_loss_scale_factor(std::optional<double> factor) override {
    OptimizerBody::set_loss_scale_factor(factor);
    for (const Optimizer& inner : optimizers()) inner.set_loss_scale_factor(factor);
  }
  Config get_config() const override {
    return Config::dict({{"optimizer_map", Codec<OptimizerMap>::write(map_)},
                         {"loss_scale_factor",
                          Codec<std::optional<double>>::write(common_options().loss_scale_factor)},
                         {"name", name()}});
  }

 protected:
  void make_slots() override {
    places_.clear();
    for (const Variable& variable : trainable_variables()) {
      places_.push_back(place_of(map_(variable)));
    }
    for (size_t place = 0; place < optimizers().size(); ++place) {
      std::vector<Variable> own;
      for (size_t i = 0; i < places_.size(); ++i) {
        if (places_[i] == place) own.push_back(trainable_variables()[i]);
      }
      if (!own.empty()) optimizers()[place].build(own);
    }
  }

  void update(const std::vector<Tensor>& gradients,
              const std::vector<Variable>& variables) override {
    for (size_t place = 0; place < optimizers().size(); ++place) {
      std::vector<Tensor> given;
      std::vector<Variable> own;
      for (size_t i = 0; i < variables.size(); ++i) {
        if (places_[index_of(variables[i])] != place) continue;
        given.push_back(gradients[i]);
        own.push_back(variables[i]);
      }
      optimizers()[place].apply(given, own);
    }
    count_step();
  }

 private:
  [[noreturn]] void no_learning_rate() const {
    fail<ValueError>(name(),
                     "expected an optimizer with a learning rate of its own, got a MultiOptimizer. "
                     "Ask one of `optimizers()`.");
  }

  // Returns where an optimizer stands among the inner ones, where it is put if it is new.
  size_t place_of(const Optimizer& optimizer) {
    const std::vector<Optimizer>& known = optimizers();
    const auto at = std::find_if(known.begin(), known.end(),
                                 [&](const Optimizer& one) { return one.is(optimizer); });
    if (at != known.end()) return static_cast<size_t>(at - known.begin());
    require<ValueError>(optimizer.defined() && optimizer.optimizers().empty(), class_name(),
                        "expected an optimizer that moves variables itself for each of them, got "
                        "{}. Change the map.",
                        optimizer.defined() ? optimizer.class_name() : "none");
    add_inner(optimizer, common_options().loss_scale_factor);
    return known.size() - 1;
  }

  OptimizerMap map_;
  std::vector<size_t> places_;  // of the optimizer of each variable
};

bool is_pattern_of(const std::string& pattern, const std::string& path) {
  try {
    return std::regex_match(path, std::regex(pattern));
  } catch (const std::regex_error&) {
    fail<ValueError>("OptimizerMap",
                     "expected regular expressions as keys, got '{}'. Check the brackets.",
                     pattern);
  }
}

}  // namespace

const Optimizer& Optimizer::inner_optimizer() const {
  require<ValueError>(
      class_name() == "LossScaleOptimizer", name(),
      "expected a LossScaleOptimizer for inner_optimizer, got {}. Use the optimizer "
      "itself.",
      class_name());
  return optimizers()[0];
}

Optimizer detail::loss_scale_from_config(const Config& config, std::string_view where) {
  const Config common = config_of(OptimizerOptions());
  Config own = Config::dict();
  for (const auto& [key, value] : config.as_dict()) {
    if (key == "dynamic" && value.is_bool() && value.as_bool()) continue;
    if (key == "name" || key == "learning_rate" || !common.has(key)) {
      own.set(key, value);
      continue;
    }
    require<ValueError>(to_json(value) == to_json(common.at(key)), where,
                        "expected `{}` on the inner_optimizer, got it for the optimizer around "
                        "it. Move it there.",
                        key);
  }
  return optimizers::LossScaleOptimizer(options_from<LossScaleOptimizerOptions>(own, where));
}

namespace optimizers {

Optimizer LossScaleOptimizer(LossScaleOptimizerOptions options) {
  return Optimizer(std::make_shared<LossScaleBody>(options));
}

Optimizer MultiOptimizer(MultiOptimizerOptions options) {
  return Optimizer(std::make_shared<MultiBody>(std::move(options)));
}

OptimizerMap::OptimizerMap(Tag, Optimizer default_optimizer, const Items& optimizer_map)
    : default_(std::move(default_optimizer)) {
  require<ValueError>(default_.defined(), "OptimizerMap",
                      "expected a default_optimizer, got none. Pass one, such as Adam().");
  for (const auto& [key, optimizer] : optimizer_map) set(key, optimizer);
}

void OptimizerMap::set(const std::string& key, const Optimizer& optimizer) {
  for (const auto& item : items_) {
    require<ValueError>(item.first != key, "OptimizerMap",
                        "expected each key once, got '{}' again. Use another key.", key);
  }
  require<ValueError>(optimizer.defined() && optimizer.optimizers().empty(), "OptimizerMap",
                      "expected an optimizer that moves variables itself for '{}', got {}. Pass "
                      "another one.",
                      key, optimizer.defined() ? optimizer.class_name() : "none");
  is_pattern_of(key, "");
  items_.emplace_back(key, optimizer);
}

Optimizer OptimizerMap::at(const std::string& path) const {
  for (const auto& [key, optimizer] : items_) {
    if (key == path) return optimizer;
  }
  Optimizer found;
  for (const auto& [key, optimizer] : items_) {
    if (!is_pattern_of(key, path)) continue;
    require<ValueError>(!found.defined(), "OptimizerMap",
                        "expected one key that fits the variable '{}', got several. Make the keys "
                        "narrower.",
                        path);
    found = optimizer;
  }
  return found.defined() ? found : default_;
}

Optimizer OptimizerMap::operator()(const Variable& variable) const {
  return function_ ? function_(variable) : at(variable.path());
}

}  // namespace optimizers

Config Codec<OptimizerMap>::write(const OptimizerMap& map) {
  if (map.is_function()) {
    fail<ConfigError>("MultiOptimizer",
                      "expected an OptimizerMap with keys to write, got a function. Name the "
                      "variables by their paths.");
  }
  Config items = Config::dict();
  for (const auto& [key, optimizer] : map.items()) items.set(key, optimizer.to_config());
  return envelope("keras.optimizers", "OptimizerMap",
                  Config::dict({{"default_optimizer", map.default_optimizer().to_config()},
                                {"optimizer_map", std::move(items)}}));
}

OptimizerMap Codec<OptimizerMap>::read(const Config& config) {
  const std::optional<ObjectSpec> spec = read_object(config, "optimizer_map");
  require<ConfigError>(spec && spec->class_name == "OptimizerMap", "optimizer_map",
                       "expected an OptimizerMap, got {}. Check the file.", to_json(config));
  OptimizerMap map(Optimizer::from_config(spec->config.get("default_optimizer")));
  const Config items = spec->config.get("optimizer_map");
  if (items.is_null()) return map;
  for (const auto& [key, optimizer] : items.as_dict()) {
    map.set(key, Optimizer::from_config(optimizer));
  }
  return map;
}

}  // namespace keratin
