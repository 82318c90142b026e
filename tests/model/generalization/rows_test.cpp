// SPDX-License-Identifier: Apache-2.0
// How rows are dealt out to folds, summed up over runs, and what is refused.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "keratin/keratin.h"
#include "keratin/model/generalization/rows_internal.h"
#include "tests/support/message.h"

namespace keratin {
namespace {

using testing_support::message_of;
using Rows = std::vector<int64_t>;

Tensor labels_of(const Rows& labels) {
  return Tensor::from(labels, {static_cast<int64_t>(labels.size())});
}

Logs logs_of(double loss, std::optional<double> mae = {}) {
  Logs logs;
  logs.append("loss", loss);
  if (mae) logs.append("mae", *mae);
  return logs;
}

TEST(Folds, TakeRowsInOrderWithoutShuffling) {
  const auto splits = k_fold(7, {.folds = 3, .shuffle = false});
  EXPECT_EQ(splits[0].validation, (Rows{0, 1, 2}));
  EXPECT_EQ(splits[1].validation, (Rows{3, 4}));
  EXPECT_EQ(splits[2].validation, (Rows{5, 6}));
  EXPECT_EQ(splits[2].train, (Rows{0, 1, 2, 3, 4}));
  // Where one class ends the next one goes on.
  const auto classes =
      stratified_k_fold(labels_of({4, 4, 4, 9, 9, 9}), {.folds = 2, .shuffle = false});
  EXPECT_EQ(classes[0].validation, (Rows{0, 2, 4}));
  EXPECT_EQ(classes[1].validation, (Rows{1, 3, 5}));
  // Large groups first, each to the fold that has the fewest rows.
  const auto groups =
      group_k_fold(labels_of({7, 5, 5, 5, 8, 8, 6}), {.folds = 2, .shuffle = false});
  EXPECT_EQ(groups[0].validation, (Rows{0, 1, 2, 3}));
  EXPECT_EQ(groups[1].validation, (Rows{4, 5, 6}));
  EXPECT_EQ(message_of<ValueError>([] {
              group_k_fold(labels_of({1, 1, 2, 2}), {.folds = 3});
            }),
            "group_k_fold: expected `folds` from 2 to the number of groups, 2, got 3. Use fewer "
            "folds or more data.");
  EXPECT_EQ(k_fold(3, {.folds = 3, .shuffle = false})[2].validation, (Rows{2}));
}

TEST(Folds, NumberClassesInTheOrderOfTheirValues) {
  EXPECT_EQ(class_ids(labels_of({7, 3, 7, 5}), "folds"), (Rows{2, 0, 2, 1}));
  EXPECT_EQ(class_ids(labels_of({7, 3}).reshape({2, 1}), "folds"), (Rows{1, 0}));
  EXPECT_EQ(class_ids(Tensor::from({0.f, 1.f, 0.f, 0.f, 0.f, 1.f}, {2, 3}), "folds"), (Rows{0, 1}));
  EXPECT_EQ(message_of<ShapeError>([] { class_ids(Tensor(1.0f), "folds"); }),
            "folds: expected labels [rows], [rows, 1] or [rows, classes], got shape []. Pass the "
            "class of each row.");
  EXPECT_EQ(message_of<ShapeError>([] {
              class_ids(Tensor::ones({1, 2, 2}), "folds");
            }).substr(0, 15),
            "folds: expected");
  EXPECT_EQ(message_of<ValueError>([] {
              class_ids(Tensor::from({1.0f, NAN}, {2}), "folds");
            }),
            "folds: expected finite labels, got nan. Check the data.");
}

TEST(Rows, AreCountedEverywhere) {
  const Tensor two = Tensor::ones({2, 3}), three = Tensor::ones({3});
  EXPECT_EQ(count_rows({Nest{two, two}, Tensor::ones({2})}, "here"), 2);
  const auto refused = [](const Data& data) {
    return message_of<ValueError>([&] { count_rows(data, "here"); });
  };
  EXPECT_EQ(refused({two, three}),
            "here: expected the same number of rows everywhere, got 2 and 3. Cut them to equal "
            "lengths.");
  EXPECT_EQ(refused({two, {}, three}),
            "here: expected the same number of rows everywhere, got 2 and 3. Cut them to equal "
            "lengths.");
  EXPECT_EQ(refused({Tensor(1.0f)}),
            "here: expected tensors with data and a row for each sample, got another. Pass the "
            "arrays themselves.");
  EXPECT_EQ(refused({layers::Input({2})}).substr(0, 35), "here: expected tensors with data an");
  EXPECT_EQ(refused({Tensor::ones({0, 2})}),
            "here: expected at least one row, got none. Check how the data was loaded.");
  EXPECT_EQ(refused({}),
            "here: expected at least one row, got none. Check how the data was loaded.");
}

TEST(Rows, AreTakenOfAllParts) {
  const Data data(Nest{{"a", ops::arange(4)}, {"b", ops::arange(8).reshape({4, 2})}},
                  ops::arange(4) * 10, ops::arange(4) * 100);
  const Data part = take_rows(data, {3, 1});
  EXPECT_EQ(part.x["a"].to_vector<int>(), (std::vector<int>{3, 1}));
  EXPECT_EQ(part.x["b"].to_vector<int>(), (std::vector<int>{6, 7, 2, 3}));
  EXPECT_EQ(part.y.tensor().to_vector<int>(), (std::vector<int>{30, 10}));
  EXPECT_EQ(part.sample_weight.tensor().to_vector<int>(), (std::vector<int>{300, 100}));
  EXPECT_TRUE(take_rows(Data(ops::arange(4)), {0}).y.empty());
}

TEST(Validate, SumsRunsUp) {
  const std::vector<Logs> runs{logs_of(1.0, 5.0), logs_of(2.0), logs_of(6.0, 8.0)};
  EXPECT_EQ(mean_of(runs)["loss"], 3.0);
  EXPECT_EQ(mean_of(runs)["mae"], 6.5);
  EXPECT_DOUBLE_EQ(deviation_of(runs)["loss"], std::sqrt((4.0 + 1.0 + 9.0) / 2.0));
  EXPECT_DOUBLE_EQ(deviation_of(runs)["mae"], std::sqrt(4.5));
  EXPECT_EQ(deviation_of({logs_of(7.0)})["loss"], 0.0);
  EXPECT_TRUE(mean_of({}).empty());
  EXPECT_TRUE(deviation_of({}).empty());
}

TEST(Validate, WritesALineForEachValueAndTheVerdict) {
  ValidationReport report;
  report.mean = logs_of(0.25, 0.5);
  report.deviation = logs_of(0.125, 0.0);
  report.baseline = logs_of(1.0);
  EXPECT_EQ(report.text(),
            "loss: 0.2500 +- 0.1250 (baseline 1.0000)\nmae: 0.5000 +- 0.0000\nnot enough data to "
            "tell: there is no validation loss; try validation_data or validation_split.\n");
  // Histories count as far as all of them go; only some have learning rates.
  for (int64_t run = 0; run < 2; ++run) {
    FoldResult fold;
    for (int64_t epoch = 0; epoch < 6 + run; ++epoch) {
      Logs logs = logs_of(0.2 + 0.1 * static_cast<double>(run));
      logs.append("val_loss", 0.3);
      if (run == 0) logs.append("learning_rate", 0.5);
      fold.history.add(epoch, logs);
    }
    report.folds.push_back(std::move(fold));
  }
  const History mean = report.mean_history();
  EXPECT_EQ(mean.epoch.size(), 6u);
  EXPECT_EQ(mean.validation_epoch.size(), 6u);
  EXPECT_EQ(mean["loss"], std::vector<double>(6, 0.25));
  EXPECT_EQ(mean["learning_rate"], std::vector<double>(6, 0.5));
  EXPECT_EQ(report.verdict().kind, Verdict::Kind::good);
  report.baseline = logs_of(0.31);  // which 0.3 is no better than
  EXPECT_EQ(report.verdict().kind, Verdict::Kind::under_fitting);
}

TEST(Validate, RefusesWhatHasNoMeaning) {
  const auto build = [] { return Model(); };
  const Tensor x = Tensor::ones({4, 2});
  const auto refused = [&](const Nest& y, const ValidateOptions& options) {
    return message_of<ValueError>([&] { validate(build, x, y, options); });
  };
  EXPECT_EQ(refused(x, {.stratified = true, .groups = labels_of({1, 2, 3, 4})}),
            "validate: expected `stratified` or `groups`, got both. Choose one.");
  EXPECT_EQ(refused(Nest{x, x}, {.stratified = true}).substr(0, 62),
            "validate: expected `stratified` with one tensor of targets, go");
  EXPECT_EQ(refused(x, {.repeats = 0}),
            "validate: expected `repeats` of 1, or more with `shuffle`, got 0. Without shuffling "
            "all repeats have the same folds.");
  const auto curve = [&](const LearningCurveOptions& options) {
    return message_of<ValueError>([&] { learning_curve(build, x, x, options); });
  };
  for (const double split : {0.0, 1.0, 0.99}) {
    EXPECT_EQ(curve({.validation_split = split}),
              fmt::format("learning_curve: expected `validation_split` between 0 and 1 that leaves "
                          "rows on both sides, got {} of 4 rows. Use 0.2 for a fifth.",
                          split));
  }
  EXPECT_EQ(curve({.shares = {}}),
            "learning_curve: expected `repeats` of at least 1 and some `shares`, got 1 and 0. "
            "Check them.");
  EXPECT_EQ(curve({.repeats = 0}),
            "learning_curve: expected `repeats` of at least 1 and some `shares`, got 0 and 5. "
            "Check them.");
  EXPECT_EQ(curve({.shares = {0.2}}),
            "learning_curve: expected `shares` above 0 and up to 1 that leave rows, got 0.2 of 3 "
            "rows. Check them.");
  EXPECT_EQ(curve({.shares = {1.5}}),
            "learning_curve: expected `shares` above 0 and up to 1 that leave rows, got 1.5 of 3 "
            "rows. Check them.");
}

LearningCurve curve_of(double before, double last, double training, double deviation) {
  LearningCurve curve;
  curve.points.resize(3);
  curve.points[1] = {40, logs_of(0.125), logs_of(before), logs_of(0.0), logs_of(deviation)};
  curve.points[2] = {80, logs_of(training), logs_of(last), logs_of(0.0), logs_of(deviation)};
  return curve;
}

TEST(LearningCurve, SaysWhetherMoreDataHelps) {
  EXPECT_EQ(LearningCurve().sentence(),
            "fewer than two sizes of the data tell nothing about more of it.");
  EXPECT_EQ(curve_of(1.0, 0.5, 0.25, 0.2).sentence(),
            "from 40 to 80 rows the validation loss goes from 1 to 0.5, with 0.25 on the training "
            "data: more data would help.");
  EXPECT_EQ(curve_of(1.0, 0.5, 0.25, 0.3).sentence(),
            "from 40 to 80 rows the validation loss goes from 1 to 0.5, with 0.25 on the training "
            "data: more data would help little, regularize.");
  EXPECT_EQ(curve_of(0.51, 0.5, 0.49, 0.0).sentence(),
            "from 40 to 80 rows the validation loss goes from 0.51 to 0.5, with 0.49 on the "
            "training data: more data would not help, a bigger model might.");
}

TEST(LeakCheck, SaysWhatItHasFound) {
  LeakReport report;
  EXPECT_EQ(report.sentence(),
            "no leak found: no row stands in both parts, no input holds a target.");
  report.targets = {{1, 4, 2, -0.99999}};
  EXPECT_FALSE(report.clean());
  EXPECT_EQ(report.sentence(),
            "feature 4 of input 1 holds target 2 (correlation -1.0000): leave it out of the "
            "inputs.");
  report.duplicates = {{5, 7}, {5, 9}};
  report.validation_rows = 8;
  report.targets.push_back({0, 0, 0, 1.0});
  EXPECT_EQ(report.sentence(),
            "2 of 8 validation rows (25.0 %) stand in the training data, the first is row 7: take "
            "them out of one part; feature 4 of input 1 holds target 2 (correlation -1.0000) and 1 "
            "more do: leave it out of the inputs.");
}

TEST(LeakCheck, NamesTheFirstOfEqualRowsAndLooksAtSomeForTargets) {
  const Tensor train = Tensor::from({1.f, 2.f, 1.f, 3.f, 2.f}, {5, 1});
  const LeakReport report = leak_check({train}, {Tensor::from({2.f, 1.f, 9.f}, {3, 1})});
  ASSERT_EQ(report.duplicates.size(), 2u);
  EXPECT_EQ(report.duplicates[0].train_row, 1);
  EXPECT_EQ(report.duplicates[1].train_row, 0);
  // Of two tensors with equal bytes, and of other numbers or kinds of tensors, none is the same.
  EXPECT_TRUE(leak_check({Nest{train, train}}, {Nest{train, train + 1.0f}}).clean());
  EXPECT_EQ(message_of<ValueError>([&] {
              leak_check({train}, {train.cast(DType::int32)});
            }).substr(0, 35),
            "leak_check: expected inputs of the ");
  EXPECT_EQ(message_of<ValueError>([&] { leak_check({train}, {train}, {.correlation = 0.0}); }),
            "leak_check: expected `correlation` above 0 and up to 1 and `most_rows` of at least 3, "
            "got 0 and 5000. Check them.");
  EXPECT_EQ(
      message_of<ValueError>([&] { leak_check({train}, {train}, {.most_rows = 2}); }).substr(0, 40),
      "leak_check: expected `correlation` above");
  // Rows 0, 2 and 4 of six are a copy of the target, all six are not.
  const Tensor x = Tensor::from({1.f, 9.f, 2.f, 7.f, 5.f, 1.f}, {6, 1});
  const Tensor y = Tensor::from({1.f, 3.f, 2.f, 8.f, 5.f, 2.f}, {6});
  EXPECT_TRUE(leak_check({x, y}, {x + 100.0f}).clean());
  EXPECT_EQ(leak_check({x, y}, {x + 100.0f}, {.most_rows = 3}).targets.size(), 1u);
  const Tensor two = Tensor::from({1.f, 9.f}, {2, 1});
  EXPECT_TRUE(leak_check({two, two}, {two + 100.0f}).clean());  // two rows lie on a line
}

TEST(Baseline, RefusesWhatHasNone) {
  const auto compiled = [](const Model& model) {
    model.compile({.loss = "mse"});
    return model;
  };
  const Model line = compiled(models::Sequential({layers::Input({2}), layers::Dense(1)}));
  const Model classes =
      models::Sequential({layers::Input({2}), layers::Dense(3, {.activation = "softmax"})});
  classes.compile({.loss = "sparse_categorical_crossentropy"});
  const auto refused = [](const auto& call) { return message_of<ValueError>(call); };
  EXPECT_EQ(refused([&] { baseline(line, Tensor(1.0f)); }),
            "baseline: expected targets with a row for each sample, got none. Pass y.");
  EXPECT_EQ(refused([&] {
              baseline(line, Tensor::ones({4, 2}));
            }),
            "baseline: expected targets of shape [rows, 1], got [4, 2]. Check which y belongs to "
            "the model.");
  EXPECT_EQ(refused([&] {
              baseline(classes, labels_of({0, 3}));
            }),
            "baseline: expected class numbers from 0 to 2, got 3. Check the labels.");
  EXPECT_EQ(refused([&] {
              baseline(classes, labels_of({0, -1}));
            }),
            "baseline: expected class numbers from 0 to 2, got -1. Check the labels.");
  const Tensor input = layers::Input({2});
  const Model two = compiled(Model({.inputs = input, .outputs = Nest{input, input}}));
  EXPECT_EQ(refused([&] {
              baseline(two, Tensor::ones({4, 2}));
            }),
            "baseline: expected a compiled model with one output and one loss, got 2 outputs and 1 "
            "losses. Compare each output by itself.");
  const Tensor open = layers::Input({None, 2});
  const Model unknown = compiled(Model({.inputs = open, .outputs = layers::Dense(1)(open)}));
  EXPECT_EQ(refused([&] {
              baseline(unknown, Tensor::ones({4, 2}));
            }),
            "baseline: expected an output [rows, ...] whose other axes are known, got [None, None, "
            "1]. Give the inputs a fixed shape.");
  EXPECT_EQ(message_of<ShapeError>([] {
              mean_baseline(Tensor::ones({3, 2}), Tensor::ones({3, 1}));
            }),
            "baseline: expected rows of 2 values in both, got 1 in y_test. Check the shapes.");
  EXPECT_EQ(refused([] {
              last_value_baseline(Tensor::ones({3, 1}), 0);
            }),
            "baseline: expected `steps` from 1 to below the number of rows, 3, got 0. Check it.");
  const Logs means = mean_baseline(Tensor::from({1.f, 10.f, 3.f, 30.f}, {2, 2}));
  EXPECT_EQ(means["mae"], 5.5);
  EXPECT_EQ(means["mse"], 50.5);
  // A class for each place of a row.
  const Model places =
      models::Sequential({layers::Input({2, 3}), layers::Dense(2, {.activation = "softmax"})});
  places.compile({.loss = "sparse_categorical_crossentropy"});
  const Logs half = baseline(places, Tensor::from({0, 1, 1, 0}, {2, 2}));
  EXPECT_NEAR(half["loss"], std::log(2.0), 1e-6);
}

}  // namespace
}  // namespace keratin
