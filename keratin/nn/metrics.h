// SPDX-License-Identifier: Apache-2.0
// The built-in metrics, as objects and as functions (keras.io/api/metrics).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "keratin/nn/losses.h"
#include "keratin/nn/metric.h"

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

/// Averages what a function of (y_true, y_pred) returns.
template <detail::MetricFunction F>
Metric MeanMetricWrapper(F fn, MetricOptions options = {}) {
  return detail::mean_of_function(
      detail::function_name<F>(), std::move(fn), requires { F::is_loss; }, std::move(options));
}

using losses::binary_crossentropy;
using losses::categorical_crossentropy;
using losses::mean_absolute_error;
using losses::mean_squared_error;
using losses::sparse_categorical_crossentropy;

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

}  // namespace keratin::metrics
