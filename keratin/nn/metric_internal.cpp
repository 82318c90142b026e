// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/metric_internal.h"

#include <algorithm>
#include <iterator>

#include "keratin/base/check.h"
#include "keratin/base/text.h"
#include "keratin/nn/described.h"
#include "keratin/nn/metrics.h"
#include "keratin/nn/metrics_practice.h"

namespace keratin {

namespace {

template <class Options, Metric (*Make)(Options)>
constexpr auto from_arguments = detail::maker_of<Metric, Options, Make>();

// Keras writes label weights as an array.
Metric make_auc(const Config& config, std::string_view where) {
  Config known = config;
  const Config& weights = config.get("label_weights");
  if (weights.is_null()) {
    known.set("label_weights", Config::list());
  } else if (weights.is_dict()) {
    known.set("label_weights", weights.at("config").at("value"));
  }
  return metrics::AUC(options_from<metrics::AUCOptions>(known, where));
}

struct Entry {
  std::string_view class_name;
  std::string_view alias;  // and its upper case, beside the class name and its snake case
  detail::ClassMaker<Metric> make;
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
    {"MeanAbsolutePercentageError", "mape",
     from_arguments<metrics::MeanAbsolutePercentageErrorOptions, MeanAbsolutePercentageError>},
    {"MeanSquaredLogarithmicError", "msle",
     from_arguments<metrics::MeanSquaredLogarithmicErrorOptions, MeanSquaredLogarithmicError>},
    {"AUC", "", {make_auc, describe_fields<metrics::AUCOptions>}},
    {"CosineSimilarity", "",
     from_arguments<metrics::CosineSimilarityOptions, metrics::CosineSimilarity>},
    {"LogCoshError", "", from_arguments<metrics::LogCoshErrorOptions, metrics::LogCoshError>},
    {"R2Score", "", from_arguments<metrics::R2ScoreOptions, metrics::R2Score>},
    {"KLDivergence", "", from_arguments<metrics::KLDivergenceOptions, metrics::KLDivergence>},
    {"Poisson", "", from_arguments<metrics::PoissonOptions, metrics::Poisson>},
    {"Hinge", "", from_arguments<metrics::HingeOptions, metrics::Hinge>},
    {"SquaredHinge", "", from_arguments<metrics::SquaredHingeOptions, metrics::SquaredHinge>},
    {"CategoricalHinge", "",
     from_arguments<metrics::CategoricalHingeOptions, metrics::CategoricalHinge>},
    {"TopKCategoricalAccuracy", "",
     from_arguments<metrics::TopKCategoricalAccuracyOptions, metrics::TopKCategoricalAccuracy>},
    {"SparseTopKCategoricalAccuracy", "",
     from_arguments<metrics::SparseTopKCategoricalAccuracyOptions,
                    metrics::SparseTopKCategoricalAccuracy>},
    {"PearsonCorrelation", "",
     from_arguments<metrics::PearsonCorrelationOptions, metrics::PearsonCorrelation>},
    {"ConcordanceCorrelation", "",
     from_arguments<metrics::ConcordanceCorrelationOptions, metrics::ConcordanceCorrelation>},
    {"TruePositives", "", from_arguments<metrics::TruePositivesOptions, metrics::TruePositives>},
    {"TrueNegatives", "", from_arguments<metrics::TrueNegativesOptions, metrics::TrueNegatives>},
    {"FalsePositives", "", from_arguments<metrics::FalsePositivesOptions, metrics::FalsePositives>},
    {"FalseNegatives", "", from_arguments<metrics::FalseNegativesOptions, metrics::FalseNegatives>},
    {"Precision", "", from_arguments<metrics::PrecisionOptions, metrics::Precision>},
    {"Recall", "", from_arguments<metrics::RecallOptions, metrics::Recall>},
    {"SensitivityAtSpecificity", "",
     from_arguments<metrics::SensitivityAtSpecificityOptions, metrics::SensitivityAtSpecificity>},
    {"SpecificityAtSensitivity", "",
     from_arguments<metrics::SpecificityAtSensitivityOptions, metrics::SpecificityAtSensitivity>},
    {"PrecisionAtRecall", "",
     from_arguments<metrics::PrecisionAtRecallOptions, metrics::PrecisionAtRecall>},
    {"RecallAtPrecision", "",
     from_arguments<metrics::RecallAtPrecisionOptions, metrics::RecallAtPrecision>},
    {"FBetaScore", "", from_arguments<metrics::FBetaScoreOptions, metrics::FBetaScore>},
    {"F1Score", "", from_arguments<metrics::F1ScoreOptions, metrics::F1Score>},
    {"IoU", "", from_arguments<metrics::IoUOptions, metrics::IoU>},
    {"BinaryIoU", "", from_arguments<metrics::BinaryIoUOptions, metrics::BinaryIoU>},
    {"MeanIoU", "", from_arguments<metrics::MeanIoUOptions, metrics::MeanIoU>},
    {"OneHotIoU", "", from_arguments<metrics::OneHotIoUOptions, metrics::OneHotIoU>},
    {"OneHotMeanIoU", "", from_arguments<metrics::OneHotMeanIoUOptions, metrics::OneHotMeanIoU>},
    // Keras does not have the following ones.
    {"ConfusionMatrix", "", from_arguments<ConfusionMatrixOptions, ConfusionMatrix>},
    {"Specificity", "", from_arguments<SpecificityOptions, Specificity>},
    {"BalancedAccuracy", "", from_arguments<BalancedAccuracyOptions, BalancedAccuracy>},
    {"MatthewsCorrelation", "", from_arguments<MatthewsCorrelationOptions, MatthewsCorrelation>},
    {"CohenKappa", "", from_arguments<CohenKappaOptions, CohenKappa>},
    {"BrierScore", "", from_arguments<BrierScoreOptions, BrierScore>},
    {"LogLoss", "", from_arguments<LogLossOptions, LogLoss>},
    {"CalibrationError", "", from_arguments<CalibrationErrorOptions, CalibrationError>},
    {"ROCCurve", "", from_arguments<ROCCurveOptions, ROCCurve>},
    {"PrecisionRecallCurve", "", from_arguments<PrecisionRecallCurveOptions, PrecisionRecallCurve>},
    {"AveragePrecision", "", from_arguments<AveragePrecisionOptions, AveragePrecision>},
    {"ExplainedVariance", "", from_arguments<ExplainedVarianceOptions, ExplainedVariance>},
    {"MedianAbsoluteError", "", from_arguments<MedianAbsoluteErrorOptions, MedianAbsoluteError>},
    {"InlierRatio", "", from_arguments<InlierRatioOptions, InlierRatio>},
    {"MaxError", "", from_arguments<MaxErrorOptions, MaxError>},
    {"QuantileLoss", "", from_arguments<QuantileLossOptions, QuantileLoss>},
    {"MeanReciprocalRank", "", from_arguments<MeanReciprocalRankOptions, MeanReciprocalRank>},
    {"MeanAveragePrecision", "", from_arguments<MeanAveragePrecisionOptions, MeanAveragePrecision>},
    {"DCG", "", from_arguments<DCGOptions, DCG>},
    {"NDCG", "", from_arguments<NDCGOptions, NDCG>},
    {"PrecisionAtK", "", from_arguments<PrecisionAtKOptions, PrecisionAtK>},
    {"RecallAtK", "", from_arguments<RecallAtKOptions, RecallAtK>},
    {"Perplexity", "", from_arguments<PerplexityOptions, Perplexity>},
    {"BLEU", "", from_arguments<BLEUOptions, BLEU>},
    {"EditDistance", "", from_arguments<EditDistanceOptions, EditDistance>},
    {"WordErrorRate", "", from_arguments<WordErrorRateOptions, WordErrorRate>},
    {"PSNR", "", from_arguments<PSNROptions, PSNR>},
    {"SSIM", "", from_arguments<SSIMOptions, SSIM>},
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

[[noreturn]] void unknown_metric(const std::string& name) {
  std::vector<std::string> known{"accuracy", "acc"};
  for (const Entry& entry : entries) {
    known.push_back(text::snake_case(entry.class_name));
    if (!entry.alias.empty()) known.emplace_back(entry.alias);
    known.emplace_back(entry.class_name);
  }
  unknown_object("metric", "a metric", name, known);
}

struct NamedFunction {
  Metric::Function function;
  bool is_loss;
};

template <class F>
std::pair<std::string_view, NamedFunction> named(F function, bool is_loss) {
  return {F::keras_name, {function, is_loss}};
}

NamedFunction function_named(const std::string& name) {
  static const std::pair<std::string_view, NamedFunction> functions[] = {
      named(mean_squared_error, true),
      named(mean_absolute_error, true),
      named(mean_absolute_percentage_error, true),
      named(mean_squared_logarithmic_error, true),
      named(binary_crossentropy, true),
      named(binary_focal_crossentropy, true),
      named(categorical_crossentropy, true),
      named(categorical_focal_crossentropy, true),
      named(sparse_categorical_crossentropy, true),
      named(hinge, true),
      named(squared_hinge, true),
      named(categorical_hinge, true),
      named(huber, true),
      named(kl_divergence, true),
      named(log_cosh, true),
      named(poisson, true),
      named(binary_accuracy, false),
      named(categorical_accuracy, false),
      named(sparse_categorical_accuracy, false),
      named(top_k_categorical_accuracy, false),
      named(sparse_top_k_categorical_accuracy, false),
      named(pearson_correlation, false),
      named(concordance_correlation, false),
  };
  for (const auto& [known, function] : functions) {
    if (known == name) return function;
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

std::vector<ClassInfo> detail::metric_classes() {
  std::vector<ClassInfo> all;
  for (const Entry& entry : entries) {
    all.push_back({"metric", entry.class_name, entry.make.fields});
  }
  return all;
}

}  // namespace keratin
