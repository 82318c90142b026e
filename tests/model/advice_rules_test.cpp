// SPDX-License-Identifier: Apache-2.0
// Each rule of the advisor at its borders: what it must say, and what looks like it and is right.
#include <gtest/gtest.h>

#include <cmath>

#include "keratin/base/text.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/model/advice/facts_internal.h"

namespace keratin::advice {
namespace {

Part part(const std::string& name, std::vector<std::pair<std::string, Config>> arguments = {}) {
  Part result{name};
  for (auto& [key, value] : arguments) result.arguments.set(key, std::move(value));
  return result;
}

Part logits(const std::string& name) { return part(name, {{"from_logits", true}}); }

OutputFacts output(const std::string& activation, std::optional<int64_t> units,
                   std::vector<Part> losses, std::vector<Part> metrics = {}) {
  OutputFacts result;
  result.head = {.output = "o", .label = "output `o`", .activation = activation, .units = units};
  result.losses = std::move(losses);
  result.metrics = std::move(metrics);
  return result;
}

std::string codes_of(const Findings& findings) {
  std::vector<std::string> codes;
  for (const Finding& finding : findings) codes.push_back(finding.code);
  return text::join(codes, " ");
}

Findings heads_of(const OutputFacts& given) {
  Findings findings;
  check_heads({.outputs = {given}, .inputs = {}}, findings);
  return findings;
}

Findings metrics_of(const OutputFacts& given) {
  Findings findings;
  check_metrics({.outputs = {given}, .inputs = {}}, findings);
  return findings;
}

Findings data_of(OutputFacts given, const Tensor& targets) {
  given.targets = look_at(targets.array(), 1 << 12);
  if (given.head.units) given.head.rank = 2;
  Findings findings;
  check_data({.outputs = {std::move(given)}, .inputs = {}}, findings);
  return findings;
}

std::string sentence(const Findings& findings) {
  return findings.size() == 1 ? findings[0].sentence : codes_of(findings);
}

Tensor row(const std::vector<float>& values) {
  return Tensor::from(values, {static_cast<int64_t>(values.size())});
}

TEST(AdviceRules, PairsOfActivationAndLoss) {
  constexpr const char* bce = "binary_crossentropy";
  constexpr const char* cce = "categorical_crossentropy";
  constexpr const char* scce = "sparse_categorical_crossentropy";
  constexpr const char* gce = "categorical_generalized_cross_entropy";
  const std::optional<int64_t> unknown;
  struct Row {
    const char* activation;
    std::optional<int64_t> units;
    const char* loss;
    bool from_logits;
    const char* code;
  };
  const Row rows[] = {
      {"sigmoid", 1, bce, false, ""},
      {"linear", 1, bce, true, ""},
      {"sigmoid", 1, "binary_focal_crossentropy", false, ""},
      {"linear", 1, "binary_focal_crossentropy", false, "linear-cross-entropy"},
      {"linear", 3, gce, false, "linear-cross-entropy"},
      {"linear", 3, "categorical_focal_crossentropy", false, "linear-cross-entropy"},
      {"linear", 1, "mean_squared_error", false, ""},
      {"sigmoid", 1, "hinge", false, "range-hinge"},
      {"relu", 3, "squared_hinge", false, "range-hinge"},
      {"softmax", 3, "hinge", false, ""},
      {"softmax", unknown, "hinge", false, "range-hinge"},
      {"tanh", 1, "hinge", false, ""},
      {"", 1, "hinge", false, ""},
      {"sigmoid", 1, "categorical_hinge", false, ""},
      {"softmax", 1, "mean_squared_error", false, "softmax-one-unit"},
      {"softmax", 1, cce, false, "softmax-one-unit"},
      {"softmax", 2, cce, false, ""},
      {"sigmoid", 1, cce, false, "one-unit-categorical"},
      {"linear", 1, scce, true, "one-unit-categorical"},
      {"linear", 1, gce, false, "one-unit-categorical"},
      {"", 1, cce, false, ""},
      {"sigmoid", unknown, cce, false, ""},
      {"sigmoid", 3, scce, false, "sigmoid-categorical"},
      {"sigmoid", 3, scce, true, "logits-of-probabilities"},
      {"hard_sigmoid", 3, scce, false, ""},
      {"softmax", 3, bce, false, "softmax-binary"},
      {"softmax", 3, bce, true, "logits-of-probabilities"},
      {"softmax", unknown, bce, false, ""},
      {"sigmoid", 3, bce, false, ""},
      {"linear", 1, "crossentropy", false, "linear-cross-entropy"},
      {"exponential", 3, cce, false, ""},
      {"softplus", 3, scce, false, ""},
      {"squareplus", 3, cce, false, "range-cross-entropy"},
      {"exponential", 1, bce, false, "range-cross-entropy"},
      {"exponential", 1, "crossentropy", false, "range-cross-entropy"},
      {"exponential", 3, "crossentropy", false, ""},
      {"relu6", 3, cce, false, "relu-cross-entropy"},
      {"log_softmax", 3, cce, false, "range-cross-entropy"},
      {"log_softmax", 3, cce, true, ""},
      {"log_sigmoid", 1, bce, true, ""},
      {"relu", 3, cce, true, "relu-cross-entropy"},
      {"relu6", 3, cce, true, "relu-cross-entropy"},
      {"tanh", 1, bce, true, "range-cross-entropy"},
      {"softplus", 1, bce, true, "range-cross-entropy"},
      {"softplus", 3, cce, true, ""},
      {"hard_sigmoid", 1, bce, true, "logits-of-probabilities"},
  };
  for (const Row& r : rows) {
    const Part loss = r.from_logits ? logits(r.loss) : part(r.loss);
    EXPECT_EQ(codes_of(heads_of(output(r.activation, r.units, {loss}))), r.code)
        << r.activation << " with " << r.loss << (r.from_logits ? " of logits" : "");
  }
  EXPECT_EQ(codes_of(heads_of(output("softmax", 1, {}))), "softmax-one-unit");
}

TEST(AdviceRules, SayWhatIsWrongWithAPair) {
  const auto told = [](const char* activation, int64_t units, const Part& loss) {
    return sentence(heads_of(output(activation, units, {loss})));
  };
  EXPECT_EQ(told("softmax", 1, part("mean_squared_error")),
            "output `o`: \"softmax\" over one unit is always 1; use activation \"sigmoid\" with "
            "loss \"binary_crossentropy\".");
  EXPECT_EQ(told("linear", 3, part("crossentropy")),
            "output `o`: the loss \"crossentropy\" takes probabilities, and a last layer without "
            "activation gives any number; use activation \"softmax\" or a loss with from_logits = "
            "true.");
  EXPECT_EQ(told("linear", 1, part("crossentropy")),
            "output `o`: the loss \"crossentropy\" takes probabilities, and a last layer without "
            "activation gives any number; use activation \"sigmoid\" or a loss with from_logits = "
            "true.");
  EXPECT_EQ(told("tanh", 3, part("categorical_crossentropy")),
            "output `o`: the loss \"categorical_crossentropy\" takes probabilities, and \"tanh\" "
            "gives other numbers; use activation \"softmax\".");
  EXPECT_EQ(told("tanh", 1, logits("binary_crossentropy")),
            "output `o`: the loss \"binary_crossentropy\" with from_logits = true takes any "
            "number, and \"tanh\" stays between -1 and 1; use no activation.");
  EXPECT_EQ(told("softplus", 1, logits("binary_crossentropy")),
            "output `o`: the loss \"binary_crossentropy\" with from_logits = true takes any "
            "number, and \"softplus\" is never below 0; use no activation.");
  EXPECT_EQ(told("sigmoid", 1, logits("binary_crossentropy")),
            "output `o`: the loss \"binary_crossentropy\" with from_logits = true takes any "
            "number, and \"sigmoid\" gives probabilities already; use no activation, or "
            "from_logits = false.");
  EXPECT_EQ(told("relu", 1, part("hinge")),
            "output `o`: the loss \"hinge\" takes numbers of either sign, and \"relu\" is never "
            "below 0; use activation \"tanh\", or none.");
  EXPECT_EQ(told("linear", 1, part("categorical_crossentropy")),
            "output `o`: the loss \"categorical_crossentropy\" needs a unit for each class and is "
            "always 0 over one; use activation \"sigmoid\" with loss \"binary_crossentropy\".");
}

TEST(AdviceRules, MetricsThatCompareLogitsWithAHalf) {
  const Part loss = logits("binary_crossentropy");
  const auto codes = [&](int64_t units, const Part& metric) {
    return codes_of(metrics_of(output("linear", units, {loss}, {metric})));
  };
  const std::string found = "metric-threshold-logits";
  EXPECT_EQ(codes(1, part("auc")), found);
  EXPECT_EQ(codes(1, logits("auc")), "");
  EXPECT_EQ(codes(1, part("accuracy")), found);
  EXPECT_EQ(codes(3, part("accuracy")), "");
  EXPECT_EQ(codes(3, part("binary_accuracy")), found);
  EXPECT_EQ(codes(3, part("binary_accuracy", {{"threshold", 0.5}})), found);
  EXPECT_EQ(codes(3, part("binary_accuracy", {{"threshold", 0.0}})), "");
  EXPECT_EQ(codes(3, part("binary_io_u", {{"threshold", 0.5}})), found);
  EXPECT_EQ(codes(3, part("binary_io_u", {{"threshold", 0.0}})), "");
  for (const char* name : {"precision", "recall", "true_positives", "true_negatives",
                           "false_positives", "false_negatives"}) {
    EXPECT_EQ(codes(1, part(name)), found) << name;
    EXPECT_EQ(codes(1, part(name, {{"thresholds", 0.0}})), "") << name;
  }
  EXPECT_EQ(codes(1, part("precision", {{"top_k", 2}})), "");
  EXPECT_EQ(codes(1, part("mean_absolute_error")), "");
  // What is no logit of a binary loss.
  const Part auc = part("auc");
  EXPECT_EQ(codes_of(metrics_of(output("linear", 1, {}, {auc}))), "");
  EXPECT_EQ(codes_of(metrics_of(output("tanh", 1, {loss}, {auc}))), "");
  EXPECT_EQ(codes_of(metrics_of(output("linear", 1, {part("binary_crossentropy")}, {auc}))), "");
  EXPECT_EQ(codes_of(metrics_of(output("linear", 1, {logits("categorical_crossentropy")}, {auc}))),
            "");
  EXPECT_EQ(codes_of(metrics_of(output("linear", 1, {loss, part("mean_squared_error")}, {auc}))),
            "");
  const std::string start = "output `o`: the metric \"";
  const std::string rest = "\" expects probabilities from 0 to 1, and the outputs are logits; use ";
  EXPECT_EQ(sentence(metrics_of(output("linear", 1, {loss}, {auc}))),
            start + "auc" + rest + "metrics::AUC with from_logits = true.");
  EXPECT_EQ(sentence(metrics_of(output("linear", 1, {loss}, {part("binary_accuracy")}))),
            start + "binary_accuracy" + rest + "metrics::BinaryAccuracy with threshold = 0.");
  EXPECT_EQ(sentence(metrics_of(output("linear", 1, {loss}, {part("recall")}))),
            start + "recall" + rest + "the activation \"sigmoid\" and from_logits = false.");
}

TEST(AdviceRules, MetricsOfClasses) {
  const Part cce = part("categorical_crossentropy"), scce = part("sparse_categorical_crossentropy");
  const auto codes = [](std::optional<int64_t> units, const std::vector<Part>& losses,
                        const Part& metric) {
    return codes_of(metrics_of(output("softmax", units, losses, {metric})));
  };
  for (const char* name : {"categorical_accuracy", "sparse_categorical_accuracy",
                           "top_k_categorical_accuracy", "sparse_top_k_categorical_accuracy"}) {
    EXPECT_EQ(codes(1, {part("binary_crossentropy")}, part(name)), "metric-one-unit") << name;
  }
  EXPECT_EQ(codes(1, {part("binary_crossentropy")}, part("accuracy")), "");
  const auto top = [](int64_t k) { return part("top_k_categorical_accuracy", {{"k", k}}); };
  EXPECT_EQ(codes(3, {cce}, top(2)), "");
  EXPECT_EQ(codes(3, {cce}, top(3)), "metric-top-k");
  EXPECT_EQ(codes(5, {cce}, part("top_k_categorical_accuracy")), "metric-top-k");
  EXPECT_EQ(codes(6, {cce}, part("top_k_categorical_accuracy")), "");
  EXPECT_EQ(codes({}, {cce}, top(3)), "");
  EXPECT_EQ(sentence(metrics_of(output("softmax", 3, {cce}, {top(4)}))),
            "output `o`: the metric \"top_k_categorical_accuracy\" counts the 4 largest of 3 units "
            "and is always 1; use a smaller k, or the metric \"accuracy\".");
  EXPECT_EQ(codes(3, {cce}, part("categorical_accuracy")), "");
  EXPECT_EQ(codes(3, {scce}, part("sparse_categorical_accuracy")), "");
  EXPECT_EQ(codes(3, {scce}, part("categorical_accuracy")), "metric-label-form");
  EXPECT_EQ(codes(3, {cce}, part("sparse_categorical_accuracy")), "metric-label-form");
  EXPECT_EQ(codes(9, {scce}, part("top_k_categorical_accuracy")), "metric-label-form");
  EXPECT_EQ(codes(9, {cce}, part("sparse_top_k_categorical_accuracy")), "metric-label-form");
  EXPECT_EQ(codes(3, {cce, scce}, part("sparse_categorical_accuracy")), "");
  EXPECT_EQ(codes(3, {part("mean_squared_error")}, part("categorical_accuracy")), "");
  EXPECT_EQ(codes(3, {}, part("categorical_accuracy")), "");
  EXPECT_EQ(codes(3, {cce}, part("binary_accuracy")), "metric-binary-accuracy");
  EXPECT_EQ(codes(3, {scce}, part("binary_accuracy")), "metric-binary-accuracy");
  EXPECT_EQ(codes(1, {cce}, part("binary_accuracy")), "");
  EXPECT_EQ(codes(3, {part("binary_crossentropy")}, part("binary_accuracy")), "");
}

TEST(AdviceRules, LabelsOfASparseLoss) {
  const OutputFacts three = output("softmax", 3, {part("sparse_categorical_crossentropy")});
  const std::string start = "output `o`: the labels go from ";
  const std::string units = ", and 3 units stand for 0 to 2; use ";
  EXPECT_EQ(codes_of(data_of(three, row({0, 1, 2}))), "");
  EXPECT_EQ(codes_of(data_of(three, row({0, 1, 2}).reshape({3, 1}))), "");
  EXPECT_EQ(sentence(data_of(three, row({1, 2, 3}))),
            start + "1 to 3" + units + "labels that count from 0.");
  EXPECT_EQ(sentence(data_of(three, row({0, 3}).reshape({2, 1}))),
            start + "0 to 3" + units + "a unit for each class, 4 in all.");
  EXPECT_EQ(sentence(data_of(three, row({1, 4}))),
            start + "1 to 4" + units + "a unit for each class, 5 in all.");
  EXPECT_EQ(sentence(data_of(three, row({-1, 0}))),
            start + "-1 to 0" + units + "whole numbers from 0 as labels.");
  EXPECT_EQ(sentence(data_of(three, row({0.5, 2}))),
            start + "0.5 to 2" + units + "whole numbers from 0 as labels.");
  EXPECT_EQ(codes_of(data_of(output("softmax", {}, three.losses), row({0, 9}))), "");
  const Part ignoring = part("sparse_categorical_crossentropy", {{"ignore_class", 255}});
  EXPECT_EQ(codes_of(data_of(output("softmax", 3, {ignoring}), row({0, 255}))), "");
  EXPECT_EQ(codes_of(data_of(three, row({0, 1, 0, 1, 0, 0}).reshape({2, 3}))),
            "one-hot-sparse-loss");
  EXPECT_EQ(codes_of(data_of(three, row({0, 1, 1, 1, 0, 0}).reshape({2, 3}))), "");
  EXPECT_EQ(codes_of(data_of(three, row({0, 1, 1, 0}).reshape({2, 2}))), "");
}

TEST(AdviceRules, TargetsOfOneHotRows) {
  const OutputFacts three = output("softmax", 3, {part("categorical_crossentropy")});
  EXPECT_EQ(codes_of(data_of(three, row({0, 1, 2}))), "labels-categorical-loss");
  EXPECT_EQ(codes_of(data_of(three, row({0, 1, 2}).reshape({3, 1}))), "labels-categorical-loss");
  const Tensor several = row({0, 1, 1, 1, 0, 0}).reshape({2, 3});
  EXPECT_EQ(codes_of(data_of(three, several)), "several-labels-softmax");
  EXPECT_EQ(codes_of(data_of(output("sparsemax", 3, three.losses), several)), "");
  EXPECT_EQ(sentence(data_of(three, row({0, 1, -0.5, 1, 0, 0}).reshape({2, 3}))),
            "output `o`: the loss \"categorical_crossentropy\" takes shares from 0 to 1, and "
            "targets go from -0.5 to 1; use one-hot rows.");
  EXPECT_EQ(codes_of(data_of(three, row({0, 0.5, 0.5, 2, 0, 0}).reshape({2, 3}))), "");
  EXPECT_EQ(codes_of(data_of(three, row({0, -1, 1, 1}).reshape({2, 2}))), "");
  EXPECT_EQ(codes_of(data_of(three, row({0, 1, -1, 1, 0, 0}).reshape({1, 2, 3}))), "");
}

TEST(AdviceRules, TargetsOfABinaryLoss) {
  const OutputFacts one = output("sigmoid", 1, {part("binary_crossentropy")});
  const std::string start =
      "output `o`: the loss \"binary_crossentropy\" takes targets from 0 to 1, and these go from ";
  EXPECT_EQ(codes_of(data_of(one, row({0, 0.5, 1}))), "");
  EXPECT_EQ(sentence(data_of(one, row({-1, 1}))),
            start + "-1 to 1; use labels 0 and 1, or \"tanh\" with loss \"hinge\".");
  EXPECT_EQ(sentence(data_of(one, row({0, 2}))),
            start +
                "0 to 2; use \"softmax\" with a unit for each class and loss "
                "\"sparse_categorical_crossentropy\".");
  for (const auto& values : {std::vector<float>{0, 0.5, 2}, {-2, 1}, {-1, 2}, {-1, 0.5, 1}}) {
    EXPECT_TRUE(sentence(data_of(one, row(values)))
                    .ends_with("; use a last layer without activation with loss \"mse\"."));
  }
  EXPECT_EQ(sentence(data_of(one, row({0, 1, 1, 0}).reshape({2, 2}))),
            "output `o`: the targets are one-hot rows of 2, and the output has one unit; use a "
            "unit for each class with \"softmax\" and loss \"categorical_crossentropy\", or labels "
            "0 and 1.");
  EXPECT_EQ(codes_of(data_of(one, row({0, 1, 1, 1}).reshape({2, 2}))), "");
  EXPECT_EQ(codes_of(data_of(one, row({0, 1, 1, 0}).reshape({1, 2, 2}))), "");
  EXPECT_EQ(codes_of(data_of(output("sigmoid", 2, one.losses), row({0, 1, 1, 0}).reshape({2, 2}))),
            "");
}

TEST(AdviceRules, TargetsThatAnActivationCannotGive) {
  const auto codes = [](const char* activation, int64_t units, const char* loss, const Tensor& y) {
    return codes_of(data_of(output(activation, units, {part(loss)}), y));
  };
  const std::string outside = "targets-outside-activation";
  EXPECT_EQ(codes("sigmoid", 1, "huber", row({0, 1})), "");
  EXPECT_EQ(codes("sigmoid", 1, "log_cosh", row({0, 1.0005f})), "");
  EXPECT_EQ(codes("sigmoid", 1, "huber", row({0, 1.01f})), outside);
  EXPECT_EQ(codes("sigmoid", 1, "mean_absolute_percentage_error", row({-0.0005f, 1})), "");
  EXPECT_EQ(codes("sigmoid", 1, "mean_absolute_error", row({-0.01f, 1})), outside);
  EXPECT_EQ(codes("relu6", 1, "mean_squared_error", row({0, 6})), "");
  EXPECT_EQ(codes("relu6", 1, "mean_squared_error", row({0, 7})), outside);
  EXPECT_EQ(codes("log_sigmoid", 1, "mean_squared_error", row({-9, 1})), outside);
  EXPECT_EQ(codes("", 1, "mean_squared_error", row({-9, 9})), "");
  EXPECT_EQ(codes("softmax", 1, "mean_squared_error", row({-9, 9})), "");
  const Tensor rows = row({0, 1, 1, 0}).reshape({2, 2});
  EXPECT_EQ(codes("softmax", 2, "mean_squared_error", rows), "softmax-regression");
  EXPECT_EQ(codes("sigmoid", 2, "mean_squared_error", rows), "");
  EXPECT_EQ(codes("softmax", 2, "mean_squared_error", 3.0f * rows), outside);
  EXPECT_EQ(codes("linear", 1, "mean_squared_logarithmic_error", row({-1, 5})),
            "targets-outside-loss");
  EXPECT_EQ(codes("linear", 1, "mean_squared_logarithmic_error", row({-0.9f, 5})), "");
  EXPECT_EQ(codes("linear", 1, "mean_squared_error", row({-1, 5})), "");
  EXPECT_EQ(sentence(data_of(output("tanh", 1, {part("huber")}), row({-2, 1e16f, 0.25f}))),
            "output `o`: targets go from -2 to " + text::number(1e16f) +
                ", which \"tanh\" cannot give; use a last layer without activation, or targets "
                "scaled to what it gives.");
}

TEST(AdviceRules, TargetsOfOtherLosses) {
  const auto told = [](const char* loss, const Tensor& y) {
    return sentence(data_of(output("linear", 1, {part(loss)}), y));
  };
  EXPECT_EQ(told("poisson", row({0, 7.5})), "");
  EXPECT_EQ(told("poisson", row({-1, 7})),
            "output `o`: the loss \"poisson\" takes counts from 0 on, and targets go from -1 to 7; "
            "use loss \"mse\".");
  EXPECT_EQ(told("kl_divergence", row({0, 1})), "");
  EXPECT_EQ(told("kl_divergence", row({0, 2})),
            "output `o`: the loss \"kl_divergence\" takes shares from 0 to 1, and targets go from "
            "0 to 2; use rows of shares that add up to 1.");
  EXPECT_EQ(data_of(output("linear", 1, {part("kl_divergence")}), row({-0.5, 1})).size(), 1U);
  for (const char* hinge : {"hinge", "squared_hinge"}) {
    EXPECT_EQ(told(hinge, row({-1, 1})), "");
    EXPECT_EQ(told(hinge, row({0, 1})), "");
    for (const auto& values : {std::vector<float>{-2, 1}, {-1, 2}, {-1, 0.5, 1}}) {
      EXPECT_EQ(data_of(output("linear", 1, {part(hinge)}), row(values)).size(), 1U);
    }
  }
  EXPECT_EQ(told("hinge", row({-1, 2})),
            "output `o`: the loss \"hinge\" takes labels -1 and 1, and targets go from -1 to 2; "
            "use labels -1 and 1.");
  EXPECT_EQ(told("cosine_similarity", row({-5, 0.5, 7})), "");
}

}  // namespace
}  // namespace keratin::advice
