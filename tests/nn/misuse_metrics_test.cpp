// SPDX-License-Identifier: Apache-2.0
// What metrics refuse, with the whole sentence: arguments, names, updates and results.
#include <limits>

#include "keratin/keratin.h"
#include "tests/support/misuse.h"

namespace keratin {
namespace {

using testing_support::expect_error;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
const Tensor four = Tensor::ones({4});
const Tensor by_three = Tensor::ones({4, 3});
const Tensor by_two = Tensor::ones({4, 2});

TEST(MisuseMetrics, Names) {
  expect_error<ValueError>(
      [] { Metric("acuracy"); },
      "metric: expected the name of a metric, got 'acuracy'. Did you mean 'accuracy'?");
  expect_error<ValueError>(
      [] { Metric("f1"); },
      "metric: expected the name of a metric, got 'f1'. Use one of accuracy, acc, mean, Mean, sum, "
      "Sum, Accuracy, binary_accuracy, BinaryAccuracy, categorical_accuracy, CategoricalAccuracy, "
      "sparse_categorical_accuracy, SparseCategoricalAccuracy, mean_squared_error, mse, "
      "MeanSquaredError, root_mean_squared_error, RootMeanSquaredError, mean_absolute_error, mae, "
      "MeanAbsoluteError, binary_crossentropy, bce, BinaryCrossentropy, categorical_crossentropy, "
      "CategoricalCrossentropy, sparse_categorical_crossentropy, SparseCategoricalCrossentropy, "
      "mean_absolute_percentage_error, mape, MeanAbsolutePercentageError, "
      "mean_squared_logarithmic_error, msle, MeanSquaredLogarithmicError, auc, AUC, "
      "cosine_similarity, CosineSimilarity, log_cosh_error, LogCoshError or of 110 more.");
  expect_error<ValueError>([] { Metric("mae").result(); },
                           "metric: expected a metric object, got the name or function 'mae'. Pass "
                           "it to compile, or make an object of namespace metrics.");
  expect_error<ValueError>([] { Metric("mae").update_state(four, four); },
                           "metric: expected a metric object, got the name or function 'mae'. Pass "
                           "it to compile, or make an object of namespace metrics.");
  expect_error<ConfigError>(
      [] {
        Metric::from_config(
            Config::dict({{"class_name", "Mean"}, {"config", Config::dict({{"nam", "a"}})}}));
      },
      "Mean: expected one of the options [name, dtype], got 'nam'. Did you mean 'name'?");
  expect_error<ValueError>(
      [] {
        Metric::from_config(Config::dict({{"class_name", "Meen"}, {"config", Config::dict()}}));
      },
      "metric: expected the name of a metric, got 'Meen'. Did you mean 'mean'?");
}

TEST(MisuseMetrics, Thresholds) {
  expect_error<ValueError>([] { metrics::BinaryAccuracy({.threshold = nan}); },
                           "BinaryAccuracy: expected a number as threshold, got nan. Use 0.5.");
  expect_error<ValueError>([] { metrics::Precision({.thresholds = 1.5, .name = "m"}); },
                           "m: expected thresholds from 0 to 1, got 1.5. Pass such numbers.");
  expect_error<ValueError>(
      [] {
        metrics::Recall({.thresholds = metrics::Thresholds{0.5, nan}, .name = "m"});
      },
      "m: expected thresholds from 0 to 1, got nan. Pass such numbers.");
  expect_error<ValueError>(
      [] {
        metrics::TruePositives(
            {.thresholds = metrics::Thresholds(std::vector<Number>()), .name = "m"});
      },
      "m: expected one threshold or more, got none. Use 0.5.");
  expect_error<ValueError>([] { metrics::AUC({.num_thresholds = 1, .name = "m"}); },
                           "m: expected num_thresholds of 2 or more, got 1. Use 200.");
  expect_error<ValueError>(
      [] { metrics::SensitivityAtSpecificity({.num_thresholds = 0, .name = "m"}); },
      "m: expected num_thresholds of 1 or more, got 0. Use 200.");
  expect_error<ValueError>([] { metrics::PrecisionAtRecall({.recall = 1.5, .name = "m"}); },
                           "m: expected recall from 0 to 1, got 1.5. Pass such a rate.");
  expect_error<ValueError>([] { metrics::RecallAtPrecision({.precision = -0.5, .name = "m"}); },
                           "m: expected precision from 0 to 1, got -0.5. Pass such a rate.");
  expect_error<ValueError>(
      [] { metrics::SpecificityAtSensitivity({.sensitivity = nan, .name = "m"}); },
      "m: expected sensitivity from 0 to 1, got nan. Pass such a rate.");
  expect_error<ValueError>([] { metrics::FBetaScore({.threshold = 0.0, .name = "m"}); },
                           "m: expected a threshold above 0 up to 1, got 0. Use 0.5.");
}

TEST(MisuseMetrics, Arguments) {
  expect_error<ValueError>(
      [] { metrics::AUC({.curve = "PRC", .name = "m"}); },
      "m: expected the curve ROC or PR or PRGAIN, got 'PRC'. Check the spelling.");
  expect_error<ValueError>([] { metrics::AUC({.summation_method = "trapezoid", .name = "m"}); },
                           "m: expected the summation_method interpolation or minoring or "
                           "majoring, got 'trapezoid'. Check the spelling.");
  expect_error<ValueError>([] { metrics::AUC({.name = "m", .num_labels = 3}); },
                           "m: expected num_labels with multi_label only, got 3. Leave it out.");
  expect_error<ValueError>(
      [] { metrics::F1Score({.average = "mean", .name = "m"}); },
      "m: expected the average micro, macro, weighted or none, got 'mean'. Check the spelling.");
  expect_error<ValueError>([] { metrics::FBetaScore({.beta = 0.0, .name = "m"}); },
                           "m: expected a positive beta, got 0. Use 1 for even weights.");
  expect_error<ValueError>([] { metrics::MeanIoU({.num_classes = 0, .name = "m"}); },
                           "m: expected num_classes of 1 or more, got 0. Count the classes.");
  expect_error<ValueError>(
      [] {
        metrics::IoU({.num_classes = 2, .target_class_ids = {0, 2}, .name = "m"});
      },
      "m: expected target_class_ids below 2, got 2. Classes count from 0.");
  expect_error<ValueError>([] { metrics::BinaryIoU({.target_class_ids = {-1}, .name = "m"}); },
                           "m: expected target_class_ids below 2, got -1. Classes count from 0.");
  expect_error<ValueError>([] { metrics::R2Score({.class_aggregation = "average", .name = "m"}); },
                           "m: expected the class_aggregation uniform_average, "
                           "variance_weighted_average or none, got 'average'. Check the spelling.");
  expect_error<ValueError>([] { metrics::R2Score({.num_regressors = -1, .name = "m"}); },
                           "m: expected num_regressors of 0 or more, got -1. Use 0 for none.");
}

TEST(MisuseMetrics, ResultsBeforeUpdates) {
  expect_error<ValueError>([] { metrics::F1Score({.name = "m"}).result(); },
                           "m: expected an update before the result, got none. Call update_state.");
  expect_error<ValueError>([] { metrics::R2Score({.name = "m"}).result(); },
                           "m: expected an update before the result, got none. Call update_state.");
  expect_error<ValueError>([] { metrics::AUC({.name = "m", .multi_label = true}).result(); },
                           "m: expected an update before the result, got none. Call update_state.");
}

TEST(MisuseMetrics, MissingArgumentsOfUpdates) {
  expect_error<ValueError>(
      [] { metrics::BinaryAccuracy({.name = "m"}).update_state(four); },
      "m: expected update_state(y_true, y_pred), got one argument. Add y_pred.");
  expect_error<ValueError>(
      [] { metrics::Precision({.name = "m"}).update_state(four); },
      "m: expected update_state(y_true, y_pred), got one argument. Add y_pred.");
  expect_error<ValueError>(
      [] { metrics::MeanIoU({.num_classes = 2, .name = "m"}).update_state(four); },
      "m: expected update_state(y_true, y_pred), got one argument. Add y_pred.");
  expect_error<ValueError>(
      [] { metrics::F1Score({.name = "m"}).update_state(by_two); },
      "m: expected update_state(y_true, y_pred), got one argument. Add y_pred.");
  expect_error<ValueError>(
      [] { metrics::R2Score({.name = "m"}).update_state(by_two); },
      "metric `m`: expected a tensor, got an empty handle. Assign a tensor to it first.");
  expect_error<ValueError>(
      [] { metrics::RootMeanSquaredError({.name = "m"}).update_state(four); },
      "metric `m`: expected a tensor, got an empty handle. Assign a tensor to it first.");
  expect_error<ValueError>(
      [] { metrics::PearsonCorrelation({.name = "m"}).update_state(by_two); },
      "m: expected update_state(y_true, y_pred), got one argument. Add y_pred.");
  expect_error<ValueError>(
      [] { metrics::Mean({.name = "m"}).update_state(Tensor()); },
      "metric `m`: expected a tensor, got an empty handle. Assign a tensor to it first.");
  expect_error<ValueError>(
      [] { metrics::Mean({.name = "m"}).update_state(four, four, four); },
      "m: expected update_state(values, sample_weight), got a third argument. Leave it out.");
  expect_error<ValueError>(
      [] { metrics::BinaryAccuracy({.name = "m"}).update_state(Tensor(), four); },
      "metric `m`: expected a tensor, got an empty handle. Assign a tensor to it first.");
}

TEST(MisuseMetrics, ShapesThatDoNotFit) {
  expect_error<ShapeError>(
      [] { metrics::Precision({.name = "m"}).update_state(by_two, by_three); },
      "m: expected labels of the predictions' shape [4, 3], got [4, 2]. Check the labels.");
  expect_error<ShapeError>(
      [] { metrics::Precision({.top_k = 4, .name = "m"}).update_state(by_three, by_three); },
      "m: expected top_k from 1 to the number of classes, 3, got 4. Lower it.");
  expect_error<ValueError>(
      [] { metrics::Recall({.class_id = 3, .name = "m"}).update_state(by_three, by_three); },
      "metric `m`: get_item: expected an index between -3 and 2 for axis 1 of [4, 3], got 3. Check "
      "the index.");
  expect_error<ShapeError>(
      [] { metrics::Recall({.class_id = 0, .name = "m"}).update_state(four, four); },
      "m: expected inputs of shape [batch, classes] for a class_id, got [4]. Reshape them.");
  expect_error<ShapeError>(
      [] { metrics::AUC({.name = "m", .multi_label = true}).update_state(four, four); },
      "m: expected predictions of shape [batch, labels], got [4]. Reshape them.");
  expect_error<ShapeError>(
      [] {
        metrics::AUC({.name = "m", .label_weights = {1.0, 2.0}}).update_state(by_three, by_three);
      },
      "metric `m`: multiply: expected shapes that broadcast, got [4, 3] and [2]. Axes must be "
      "equal or 1.");
  expect_error<ShapeError>(
      [] { metrics::F1Score({.name = "m"}).update_state(four, four); },
      "m: expected inputs of shape [batch, classes], got [4] and [4]. Reshape them.");
  expect_error<ShapeError>(
      [] {
        metrics::MeanIoU({.num_classes = 2, .name = "m"}).update_state(four, Tensor::ones({5}));
      },
      "m: expected as many labels as predictions, got shapes [4] and [5]. Check the labels.");
  expect_error<ShapeError>(
      [] {
        metrics::R2Score({.name = "m"})
            .update_state(Tensor::ones({2, 2, 2}), Tensor::ones({2, 2, 2}));
      },
      "m: expected inputs of shape [batch, outputs], got [2, 2, 2] and [2, 2, 2]. Reshape them.");
  expect_error<ShapeError>(
      [] { metrics::R2Score({.name = "m"}).update_state(by_two, by_three); },
      "metric `m`: add: expected shapes that broadcast, got [3] and [2]. Axes must be equal or 1.");
  expect_error<ShapeError>(
      [] { metrics::RootMeanSquaredError({.name = "m"}).update_state(by_two, by_three); },
      "metric `m`: subtract: expected shapes that broadcast, got [4, 3] and [4, 2]. Axes must be "
      "equal or 1.");
  expect_error<ShapeError>(
      [] { metrics::MeanAbsoluteError({.name = "m"}).update_state(by_two, by_three); },
      "metric `m`: mean_absolute_error: expected targets of the output's shape [4, 3], got [4, 2]. "
      "Check the labels or the size of the last layer.");
  expect_error<ShapeError>(
      [] {
        metrics::CategoricalAccuracy({.name = "m"}).update_state(Tensor::ones({5, 3}), by_three);
      },
      "metric `m`: equal: expected shapes that broadcast, got [5] and [4]. Axes must be equal or "
      "1.");
  expect_error<ShapeError>(
      [] { metrics::SparseCategoricalAccuracy({.name = "m"}).update_state(by_two, by_three); },
      "metric `m`: equal: expected shapes that broadcast, got [4, 2] and [4]. Axes must be equal "
      "or 1.");
  expect_error<ShapeError>(
      [] { metrics::SparseTopKCategoricalAccuracy({.name = "m"}).update_state(by_two, by_three); },
      "metric `m`: sparse_top_k_categorical_accuracy: expected one label for each prediction, got "
      "shapes [4, 2] and [4, 3]. Check the labels.");
  expect_error<ShapeError>(
      [] { metrics::CosineSimilarity({.name = "m"}).update_state(by_two, by_three); },
      "metric `m`: cosine_similarity: expected targets of the output's shape [4, 3], got [4, 2]. "
      "Check the labels or the size of the last layer.");
  expect_error<ShapeError>(
      [] { metrics::BinaryAccuracy({.name = "m"}).update_state(four, four, Tensor::ones({3})); },
      "metric `m`: multiply: expected shapes that broadcast, got [3] and [4]. Axes must be equal "
      "or 1.");
  expect_error<ShapeError>(
      [] { metrics::Mean({.name = "m"}).update_state(four, Tensor::ones({3})); },
      "metric `m`: multiply: expected shapes that broadcast, got [3] and [4]. Axes must be equal "
      "or 1.");
  expect_error<ShapeError>(
      [] { metrics::Precision({.name = "m"}).update_state(four, four, Tensor::ones({3})); },
      "metric `m`: multiply: expected shapes that broadcast, got [4] and [3]. Axes must be equal "
      "or 1.");
}

TEST(MisuseMetrics, FunctionsThatGiveNothing) {
  const Metric silent = resolve_metric(
      Metric("silent", [](const Tensor&, const Tensor&) { return Tensor(); }), {4}, {4});
  expect_error<ValueError>([&] { silent.update_state(four, four); },
                           "silent: expected a tensor from the metric's function, got an empty "
                           "handle. Return one value for each sample.");
}

}  // namespace
}  // namespace keratin
