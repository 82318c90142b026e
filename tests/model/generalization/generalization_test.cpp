// SPDX-License-Identifier: Apache-2.0
// Baselines, folds, validation, learning curves and leaks.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include "keratin/core/random.h"
#include "keratin/keratin.h"
#include "tests/support/message.h"
#include "tests/support/png.h"

namespace keratin {
namespace {

using testing_support::decode_png;
using testing_support::message_of;

Tensor column(const std::vector<float>& values) {
  return Tensor::from(values, {static_cast<int64_t>(values.size()), 1});
}

Tensor labels_of(const std::vector<int64_t>& labels) {
  return Tensor::from(labels, {static_cast<int64_t>(labels.size())});
}

Model model_of(int64_t units, const std::string& activation, const Loss& loss,
               const Metrics& metrics) {
  const auto model =
      models::Sequential({layers::Dense(units, {.activation = activation, .input_shape = {2}})});
  model.compile({.loss = loss, .metrics = metrics});
  return model;
}

// y = x0 + 2 x1, and a little that cannot be known.
Data line_data(int64_t rows) {
  std::vector<float> x, y;
  rng::NumpyRandom random(11);
  for (int64_t i = 0; i < rows; ++i) {
    const double a = random.uniform(-1.0, 1.0), b = random.uniform(-1.0, 1.0);
    x.push_back(static_cast<float>(a));
    x.push_back(static_cast<float>(b));
    y.push_back(static_cast<float>(a + 2.0 * b + random.normal(0.0, 0.1)));
  }
  return {Tensor::from(x, {rows, 2}), Tensor::from(y, {rows, 1})};
}

Model line_model() {
  const auto model = models::Sequential({layers::Dense(1, {.input_shape = {2}})});
  model.compile(
      {.optimizer = optimizers::SGD({.learning_rate = 0.1}), .loss = "mse", .metrics = {"mae"}});
  return model;
}

TEST(Baseline, IsTheBestConstantOfEachLoss) {
  const Tensor y = column({1.0f, 2.0f, 3.0f, 10.0f});
  const Logs mse = baseline(model_of(1, "linear", "mse", {"mae"}), y);
  EXPECT_EQ(mse.names(), (std::vector<std::string>{"loss", "mae"}));
  EXPECT_NEAR(mse["loss"], 12.5, 1e-5);  // around the mean, 4
  const Logs mae = baseline(model_of(1, "linear", "mae", {}), y);
  EXPECT_NEAR(mae["loss"], 2.5, 1e-5);  // around the median, 2.5
  const Logs tested = baseline(model_of(1, "linear", "mse", {}), y, column({4.0f, 6.0f}));
  EXPECT_NEAR(tested["loss"], 2.0, 1e-5);
}

TEST(Baseline, IsTheEntropyOfTheClasses) {
  const double entropy = -(0.5 * std::log(0.5) + 0.5 * std::log(0.25));
  const Tensor labels = labels_of({0, 1, 2, 2});
  const Tensor rows = utils::to_categorical(labels, 3);
  const Logs sparse =
      baseline(model_of(3, "softmax", "sparse_categorical_crossentropy", {"accuracy"}), labels);
  EXPECT_NEAR(sparse["loss"], entropy, 1e-5);
  EXPECT_EQ(sparse["accuracy"], 0.5);
  EXPECT_NEAR(baseline(model_of(3, "softmax", "categorical_crossentropy", {}), rows)["loss"],
              entropy, 1e-5);
  const Loss logits = losses::SparseCategoricalCrossentropy({.from_logits = true});
  EXPECT_NEAR(baseline(model_of(3, "linear", logits, {}), labels)["loss"], entropy, 1e-5);
  const Loss binary = losses::BinaryCrossentropy({.from_logits = true});
  EXPECT_NEAR(baseline(model_of(1, "linear", binary, {}), column({0.0f, 0.0f, 0.0f, 1.0f}))["loss"],
              -(0.75 * std::log(0.75) + 0.25 * std::log(0.25)), 1e-5);
}

TEST(Baseline, TakesNoNamesAndNoRandomNumbersOfTheUser) {
  utils::clear_session();
  utils::set_random_seed(3);
  const Model model = model_of(1, "linear", "mse", {"mae"});
  const auto next = [] { return rng::global_random().make_default_seed(); };
  utils::set_random_seed(3);
  const int64_t expected = next();
  utils::set_random_seed(3);
  baseline(model, column({1.0f, 2.0f}));
  EXPECT_EQ(next(), expected);
  EXPECT_EQ(layers::Identity().name(), "identity");
}

TEST(Baseline, OfClassesMeansAndSeries) {
  const Logs majority = majority_class_baseline(labels_of({3, 5, 5, 7}), labels_of({5, 3}));
  EXPECT_EQ(majority["class"], 1.0);  // 3, 5, 7: the second
  EXPECT_EQ(majority["accuracy"], 0.5);
  EXPECT_EQ(majority_class_baseline(utils::to_categorical(labels_of({1, 1, 0}), 2))["class"], 1.0);
  const Logs mean = mean_baseline(column({1.0f, 3.0f}), column({5.0f}));
  EXPECT_EQ(mean["mse"], 9.0);
  EXPECT_EQ(mean["mae"], 3.0);
  EXPECT_EQ(last_value_baseline(column({1.0f, 2.0f, 4.0f, 7.0f}))["mae"], 2.0);
  EXPECT_EQ(last_value_baseline(column({1.0f, 2.0f, 4.0f, 7.0f}), 2)["mse"], 17.0);
  EXPECT_EQ(message_of<ValueError>([] { last_value_baseline(column({1.0f}), 1); }),
            "baseline: expected `steps` from 1 to below the number of rows, 1, got 1. Check it.");
}

TEST(Folds, OfRowsAreThoseOfKFold) {
  // As scikit-learn's KFold(3) cuts 8 rows.
  const auto splits = k_fold(8, {.folds = 3, .shuffle = false});
  ASSERT_EQ(splits.size(), 3u);
  EXPECT_EQ(splits[0].validation, (std::vector<int64_t>{0, 1, 2}));
  EXPECT_EQ(splits[1].validation, (std::vector<int64_t>{3, 4, 5}));
  EXPECT_EQ(splits[2].validation, (std::vector<int64_t>{6, 7}));
  EXPECT_EQ(splits[1].train, (std::vector<int64_t>{0, 1, 2, 6, 7}));
  EXPECT_EQ(message_of<ValueError>([] { k_fold(3, {.folds = 4}); }),
            "k_fold: expected `folds` from 2 to the number of rows, 3, got 4. Use fewer folds or "
            "more data.");
}

TEST(Folds, ValidateEachRowOnce) {
  utils::set_random_seed(1);
  const auto splits = k_fold(103, {.folds = 10});
  std::multiset<int64_t> seen;
  for (const Split& split : splits) {
    EXPECT_EQ(split.train.size() + split.validation.size(), 103u);
    seen.insert(split.validation.begin(), split.validation.end());
    EXPECT_TRUE(std::is_sorted(split.validation.begin(), split.validation.end()));
  }
  EXPECT_EQ(seen.size(), 103u);
  EXPECT_EQ(std::set<int64_t>(seen.begin(), seen.end()).size(), 103u);
  utils::set_random_seed(1);
  EXPECT_EQ(k_fold(103, {.folds = 10})[4].validation, splits[4].validation);
}

TEST(Folds, ShareClassesOutEvenlyAndKeepGroupsTogether) {
  std::vector<int64_t> labels;
  for (int64_t i = 0; i < 60; ++i) labels.push_back(i < 45 ? 0 : i < 56 ? 4 : 9);
  for (const Split& split : stratified_k_fold(labels_of(labels), {.folds = 4})) {
    EXPECT_EQ(split.validation.size(), 15u);
    int64_t rare = 0, middle = 0;
    for (const int64_t row : split.validation) {
      rare += labels[static_cast<size_t>(row)] == 9;
      middle += labels[static_cast<size_t>(row)] == 4;
    }
    EXPECT_EQ(rare, 1);
    EXPECT_TRUE(middle == 2 || middle == 3);
  }
  std::vector<int64_t> groups;
  for (int64_t i = 0; i < 40; ++i) groups.push_back(i % 7);
  for (const Split& split : group_k_fold(labels_of(groups), {.folds = 3})) {
    std::set<int64_t> left, right;
    for (const int64_t row : split.train) left.insert(row % 7);
    for (const int64_t row : split.validation) right.insert(row % 7);
    EXPECT_EQ(left.size() + right.size(), 7u);
    EXPECT_GE(split.validation.size(), 11u);
  }
}

TEST(Validate, TrainsAModelForEachFold) {
  utils::set_random_seed(2);
  const Data data = line_data(60);
  int built = 0;
  const auto build = [&] {
    ++built;
    return line_model();
  };
  const ValidationReport report =
      validate(build, data.x, data.y,
               {.folds = 3, .repeats = 2, .fit = {.epochs = 30, .batch_size = 8, .verbose = 0}});
  EXPECT_EQ(built, 6);
  ASSERT_EQ(report.folds.size(), 6u);
  EXPECT_EQ(report.folds[4].repeat, 1);
  EXPECT_EQ(report.folds[4].fold, 1);
  double sum = 0.0, squares = 0.0;
  for (const FoldResult& fold : report.folds) {
    EXPECT_EQ(fold.scores["mae"], fold.history["val_mae"].back());
    EXPECT_EQ(fold.rows.validation.size(), 20u);
    sum += fold.scores["mae"];
  }
  EXPECT_NEAR(report.mean["mae"], sum / 6.0, 1e-12);
  for (const FoldResult& fold : report.folds) {
    squares += std::pow(fold.scores["mae"] - sum / 6.0, 2.0);
  }
  EXPECT_NEAR(report.deviation["mae"], std::sqrt(squares / 5.0), 1e-12);
  EXPECT_LT(report.mean["mae"], 0.2);
  EXPECT_GT(report.baseline["mae"], 0.8);
  EXPECT_NEAR(report.mean_history()["val_loss"].back(), report.mean["loss"], 1e-12);
  EXPECT_EQ(report.verdict().kind, Verdict::Kind::good) << report.text();
  EXPECT_EQ(report.text().substr(0, 6), "loss: ");
}

TEST(Validate, TellsWhatDoesNotFit) {
  const Data data = line_data(10);
  const auto run = [&](const ValidateOptions& options) {
    return message_of<ValueError>([&] { validate(line_model, data.x, data.y, options); });
  };
  EXPECT_EQ(run({.folds = 1}),
            "k_fold: expected `folds` from 2 to the number of rows, 10, got 1. Use fewer folds or "
            "more data.");
  EXPECT_EQ(run({.repeats = 2, .shuffle = false}),
            "validate: expected `repeats` of 1, or more with `shuffle`, got 2. Without shuffling "
            "all repeats have the same folds.");
  EXPECT_EQ(run({.fit = {.validation_split = 0.5}}),
            "validate: expected `fit` without validation data, got some. Leave it out: each run "
            "validates with the rows that it does not train with.");
  EXPECT_EQ(run({.groups = labels_of({1, 2})}),
            "validate: expected `groups` with a number for each of 10 rows, got shape [2]. Pass "
            "one for each row.");
}

TEST(LearningCurve, MeasuresEachSizeAndDrawsThem) {
  utils::set_random_seed(4);
  const Data data = line_data(100);
  const LearningCurve curve =
      learning_curve(line_model, data.x, data.y,
                     {.shares = {1.0, 0.1, 0.5}, .repeats = 2, .fit = {.epochs = 5, .verbose = 0}});
  ASSERT_EQ(curve.points.size(), 3u);
  EXPECT_EQ(curve.points[0].rows, 8);
  EXPECT_EQ(curve.points[2].rows, 80);
  EXPECT_LT(curve.points[2].validation["loss"], curve.points[0].validation["loss"]);
  EXPECT_NE(curve.sentence().find("from 40 to 80 rows the validation loss goes from"),
            std::string::npos);
  const std::string path = ::testing::TempDir() + "/learning_curve.png";
  curve.plot(path, "mae");
  EXPECT_EQ(decode_png(read_file(path)).width, 1120);
  std::filesystem::remove(path);
  EXPECT_NE(message_of<ValueError>([&] { curve.plot(path, "mea"); }).find("Did you mean 'mae'?"),
            std::string::npos);
}

TEST(LeakCheck, FindsRowsOfBothParts) {
  const Tensor x = Tensor::from({1.0f, 2.0f, 3.0f, 4.0f, 5.0f, 6.0f}, {3, 2});
  const Tensor other = Tensor::from({9.0f, 9.0f, 3.0f, 4.0f}, {2, 2});
  const LeakReport report = leak_check({x}, {other});
  ASSERT_EQ(report.duplicates.size(), 1u);
  EXPECT_EQ(report.duplicates[0].train_row, 1);
  EXPECT_EQ(report.duplicates[0].validation_row, 1);
  EXPECT_EQ(report.sentence(),
            "1 of 2 validation rows (50.0 %) stand in the training data, the first is row 1: take "
            "them out of one part.");
  EXPECT_TRUE(leak_check({x}, {other[{Slice(0, 1)}]}).clean());
  EXPECT_EQ(message_of<ValueError>([&] { leak_check({x}, {column({1.0f})}); }).substr(0, 63),
            "leak_check: expected inputs of the same shapes and dtypes in bo");
}

TEST(LeakCheck, FindsTargetsInTheInputs) {
  const Data clean = line_data(50);
  EXPECT_TRUE(leak_check(clean, line_data(50)).targets.empty());
  const Tensor y = clean.y.tensor();
  const Tensor x = ops::concatenate({clean.x.tensor(), 3.0f - 2.0f * y}, 1);
  const LeakReport report = leak_check({x, y}, {x[{Slice(0, 1)}]});
  ASSERT_EQ(report.targets.size(), 1u);
  EXPECT_EQ(report.targets[0].feature, 2);
  EXPECT_NEAR(report.targets[0].correlation, -1.0, 1e-6);
  // Classes under other numbers: 0, 1, 2 as 7, 3, 5.
  std::vector<int64_t> labels;
  std::vector<float> names;
  for (int64_t i = 0; i < 30; ++i) {
    labels.push_back((i * i) % 3);
    names.push_back(std::array{7.0f, 3.0f, 5.0f}[static_cast<size_t>(labels.back())]);
  }
  EXPECT_EQ(leak_check({column(names), labels_of(labels)}, {column({1.0f})}).targets.size(), 1u);
}

TEST(HistoryPlot, ShowsLossAndMetrics) {
  History history;
  for (int64_t epoch = 0; epoch < 20; ++epoch) {
    const auto at = static_cast<double>(epoch);
    Logs logs;
    logs.append("accuracy", 1.0 - std::exp(-at / 5.0) / 2.0);
    logs.append("loss", std::exp(-at / 5.0));
    logs.append("val_accuracy", 0.8 - at / 100.0);
    logs.append("val_loss", 0.4 + std::abs(at - 6.0) / 20.0);
    history.add(epoch, logs);
  }
  const std::string folder = ::testing::TempDir();
  history.plot(folder + "/history.svg", {.baseline = 1.5});
  const std::string svg(text_of(read_file(folder + "/history.svg")));
  for (const char* text :
       {">Over-fitting since epoch 8<", ">loss<", ">accuracy<", ">training<", ">validation<",
        ">over-fitting<", ">best: epoch 7 (0.4)<", ">baseline<", ">epoch<"}) {
    EXPECT_NE(svg.find(text), std::string::npos) << text;
  }
  EXPECT_LT(svg.find(">loss<"), svg.find(">accuracy<"));
  history.plot(folder + "/history.png");
  const auto picture = decode_png(read_file(folder + "/history.png"));
  EXPECT_EQ(picture.width, 1920);
  EXPECT_EQ(picture.height, 720);
  EXPECT_GT(picture.count({0x00, 0x72, 0xb2}), 500);  // training
  EXPECT_GT(picture.count({0xd5, 0x5e, 0x00}), 500);  // validation
  std::filesystem::remove(folder + "/history.svg");
  std::filesystem::remove(folder + "/history.png");
  EXPECT_EQ(message_of<ValueError>([] { History().plot("a.png"); }),
            "History.plot: expected at least one epoch, got none. Train first.");
}

}  // namespace
}  // namespace keratin
