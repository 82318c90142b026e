// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/regularizer.h"

#include <cmath>

#include "keratin/base/check.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/nn/described.h"

namespace keratin {

namespace {

constexpr std::string_view module_name = "keras.regularizers";

struct L1Options {
  KERATIN_OPTIONS(L1Options);
  KERATIN_FIELD(double, l1, "Factor of the sum of absolute values.") = 0.01;
};

struct L2Options {
  KERATIN_OPTIONS(L2Options);
  KERATIN_FIELD(double, l2, "Factor of the sum of squares.") = 0.01;
};

void check_factor(std::string_view where, std::string_view name, double value) {
  require<ValueError>(std::isfinite(value) && value >= 0.0, where,
                      "expected a non-negative, finite {}, got {}. Pass another factor.", name,
                      value);
}

Tensor absolute_sum(const Tensor& x, double factor) {
  return ops::cast(factor, x.dtype()) * ops::sum(ops::absolute(x));
}

Tensor square_sum(const Tensor& x, double factor) {
  return ops::cast(factor, x.dtype()) * ops::sum(ops::square(x));
}

Regularizer make_regularizer(const ObjectSpec& spec) {
  const std::string& name = spec.class_name;
  if (name == "L1" || name == "l1") {
    return regularizers::L1(options_from<L1Options>(spec.config, "L1").l1);
  }
  if (name == "L2" || name == "l2") {
    return regularizers::L2(options_from<L2Options>(spec.config, "L2").l2);
  }
  if (name == "L1L2" || name == "l1l2") {
    return regularizers::L1L2(options_from<regularizers::L1L2Options>(spec.config, "L1L2"));
  }
  if (name == "OrthogonalRegularizer" || name == "orthogonal_regularizer") {
    return regularizers::OrthogonalRegularizer(
        options_from<regularizers::OrthogonalRegularizerOptions>(spec.config,
                                                                 "OrthogonalRegularizer"));
  }
  unknown_object(
      "regularizer", "a regularizer", name,
      {"l1", "l2", "l1l2", "L1", "L2", "L1L2", "orthogonal_regularizer", "OrthogonalRegularizer"});
}

}  // namespace

Regularizer::Regularizer(const char* name) : Regularizer(std::string(name)) {}
Regularizer::Regularizer(const std::string& name)
    : Regularizer(make_regularizer({"", name, Config::dict(), ""})) {}
Regularizer::Regularizer(std::string name, Function function)
    : Regularizer(std::move(function), name.empty() ? Config() : function_envelope(name)) {}
Regularizer::Regularizer(Function function, Config config)
    : body_(std::make_shared<const Body>(Body{std::move(function), std::move(config)})) {}

Tensor Regularizer::operator()(const Tensor& x) const {
  require<ValueError>(defined(), "regularizer",
                      "expected a regularizer, got none. Name one, such as 'l2'.");
  return body_->function(x);
}

Config Regularizer::to_config() const {
  if (!body_) return {};
  if (body_->config.is_null()) nameless_function("regularizer");
  return body_->config;
}

std::vector<ClassInfo> detail::regularizer_classes() {
  return {{"regularizer", "L1", describe_fields<L1Options>},
          {"regularizer", "L2", describe_fields<L2Options>},
          {"regularizer", "L1L2", describe_fields<regularizers::L1L2Options>},
          {"regularizer", "OrthogonalRegularizer",
           describe_fields<regularizers::OrthogonalRegularizerOptions>}};
}

Regularizer Regularizer::from_config(const Config& config) {
  const std::optional<ObjectSpec> spec = read_object(config, "regularizer");
  if (!spec) return {};
  if (!spec->is_function()) return make_regularizer(*spec);
  return make_regularizer({"", spec->config.as_string(), Config::dict(), ""});
}

namespace regularizers {

Regularizer L1(double l1) {
  check_factor("L1", "l1", l1);
  // Keras keeps the factor of L1, and of no other, as a float32.
  const double kept = static_cast<float>(l1);
  return Regularizer([kept](const Tensor& x) { return absolute_sum(x, kept); },
                     envelope(module_name, "L1", config_of(L1Options{.l1 = kept})));
}

Regularizer L2(double l2) {
  check_factor("L2", "l2", l2);
  return Regularizer([l2](const Tensor& x) { return square_sum(x, l2); },
                     envelope(module_name, "L2", config_of(L2Options{.l2 = l2})));
}

Regularizer L1L2(L1L2Options options) {
  check_factor("L1L2", "l1", options.l1);
  check_factor("L1L2", "l2", options.l2);
  const auto penalty = [options](const Tensor& x) {
    Tensor sum = ops::zeros({}, x.dtype());
    if (options.l1 != 0.0) sum = sum + absolute_sum(x, options.l1);
    if (options.l2 != 0.0) sum = sum + square_sum(x, options.l2);
    return sum;
  };
  return Regularizer(penalty, envelope(module_name, "L1L2", config_of(options)));
}

Regularizer OrthogonalRegularizer(OrthogonalRegularizerOptions options) {
  check_factor("OrthogonalRegularizer", "factor", options.factor);
  require<ValueError>(options.mode == "rows" || options.mode == "columns", "OrthogonalRegularizer",
                      "expected the mode rows or columns, got '{}'. Check the spelling.",
                      options.mode);
  const auto penalty = [options](const Tensor& x) {
    require<ShapeError>(x.rank() == 2, "OrthogonalRegularizer",
                        "expected a weight of rank 2, got shape {}. Use another regularizer.",
                        to_string(x.shape()));
    const bool by_rows = options.mode == "rows";
    const Tensor vectors = by_rows ? x : ops::transpose(x);
    const Tensor unit = ops::normalize(vectors, 1);
    const Tensor cosines = ops::matmul(unit, ops::transpose(unit));
    const int64_t count = vectors.shape()[0];
    const Tensor others = cosines * (1.0 - ops::eye(count, std::nullopt, 0, x.dtype()));
    const double pairs = static_cast<double>(count) * (static_cast<double>(count) - 1.0) / 2.0;
    return options.factor * 0.5 * ops::sum(ops::absolute(others)) / pairs;
  };
  return Regularizer(penalty, envelope(module_name, "OrthogonalRegularizer", config_of(options)));
}

}  // namespace regularizers

}  // namespace keratin
