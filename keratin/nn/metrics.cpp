// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/metrics.h"

#include <cmath>
#include <numeric>
#include <tuple>

#include "keratin/base/check.h"
#include "keratin/base/naming.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/nn/loss.h"
#include "keratin/nn/metric_internal.h"

namespace keratin {

namespace {

constexpr std::string_view module_name = "keras.metrics";

using Reduce = Tensor (*)(const Tensor&, const ops::Axes&, bool);

// Reduces the axes [first, rank) of x.
Tensor reduce_from(const Tensor& x, int first, Reduce reduce) {
  if (x.rank() <= first) return x;
  std::vector<int64_t> axes(static_cast<size_t>(x.rank() - first));
  std::iota(axes.begin(), axes.end(), first);
  return reduce(x, ops::Axes(axes), false);
}

struct Samples {
  Tensor values;
  Tensor weight;  // empty when there is none
};

// Returns values (and weights) of rank 1 at most, as `reduce_to_samplewise_values` of Keras.
Samples samplewise(const Tensor& given, const Tensor& sample_weight, Reduce reduce, DType dtype) {
  Samples samples{ops::cast(given, dtype), Tensor()};
  if (sample_weight.defined()) {
    Tensor weight = detail::apply_mask(ops::cast(sample_weight, dtype), given.mask(), dtype,
                                       Reduction::Kind::sum);
    std::tie(samples.values, weight) = detail::squeeze_or_expand(samples.values, weight);
    const int weight_rank = weight.rank();
    samples.values = reduce_from(samples.values, weight_rank, reduce);
    // The sum of the weights counts every value, so they take the values' shape.
    if (weight.shape() != samples.values.shape() || !weight.shape().is_static()) {
      weight = weight * ops::ones_like(samples.values);
    }
    samples.values = samples.values * weight;
    samples.weight = weight_rank > 1 ? reduce_from(weight, 1, reduce) : weight;
  }
  samples.values = reduce_from(samples.values, 1, reduce);
  return samples;
}

// The state that most metrics have: a weighted sum of values, and the sum of the weights.
class Average {
 public:
  Average(const std::string& metric, DType dtype)
      : total_(detail::metric_variable(metric, "total", {}, "zeros", dtype)),
        count_(detail::metric_variable(metric, "count", {}, "zeros", dtype)) {}

  void update(const Tensor& values, const Tensor& sample_weight) {
    const DType dtype = total_.dtype();
    const Samples samples = samplewise(values, sample_weight, ops::mean, dtype);
    total_.assign_add(ops::sum(samples.values));
    if (samples.weight.defined()) {
      count_.assign_add(ops::sum(samples.weight));
    } else if (samples.values.rank() >= 1) {
      count_.assign_add(ops::axis_size(samples.values, {0}, dtype));
    } else {
      count_.assign_add(ops::ones({}, dtype));
    }
  }
  Tensor result() const { return ops::divide_no_nan(total_.value(), count_.value()); }
  std::vector<Variable> variables() const { return {total_, count_}; }

 private:
  Variable total_, count_;
};

void expect_two_arguments(const std::string& name, const Tensor& third) {
  require<ValueError>(!third.defined(), name,
                      "expected update_state(values, sample_weight), got a third argument. Leave "
                      "it out.");
}

class MeanBody final : public MetricBody {
 public:
  explicit MeanBody(MetricOptions options)
      : MetricBody(std::move(options)), average_(name(), dtype()) {}
  void update_state(const Tensor& first, const Tensor& second, const Tensor& third) override {
    expect_two_arguments(name(), third);
    average_.update(first, second);
  }
  Tensor result() const override { return average_.result(); }
  std::vector<Variable> variables() const override { return average_.variables(); }
  Config to_config() const override { return envelope(module_name, "Mean", get_config()); }

 private:
  Average average_;
};

class SumBody final : public MetricBody {
 public:
  explicit SumBody(MetricOptions options)
      : MetricBody(std::move(options)),
        total_(detail::metric_variable(name(), "total", {}, "zeros", dtype())) {}
  void update_state(const Tensor& first, const Tensor& second, const Tensor& third) override {
    expect_two_arguments(name(), third);
    total_.assign_add(ops::sum(samplewise(first, second, ops::sum, dtype()).values));
  }
  Tensor result() const override { return total_.value(); }
  std::vector<Variable> variables() const override { return {total_}; }
  Config to_config() const override { return envelope(module_name, "Sum", get_config()); }

 private:
  Variable total_;
};

class RootMeanSquaredErrorBody final : public MetricBody {
 public:
  explicit RootMeanSquaredErrorBody(MetricOptions options)
      : MetricBody(std::move(options)), average_(name(), dtype()) {}
  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& weight) override {
    const auto [labels, predictions] =
        detail::squeeze_or_expand(ops::cast(y_true, dtype()), ops::cast(y_pred, dtype()));
    average_.update(ops::square(predictions - labels), weight);
  }
  Tensor result() const override { return ops::sqrt(average_.result()); }
  std::vector<Variable> variables() const override { return average_.variables(); }
  Direction direction() const override { return Direction::min; }
  Config to_config() const override {
    return envelope(module_name, "RootMeanSquaredError", get_config());
  }

 private:
  Average average_;
};

// The mean of a function's values: MeanMetricWrapper and the built-in classes made of it.
class WrapperBody final : public MetricBody {
 public:
  struct Setup {
    std::string_view class_name;
    Metric::Function function;
    Config own;  // the arguments after name and dtype
    Direction direction = Direction::none;
    std::string_view module = module_name;
  };
  WrapperBody(MetricOptions options, Setup setup)
      : MetricBody(std::move(options)), setup_(std::move(setup)), average_(name(), dtype()) {}

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& weight) override {
    require<ValueError>(y_pred.defined(), name(),
                        "expected update_state(y_true, y_pred), got one argument. Add y_pred.");
    const Tensor mask = y_pred.mask();
    const Tensor values = setup_.function(y_true, y_pred);
    require<ValueError>(values.defined(), name(),
                        "expected a tensor from the metric's function, got an empty handle. Return "
                        "one value for each sample.");
    average_.update(values, detail::apply_mask(weight, mask, dtype(), Reduction::Kind::sum));
  }
  Tensor result() const override { return average_.result(); }
  std::vector<Variable> variables() const override { return average_.variables(); }
  Direction direction() const override { return setup_.direction; }
  Config get_config() const override {
    Config config = MetricBody::get_config();
    for (const auto& [key, value] : setup_.own.as_dict()) config.set(key, value);
    return config;
  }
  Config to_config() const override {
    if (setup_.own.has("fn") && setup_.own.at("fn").is_null()) nameless_function("metric");
    return envelope(setup_.module, setup_.class_name, get_config());
  }

 private:
  Setup setup_;
  Average average_;
};

template <class Options>
MetricOptions common_of(const Options& options) {
  return {.name = options.name, .dtype = options.dtype};
}

template <class Options>
Metric wrapper(std::string_view class_name, const Options& options, Metric::Function function,
               Direction direction) {
  return detail::wrapped_metric(class_name, common_of(options), std::move(function),
                                detail::own_metric_config(options), direction);
}

// Labels take the predictions' dtype, then the ranks are made equal.
Tensor accuracy(const Tensor& y_true, const Tensor& y_pred) {
  const auto [labels, predictions] =
      detail::squeeze_or_expand(ops::cast(y_true, y_pred.dtype()), y_pred);
  return ops::cast(ops::equal(labels, predictions), DType::float32);
}

}  // namespace

namespace detail {

Metric mean_of_function(std::string function_name, Metric::Function function, bool is_loss,
                        MetricOptions options) {
  if (options.name.empty()) options.name = auto_name("MeanMetricWrapper");
  Config fn = is_nameless(function_name) ? Config() : function_envelope(function_name);
  WrapperBody::Setup setup{"MeanMetricWrapper", std::move(function),
                           Config::dict({{"fn", std::move(fn)}}),
                           is_loss ? Direction::min : Direction::none};
  return Metric(std::make_shared<WrapperBody>(std::move(options), std::move(setup)));
}

}  // namespace detail

namespace detail {

Metric wrapped_metric(std::string_view class_name, MetricOptions options, Metric::Function function,
                      Config own, Direction direction, std::string_view module) {
  WrapperBody::Setup setup{class_name, std::move(function), std::move(own), direction, module};
  return Metric(std::make_shared<WrapperBody>(std::move(options), std::move(setup)));
}

}  // namespace detail

namespace metrics {

Tensor BinaryAccuracyFunction::operator()(const Tensor& y_true, const Tensor& y_pred,
                                          double threshold) const {
  const auto [labels, predictions] = detail::squeeze_or_expand(y_true, y_pred);
  const Tensor hits =
      ops::equal(labels, ops::cast(ops::greater(predictions, threshold), labels.dtype()));
  return ops::cast(hits, DType::float32);
}

Tensor CategoricalAccuracyFunction::operator()(const Tensor& y_true, const Tensor& y_pred) const {
  Tensor labels = ops::cast(ops::argmax(y_true, -1), y_pred.dtype());
  const bool has_last_axis = labels.rank() == y_pred.rank();
  if (has_last_axis) labels = ops::squeeze(labels, -1);
  const Tensor predictions = ops::cast(ops::argmax(y_pred, -1), labels.dtype());
  const Tensor hits = ops::cast(ops::equal(labels, predictions), DType::float32);
  return has_last_axis ? ops::expand_dims(hits, -1) : hits;
}

Tensor SparseCategoricalAccuracyFunction::operator()(const Tensor& y_true,
                                                     const Tensor& y_pred) const {
  Tensor labels = ops::cast(y_true, y_pred.dtype());
  const bool has_last_axis = labels.rank() == y_pred.rank() && labels.shape()[-1] == 1;
  if (has_last_axis) labels = ops::squeeze(labels, -1);
  const Tensor predictions = ops::cast(ops::argmax(y_pred, -1), labels.dtype());
  Tensor hits = ops::cast(ops::equal(labels, predictions), DType::float32);
  if (has_last_axis) hits = ops::expand_dims(hits, -1);
  return hits.rank() > 1 && hits.shape()[-1] == 1 ? ops::squeeze(hits, -1) : hits;
}

Metric Mean(MeanOptions options) { return Metric(std::make_shared<MeanBody>(common_of(options))); }
Metric Sum(SumOptions options) { return Metric(std::make_shared<SumBody>(common_of(options))); }
Metric RootMeanSquaredError(RootMeanSquaredErrorOptions options) {
  return Metric(std::make_shared<RootMeanSquaredErrorBody>(common_of(options)));
}

Metric Accuracy(AccuracyOptions options) {
  return wrapper("Accuracy", options, accuracy, Direction::max);
}
Metric BinaryAccuracy(BinaryAccuracyOptions options) {
  const double threshold = options.threshold;
  require<ValueError>(!std::isnan(threshold), "BinaryAccuracy",
                      "expected a number as threshold, got nan. Use 0.5.");
  return wrapper(
      "BinaryAccuracy", options,
      [threshold](const Tensor& t, const Tensor& p) { return binary_accuracy(t, p, threshold); },
      Direction::max);
}
Metric CategoricalAccuracy(CategoricalAccuracyOptions options) {
  return wrapper("CategoricalAccuracy", options, categorical_accuracy, Direction::max);
}
Metric SparseCategoricalAccuracy(SparseCategoricalAccuracyOptions options) {
  return wrapper("SparseCategoricalAccuracy", options, sparse_categorical_accuracy, Direction::max);
}
Metric MeanSquaredError(MeanSquaredErrorOptions options) {
  return wrapper("MeanSquaredError", options, mean_squared_error, Direction::min);
}
Metric MeanAbsoluteError(MeanAbsoluteErrorOptions options) {
  return wrapper("MeanAbsoluteError", options, mean_absolute_error, Direction::min);
}

Metric BinaryCrossentropy(BinaryCrossentropyOptions options) {
  const auto call = [o = options](const Tensor& t, const Tensor& p) {
    return binary_crossentropy(t, p, o.from_logits, o.label_smoothing);
  };
  return wrapper("BinaryCrossentropy", options, call, Direction::min);
}
Metric CategoricalCrossentropy(CategoricalCrossentropyOptions options) {
  const auto call = [o = options](const Tensor& t, const Tensor& p) {
    return categorical_crossentropy(t, p, o.from_logits, o.label_smoothing, o.axis);
  };
  return wrapper("CategoricalCrossentropy", options, call, Direction::min);
}
Metric SparseCategoricalCrossentropy(SparseCategoricalCrossentropyOptions options) {
  const auto call = [o = options](const Tensor& t, const Tensor& p) {
    return sparse_categorical_crossentropy(t, p, o.from_logits, o.ignore_class, o.axis);
  };
  return wrapper("SparseCategoricalCrossentropy", options, call, Direction::min);
}

}  // namespace metrics

}  // namespace keratin
