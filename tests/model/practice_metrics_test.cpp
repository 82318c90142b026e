// SPDX-License-Identifier: Apache-2.0
// Metrics that Keras does not have, in fit and evaluate.
#include <gtest/gtest.h>

#include <cmath>

#include "keratin/keratin.h"
#include "tests/support/message.h"

namespace keratin {
namespace {

using namespace testing_support;

constexpr int64_t rows = 50;
constexpr int64_t batch = 8;  // the last one is smaller

Tensor inputs() { return ops::random_normal(SeedGenerator(1).next(), {rows, 4}); }
Tensor labels() { return ops::cast(ops::greater(ops::sum(inputs(), -1), 0), DType::float32); }
// Some samples count twice and some not at all.
Tensor weights() { return ops::cast(ops::arange(rows) % 3, DType::float32); }

Model network() {
  utils::clear_session();
  utils::set_random_seed(2);
  return models::Sequential(
      {layers::Input({4}), layers::Dense(1, {.activation = "sigmoid", .name = "head"})});
}

// Weights stay as they are, so that predictions afterwards are those of each step.
CompileOptions still(bool eagerly = false, int64_t steps = 1) {
  return {.optimizer = optimizers::SGD(0.0),
          .loss = "binary_crossentropy",
          .metrics = {metrics::AveragePrecision(), "median_absolute_error", "accuracy"},
          .weighted_metrics = {metrics::AveragePrecision({.name = "average_precision"}),
                               "median_absolute_error"},
          .run_eagerly = eagerly,
          .steps_per_execution = steps};
}

double by_hand(const Metric& metric, const Model& model, int64_t from, int64_t to,
               bool weighted = false) {
  const Slice part(from, to);
  const Tensor predicted = model.predict(inputs()[part], {.verbose = 0});
  metric.update_state(labels()[part], predicted, weighted ? weights()[part] : Tensor());
  return metric.result().item<double>();
}

void expect_values(const Logs& logs, const Model& model, int64_t from, int64_t to,
                   const std::string& prefix = "") {
  using namespace metrics;
  const auto expect = [&](const char* name, double value) {
    ASSERT_TRUE(logs.has(prefix + name)) << name;
    EXPECT_NEAR(logs[prefix + name], value, 1e-6) << prefix << name << " to " << to;
  };
  expect("average_precision", by_hand(AveragePrecision(), model, from, to));
  expect("median_absolute_error", by_hand(MedianAbsoluteError(), model, from, to));
  expect("weighted_average_precision", by_hand(AveragePrecision(), model, from, to, true));
  expect("weighted_median_absolute_error", by_hand(MedianAbsoluteError(), model, from, to, true));
}

// Takes down what is reported.
struct Reported : Callback {
  std::vector<Logs> batches;
  std::vector<Logs> epochs;
  void on_train_batch_end(int64_t, Logs& logs) override { batches.push_back(logs); }
  void on_epoch_end(int64_t, Logs& logs) override { epochs.push_back(logs); }
};

TEST(PracticeMetrics, OfSamplesAreReportedAsByHand) {
  for (const bool eagerly : {false, true}) {
    for (const int64_t steps : {1, 3}) {
      SCOPED_TRACE(testing::Message() << eagerly << " " << steps);
      const Model model = network();
      model.compile(still(eagerly, steps));
      Reported reported;
      const History history =
          model.fit(inputs(), labels(),
                    {.epochs = 2,
                     .batch_size = batch,
                     .verbose = 0,
                     .validation_data = {inputs()[Slice(0, 20)], labels()[Slice(0, 20)],
                                         weights()[Slice(0, 20)]},
                     .callbacks = {reported},
                     .shuffle = false,
                     .sample_weight = weights()});
      const std::vector<std::string> names = history.names();
      EXPECT_EQ(names[1], "average_precision");
      EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
      ASSERT_EQ(reported.epochs.size(), 2U);
      for (const Logs& epoch : reported.epochs) {
        expect_values(epoch, model, 0, rows);
        expect_values(epoch, model, 0, 20, "val_");
      }
      const auto calls = static_cast<int64_t>(reported.batches.size()) / 2;
      EXPECT_EQ(calls, steps == 1 ? 7 : 3);
      for (int64_t i = 0; i < calls; ++i) {
        const int64_t seen = std::min(rows, (i + 1) * steps * batch);
        expect_values(reported.batches[static_cast<size_t>(calls + i)], model, 0, seen);
      }
      expect_values(
          model.evaluate(
              inputs(), labels(),
              {.batch_size = 7, .verbose = 0, .sample_weight = weights(), .return_dict = true}),
          model, 0, rows);
    }
  }
}

TEST(PracticeMetrics, OfSamplesTakeEveryKindOfData) {
  const Model model = network();
  model.compile(still());
  const Dataset batches = Dataset::from_tensor_slices(inputs(), labels(), weights()).batch(batch);
  const EvaluateOptions options{.verbose = 0, .return_dict = true};
  expect_values(model.evaluate(batches, options), model, 0, rows);
  const Slice part(0, 10);
  expect_values(model.test_on_batch(inputs()[part], labels()[part],
                                    {.sample_weight = weights()[part], .return_dict = true}),
                model, 0, 10);
  expect_values(model.train_on_batch(inputs()[part], labels()[part],
                                     {.sample_weight = weights()[part], .return_dict = true}),
                model, 0, 10);
}

TEST(PracticeMetrics, OfSamplesFollowTheWeightsOfFit) {
  const Model model = network();
  model.compile({.optimizer = optimizers::SGD(0.5),
                 .loss = "binary_crossentropy",
                 .metrics = {metrics::AveragePrecision()}});
  const History history =
      model.fit(inputs(), labels(), {.epochs = 5, .batch_size = batch, .verbose = 0});
  EXPECT_GT(history["average_precision"].back(), history["average_precision"].front());
  const double expected = by_hand(metrics::AveragePrecision(), model, 0, rows);
  EXPECT_NEAR(model.evaluate(inputs(), labels(), {.verbose = 0})["average_precision"], expected,
              1e-6);
}

TEST(PracticeMetrics, OfSamplesOfSeveralOutputsAndLabels) {
  utils::clear_session();
  const Tensor input = layers::Input({4});
  const Tensor a = layers::Dense(1, {.activation = "sigmoid", .name = "a"})(input);
  const Tensor b = layers::Dense(2, {.name = "b"})(input);
  const Model model({.inputs = input, .outputs = {{"a", a}, {"b", b}}});
  model.compile({.loss = {{"a", "binary_crossentropy"}, {"b", "mse"}},
                 .metrics = {{"a", {metrics::AveragePrecision()}},
                             {"b", {metrics::MedianAbsoluteError(), "mae"}}}});
  const Tensor wide = inputs()[{All, Slice(0, 2)}];
  const Nest y{{"a", labels()}, {"b", wide}};
  model.fit(inputs(), y, {.epochs = 1, .batch_size = batch, .verbose = 0});
  const Logs logs = model.evaluate(inputs(), y, {.verbose = 0, .return_dict = true});
  const Nest predicted = model.predict(inputs(), {.verbose = 0});
  const Metric area = metrics::AveragePrecision(), median = metrics::MedianAbsoluteError();
  area.update_state(labels(), predicted["a"].tensor());
  median.update_state(wide, predicted["b"].tensor());
  EXPECT_NEAR(logs["a_average_precision"], area.result().item<double>(), 1e-6);
  EXPECT_NEAR(logs["b_median_absolute_error"], median.result().item<double>(), 1e-6);
}

struct OwnStep : CustomModel<OwnStep> {
  layers::Dense head = track(layers::Dense(1, {.activation = "sigmoid"}));
  Metric area = keratin::metrics::AveragePrecision({.name = "area"});
  Tensor call(const Tensor& x) { return head(x); }
  Nest test_step(const Data& data) {
    const Tensor predicted = (*this)(data.x, {.training = false});
    area.update_state(data.y, predicted);
    return {{"area", area.result()}, {"z", ops::max(predicted)}};
  }
  std::vector<Metric> metrics() const { return {area}; }
};

TEST(PracticeMetrics, OfSamplesStandInAStepOfOnesOwn) {
  for (const bool eagerly : {false, true}) {
    const Model model = OwnStep();
    model.compile({.loss = "binary_crossentropy", .run_eagerly = eagerly});
    const Logs logs = model.evaluate(inputs(), labels(),
                                     {.batch_size = batch, .verbose = 0, .return_dict = true});
    EXPECT_EQ(logs.names(), (std::vector<std::string>{"area", "z"}));
    EXPECT_NEAR(logs["area"], by_hand(metrics::AveragePrecision(), model, 0, rows), 1e-6);
  }
}

TEST(PracticeMetrics, WithoutOneNumberAreRefused) {
  const FitOptions quiet{.epochs = 1, .verbose = 0};
  const auto refused = [&](const Metric& metric, const Tensor& y = labels()) {
    const Model model = network();
    model.compile({.loss = "binary_crossentropy", .metrics = {metric}});
    return message_of<Error>([&] { model.fit(inputs(), y, quiet); });
  };
  EXPECT_NE(refused(metrics::ConfusionMatrix())
                .find("expected one number from the metric 'confusion_matrix', got shape [2, 2]. "
                      "Reduce it."),
            std::string::npos);
  EXPECT_NE(refused(metrics::ROCCurve())
                .find("output `head`: roc_curve: expected data, got a traced step, in which all "
                      "samples cannot be kept. Update the metric with what `predict` gives, or "
                      "compile with metrics::AUC."),
            std::string::npos);
  // What does not go together is said before anything runs.
  const Model model = network();
  model.compile({.loss = [](const Tensor&, const Tensor& p) { return ops::mean(p, -1); },
                 .metrics = {metrics::AveragePrecision()}});
  EXPECT_NE(message_of<Error>([&] {
              model.fit(inputs(), ops::zeros({rows, 3}), quiet);
            }).find("expected labels and predictions of as many elements"),
            std::string::npos);
  EXPECT_NE(message_of<Error>([&] {
              const Metric area = metrics::AveragePrecision();
              const auto traced = function([&](const Tensor& x) {
                area.update_state(x, x);
                return x;
              });
              traced(ops::zeros({3}));
            }).find("expected data, got a traced step"),
            std::string::npos);
}

TEST(PracticeMetrics, OfSumsAreReportedLikeKerasOwn) {
  const Model model = network();
  model.compile({.loss = "binary_crossentropy",
                 .metrics = {metrics::Specificity(), "matthews_correlation", "brier_score",
                             metrics::CalibrationError({.num_bins = 10})}});
  const History history = model.fit(inputs(), labels(), {.epochs = 1, .verbose = 0});
  EXPECT_EQ(history.history.size(), 5U);
}

}  // namespace
}  // namespace keratin
