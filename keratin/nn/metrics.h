// SPDX-License-Identifier: Apache-2.0
// The built-in metrics, as objects and as functions (keras.io/api/metrics).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "keratin/nn/losses.h"
#include "keratin/nn/metric.h"
#include "keratin/nn/metrics_confusion.h"

namespace keratin::metrics {

struct MeanOptions {
  KERATIN_OPTIONS(MeanOptions);
  KERATIN_METRIC_FIELDS("mean");
};

struct SumOptions {
  KERATIN_OPTIONS(SumOptions);
  KERATIN_METRIC_FIELDS("sum");
};

struct AccuracyOptions {
  KERATIN_OPTIONS(AccuracyOptions);
  KERATIN_METRIC_FIELDS("accuracy");
};

struct BinaryAccuracyOptions {
  KERATIN_OPTIONS(BinaryAccuracyOptions);
  KERATIN_FIELD(Number, threshold, "Predictions above it count as 1.") = 0.5;
  KERATIN_METRIC_FIELDS("binary_accuracy");
};

struct CategoricalAccuracyOptions {
  KERATIN_OPTIONS(CategoricalAccuracyOptions);
  KERATIN_METRIC_FIELDS("categorical_accuracy");
};

struct SparseCategoricalAccuracyOptions {
  KERATIN_OPTIONS(SparseCategoricalAccuracyOptions);
  KERATIN_METRIC_FIELDS("sparse_categorical_accuracy");
};

struct MeanSquaredErrorOptions {
  KERATIN_OPTIONS(MeanSquaredErrorOptions);
  KERATIN_METRIC_FIELDS("mean_squared_error");
};

struct RootMeanSquaredErrorOptions {
  KERATIN_OPTIONS(RootMeanSquaredErrorOptions);
  KERATIN_METRIC_FIELDS("root_mean_squared_error");
};

struct MeanAbsoluteErrorOptions {
  KERATIN_OPTIONS(MeanAbsoluteErrorOptions);
  KERATIN_METRIC_FIELDS("mean_absolute_error");
};

struct BinaryCrossentropyOptions {
  KERATIN_OPTIONS(BinaryCrossentropyOptions);
  KERATIN_FIELD(bool, from_logits, "Whether y_pred is logits, not probabilities.") = false;
  KERATIN_FIELD(Number, label_smoothing, "Draws labels towards 0.5, 0 to 1.") = 0;
  KERATIN_METRIC_FIELDS("binary_crossentropy");
};

struct CategoricalCrossentropyOptions {
  KERATIN_OPTIONS(CategoricalCrossentropyOptions);
  KERATIN_FIELD(bool, from_logits, "Whether y_pred is logits, not probabilities.") = false;
  KERATIN_FIELD(Number, label_smoothing, "Draws labels towards even shares, 0 to 1.") = 0;
  KERATIN_FIELD(int64_t, axis, "The axis of the classes.") = -1;
  KERATIN_METRIC_FIELDS("categorical_crossentropy");
};

struct SparseCategoricalCrossentropyOptions {
  KERATIN_OPTIONS(SparseCategoricalCrossentropyOptions);
  KERATIN_FIELD(bool, from_logits, "Whether y_pred is logits, not probabilities.") = false;
  KERATIN_FIELD(std::optional<int64_t>, ignore_class, "A class that does not count.") = {};
  KERATIN_FIELD(int64_t, axis, "The axis of the classes.") = -1;
  KERATIN_METRIC_FIELDS("sparse_categorical_crossentropy");
};

struct MeanAbsolutePercentageErrorOptions {
  KERATIN_OPTIONS(MeanAbsolutePercentageErrorOptions);
  KERATIN_METRIC_FIELDS("mean_absolute_percentage_error");
};

struct MeanSquaredLogarithmicErrorOptions {
  KERATIN_OPTIONS(MeanSquaredLogarithmicErrorOptions);
  KERATIN_METRIC_FIELDS("mean_squared_logarithmic_error");
};

struct LogCoshErrorOptions {
  KERATIN_OPTIONS(LogCoshErrorOptions);
  KERATIN_METRIC_FIELDS("logcosh");
};

struct HingeOptions {
  KERATIN_OPTIONS(HingeOptions);
  KERATIN_METRIC_FIELDS("hinge");
};

struct SquaredHingeOptions {
  KERATIN_OPTIONS(SquaredHingeOptions);
  KERATIN_METRIC_FIELDS("squared_hinge");
};

struct CategoricalHingeOptions {
  KERATIN_OPTIONS(CategoricalHingeOptions);
  KERATIN_METRIC_FIELDS("categorical_hinge");
};

struct KLDivergenceOptions {
  KERATIN_OPTIONS(KLDivergenceOptions);
  KERATIN_METRIC_FIELDS("kl_divergence");
};

struct PoissonOptions {
  KERATIN_OPTIONS(PoissonOptions);
  KERATIN_METRIC_FIELDS("poisson");
};

struct CosineSimilarityOptions {
  KERATIN_OPTIONS(CosineSimilarityOptions);
  KERATIN_METRIC_FIELDS("cosine_similarity");
  KERATIN_FIELD(int64_t, axis, "The axis of the vectors; Keras does not write it.") = -1;
};

struct PearsonCorrelationOptions {
  KERATIN_OPTIONS(PearsonCorrelationOptions);
  KERATIN_METRIC_FIELDS("pearson_correlation");
  KERATIN_FIELD(int64_t, axis, "The axis along which values are compared.") = -1;
};

struct ConcordanceCorrelationOptions {
  KERATIN_OPTIONS(ConcordanceCorrelationOptions);
  KERATIN_METRIC_FIELDS("concordance_correlation");
  KERATIN_FIELD(int64_t, axis, "The axis along which values are compared.") = -1;
};

struct TopKCategoricalAccuracyOptions {
  KERATIN_OPTIONS(TopKCategoricalAccuracyOptions);
  KERATIN_FIELD(int64_t, k, "How many of the largest predictions count.") = 5;
  KERATIN_METRIC_FIELDS("top_k_categorical_accuracy");
};

struct SparseTopKCategoricalAccuracyOptions {
  KERATIN_OPTIONS(SparseTopKCategoricalAccuracyOptions);
  KERATIN_FIELD(int64_t, k, "How many of the largest predictions count.") = 5;
  KERATIN_METRIC_FIELDS("sparse_top_k_categorical_accuracy");
  KERATIN_FIELD(bool, from_sorted_ids, "Whether y_pred is classes, the likeliest first.") = false;
};

struct R2ScoreOptions {
  KERATIN_OPTIONS(R2ScoreOptions);
  KERATIN_FIELD(OptionalText, class_aggregation,
                "uniform_average, variance_weighted_average or none.") = "uniform_average";
  KERATIN_FIELD(int64_t, num_regressors, "Regressors of the adjusted score; 0 for none.") = 0;
  KERATIN_METRIC_FIELDS("r2_score");
};

/// Averages values: `update_state(values, sample_weight)`.
Metric Mean(MeanOptions options = {});
/// Adds values up: `update_state(values, sample_weight)`.
Metric Sum(SumOptions options = {});
/// Is how often labels equal predictions.
Metric Accuracy(AccuracyOptions options = {});
/// Is how often predictions above the threshold meet label 1, and the others label 0.
Metric BinaryAccuracy(BinaryAccuracyOptions options = {});
/// Is how often the largest prediction meets the one of a one-hot label.
Metric CategoricalAccuracy(CategoricalAccuracyOptions options = {});
/// Is how often the largest prediction meets an integer label.
Metric SparseCategoricalAccuracy(SparseCategoricalAccuracyOptions options = {});
Metric MeanSquaredError(MeanSquaredErrorOptions options = {});
/// Is the root of the mean over all batches, not a mean of roots.
Metric RootMeanSquaredError(RootMeanSquaredErrorOptions options = {});
Metric MeanAbsoluteError(MeanAbsoluteErrorOptions options = {});
Metric BinaryCrossentropy(BinaryCrossentropyOptions options = {});
Metric CategoricalCrossentropy(CategoricalCrossentropyOptions options = {});
Metric SparseCategoricalCrossentropy(SparseCategoricalCrossentropyOptions options = {});
/// Averages the loss of that name, as the following ones do.
Metric MeanAbsolutePercentageError(MeanAbsolutePercentageErrorOptions options = {});
Metric MeanSquaredLogarithmicError(MeanSquaredLogarithmicErrorOptions options = {});
Metric LogCoshError(LogCoshErrorOptions options = {});
Metric Hinge(HingeOptions options = {});
Metric SquaredHinge(SquaredHingeOptions options = {});
Metric CategoricalHinge(CategoricalHingeOptions options = {});
Metric KLDivergence(KLDivergenceOptions options = {});
Metric Poisson(PoissonOptions options = {});
/// Is the mean cosine; the loss of that name is its negative.
Metric CosineSimilarity(CosineSimilarityOptions options = {});
/// Is the mean correlation along an axis.
Metric PearsonCorrelation(PearsonCorrelationOptions options = {});
/// Is the mean concordance along an axis: correlation that also counts offsets.
Metric ConcordanceCorrelation(ConcordanceCorrelationOptions options = {});
/// Is how often the one of a label is among the k largest predictions.
Metric TopKCategoricalAccuracy(TopKCategoricalAccuracyOptions options = {});
/// Is the same for integer labels.
Metric SparseTopKCategoricalAccuracy(SparseTopKCategoricalAccuracyOptions options = {});
/// Is the share of the variance that predictions explain. Inputs [batch, outputs]. Throws
/// ValueError for an unknown aggregation.
Metric R2Score(R2ScoreOptions options = {});

/// Averages what a function of (y_true, y_pred) returns.
template <detail::MetricFunction F>
Metric MeanMetricWrapper(F fn, MetricOptions options = {}) {
  return detail::mean_of_function(
      detail::function_name<F>(), std::move(fn), requires { F::is_loss; }, std::move(options));
}

using losses::binary_crossentropy;
using losses::binary_focal_crossentropy;
using losses::categorical_crossentropy;
using losses::categorical_focal_crossentropy;
using losses::categorical_hinge;
using losses::hinge;
using losses::huber;
using losses::kl_divergence;
using losses::log_cosh;
using losses::mean_absolute_error;
using losses::mean_absolute_percentage_error;
using losses::mean_squared_error;
using losses::mean_squared_logarithmic_error;
using losses::poisson;
using losses::sparse_categorical_crossentropy;
using losses::squared_hinge;

/// Returns 1 where label and thresholded prediction are equal.
struct BinaryAccuracyFunction {
  static constexpr std::string_view keras_name = "binary_accuracy";
  Tensor operator()(const Tensor& y_true, const Tensor& y_pred, double threshold = 0.5) const;
};
inline constexpr BinaryAccuracyFunction binary_accuracy{};

/// Returns 1 where the largest entries of label and prediction stand at the same place.
struct CategoricalAccuracyFunction {
  static constexpr std::string_view keras_name = "categorical_accuracy";
  Tensor operator()(const Tensor& y_true, const Tensor& y_pred) const;
};
inline constexpr CategoricalAccuracyFunction categorical_accuracy{};

/// Returns 1 where the largest prediction stands at the place that the label names.
struct SparseCategoricalAccuracyFunction {
  static constexpr std::string_view keras_name = "sparse_categorical_accuracy";
  Tensor operator()(const Tensor& y_true, const Tensor& y_pred) const;
};
inline constexpr SparseCategoricalAccuracyFunction sparse_categorical_accuracy{};

/// Returns 1 where the one of a label is among the k largest predictions.
struct TopKCategoricalAccuracyFunction {
  static constexpr std::string_view keras_name = "top_k_categorical_accuracy";
  Tensor operator()(const Tensor& y_true, const Tensor& y_pred, int64_t k = 5) const;
};
inline constexpr TopKCategoricalAccuracyFunction top_k_categorical_accuracy{};

/// Returns 1 where an integer label is among the k largest predictions, or the first k classes.
struct SparseTopKCategoricalAccuracyFunction {
  static constexpr std::string_view keras_name = "sparse_top_k_categorical_accuracy";
  Tensor operator()(const Tensor& y_true, const Tensor& y_pred, int64_t k = 5,
                    bool from_sorted_ids = false) const;
};
inline constexpr SparseTopKCategoricalAccuracyFunction sparse_top_k_categorical_accuracy{};

/// Returns the correlation along an axis.
struct PearsonCorrelationFunction {
  static constexpr std::string_view keras_name = "pearson_correlation";
  Tensor operator()(const Tensor& y_true, const Tensor& y_pred, int64_t axis = -1) const;
};
inline constexpr PearsonCorrelationFunction pearson_correlation{};

/// Returns the concordance along an axis.
struct ConcordanceCorrelationFunction {
  static constexpr std::string_view keras_name = "concordance_correlation";
  Tensor operator()(const Tensor& y_true, const Tensor& y_pred, int64_t axis = -1) const;
};
inline constexpr ConcordanceCorrelationFunction concordance_correlation{};

}  // namespace keratin::metrics
