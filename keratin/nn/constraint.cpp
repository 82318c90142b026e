// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/constraint.h"

#include "keratin/base/check.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/nn/described.h"

namespace keratin {

namespace {

constexpr std::string_view module_name = "keras.constraints";
constexpr double epsilon = 1e-7;  // keras.config.epsilon()

Tensor norms_of(const Tensor& w, const ops::Axes& axis) {
  return ops::sqrt(ops::sum(ops::square(w), axis, true));
}

Constraint make_constraint(const ObjectSpec& spec) {
  const std::string& name = spec.class_name;
  if (name == "MaxNorm" || name == "max_norm") {
    return constraints::MaxNorm(options_from<constraints::MaxNormOptions>(spec.config, "MaxNorm"));
  }
  if (name == "MinMaxNorm" || name == "min_max_norm") {
    return constraints::MinMaxNorm(
        options_from<constraints::MinMaxNormOptions>(spec.config, "MinMaxNorm"));
  }
  if (name == "UnitNorm" || name == "unit_norm") {
    return constraints::UnitNorm(
        options_from<constraints::UnitNormOptions>(spec.config, "UnitNorm"));
  }
  if (name == "NonNeg" || name == "non_neg") {
    expect_no_arguments(spec.config, "NonNeg");
    return constraints::NonNeg();
  }
  unknown_object("constraint", "a constraint", name,
                 {"max_norm", "min_max_norm", "non_neg", "unit_norm", "MaxNorm", "MinMaxNorm",
                  "NonNeg", "UnitNorm"});
}

}  // namespace

Constraint::Constraint(const char* name) : Constraint(std::string(name)) {}
Constraint::Constraint(const std::string& name)
    : Constraint(make_constraint({"", name, Config::dict(), ""})) {}
Constraint::Constraint(std::string name, Function function)
    : Constraint(std::move(function), name.empty() ? Config() : function_envelope(name)) {}
Constraint::Constraint(Function function, Config config)
    : body_(std::make_shared<const Body>(Body{std::move(function), std::move(config)})) {}

Tensor Constraint::operator()(const Tensor& weight) const {
  require<ValueError>(defined(), "constraint",
                      "expected a constraint, got none. Name one, such as 'non_neg'.");
  return body_->function(weight);
}

Config Constraint::to_config() const {
  if (!body_) return {};
  if (body_->config.is_null()) nameless_function("constraint");
  return body_->config;
}

std::vector<ClassInfo> detail::constraint_classes() {
  return {{"constraint", "MaxNorm", describe_fields<constraints::MaxNormOptions>},
          {"constraint", "MinMaxNorm", describe_fields<constraints::MinMaxNormOptions>},
          {"constraint", "NonNeg", no_fields},
          {"constraint", "UnitNorm", describe_fields<constraints::UnitNormOptions>}};
}

Constraint Constraint::from_config(const Config& config) {
  const std::optional<ObjectSpec> spec = read_object(config, "constraint");
  if (!spec) return {};
  if (!spec->is_function()) return make_constraint(*spec);
  return make_constraint({"", spec->config.as_string(), Config::dict(), ""});
}

Config Codec<ops::Axes>::write(const ops::Axes& axes) {
  if (axes.all) return {};
  if (axes.list.size() == 1) return axes.list[0];
  return Codec<std::vector<int64_t>>::write(axes.list);
}

ops::Axes Codec<ops::Axes>::read(const Config& config) {
  if (config.is_null()) return {};
  if (config.is_list()) return ops::Axes(Codec<std::vector<int64_t>>::read(config));
  return ops::Axes(config.as_int());
}

namespace constraints {

Constraint MaxNorm(MaxNormOptions options) {
  const auto scale = [options](const Tensor& w) {
    const Tensor norms = norms_of(w, options.axis);
    const Tensor desired = ops::clip(norms, 0, double{options.max_value});
    return w * (desired / (epsilon + norms));
  };
  return Constraint(scale, envelope(module_name, "MaxNorm", config_of(options)));
}

Constraint MinMaxNorm(MinMaxNormOptions options) {
  const auto scale = [options](const Tensor& w) {
    const double rate = options.rate;
    const Tensor norms = norms_of(w, options.axis);
    const Tensor kept = ops::clip(norms, double{options.min_value}, double{options.max_value});
    const Tensor desired = rate * kept + (1.0 - rate) * norms;
    return w * (desired / (epsilon + norms));
  };
  return Constraint(scale, envelope(module_name, "MinMaxNorm", config_of(options)));
}

Constraint NonNeg() {
  return Constraint([](const Tensor& w) { return ops::maximum(w, 0); },
                    envelope(module_name, "NonNeg", Config::dict()));
}

Constraint UnitNorm(UnitNormOptions options) {
  const auto scale = [options](const Tensor& w) {
    return w / (epsilon + norms_of(w, options.axis));
  };
  return Constraint(scale, envelope(module_name, "UnitNorm", config_of(options)));
}

}  // namespace constraints

}  // namespace keratin
