// SPDX-License-Identifier: Apache-2.0
// The numbers of the report, of models whose predictions are known.
#include "keratin/model/report/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "keratin/core/random.h"
#include "keratin/plot/figure.h"
#include "tests/model/report/pages.h"
#include "tests/support/message.h"

namespace keratin {
namespace {

using namespace testing_support;

Tensor labels_of(const std::vector<int64_t>& labels) {
  return Tensor::from(labels, {static_cast<int64_t>(labels.size())});
}

// Probabilities of 4 classes that lean to the label of each row.
struct Random {
  Tensor x, y;
  explicit Random(int64_t rows) {
    rng::NumpyRandom random(5);
    std::vector<float> values;
    std::vector<int64_t> labels;
    for (int64_t i = 0; i < rows; ++i) {
      labels.push_back(static_cast<int64_t>(random.uniform(0.0, 4.0)));
      for (int64_t j = 0; j < 4; ++j) {
        values.push_back(static_cast<float>(random.normal(j == labels.back() ? 1.0 : 0.0, 1.0)));
      }
    }
    x = ops::softmax(Tensor::from(values, {rows, 4}));
    y = labels_of(labels);
  }
};

double result(const Metric& metric, const Tensor& y, const Tensor& p) {
  metric.update_state(y, p);
  return metric.result().item<double>();
}

TEST(EvaluationReport, CountsAKnownConfusionMatrix) {
  const Tensor x = Tensor::from({0.8f, 0.1f, 0.1f,  //
                                 0.1f, 0.7f, 0.2f,  //
                                 0.6f, 0.3f, 0.1f,  //
                                 0.1f, 0.0f, 0.9f,  //
                                 0.5f, 0.3f, 0.2f,  //
                                 0.0f, 1.0f, 0.0f},
                                {6, 3});
  const Tensor y = labels_of({0, 1, 1, 2, 0, 2});
  const Model model = echo(3, "sparse_categorical_crossentropy", {"accuracy"});
  const EvaluationReport report = evaluation_report(model, x, y, {.class_names = {"a", "b", "c"}});
  EXPECT_EQ(report.title, "Evaluation of echo");
  EXPECT_EQ(report.rows, 6);
  ASSERT_EQ(report.sections.size(), 1u);
  const ReportSection& section = report.sections[0];
  EXPECT_EQ(section.task, "classification, 3 classes");
  EXPECT_EQ(section.pictures[0].axes.marks()[0].upper,
            (std::vector<double>{2.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0}));
  std::vector<std::string> curves;
  for (const plot::Mark& mark : section.pictures[1].axes.marks()) curves.push_back(mark.label);
  EXPECT_EQ(std::count(curves.begin(), curves.end(), "a 0.875"), 1) << "no curve of class a";
  EXPECT_NEAR(section["accuracy"].value, report.scores["accuracy"], 1e-7);
  EXPECT_NEAR(section["accuracy"].value, 4.0 / 6.0, 1e-7);
  EXPECT_NEAR(section["accuracy"].baseline, 2.0 / 6.0, 1e-7);
  EXPECT_NEAR(section["balanced accuracy"].value, 2.0 / 3.0, 1e-12);
  using Row = std::vector<std::string>;
  EXPECT_EQ(section.tables[0].rows[1],
            (Row{"b", "0.5000", "0.5000", "0.5000", "0.7500", "0.6875", "0.5000", "2"}));
  EXPECT_EQ(section.tables[1].rows,
            (std::vector<Row>{{"b", "a", "1", "50.0 %"}, {"c", "b", "1", "50.0 %"}}));
  EXPECT_EQ(section.mistake_count, 2);
  EXPECT_EQ(section.mistakes[0].place, "row 5");
  EXPECT_EQ(section.mistakes[0].truth, "c");
  EXPECT_EQ(section.mistakes[0].predicted, "b");
  EXPECT_EQ(section.mistakes[0].size, "1");
  EXPECT_EQ(section.mistakes[1].place, "row 2");
  EXPECT_EQ(section.mistakes[1].size, "0.6000");
  // Labels as one-hot rows say the same.
  const Model other = echo(3, "categorical_crossentropy", {"accuracy"});
  const EvaluationReport same = evaluation_report(other, x, ops::one_hot(y, 3));
  EXPECT_EQ(same.sections[0].tables[0].rows[1][1], "0.5000");
  EXPECT_EQ(same.sections[0].tables[0].rows[1][0], "1");
}

TEST(EvaluationReport, HasTheNumbersOfTheMetrics) {
  using namespace metrics;
  const Random data(300);
  const Model model = echo(4, "sparse_categorical_crossentropy", {"accuracy"});
  const EvaluationReport report = evaluation_report(model, data.x, data.y);
  const ReportSection& section = report.sections[0];
  const auto expect = [&](const char* name, const Metric& metric) {
    EXPECT_NEAR(section[name].value, result(metric, data.y, data.x), 1e-6) << name;
  };
  expect("balanced accuracy", BalancedAccuracy());
  expect("Matthews correlation", MatthewsCorrelation());
  expect("Cohen's kappa", CohenKappa());
  expect("Brier score", BrierScore());
  expect("log loss", LogLoss());
  expect("calibration error", CalibrationError());
  const Tensor rows = ops::one_hot(data.y, 4);
  EXPECT_NEAR(section["average precision"].value, result(AveragePrecision(), rows, data.x), 1e-6);
  EXPECT_NEAR(section["log loss"].value, report.scores["loss"], 1e-5);
  EXPECT_NEAR(section["log loss"].baseline, report.baseline["loss"], 1e-5);
  EXPECT_EQ(section["Matthews correlation"].baseline, 0.0);
  EXPECT_EQ(section["ROC AUC"].baseline, 0.5);
  EXPECT_TRUE(std::isnan(section["calibration error"].baseline));
  for (int64_t i = 0; i < 4; ++i) {
    const auto& row = section.tables[0].rows[static_cast<size_t>(i)];
    const auto shown = [](double value) { return fmt::format("{:.4f}", value); };
    const Tensor truth = ops::cast(ops::equal(data.y, i), DType::int32);
    const Tensor given = ops::cast(ops::equal(ops::argmax(data.x, 1), i), DType::float32);
    EXPECT_EQ(row[1], shown(result(Precision(), truth, given)));
    EXPECT_EQ(row[2], shown(result(Recall(), truth, given)));
    EXPECT_EQ(row[3], shown(result(F1Score({.average = "micro", .threshold = 0.5}),
                                   ops::expand_dims(truth, 1), ops::expand_dims(given, 1))));
    EXPECT_EQ(row[4], shown(result(Specificity(), truth, given)));
    EXPECT_EQ(row[6], shown(average_precision(truth, data.x[{All, i}])));
  }
  EXPECT_EQ(message_of<ValueError>([&] { section["log los"]; }).substr(0, 51),
            "ReportSection: expected the name of a measure (accu");
}

TEST(EvaluationReport, ReadsSignsAsLabels) {
  const Tensor signs = Tensor::from({-1.0f, 1.0f, -1.0f, 1.0f, 1.0f}, {5, 1});
  const Tensor x = Tensor::from({-3.0f, 2.0f, 0.5f, -0.5f, 1.0f}, {5, 1});
  for (const Tensor& y : {signs, (signs + 1) / 2}) {
    const ReportSection section = evaluation_report(echo(1, "hinge"), x, y).sections[0];
    EXPECT_EQ(section.task, "binary classification");
    EXPECT_NEAR(section["accuracy"].value, 0.6, 1e-7);  // a hinge decides at 0
    EXPECT_NEAR(section["ROC AUC"].value, 5.0 / 6.0, 1e-12);
    EXPECT_THROW(section["log loss"], ValueError);
  }
  const Tensor p = ops::sigmoid(x);
  const ReportSection section =
      evaluation_report(echo(1, "binary_crossentropy"), p, signs).sections[0];
  EXPECT_EQ(section.task, "binary classification");
  EXPECT_NEAR(section["log loss"].value, result(metrics::LogLoss(), (signs + 1) / 2, p), 1e-6);
}

TEST(EvaluationReport, TakesManyClasses) {
  constexpr int64_t classes = 300;
  const Tensor x = ops::softmax(ops::random_normal(SeedGenerator(1).next(), {900, classes}));
  const Tensor y = ops::arange(900) % (classes - 1);
  const ReportSection section =
      evaluation_report(echo(classes, "sparse_categorical_crossentropy"), x, y).sections[0];
  EXPECT_NEAR(section["Cohen's kappa"].value, result(metrics::CohenKappa(), y, x), 1e-6);
  EXPECT_EQ(section.tables[0].rows.size(), 300U);
  ASSERT_EQ(section.notes.size(), 2U);
  EXPECT_EQ(section.notes[1], "The areas and curves of each class are left out: 300 are too many.");
  EXPECT_EQ(section.pictures.size(), 3U);  // of all classes together, and calibration
}

TEST(EvaluationReport, TurnsLogitsIntoProbabilities) {
  const Tensor x = Tensor::from({-3.0f, 2.0f, 0.5f, -0.5f, 1.0f}, {5, 1});
  const Tensor y = Tensor::from({0.0f, 1.0f, 0.0f, 1.0f, 1.0f}, {5, 1});
  const Model model = echo(1, losses::BinaryCrossentropy({.from_logits = true}));
  const EvaluationReport report = evaluation_report(model, x, y, {.class_names = {"no", "yes"}});
  const ReportSection& section = report.sections[0];
  EXPECT_EQ(section.task, "binary classification");
  EXPECT_NEAR(section["log loss"].value, report.scores["loss"], 1e-6);
  EXPECT_NEAR(section["accuracy"].value, 0.6, 1e-7);
  EXPECT_NEAR(section["ROC AUC"].value, 5.0 / 6.0, 1e-12);  // of 6 pairs one is in wrong order
  EXPECT_EQ(section.tables[0].rows[0][0], "no");
  EXPECT_EQ(section.mistakes[0].predicted, "yes");
  EXPECT_EQ(section.mistakes[0].size, "0.6225");  // sigmoid(0.5), as sure as of row 3
  const Random data(50);
  const Model several = echo(4, losses::SparseCategoricalCrossentropy({.from_logits = true}));
  const EvaluationReport softened = evaluation_report(several, ops::log(data.x), data.y);
  EXPECT_NEAR(softened.sections[0]["log loss"].value, softened.scores["loss"], 1e-5);
}

TEST(EvaluationReport, MeasuresLabelsThatHoldTogether) {
  const Tensor x = Tensor::from({0.9f, 0.2f, 0.7f, 0.8f, 0.35f, 0.1f, 0.3f, 0.6f}, {4, 2});
  const Tensor y = Tensor::from({1.0f, 0.0f, 1.0f, 1.0f, 1.0f, 0.0f, 0.0f, 0.0f}, {4, 2});
  const Model model = echo(2, "binary_crossentropy", {"binary_accuracy"});
  const EvaluationReport report = evaluation_report(model, x, y, {.class_names = {"red", "big"}});
  const ReportSection& section = report.sections[0];
  EXPECT_EQ(section.task, "classification, 2 labels that may hold together");
  EXPECT_EQ(section["accuracy of a label"].value, 0.75);
  EXPECT_NEAR(section["accuracy of a label"].value, report.scores["binary_accuracy"], 1e-7);
  EXPECT_NEAR(section["log loss"].value, report.scores["loss"], 1e-6);
  EXPECT_EQ(section.tables[0].rows[0],
            (std::vector<std::string>{"red", "1", "0.6667", "0.8000", "1", "1", "1", "3"}));
  ASSERT_EQ(section.mistakes.size(), 2u);
  EXPECT_EQ(section.mistakes[0].place, "row 2");  // 0.35 for 1, and then 0.6 for 0
  EXPECT_EQ(section.mistakes[0].truth, "red");
  EXPECT_EQ(section.mistakes[0].predicted, "not red");
  EXPECT_EQ(section.mistakes[1].predicted, "big");
}

TEST(EvaluationReport, MeasuresNumbers) {
  const Tensor x = Tensor::from({1.0f, 2.5f, 3.0f, 8.0f}, {4, 1});
  const Tensor y = Tensor::from({1.0f, 2.0f, 4.0f, 5.0f}, {4});
  const Model model = echo(1, "mse", {"mae"});
  const EvaluationReport report = evaluation_report(model, x, y);
  const ReportSection& section = report.sections[0];
  EXPECT_EQ(section.task, "regression");
  EXPECT_EQ(section["mean absolute error"].value, 1.125);
  EXPECT_EQ(section["mean absolute error"].value, report.scores["mae"]);
  EXPECT_EQ(section["mean absolute error"].baseline, 1.5);
  EXPECT_NEAR(std::pow(section["root mean squared error"].value, 2.0), report.scores["loss"], 1e-9);
  EXPECT_EQ(section["median absolute error"].value, 0.75);
  EXPECT_EQ(section["largest error"].value, 3.0);
  EXPECT_NEAR(section["R²"].value, 1.0 - 10.25 / 10.0, 1e-12);
  EXPECT_EQ(section["R²"].baseline, 0.0);
  EXPECT_NEAR(section["explained variance"].value, 1.0 - (10.25 - 4.0 * 0.390625) / 10.0, 1e-12);
  EXPECT_EQ(section.mistake_size, "error");
  EXPECT_EQ(section.mistakes[0].place, "row 3");
  EXPECT_EQ(section.mistakes[0].truth, "5");
  EXPECT_EQ(section.mistakes[0].size, "3");
  double drawn = 0.0;  // the residuals, of which each is in a bar
  for (const double height : section.pictures[1].axes.marks()[0].y) drawn += height;
  EXPECT_EQ(drawn, 4.0);
  const EvaluationReport two = evaluation_report(echo(2, "mse"), x.reshape({2, 2}),
                                                 y.reshape({2, 2}), {.class_names = {"u", "v"}});
  EXPECT_EQ(two.sections[0].task, "regression, 2 values of a row");
  EXPECT_EQ(two.sections[0].mistakes[0].place, "row 1, v");
}

TEST(EvaluationReport, LeavesOutLabelsThatTheLossIgnores) {
  const Model model = models::Sequential({layers::Input({2}), layers::Activation("softmax")});
  model.compile({.loss = losses::SparseCategoricalCrossentropy({.ignore_class = 255})});
  const Tensor x = Tensor::from({1.0f, 0.0f, 3.0f, 0.0f, 0.0f, 2.0f}, {3, 2});
  const Tensor y = Tensor::from(std::vector<int64_t>{0, 255, 0}, {3});
  const ReportSection section = evaluation_report(model, x, y).sections[0];
  EXPECT_EQ(section["accuracy"].value, 0.5);
  ASSERT_EQ(section.mistakes.size(), 1u);
  EXPECT_EQ(section.mistakes[0].place, "row 2");
  EXPECT_EQ(
      section.notes.back(),
      "1 of the labels are no class or are ignored by the loss; they count nowhere but in the "
      "scores.");
}

TEST(EvaluationReport, CountsThePlacesOfRows) {
  const Model model =
      models::Sequential({layers::Input({2, 2}), layers::Activation("softmax")}, "places");
  model.compile({.loss = "sparse_categorical_crossentropy"});
  const Tensor x = Tensor::from({1.0f, 0.0f, 3.0f, 0.0f, 0.0f, 2.0f, 1.0f, 0.0f}, {2, 2, 2});
  const Tensor y = Tensor::from(std::vector<int64_t>{0, 1, 1, 0}, {2, 2});
  const ReportSection section = evaluation_report(model, x, y).sections[0];
  EXPECT_EQ(section["accuracy"].value, 0.75);
  ASSERT_EQ(section.mistakes.size(), 1u);
  EXPECT_EQ(section.mistakes[0].place, "row 0, place 1");
  EXPECT_EQ(section.notes, (std::vector<std::string>{
                               "Each row has 2 places, which count one by one; masks are not "
                               "looked at."}));
}

TEST(EvaluationReport, SaysWhatItLeavesOut) {
  const Tensor x = Tensor::from({0.9f, 0.1f, 0.2f, 0.8f}, {2, 2});
  const ReportSection one_class =
      evaluation_report(echo(2, "sparse_categorical_crossentropy"), x, labels_of({0, 0}))
          .sections[0];
  EXPECT_EQ(one_class.notes[0],
            "All rows are of one class, so there are no curves. Evaluate on rows of all classes.");
  EXPECT_TRUE(std::isnan(one_class["ROC AUC"].value));
  const ReportSection scores = evaluation_report(echo(2, "cosine_similarity"), x, x).sections[0];
  EXPECT_EQ(scores.task, "neither classification nor regression");
  EXPECT_TRUE(scores.measures.empty() && scores.pictures.empty());
  const Tensor bad = Tensor::from({0.9f, NAN, 0.2f, 0.8f}, {2, 2});
  const EvaluationReport not_finite =
      evaluation_report(echo(2, "sparse_categorical_crossentropy"), bad, labels_of({0, 1}));
  EXPECT_EQ(not_finite.sections[0].notes[0],
            "Targets or predictions hold values that are not finite, so there are the scores "
            "alone. Look for them with `keratin advise`.");
  EXPECT_TRUE(contains(not_finite.html(), "class=\"note\""));
  EXPECT_EQ(message_of<ValueError>([&] { not_finite.png(); }),
            "evaluation_report: expected an output with pictures, got none. Save an .html page, "
            "which has the scores.");
  // Categorical targets beside scores that are no probabilities.
  const ReportSection scored = evaluation_report(echo(2, "binary_crossentropy"), 3.0f * x,
                                                 ops::one_hot(labels_of({0, 1}), 2))
                                   .sections[0];
  EXPECT_TRUE(contains(scored.notes[0], "no probabilities from 0 to 1"));
}

TEST(EvaluationReport, WeighsTheScoresAlone) {
  const Tensor x = Tensor::from({1.0f, 2.0f}, {2, 1});
  const Tensor y = Tensor::from({1.0f, 4.0f}, {2, 1});
  const EvaluationReport report = evaluation_report(
      echo(1, "mse"), x, y, {.title = "Weighed", .sample_weight = Tensor::from({1.0f, 0.0f}, {2})});
  EXPECT_EQ(report.scores["loss"], 0.0);
  EXPECT_EQ(report.sections[0]["mean absolute error"].value, 1.0);
  EXPECT_EQ(report.title, "Weighed");
}

TEST(EvaluationReport, RefusesOtherNumbersOfNames) {
  const Tensor x = Tensor::from({0.9f, 0.1f, 0.2f, 0.8f}, {2, 2});
  const auto named = [&](const Losses& loss, const Tensor& y) {
    return message_of<ValueError>([&] {
      evaluation_report(echo(2, loss), x, y, {.class_names = {"a", "b", "c"}});
    });
  };
  EXPECT_EQ(named("sparse_categorical_crossentropy", labels_of({0, 1})),
            "evaluation_report: expected a name for each class or value of an output (2), got 3. "
            "Name all of them, in the order of their numbers.");
  EXPECT_EQ(named("cosine_similarity", x),
            "evaluation_report: expected no class names for a model without classes, got 3. Leave "
            "them out.");
}

TEST(ReportCurves, AreDrawnFromTheirPoints) {
  const Tensor y = labels_of({1, 0, 1, 0});
  const Tensor p = Tensor::from({0.9f, 0.8f, 0.7f, 0.1f}, {4});
  const metrics::ROCPoints roc = metrics::roc_curve(y, p);
  EXPECT_NEAR(area_under(roc), 0.75, 1e-12);
  EXPECT_TRUE(std::isnan(area_under(metrics::roc_curve(labels_of({1, 1, 1, 1}), p))));
  plot::Axes axes;
  draw_curve(axes, roc, {.label = "one"});
  ASSERT_EQ(axes.marks().size(), 2u);  // chance, and the curve
  EXPECT_EQ(axes.marks()[1].x, roc.false_positive_rate);
  EXPECT_EQ(axes.marks()[1].y, roc.true_positive_rate);
  EXPECT_EQ(axes.marks()[1].label, "one");
  draw_curve(axes, roc);
  EXPECT_EQ(axes.marks().size(), 3u);
  plot::Axes steps;
  draw_curve(steps, metrics::precision_recall_curve(y, p));
  EXPECT_EQ(steps.marks()[0].x, (std::vector<double>{1.0, 0.5, 0.5, 0.0}));
  EXPECT_EQ(steps.marks()[0].y, (std::vector<double>{2.0 / 3.0, 2.0 / 3.0, 1.0, 1.0}));
  EXPECT_EQ(message_of<ValueError>([] { area_under({}); }),
            "area_under: expected as many rates of both kinds, got 0 and 0. Pass what roc_curve "
            "returns.");
  const auto calibration = metrics::CalibrationError({.num_bins = 2});
  calibration.update_state(y, p);
  plot::Axes reliability;
  draw_reliability(reliability, calibration);
  EXPECT_EQ(reliability.marks()[0].y, (std::vector<double>{0.25, 0.75}));  // shares of the rows
  EXPECT_EQ(message_of<ValueError>(
                [&] { draw_reliability(reliability, metrics::Mean({.name = "other"})); }),
            "draw_reliability: expected a metrics::CalibrationError, got `other`. Pass one that "
            "has been updated.");
}

}  // namespace
}  // namespace keratin
