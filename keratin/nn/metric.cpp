// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/metric.h"

#include <algorithm>

#include "keratin/base/check.h"
#include "keratin/base/naming.h"
#include "keratin/base/text.h"
#include "keratin/nn/error_context.h"
#include "keratin/nn/loss.h"
#include "keratin/nn/metric_internal.h"
#include "keratin/nn/metrics.h"

namespace keratin {

namespace detail {

Variable metric_variable(const std::string& metric, std::string name, const Shape& shape,
                         const Initializer& initializer, DType dtype) {
  std::string scope = metric;
  std::replace(scope.begin(), scope.end(), '/', '>');
  VariableOptions options{.name = name, .path = scope + "/" + name, .trainable = false};
  return Variable(initializer(shape, dtype), std::move(options));
}

std::string automatic_metric_name(const std::string& class_name) { return auto_name(class_name); }

}  // namespace detail

void MetricBody::reset_state() {
  for (const Variable& variable : variables()) {
    variable.assign(Tensor::zeros(variable.shape(), variable.dtype()));
  }
}

Config MetricBody::get_config() const {
  return Config::dict({{"name", name()}, {"dtype", name_of(dtype())}});
}

Metric::Metric(const char* name) : Metric(std::string(name)) {}

Metric::Metric(const std::string& name) {
  detail::check_metric_name(name);
  spec_ = std::make_shared<const Spec>(Spec{name, nullptr});
}

Metric::Metric(std::string name, Function function) {
  require<ValueError>(function != nullptr, "metric",
                      "expected a function for the metric '{}', got none. Pass one.", name);
  set_function(std::move(name), std::move(function), false);
}

void Metric::set_function(std::string name, Function function, bool is_loss) {
  spec_ = std::make_shared<const Spec>(Spec{std::move(name), std::move(function), is_loss});
}

MetricBody& Metric::body() const {
  require<ValueError>(defined(), "metric", "expected a metric, got none. Make one first.");
  require<ValueError>(is_object(), "metric",
                      "expected a metric object, got the name or function '{}'. Pass it to "
                      "compile, or make an object of namespace metrics.",
                      spec_ ? spec_->name : "");
  return *body_;
}

void Metric::update_state(const Tensor& first, const Tensor& second, const Tensor& third) const {
  MetricBody& own = body();
  try {
    own.update_state(first, second, third);
  } catch (const Error& error) {
    // An op's error does not say that it came about in a metric.
    if (std::string_view(error.what()).starts_with(own.name() + ": ")) throw;
    rethrow_in("metric `" + own.name() + "`");
  }
}

Tensor Metric::result() const { return body().result(); }
void Metric::reset_state() const { body().reset_state(); }
std::vector<Variable> Metric::variables() const { return body().variables(); }
const std::string& Metric::name() const { return spec_ ? spec_->name : body().name(); }
Direction Metric::direction() const { return body().direction(); }
Config Metric::get_config() const { return body().get_config(); }

Config Metric::to_config() const {
  if (body_) return body_->to_config();
  if (!spec_) return {};
  if (!spec_->function) return spec_->name;
  if (detail::is_nameless(spec_->name)) nameless_function("metric");
  return function_envelope(spec_->name);
}

Metric Metric::from_config(const Config& config) {
  if (config.is_string()) return Metric(config.as_string());
  const std::optional<ObjectSpec> spec = read_object(config, "metric");
  return spec ? detail::metric_from(*spec) : Metric();
}

Metric resolve_metric(const Metric& metric, const Shape& y_true, const Shape& y_pred) {
  require<ValueError>(metric.defined(), "compile",
                      "expected a metric, got none. Leave it out of the metrics.");
  if (metric.is_object()) return metric;
  const std::string& name = metric.spec_->name;
  if (metric.spec_->function) {
    const Metric made = detail::mean_of_function(name, metric.spec_->function,
                                                 metric.spec_->is_loss, MetricOptions());
    made.body().set_name(text::snake_case(name));
    return made;
  }
  if (!detail::is_accuracy_name(name)) {
    const Metric made = detail::metric_named(name);
    made.body().set_name(name);
    return made;
  }
  const detail::LabelKind kind = detail::label_kind(y_true, y_pred);
  if (kind.is_binary) return metrics::BinaryAccuracy({.name = name});
  if (kind.is_sparse) return metrics::SparseCategoricalAccuracy({.name = name});
  return metrics::CategoricalAccuracy({.name = name});
}

}  // namespace keratin
