// SPDX-License-Identifier: Apache-2.0
// What the advisor reads of arrays and of models, and its rules about metrics of numbers and about
// inputs.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "keratin/base/text.h"
#include "keratin/keratin.h"
#include "keratin/model/advice/facts_internal.h"
#include "keratin/model/model_body.h"

namespace keratin::advice {
namespace {

constexpr float infinite = std::numeric_limits<float>::infinity();

Tensor row(const std::vector<float>& values) {
  return Tensor::from(values, {static_cast<int64_t>(values.size())});
}

ArrayFacts look(const Tensor& tensor, int64_t budget = 1 << 12) {
  return look_at(tensor.array(), budget);
}

// Writes facts as one line: the range and what holds.
std::string line(const ArrayFacts& facts) {
  std::string text = fmt::format("{} to {}", facts.low, facts.high);
  if (!facts.finite) text += fmt::format(", bad row {}", facts.bad_row);
  if (facts.whole) text += ", whole";
  if (facts.zero_one) text += ", zero_one";
  if (facts.one_hot) text += ", one_hot";
  if (facts.several_ones) text += ", several_ones";
  if (!facts.all_seen) text += ", not all";
  return text;
}

TEST(AdviceFacts, AreWhatAnArrayHolds) {
  EXPECT_EQ(line(look(row({3, -1, 2}))), "-1 to 3, whole");
  EXPECT_EQ(line(look(row({3, -1.5, 2}))), "-1.5 to 3");
  EXPECT_EQ(line(look(row({0, 1, 0}))), "0 to 1, whole, zero_one");
  EXPECT_EQ(line(look(row({1, 1}))), "1 to 1, whole, zero_one");
  EXPECT_EQ(line(look(row({0, 0}))), "0 to 0, whole, zero_one");
  EXPECT_EQ(line(look(row({1, 0, 0.5}))), "0 to 1");
  EXPECT_EQ(line(look(Tensor(7.0f))), "7 to 7, whole");
  EXPECT_EQ(line(look(Tensor::zeros({0, 3}))), "0 to 0, whole, zero_one");
  EXPECT_EQ(line(look(Tensor::from(std::vector<int64_t>{4, 9, -2}, {3}))), "-2 to 9, whole");
  EXPECT_EQ(line(look(Tensor::from({true, true, false}, {3}))), "0 to 1, whole, zero_one");
}

TEST(AdviceFacts, KnowRowsOfClassesAndOfLabels) {
  const std::string all = "0 to 1, whole, zero_one";
  EXPECT_EQ(line(look(row({0, 1, 1, 0}).reshape({2, 2}))), all + ", one_hot");
  EXPECT_EQ(line(look(row({0, 1, 1, 1}).reshape({2, 2}))), all + ", several_ones");
  EXPECT_EQ(line(look(row({0, 1, 0, 0}).reshape({2, 2}))), all);
  EXPECT_EQ(line(look(row({1, 1, 1, 1}).reshape({2, 2}))), "1 to 1, whole, zero_one, several_ones");
  // Rows along the last axis, not along the first.
  EXPECT_EQ(line(look(row({0, 1, 1, 0, 0, 1, 0, 1}).reshape({1, 4, 2}))), all + ", one_hot");
  EXPECT_EQ(line(look(row({0, 1, 1, 0}).reshape({4, 1}))), all);
  // The first value that is neither takes it all back.
  EXPECT_EQ(line(look(row({1, 1, 0, 2}).reshape({2, 2}))), "0 to 2, whole");
  EXPECT_EQ(line(look(row({0, 1, 0, 0.25}).reshape({2, 2}))), "0 to 1");
  EXPECT_EQ(line(look(ops::transpose(row({0, 1, 0, 1, 0, 1}).reshape({3, 2})))),
            all + ", several_ones");
}

TEST(AdviceFacts, NameTheFirstRowThatIsNotFinite) {
  EXPECT_EQ(line(look(row({1, 2, NAN, infinite, 5}))), "1 to 5, bad row 2, whole");
  EXPECT_EQ(line(look(row({0.5, 2, NAN, 5}).reshape({2, 2}))), "0.5 to 5, bad row 1");
  EXPECT_EQ(line(look(row({-infinite, 0.5, NAN, 5}).reshape({2, 2}))), "0.5 to 5, bad row 0");
  EXPECT_EQ(line(look(row({0, 1, NAN, 1}).reshape({2, 2}))), "0 to 1, bad row 1, whole");
  EXPECT_EQ(line(look(row({NAN}))), "0 to 0, bad row 0, whole");
  EXPECT_EQ(first_bad_row(row({1, 2, NAN, infinite}).array()), 2);
  EXPECT_EQ(first_bad_row(row({1, 2, 3, infinite}).reshape({2, 2}).array()), 1);
  EXPECT_EQ(first_bad_row(row({1, 2}).array()), -1);
  EXPECT_EQ(first_bad_row(Tensor(NAN).array()), 0);
  EXPECT_EQ(first_bad_row(Tensor::zeros({0, 2}).array()), -1);
  EXPECT_EQ(first_bad_row(Tensor::from(std::vector<int32_t>{1}, {1}).array()), -1);
  EXPECT_EQ(first_bad_row(ops::transpose(row({1, NAN, 3, 4}).reshape({2, 2})).array()), 1);
}

// Of 10 rows and a budget of 4 those are rows 0, 2, 5 and 7.
TEST(AdviceFacts, AreOfRowsThatLieEvenly) {
  std::vector<float> values(10, 0.0f);
  for (size_t i = 0; i < 10; ++i) values[i] = static_cast<float>(i);
  EXPECT_EQ(line(look(row(values), 4)), "0 to 7, whole, not all");
  const Tensor pairs = ops::stack({row(values), row(values) * 10.0f}, 1);
  EXPECT_EQ(line(look(pairs, 8)), "0 to 70, whole, not all");
  EXPECT_EQ(line(look(pairs, 1)), "0 to 0, whole, zero_one, not all");
  EXPECT_EQ(line(look(pairs, 20)), "0 to 90, whole");
  values[1] = values[3] = values[9] = 0.5f;
  EXPECT_EQ(line(look(row(values), 4)), "0 to 7, whole, not all");
  values[5] = NAN;
  EXPECT_EQ(line(look(row(values), 4)), "0 to 7, bad row 5, whole, not all");
  values[2] = 2.5f;
  EXPECT_EQ(line(look(row(values), 4)), "0 to 7, bad row 5, not all");
}

std::string codes_of(const Findings& findings) {
  std::vector<std::string> codes;
  for (const Finding& finding : findings) codes.push_back(finding.code);
  return text::join(codes, " ");
}

Findings data_of(OutputFacts output, const Tensor& y) {
  output.targets = look(y);
  Findings findings;
  check_data({.outputs = {std::move(output)}, .inputs = {}}, findings);
  return findings;
}

TEST(AdviceRules, MetricsOfNumbersThatCountClasses) {
  const Tensor fractions = row({0.5, 2, 7}), whole = row({0, 2, 7}), signs = row({-1, 1});
  const auto found = [](int64_t units, const std::vector<Part>& losses, const Part& metric,
                        const Tensor& y) {
    return data_of({.head = {.output = "o",
                             .label = "output `o`",
                             .activation = "linear",
                             .units = units,
                             .rank = units == 1 ? 2 : 1},
                    .losses = losses,
                    .metrics = {metric}},
                   y);
  };
  const Part mse{"mean_squared_error"}, hinge{"hinge"}, categorical_hinge{"categorical_hinge"};
  const Part poisson{"poisson"}, cosine{"cosine_similarity"};
  const Part accuracy{"accuracy"}, binary{"binary_accuracy"}, mae{"mean_absolute_error"};
  const std::string code = "metric-accuracy-regression";
  EXPECT_EQ(codes_of(found(1, {mse}, accuracy, fractions)), code);
  EXPECT_EQ(codes_of(found(1, {mse}, accuracy, whole)), code);
  EXPECT_EQ(codes_of(found(1, {poisson}, accuracy, whole)), code);
  EXPECT_EQ(codes_of(found(3, {categorical_hinge}, accuracy, fractions)), code);
  EXPECT_EQ(codes_of(found(3, {mse}, accuracy, whole)), "");
  EXPECT_EQ(codes_of(found(3, {mse}, binary, whole)), code);
  EXPECT_EQ(codes_of(found(1, {mse}, mae, fractions)), "");
  EXPECT_EQ(codes_of(found(1, {mse}, accuracy, row({0, 1}))), "");
  EXPECT_EQ(codes_of(found(1, {}, accuracy, fractions)), "");
  EXPECT_EQ(codes_of(found(1, {cosine}, accuracy, fractions)), "");
  EXPECT_EQ(codes_of(found(1, {mse, cosine}, accuracy, fractions)), "");
  for (const char* name : {"auc",
                           "precision",
                           "recall",
                           "f1_score",
                           "f_beta_score",
                           "true_positives",
                           "true_negatives",
                           "false_positives",
                           "false_negatives",
                           "sensitivity_at_specificity",
                           "specificity_at_sensitivity",
                           "precision_at_recall",
                           "recall_at_precision",
                           "average_precision",
                           "specificity",
                           "balanced_accuracy",
                           "matthews_correlation",
                           "cohen_kappa",
                           "brier_score",
                           "log_loss",
                           "calibration_error"}) {
    EXPECT_EQ(codes_of(found(1, {mse}, Part{name}, fractions)), code) << name;
  }
  EXPECT_EQ(found(1, {mse}, Part{"auc"}, fractions)[0].sentence,
            "output `o`: the metric \"auc\" takes labels 0 and 1, and targets go from 0.5 to 7; "
            "use the metric \"mae\".");
  EXPECT_EQ(found(1, {hinge}, accuracy, signs)[0].sentence,
            "output `o`: the metric \"accuracy\" counts classes that are met, and targets go from "
            "-1 to 1; use labels 0 and 1 with \"sigmoid\" and loss \"binary_crossentropy\".");
  Part at_zero = binary;
  at_zero.arguments.set("threshold", 0.0);
  EXPECT_EQ(codes_of(found(1, {hinge}, at_zero, signs)), "");
  EXPECT_EQ(codes_of(found(1, {mse}, at_zero, fractions)), code);
  EXPECT_EQ(codes_of(found(1, {hinge}, binary, signs)), code);
}

TEST(AdviceRules, InputsThatAreNotScaled) {
  const auto told = [](const std::vector<float>& values,
                       InputFacts input = {.name = "", .first_layer = "D"},
                       bool trained = false) -> std::string {
    input.values = look(row(values));
    Findings findings;
    check_data({.outputs = {}, .inputs = {std::move(input)}, .trained = trained}, findings);
    return findings.empty() ? "" : findings[0].sentence;
  };
  const std::string bytes = "; use layers::Rescaling(1.0 / 255) as the first layer.";
  const std::string others = "; use layers::Normalization, adapted to x, as the first layer.";
  EXPECT_EQ(told({-100, 100}), "");
  EXPECT_EQ(told({0, 255}), "x goes from 0 to 255 straight into D" + bytes);
  EXPECT_EQ(told({0, 256}), "x goes from 0 to 256 straight into D" + others);
  EXPECT_EQ(told({-1, 255}), "x goes from -1 to 255 straight into D" + others);
  EXPECT_EQ(told({0.5, 255}), "x goes from 0.5 to 255 straight into D" + others);
  EXPECT_EQ(told({-101, 0}, {.name = "age", .first_layer = "D"}),
            "x (input `age`) goes from -101 to 0 straight into D" + others);
  EXPECT_EQ(told({0, 255}, {.name = "", .first_layer = ""}), "");
  EXPECT_EQ(told({0, 255}, {.name = "", .first_layer = "D"}, true), "");
  EXPECT_EQ(told({NAN}, {.name = "age"}),
            "x (input `age`) holds NaN or infinity in row 0, after which all weights are NaN; use "
            "ops::isfinite to find such rows, and drop or fill them.");
}

TEST(AdviceRules, SplitsThatHoldOtherClasses) {
  Facts facts{.outputs = {{.head = {.output = "o", .label = "output `o`", .activation = {}},
                           .losses = {Part{"sparse_categorical_crossentropy"}}}},
              .inputs = {}};
  const auto told = [&](const Tensor& y, double share) -> std::string {
    Findings findings;
    check_split(facts, y, share, findings);
    return findings.empty() ? "" : findings[0].sentence;
  };
  const Tensor sorted = row({0, 0, 0, 2, 2, 1, 1, 1});
  const std::string start =
      "output `o`: the data is sorted by label, and validation_split takes its end, which holds ";
  const std::string end = " classes; use shuffled data, or validation_data.";
  EXPECT_EQ(told(sorted, 0.25), start + "1 of 3" + end);
  EXPECT_EQ(told(sorted, 0.5), start + "2 of 3" + end);
  EXPECT_EQ(told(sorted, 0.0), "");
  EXPECT_EQ(told(sorted, 1.0), "");
  EXPECT_EQ(told(sorted, 0.01), start + "1 of 3" + end);  // one row at least
  EXPECT_EQ(told(row({0, 0, 1, 1, 0, 0}), 0.25), "");
  EXPECT_EQ(told(row({0, 0, 0, 0}), 0.25), "");
  EXPECT_EQ(told(row({0, 1, 2, 3}), 0.25), "");  // an order of rows
  EXPECT_EQ(told(row({0, 0.5, 1, 1}), 0.25), "");
  EXPECT_EQ(told(ops::one_hot(sorted.cast(DType::int32), 3), 0.25), start + "1 of 3" + end);
  EXPECT_EQ(told(sorted.reshape({8, 1}), 0.25), start + "1 of 3" + end);
  EXPECT_EQ(told(sorted.reshape({2, 2, 2}), 0.25), "");
  EXPECT_EQ(told(Tensor(1.0f), 0.25), "");
  facts.outputs[0].losses = {Part{"mean_squared_error"}};
  EXPECT_EQ(told(sorted, 0.25), "");
  facts.outputs[0].losses = {};
  EXPECT_EQ(told(sorted, 0.25), "");
}

TEST(AdviceRules, WeightsOfSamplesThatAreNotFinite) {
  const auto codes = [](const Nest& weights) {
    Findings findings;
    check_weights(weights, findings);
    return findings.empty() ? std::string() : findings[0].sentence.substr(0, 45);
  };
  EXPECT_EQ(codes(row({1, 2})), "");
  EXPECT_EQ(codes(row({1, infinite})), "sample_weight holds NaN or infinity in row 1,");
  EXPECT_EQ(codes(Nest()), "");
  EXPECT_EQ(codes(Tensor()), "");
  EXPECT_EQ(codes(Tensor::zeros({0})), "");
}

// Returns the activation that the advisor finds at the end of a model of these layers.
std::string ending(const std::vector<Layer>& more) {
  std::vector<Layer> all{layers::Input({4}), layers::Dense(3)};
  all.insert(all.end(), more.begin(), more.end());
  const Model model = models::Sequential(all);
  return facts_of(model.model_body(), nullptr).outputs[0].head.activation;
}

TEST(AdviceFacts, KnowWhatALayerEndsIn) {
  const layers::Dense softmax(3, {.activation = "softmax"});
  EXPECT_EQ(ending({}), "linear");
  EXPECT_EQ(ending({layers::Activation("tanh")}), "tanh");
  EXPECT_EQ(ending({layers::Dense(3, {.activation = "relu"})}), "relu");
  EXPECT_EQ(ending({softmax}), "softmax");
  EXPECT_EQ(ending({layers::Softmax()}), "softmax");
  EXPECT_EQ(ending({layers::ReLU()}), "relu");
  EXPECT_EQ(ending({layers::ReLU({.max_value = 6.0})}), "");
  EXPECT_EQ(ending({layers::ReLU({.negative_slope = 0.1})}), "");
  EXPECT_EQ(ending({layers::ReLU({.threshold = 0.5})}), "");
  EXPECT_EQ(ending({layers::LeakyReLU()}), "leaky_re_lu");
  EXPECT_EQ(ending({layers::ELU()}), "elu");
  EXPECT_EQ(ending({layers::PReLU()}), "p_re_lu");
  // What passes values on, moves them, or does something else with them.
  EXPECT_EQ(ending({layers::Activation("sigmoid"), layers::Dropout(0.5)}), "sigmoid");
  EXPECT_EQ(ending({layers::Activation("sigmoid"), layers::Reshape({3, 1})}), "sigmoid");
  EXPECT_EQ(ending({layers::Dense(3, {.activation = "softmax"}), layers::Reshape({3, 1})}), "");
  EXPECT_EQ(ending({layers::Activation("log_softmax"), layers::Flatten()}), "");
  EXPECT_EQ(ending({layers::Activation("sigmoid"), layers::Rescaling(2.0)}), "");
}

TEST(AdviceFacts, LookThroughModelsAndIntoThoseWithoutShapes) {
  const Model inner =
      models::Sequential({layers::Input({4}), layers::Dense(3, {.activation = "tanh"})});
  const Tensor input = layers::Input({4});
  const Model outer({.inputs = input, .outputs = inner(input)});
  EXPECT_EQ(facts_of(outer.model_body(), nullptr).outputs[0].head.activation, "tanh");
  const auto unbuilt = [](const std::vector<Layer>& all) {
    return facts_of(models::Sequential(all).model_body(), nullptr);
  };
  const Facts last =
      unbuilt({layers::Dense(3, {.name = "d"}), layers::Activation("relu"), layers::Dropout(0.5)});
  EXPECT_EQ(last.outputs[0].head.activation, "relu");
  EXPECT_EQ(last.outputs[0].head.units, 3);
  EXPECT_EQ(last.outputs[0].head.output, "d");
  EXPECT_EQ(last.outputs[0].head.label, "output `d`");
  EXPECT_EQ(last.inputs[0].first_layer, "Dense `d`");
  EXPECT_EQ(unbuilt({layers::Flatten(), layers::Dense(3, {.name = "d"})}).inputs[0].first_layer,
            "Dense `d`");
  EXPECT_EQ(unbuilt({layers::Rescaling(0.5), layers::Dense(3)}).inputs[0].first_layer, "");
  EXPECT_EQ(unbuilt({layers::Dense(3, {.trainable = false})}).inputs[0].first_layer, "");
  EXPECT_EQ(unbuilt({}).outputs[0].head.label, "the output");
}

}  // namespace
}  // namespace keratin::advice
