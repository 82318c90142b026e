// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/metric_internal.h"

#include <algorithm>
#include <iterator>

#include "keratin/base/check.h"
#include "keratin/base/text.h"
#include "keratin/nn/metrics.h"

namespace keratin {

namespace {

template <class Options, Metric (*Make)(Options)>
Metric from_arguments(const Config& config, std::string_view where) {
  return Make(options_from<Options>(config, where));
}

struct Entry {
  std::string_view class_name;
  std::string_view alias;  // and its upper case, beside the class name and its snake case
  Metric (*make)(const Config& config, std::string_view where);
};

using namespace metrics;

constexpr Entry entries[] = {
    {"Mean", "", from_arguments<MeanOptions, Mean>},
    {"Sum", "", from_arguments<SumOptions, Sum>},
    {"Accuracy", "", from_arguments<AccuracyOptions, Accuracy>},
    {"BinaryAccuracy", "", from_arguments<BinaryAccuracyOptions, BinaryAccuracy>},
    {"CategoricalAccuracy", "", from_arguments<CategoricalAccuracyOptions, CategoricalAccuracy>},
    {"SparseCategoricalAccuracy", "",
     from_arguments<SparseCategoricalAccuracyOptions, SparseCategoricalAccuracy>},
    {"MeanSquaredError", "mse", from_arguments<metrics::MeanSquaredErrorOptions, MeanSquaredError>},
    {"RootMeanSquaredError", "", from_arguments<RootMeanSquaredErrorOptions, RootMeanSquaredError>},
    {"MeanAbsoluteError", "mae",
     from_arguments<metrics::MeanAbsoluteErrorOptions, MeanAbsoluteError>},
    {"BinaryCrossentropy", "bce",
     from_arguments<metrics::BinaryCrossentropyOptions, BinaryCrossentropy>},
    {"CategoricalCrossentropy", "",
     from_arguments<metrics::CategoricalCrossentropyOptions, CategoricalCrossentropy>},
    {"SparseCategoricalCrossentropy", "",
     from_arguments<metrics::SparseCategoricalCrossentropyOptions, SparseCategoricalCrossentropy>},
};

const Entry* find_entry(const std::string& name) {
  for (const Entry& entry : entries) {
    const bool is_alias =
        !entry.alias.empty() && text::lower(name) == entry.alias &&
        (name == entry.alias || std::ranges::none_of(name, [](char c) { return c >= 'a'; }));
    if (name == entry.class_name || name == text::snake_case(entry.class_name) || is_alias) {
      return &entry;
    }
  }
  return nullptr;
}

// Names that Keras knows besides.
const std::vector<std::string>& missing_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all{"mape", "MAPE", "msle", "MSLE"};
    for (const char* name : {"TopKCategoricalAccuracy",
                             "SparseTopKCategoricalAccuracy",
                             "MeanAbsolutePercentageError",
                             "MeanSquaredLogarithmicError",
                             "LogCoshError",
                             "CosineSimilarity",
                             "R2Score",
                             "KLDivergence",
                             "Poisson",
                             "Hinge",
                             "SquaredHinge",
                             "CategoricalHinge",
                             "TruePositives",
                             "TrueNegatives",
                             "FalsePositives",
                             "FalseNegatives",
                             "Precision",
                             "Recall",
                             "AUC",
                             "PrecisionAtRecall",
                             "RecallAtPrecision",
                             "SensitivityAtSpecificity",
                             "SpecificityAtSensitivity",
                             "F1Score",
                             "FBetaScore",
                             "IoU",
                             "BinaryIoU",
                             "MeanIoU",
                             "OneHotIoU",
                             "OneHotMeanIoU",
                             "PearsonCorrelation",
                             "ConcordanceCorrelation"}) {
      all.emplace_back(name);
      all.push_back(text::snake_case(name));
    }
    return all;
  }();
  return names;
}

[[noreturn]] void unknown_metric(const std::string& name) {
  std::vector<std::string> known{"accuracy", "acc"};
  for (const Entry& entry : entries) {
    known.push_back(text::snake_case(entry.class_name));
    if (!entry.alias.empty()) known.emplace_back(entry.alias);
    known.emplace_back(entry.class_name);
  }
  unknown_object("metric", "a metric", name, known, missing_names());
}

struct NamedFunction {
  Metric::Function function;
  bool is_loss;
};

NamedFunction function_named(const std::string& name) {
  const NamedFunction functions[] = {{mean_squared_error, true},
                                     {mean_absolute_error, true},
                                     {binary_crossentropy, true},
                                     {categorical_crossentropy, true},
                                     {sparse_categorical_crossentropy, true},
                                     {binary_accuracy, false},
                                     {categorical_accuracy, false},
                                     {sparse_categorical_accuracy, false}};
  constexpr std::string_view names[] = {mean_squared_error.keras_name,
                                        mean_absolute_error.keras_name,
                                        binary_crossentropy.keras_name,
                                        categorical_crossentropy.keras_name,
                                        sparse_categorical_crossentropy.keras_name,
                                        binary_accuracy.keras_name,
                                        categorical_accuracy.keras_name,
                                        sparse_categorical_accuracy.keras_name};
  for (size_t i = 0; i < std::size(names); ++i) {
    if (names[i] == name) return functions[i];
  }
  unknown_metric(name);
}

Metric wrapper_from(const Config& config) {
  const std::optional<ObjectSpec> fn = read_object(config.get("fn"), "MeanMetricWrapper");
  require<ConfigError>(fn && fn->is_function(), "MeanMetricWrapper",
                       "expected a function as 'fn', got {}. Check the file.",
                       to_json(config.get("fn")));
  MetricOptions options;
  if (config.has("name")) options.name = config.at("name").as_string();
  if (config.has("dtype")) options.dtype = Codec<DTypePolicy>::read(config.at("dtype"));
  const std::string& name = fn->config.as_string();
  const NamedFunction named = function_named(name);
  return detail::mean_of_function(name, named.function, named.is_loss, std::move(options));
}

}  // namespace

namespace detail {

void check_metric_name(const std::string& name) {
  if (!is_accuracy_name(name) && find_entry(name) == nullptr) unknown_metric(name);
}

bool is_accuracy_name(const std::string& name) {
  const std::string lower = text::lower(name);
  return lower == "accuracy" || lower == "acc";
}

Metric metric_named(const std::string& name) {
  const Entry* entry = find_entry(name);
  if (entry == nullptr) unknown_metric(name);
  return entry->make(Config::dict(), entry->class_name);
}

Metric metric_from(const ObjectSpec& spec) {
  if (spec.is_function()) {
    const std::string& name = spec.config.as_string();
    return Metric(name, function_named(name).function);
  }
  if (spec.class_name == "MeanMetricWrapper") return wrapper_from(spec.config);
  const Entry* entry = find_entry(spec.class_name);
  if (entry == nullptr) unknown_metric(spec.class_name);
  return entry->make(spec.config, entry->class_name);
}

}  // namespace detail

}  // namespace keratin
