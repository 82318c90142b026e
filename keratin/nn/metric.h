// SPDX-License-Identifier: Apache-2.0
// Metrics: value handles on shared state that lives in variables, so that the same code works at
// once and inside a traced step, where assignments become updates.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "keratin/graph/variable.h"
#include "keratin/nn/dtype_policy.h"
#include "keratin/nn/initializer.h"
#include "keratin/nn/object.h"

namespace keratin {

class Metric;

/// Says which values of a metric are better.
enum class Direction : uint8_t { none, min, max };

/// Declares the arguments that all metrics have; stands last in an options struct.
#define KERATIN_METRIC_FIELDS(default_name)                                      \
  KERATIN_FIELD_AT(-4, std::string, name, "Name of the metric.") = default_name; \
  KERATIN_FIELD_AT(-3, ::keratin::DTypePolicy, dtype, "Computes in it; float32 when empty.") = {}

/// Is the arguments that all metrics have.
struct MetricOptions {
  KERATIN_OPTIONS(MetricOptions);
  KERATIN_METRIC_FIELDS("");
};

namespace detail {

/// Makes a variable of a metric's state, `<metric>/<name>`.
Variable metric_variable(const std::string& metric, std::string name, const Shape& shape,
                         const Initializer& initializer, DType dtype);

template <class F>
concept MetricFunction = std::is_invocable_r_v<Tensor, const F&, const Tensor&, const Tensor&> &&
    !std::is_same_v<F, Metric>;

}  // namespace detail

/// Is what stands behind a Metric.
class MetricBody {
 public:
  explicit MetricBody(MetricOptions options) : options_(std::move(options)) {}
  virtual ~MetricBody() = default;

  const std::string& name() const { return options_.name; }
  void set_name(std::string name) { options_.name = std::move(name); }
  DType dtype() const { return options_.dtype.compute_dtype(); }

  /// Takes (y_true, y_pred, sample_weight), or (values, sample_weight) for Mean and Sum.
  virtual void update_state(const Tensor& first, const Tensor& second, const Tensor& third) = 0;
  virtual Tensor result() const = 0;
  /// Sets the state back; to zeros unless a metric says otherwise.
  virtual void reset_state();
  virtual std::vector<Variable> variables() const = 0;
  virtual Direction direction() const { return Direction::none; }
  /// Returns the arguments as Keras' `get_config` does.
  virtual Config get_config() const;
  virtual Config to_config() const = 0;

 private:
  MetricOptions options_;
};

/// Is the base of a user's metric: `struct RMSE : CustomMetric<RMSE>` with the members
/// `void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight)` and
/// `Tensor result()`, and, where zeros will not do, `void reset_state()`. Its state are variables
/// made with `add_variable`; copies of the struct share them.
template <class Derived>
class CustomMetric {
 public:
  /// Names the metric; without a name it is called after its class, `rmse`, `rmse_1` and so on.
  explicit CustomMetric(std::string name = "", DType dtype = DType::float32)
      : name_(name.empty() ? auto_metric_name() : std::move(name)), dtype_(dtype) {}

  const std::string& name() const { return name_; }
  DType dtype() const { return dtype_; }
  const std::vector<Variable>& variables() const { return variables_; }

  /// Makes a variable of the metric's state.
  Variable add_variable(std::string name, const Shape& shape = {},
                        const Initializer& initializer = "zeros") {
    variables_.push_back(
        detail::metric_variable(name_, std::move(name), shape, initializer, dtype_));
    return variables_.back();
  }
  void reset_state() {
    for (const Variable& variable : variables_) {
      variable.assign(Tensor::zeros(variable.shape(), variable.dtype()));
    }
  }

 private:
  static std::string auto_metric_name();
  std::string name_;
  DType dtype_;
  std::vector<Variable> variables_;
};

/// Is what `compile` takes as a metric: a name, an object or function of namespace metrics, a
/// user's class, or a function of (y_true, y_pred) that returns one value per sample. Copies share
/// the state. A name or function has none yet: `resolve_metric` makes an object of it.
class Metric {
 public:
  using Function = std::function<Tensor(const Tensor&, const Tensor&)>;

  Metric() = default;
  Metric(std::nullptr_t) {}
  /// Takes the name of a built-in metric, or "accuracy" ("acc"), which is chosen by the shapes.
  /// Throws ValueError for others, with a suggestion.
  Metric(const char* name);
  Metric(const std::string& name);
  /// Takes a function of the user and its name.
  Metric(std::string name, Function function);
  template <class F>
  requires detail::MetricFunction<F> Metric(F function) {
    set_function(
        detail::function_name<F>(), std::move(function), requires { F::is_loss; });
  }
  template <class T>
  requires std::is_base_of_v<CustomMetric<T>, T> Metric(T custom);
  explicit Metric(std::shared_ptr<MetricBody> body) : body_(std::move(body)) {}

  /// Tells whether there is one at all.
  bool defined() const { return body_ != nullptr || spec_ != nullptr; }
  /// Tells whether this is an object with state, not a name or function.
  bool is_object() const { return body_ != nullptr; }

  /// Adds a batch to the state: (y_true, y_pred, sample_weight); for Mean and Sum (values,
  /// sample_weight). Throws ValueError for a name or function.
  void update_state(const Tensor& first, const Tensor& second = {}, const Tensor& third = {}) const;
  /// Returns the value for all batches since the last reset, a scalar for built-in metrics.
  Tensor result() const;
  void reset_state() const;
  std::vector<Variable> variables() const;
  /// Returns the name under which results are shown.
  const std::string& name() const;
  Direction direction() const;

  /// Returns the arguments as Keras' `get_config` does.
  Config get_config() const;
  /// Returns what `compile` writes: an envelope, the name where one was given, or null.
  Config to_config() const;
  static Metric from_config(const Config& config);

 private:
  friend Metric resolve_metric(const Metric& metric, const Shape& y_true, const Shape& y_pred);
  struct Spec {
    std::string name;
    Function function;  // empty for the name of a built-in metric
    bool is_loss = false;
  };
  void set_function(std::string name, Function function, bool is_loss);
  MetricBody& body() const;
  std::shared_ptr<MetricBody> body_;
  std::shared_ptr<const Spec> spec_;
};

template <>
struct Codec<Metric> {
  static Config write(const Metric& value) { return value.to_config(); }
  static Metric read(const Config& config) { return Metric::from_config(config); }
  static std::string type_name() { return "metric"; }
};

/// Returns a metric object for labels and predictions of those shapes, as `compile` makes it: a
/// name becomes a new object that is shown under that name, "accuracy" and "acc" the one for two
/// classes, integer classes or one-hot classes; a function is averaged; an object stays.
Metric resolve_metric(const Metric& metric, const Shape& y_true, const Shape& y_pred);

namespace detail {

std::string automatic_metric_name(const std::string& class_name);

/// Returns the mean of a function's values, `MeanMetricWrapper`.
Metric mean_of_function(std::string function_name, Metric::Function function, bool is_loss,
                        MetricOptions options);

template <class T>
class CustomMetricBody final : public MetricBody {
 public:
  explicit CustomMetricBody(T custom)
      : MetricBody({.name = custom.name(), .dtype = custom.dtype()}), custom_(std::move(custom)) {}
  void update_state(const Tensor& first, const Tensor& second, const Tensor& third) override {
    custom_.update_state(first, second, third);
  }
  Tensor result() const override { return custom_.result(); }
  void reset_state() override { custom_.reset_state(); }
  std::vector<Variable> variables() const override { return custom_.variables(); }
  Direction direction() const override {
    if constexpr (requires { custom_.direction(); }) {
      return custom_.direction();
    } else {
      return Direction::none;
    }
  }
  Config get_config() const override {
    Config config = MetricBody::get_config();
    if constexpr (requires { custom_.get_config(); }) {
      const Config own = custom_.get_config();
      for (const auto& [key, value] : own.as_dict()) config.set(key, value);
    }
    return config;
  }
  Config to_config() const override { return custom_envelope(type_name<T>(), get_config()); }

 private:
  mutable T custom_;  // a user's `result` need not be const
};

}  // namespace detail

template <class Derived>
std::string CustomMetric<Derived>::auto_metric_name() {
  return detail::automatic_metric_name(type_name<Derived>());
}

template <class T>
requires std::is_base_of_v<CustomMetric<T>, T> Metric::Metric(T custom)
    : body_(std::make_shared<detail::CustomMetricBody<T>>(std::move(custom))) {}

}  // namespace keratin
