// SPDX-License-Identifier: Apache-2.0
// Metrics that average the values of a loss or another function, and R2Score.
#include <limits>
#include <optional>

#include "keratin/base/check.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/nn/loss.h"
#include "keratin/nn/metric_internal.h"
#include "keratin/nn/metrics.h"

namespace keratin {

namespace {

constexpr double epsilon = 1e-7;  // keras.config.epsilon()

using namespace metrics;

template <class Options>
Metric averaged(std::string_view class_name, const Options& options, Metric::Function function,
                Direction direction) {
  return detail::wrapped_metric(class_name, detail::metric_options_of(class_name, options),
                                std::move(function), detail::own_metric_config(options), direction);
}

struct Pair {
  Tensor labels;
  Tensor predictions;
};

Pair matched(const Tensor& y_true, const Tensor& y_pred) {
  const auto [labels, predictions] =
      detail::squeeze_or_expand(ops::cast(y_true, y_pred.dtype()), y_pred);
  return {labels, predictions};
}

// Tells whether fewer than k predictions are larger than that of the label.
Tensor in_top_k(const Tensor& classes, const Tensor& predictions, int64_t k) {
  const Tensor places = ops::expand_dims(ops::cast(classes, DType::int32), -1);
  Tensor own = ops::take_along_axis(predictions, places, -1);
  own = ops::where(ops::isnan(own), -std::numeric_limits<double>::infinity(), own);
  const Tensor larger = ops::cast(ops::greater(predictions, own), DType::int32);
  return ops::less(ops::sum(larger, -1), k);
}

void check_classes(std::string_view where, const Tensor& classes, const Tensor& y_pred) {
  require<ShapeError>(y_pred.rank() >= 1 && classes.rank() == y_pred.rank() - 1, where,
                      "expected one label for each prediction, got shapes {} and {}. Check the "
                      "labels.",
                      to_string(classes.shape()), to_string(y_pred.shape()));
}

class R2ScoreBody final : public MetricBody {
 public:
  R2ScoreBody(MetricOptions common, R2ScoreOptions options)
      : MetricBody(std::move(common)),
        options_(std::move(options)),
        samples_(detail::metric_variable(name(), "num_samples", {}, "zeros", dtype())) {
    const OptionalText& how = options_.class_aggregation;
    require<ValueError>(!how || *how == "uniform_average" || *how == "variance_weighted_average",
                        name(),
                        "expected the class_aggregation uniform_average, "
                        "variance_weighted_average or none, got '{}'. Check the spelling.",
                        how.value_or(""));
    require<ValueError>(options_.num_regressors >= 0, name(),
                        "expected num_regressors of 0 or more, got {}. Use 0 for none.",
                        options_.num_regressors);
  }

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& weight) override {
    const auto [labels, predictions] =
        detail::squeeze_or_expand(ops::cast(y_true, dtype()), ops::cast(y_pred, dtype()));
    require<ShapeError>(labels.rank() == 2 && predictions.rank() == 2, name(),
                        "expected inputs of shape [batch, outputs], got {} and {}. Reshape them.",
                        to_string(y_true.shape()), to_string(y_pred.shape()));
    if (variables_.empty()) make_variables(predictions.shape()[1]);
    Tensor weights = ops::ones_like(labels);
    if (weight.defined()) {
      Tensor given = ops::cast(weight, dtype());
      if (given.rank() == 1) given = ops::expand_dims(given, 1);
      weights = weights * given;
    }
    const Tensor weighted = labels * weights;
    variables_[0].assign_add(ops::sum(labels * weighted, 0));
    variables_[1].assign_add(ops::sum(weighted, 0));
    variables_[2].assign_add(ops::sum(ops::square(labels - predictions) * weights, 0));
    variables_[3].assign_add(ops::sum(weights, 0));
    samples_.assign_add(ops::axis_size(labels, {0, 1}, dtype()));
  }

  Tensor result() const override {
    require<ValueError>(!variables_.empty(), name(),
                        "expected an update before the result, got none. Call update_state.");
    const Tensor sum = variables_[1].value();
    const Tensor total = variables_[0].value() - sum * (sum / variables_[3].value());
    Tensor scores = 1 - variables_[2].value() / total;
    scores = ops::where(ops::isinf(scores), 0.0, scores);
    if (options_.class_aggregation == "uniform_average") {
      scores = ops::mean(scores);
    } else if (options_.class_aggregation) {
      scores = ops::sum(total * scores) / ops::sum(total);
    }
    return options_.num_regressors == 0 ? scores : adjusted(scores);
  }

  std::vector<Variable> variables() const override {
    std::vector<Variable> all{samples_};
    all.insert(all.end(), variables_.begin(), variables_.end());
    return all;
  }
  Direction direction() const override { return Direction::max; }
  Config get_config() const override {
    Config config = MetricBody::get_config();
    const Config own = detail::own_metric_config(options_);
    for (const auto& [key, value] : own.as_dict()) config.set(key, value);
    return config;
  }
  Config to_config() const override { return envelope("keras.metrics", "R2Score", get_config()); }

 private:
  void make_variables(int64_t outputs) {
    require<ShapeError>(outputs != None, name(),
                        "expected a known number of outputs, got None. Give its size.");
    for (const char* part : {"squared_sum", "sum", "residual", "count"}) {
      variables_.push_back(detail::metric_variable(name(), part, Shape{outputs}, "zeros", dtype()));
    }
  }

  // With as many regressors as samples Keras falls back to the plain score.
  Tensor adjusted(const Tensor& scores) const {
    const auto regressors = static_cast<double>(options_.num_regressors);
    const Tensor samples = samples_.value();
    const Tensor left = samples - regressors - 1.0;
    const Tensor enough = ops::greater(left, 0);
    const Tensor divisor = ops::where(enough, left, ops::ones_like(left));
    return ops::where(enough, 1.0 - (1.0 - scores) * (samples - 1.0) / divisor, scores);
  }

  R2ScoreOptions options_;
  Variable samples_;
  std::vector<Variable> variables_;
};

}  // namespace

namespace metrics {

Tensor TopKCategoricalAccuracyFunction::operator()(const Tensor& y_true, const Tensor& y_pred,
                                                   int64_t k) const {
  const Tensor classes = ops::argmax(y_true, -1);
  check_classes(keras_name, classes, y_pred);
  return ops::cast(in_top_k(classes, y_pred, k), DType::float32);
}

Tensor SparseTopKCategoricalAccuracyFunction::operator()(const Tensor& y_true, const Tensor& y_pred,
                                                         int64_t k, bool from_sorted_ids) const {
  Tensor classes = y_true;
  const bool has_last_axis = classes.rank() == y_pred.rank() && classes.shape()[-1] == 1;
  if (has_last_axis) classes = ops::squeeze(classes, -1);
  check_classes(keras_name, classes, y_pred);
  Tensor hits;
  if (from_sorted_ids) {
    const Tensor own = ops::expand_dims(ops::cast(classes, y_pred.dtype()), -1);
    hits = ops::any(ops::equal(own, y_pred[{Ellipsis, Slice(open, k)}]), -1);
  } else {
    hits = in_top_k(classes, y_pred, k);
  }
  hits = ops::cast(hits, DType::float32);
  return has_last_axis ? ops::expand_dims(hits, -1) : hits;
}

Tensor PearsonCorrelationFunction::operator()(const Tensor& y_true, const Tensor& y_pred,
                                              int64_t axis) const {
  auto [labels, predictions] = matched(y_true, y_pred);
  const auto standardized = [axis](const Tensor& x) {
    const Tensor centered = x - ops::mean(x, axis, true);
    return centered / ops::std(centered, axis, true);
  };
  return ops::mean(standardized(labels) * standardized(predictions), axis);
}

Tensor ConcordanceCorrelationFunction::operator()(const Tensor& y_true, const Tensor& y_pred,
                                                  int64_t axis) const {
  auto [labels, predictions] = matched(y_true, y_pred);
  const Tensor of_labels = ops::mean(labels, axis, true);
  const Tensor of_predictions = ops::mean(predictions, axis, true);
  const Tensor spread =
      ops::var(labels - of_labels, axis, true) + ops::var(predictions - of_predictions, axis, true);
  // As Keras has it, with the predictions' mean taken off both.
  const Tensor together = (labels - of_predictions) * (predictions - of_predictions);
  const Tensor norm = spread + ops::square(of_labels - of_predictions);
  return ops::mean(2 * together / (norm + epsilon), axis);
}

Metric MeanAbsolutePercentageError(MeanAbsolutePercentageErrorOptions options) {
  return averaged("MeanAbsolutePercentageError", options, mean_absolute_percentage_error,
                  Direction::min);
}
Metric MeanSquaredLogarithmicError(MeanSquaredLogarithmicErrorOptions options) {
  return averaged("MeanSquaredLogarithmicError", options, mean_squared_logarithmic_error,
                  Direction::min);
}
Metric LogCoshError(LogCoshErrorOptions options) {
  return averaged("LogCoshError", options, log_cosh, Direction::min);
}
Metric Hinge(HingeOptions options) { return averaged("Hinge", options, hinge, Direction::min); }
Metric SquaredHinge(SquaredHingeOptions options) {
  return averaged("SquaredHinge", options, squared_hinge, Direction::min);
}
Metric CategoricalHinge(CategoricalHingeOptions options) {
  return averaged("CategoricalHinge", options, categorical_hinge, Direction::min);
}
// Keras gives these two no direction.
Metric KLDivergence(KLDivergenceOptions options) {
  return averaged("KLDivergence", options, kl_divergence, Direction::none);
}
Metric Poisson(PoissonOptions options) {
  return averaged("Poisson", options, poisson, Direction::none);
}

Metric CosineSimilarity(CosineSimilarityOptions options) {
  const auto call = [axis = options.axis](const Tensor& y_true, const Tensor& y_pred) {
    return -losses::cosine_similarity(y_true, y_pred, axis);
  };
  return detail::wrapped_metric("CosineSimilarity",
                                detail::metric_options_of("CosineSimilarity", options), call,
                                Config::dict(), Direction::max);
}

Metric PearsonCorrelation(PearsonCorrelationOptions options) {
  const auto call = [axis = options.axis](const Tensor& y_true, const Tensor& y_pred) {
    return pearson_correlation(y_true, y_pred, axis);
  };
  return averaged("PearsonCorrelation", options, call, Direction::max);
}

Metric ConcordanceCorrelation(ConcordanceCorrelationOptions options) {
  const auto call = [axis = options.axis](const Tensor& y_true, const Tensor& y_pred) {
    return concordance_correlation(y_true, y_pred, axis);
  };
  return averaged("ConcordanceCorrelation", options, call, Direction::max);
}

Metric TopKCategoricalAccuracy(TopKCategoricalAccuracyOptions options) {
  const auto call = [k = options.k](const Tensor& y_true, const Tensor& y_pred) {
    return top_k_categorical_accuracy(y_true, y_pred, k);
  };
  return averaged("TopKCategoricalAccuracy", options, call, Direction::max);
}

Metric SparseTopKCategoricalAccuracy(SparseTopKCategoricalAccuracyOptions options) {
  const auto call = [o = options](const Tensor& y_true, const Tensor& y_pred) {
    return sparse_top_k_categorical_accuracy(y_true, y_pred, o.k, o.from_sorted_ids);
  };
  Config own = Config::dict({{"k", options.k}});
  // Keras writes this one only where it is set.
  if (options.from_sorted_ids) own.set("from_sorted_ids", true);
  constexpr std::string_view class_name = "SparseTopKCategoricalAccuracy";
  return detail::wrapped_metric(class_name, detail::metric_options_of(class_name, options), call,
                                std::move(own), Direction::max);
}

Metric R2Score(R2ScoreOptions options) {
  MetricOptions common = detail::metric_options_of("R2Score", options);
  return Metric(std::make_shared<R2ScoreBody>(std::move(common), std::move(options)));
}

}  // namespace metrics

}  // namespace keratin
