// SPDX-License-Identifier: Apache-2.0
// The built-in metrics that count hits and misses (keras.io/api/metrics); metrics.h includes it.
#pragma once

#include <concepts>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "keratin/nn/metric.h"

namespace keratin::metrics {

/// Is one threshold or a list of them: `.thresholds = 0.3`, `.thresholds = {0.3, 0.6}`.
struct Thresholds {
  std::vector<Number> values;
  bool is_list = false;
  template <std::floating_point T>
  Thresholds(T value) : values{Number(value)} {}
  template <std::integral T>
  Thresholds(T value) : values{Number(value)} {}
  Thresholds(std::initializer_list<Number> list) : values(list), is_list(true) {}
  explicit Thresholds(std::vector<Number> list) : values(std::move(list)), is_list(true) {}
};

using OptionalThresholds = std::optional<Thresholds>;
using OptionalInt = std::optional<int64_t>;
using OptionalText = std::optional<std::string>;

#define KERATIN_COUNT_OPTIONS(Name)                                                            \
  struct Name##Options {                                                                       \
    KERATIN_OPTIONS(Name##Options);                                                            \
    KERATIN_FIELD_AT(1, OptionalThresholds, thresholds, "What counts as positive; 0.5.") = {}; \
    KERATIN_METRIC_FIELDS("");                                                                 \
  }

KERATIN_COUNT_OPTIONS(TruePositives);
KERATIN_COUNT_OPTIONS(TrueNegatives);
KERATIN_COUNT_OPTIONS(FalsePositives);
KERATIN_COUNT_OPTIONS(FalseNegatives);

#undef KERATIN_COUNT_OPTIONS

struct PrecisionOptions {
  KERATIN_OPTIONS(PrecisionOptions);
  KERATIN_FIELD(OptionalThresholds, thresholds, "What counts as positive; 0.5 by default.") = {};
  KERATIN_FIELD(OptionalInt, top_k, "Count only that many largest predictions.") = {};
  KERATIN_FIELD(OptionalInt, class_id, "The only class that counts.") = {};
  KERATIN_METRIC_FIELDS("");
};

struct RecallOptions {
  KERATIN_OPTIONS(RecallOptions);
  KERATIN_FIELD(OptionalThresholds, thresholds, "What counts as positive; 0.5 by default.") = {};
  KERATIN_FIELD(OptionalInt, top_k, "Count only that many largest predictions.") = {};
  KERATIN_FIELD(OptionalInt, class_id, "The only class that counts.") = {};
  KERATIN_METRIC_FIELDS("");
};

// In the order of Keras' arguments; the numbers are the order in which Keras writes them.
#define KERATIN_AT_OPTIONS(Name, bound)                                                   \
  struct Name##Options {                                                                  \
    KERATIN_OPTIONS(Name##Options);                                                       \
    KERATIN_FIELD_AT(3, Number, bound, "What the other rate must reach, 0 to 1.") = 0.5;  \
    KERATIN_FIELD_AT(2, int64_t, num_thresholds, "How many thresholds are tried.") = 200; \
    KERATIN_FIELD_AT(1, OptionalInt, class_id, "The only class that counts.") = {};       \
    KERATIN_METRIC_FIELDS("");                                                            \
  }

KERATIN_AT_OPTIONS(SensitivityAtSpecificity, specificity);
KERATIN_AT_OPTIONS(SpecificityAtSensitivity, sensitivity);
KERATIN_AT_OPTIONS(PrecisionAtRecall, recall);
KERATIN_AT_OPTIONS(RecallAtPrecision, precision);

#undef KERATIN_AT_OPTIONS

struct AUCOptions {
  KERATIN_OPTIONS(AUCOptions);
  KERATIN_FIELD(int64_t, num_thresholds, "How many thresholds are tried.") = 200;
  KERATIN_FIELD(std::string, curve, "ROC, PR or PRGAIN.") = "ROC";
  KERATIN_FIELD(std::string, summation_method,
                "interpolation, minoring or majoring.") = "interpolation";
  KERATIN_METRIC_FIELDS("");
  KERATIN_FIELD_AT(20, OptionalThresholds, thresholds, "The thresholds between 0 and 1.") = {};
  KERATIN_FIELD_AT(10, bool, multi_label, "Whether each label has a curve of its own.") = false;
  KERATIN_FIELD_AT(11, OptionalInt, num_labels, "The number of labels.") = {};
  KERATIN_FIELD_AT(12, std::vector<double>, label_weights, "Weights of the labels.") = {};
  KERATIN_FIELD_AT(13, bool, from_logits, "Whether y_pred is logits.") = false;
};

struct FBetaScoreOptions {
  KERATIN_OPTIONS(FBetaScoreOptions);
  KERATIN_FIELD(OptionalText, average, "micro, macro or weighted; one value per class.") = {};
  KERATIN_FIELD(double, beta, "How much recall weighs against precision.") = 1.0;
  KERATIN_FIELD(std::optional<double>, threshold, "What counts; the largest by default.") = {};
  KERATIN_METRIC_FIELDS("fbeta_score");
};

struct F1ScoreOptions {
  KERATIN_OPTIONS(F1ScoreOptions);
  KERATIN_FIELD(OptionalText, average, "micro, macro or weighted; one value per class.") = {};
  KERATIN_FIELD(std::optional<double>, threshold, "What counts; the largest by default.") = {};
  KERATIN_METRIC_FIELDS("f1_score");
};

struct IoUOptions {
  KERATIN_OPTIONS(IoUOptions);
  KERATIN_FIELD(int64_t, num_classes, "The number of classes.") = 0;
  KERATIN_FIELD(std::vector<int64_t>, target_class_ids, "The classes that count.") = {};
  KERATIN_METRIC_FIELDS("");
  KERATIN_FIELD(OptionalInt, ignore_class, "A label that does not count.") = {};
  KERATIN_FIELD(bool, sparse_y_true, "Whether labels are integers.") = true;
  KERATIN_FIELD(bool, sparse_y_pred, "Whether predictions are integers.") = true;
  KERATIN_FIELD(int64_t, axis, "The axis of the classes.") = -1;
};

struct BinaryIoUOptions {
  KERATIN_OPTIONS(BinaryIoUOptions);
  KERATIN_FIELD(std::vector<int64_t>, target_class_ids, "The classes that count.") = {0, 1};
  KERATIN_FIELD(Number, threshold, "Predictions from it on count as 1.") = 0.5;
  KERATIN_FIELD(std::string, name, "Name of the metric.") = "";
  KERATIN_FIELD(DTypePolicy, dtype, "Counts in it; int32 when empty.") = {};
};

struct MeanIoUOptions {
  KERATIN_OPTIONS(MeanIoUOptions);
  KERATIN_FIELD(int64_t, num_classes, "The number of classes.") = 0;
  KERATIN_FIELD(std::string, name, "Name of the metric.") = "";
  KERATIN_FIELD(DTypePolicy, dtype, "Counts in it; int32 when empty.") = {};
  KERATIN_FIELD(OptionalInt, ignore_class, "A label that does not count.") = {};
  KERATIN_FIELD(bool, sparse_y_true, "Whether labels are integers.") = true;
  KERATIN_FIELD(bool, sparse_y_pred, "Whether predictions are integers.") = true;
  KERATIN_FIELD(int64_t, axis, "The axis of the classes.") = -1;
};

struct OneHotIoUOptions {
  KERATIN_OPTIONS(OneHotIoUOptions);
  KERATIN_FIELD(int64_t, num_classes, "The number of classes.") = 0;
  KERATIN_FIELD(std::vector<int64_t>, target_class_ids, "The classes that count.") = {};
  KERATIN_FIELD(std::string, name, "Name of the metric.") = "";
  KERATIN_FIELD(DTypePolicy, dtype, "Counts in it; int32 when empty.") = {};
  KERATIN_FIELD(OptionalInt, ignore_class, "A label that does not count.") = {};
  KERATIN_FIELD(bool, sparse_y_pred, "Whether predictions are integers.") = false;
  KERATIN_FIELD(int64_t, axis, "The axis of the classes.") = -1;
};

struct OneHotMeanIoUOptions {
  KERATIN_OPTIONS(OneHotMeanIoUOptions);
  KERATIN_FIELD(int64_t, num_classes, "The number of classes.") = 0;
  KERATIN_FIELD(std::string, name, "Name of the metric.") = "";
  KERATIN_FIELD(DTypePolicy, dtype, "Counts in it; int32 when empty.") = {};
  KERATIN_FIELD(OptionalInt, ignore_class, "A label that does not count.") = {};
  KERATIN_FIELD(bool, sparse_y_pred, "Whether predictions are integers.") = false;
  KERATIN_FIELD(int64_t, axis, "The axis of the classes.") = -1;
};

/// Counts labels 1 with predictions above the threshold. Throws ValueError for thresholds outside
/// of 0 to 1, as all metrics with thresholds do.
Metric TruePositives(TruePositivesOptions options = {});
/// Counts labels 0 with predictions up to the threshold.
Metric TrueNegatives(TrueNegativesOptions options = {});
/// Counts labels 0 with predictions above the threshold.
Metric FalsePositives(FalsePositivesOptions options = {});
/// Counts labels 1 with predictions up to the threshold.
Metric FalseNegatives(FalseNegativesOptions options = {});
/// Is the share of true positives among all predictions above the threshold.
Metric Precision(PrecisionOptions options = {});
/// Is the share of true positives among all labels 1.
Metric Recall(RecallOptions options = {});
/// Is the best sensitivity at a threshold with at least that specificity.
Metric SensitivityAtSpecificity(SensitivityAtSpecificityOptions options);
/// Is the best specificity at a threshold with at least that sensitivity.
Metric SpecificityAtSensitivity(SpecificityAtSensitivityOptions options);
/// Is the best precision at a threshold with at least that recall.
Metric PrecisionAtRecall(PrecisionAtRecallOptions options);
/// Is the best recall at a threshold with at least that precision.
Metric RecallAtPrecision(RecallAtPrecisionOptions options);
/// Is the area under a curve of rates over all thresholds, by Riemann sums.
Metric AUC(AUCOptions options = {});
/// Is the harmonic mean of precision and recall, with recall beta times as heavy. Inputs
/// [batch, classes].
Metric FBetaScore(FBetaScoreOptions options = {});
/// Is FBetaScore with a beta of 1.
Metric F1Score(F1ScoreOptions options = {});
/// Is the mean of intersection over union of some classes.
Metric IoU(IoUOptions options);
/// Is IoU of predictions of one class.
Metric BinaryIoU(BinaryIoUOptions options = {});
/// Is IoU of all classes.
Metric MeanIoU(MeanIoUOptions options);
/// Is IoU of one-hot labels.
Metric OneHotIoU(OneHotIoUOptions options);
/// Is MeanIoU of one-hot labels.
Metric OneHotMeanIoU(OneHotMeanIoUOptions options);

// The same with the arguments that Keras takes by position first: `SensitivityAtSpecificity(0.5)`.
#define KERATIN_FIRST(Name, Type, field)                       \
  inline Metric Name(Type field, Name##Options options = {}) { \
    options.field = field;                                     \
    return Name(std::move(options));                           \
  }

KERATIN_FIRST(SensitivityAtSpecificity, double, specificity)
KERATIN_FIRST(SpecificityAtSensitivity, double, sensitivity)
KERATIN_FIRST(PrecisionAtRecall, double, recall)
KERATIN_FIRST(RecallAtPrecision, double, precision)
KERATIN_FIRST(MeanIoU, int64_t, num_classes)
KERATIN_FIRST(OneHotMeanIoU, int64_t, num_classes)

#undef KERATIN_FIRST

inline Metric IoU(int64_t num_classes, std::vector<int64_t> target_class_ids,
                  IoUOptions options = {}) {
  options.num_classes = num_classes;
  options.target_class_ids = std::move(target_class_ids);
  return IoU(std::move(options));
}
inline Metric OneHotIoU(int64_t num_classes, std::vector<int64_t> target_class_ids,
                        OneHotIoUOptions options = {}) {
  options.num_classes = num_classes;
  options.target_class_ids = std::move(target_class_ids);
  return OneHotIoU(std::move(options));
}

}  // namespace keratin::metrics

namespace keratin {

template <>
struct Codec<metrics::Thresholds> {
  static Config write(const metrics::Thresholds& thresholds) {
    if (!thresholds.is_list) return Codec<Number>::write(thresholds.values[0]);
    return Codec<std::vector<Number>>::write(thresholds.values);
  }
  static metrics::Thresholds read(const Config& config) {
    if (config.is_list()) return metrics::Thresholds(Codec<std::vector<Number>>::read(config));
    const Number value = Codec<Number>::read(config);
    return value.is_int() ? metrics::Thresholds(static_cast<int64_t>(double{value}))
                          : metrics::Thresholds(double{value});
  }
  static std::string type_name() { return "float or list of float"; }
};

}  // namespace keratin
