// SPDX-License-Identifier: Apache-2.0
// Rules about the data: what targets and inputs say beside the last layer and the loss.
#include <algorithm>
#include <cmath>
#include <set>

#include "keratin/base/text.h"
#include "keratin/model/advice/facts_internal.h"

namespace keratin::advice {

namespace {

// Inputs beyond it make the first layer's sums, and with them its gradients, that much too large.
constexpr double largest_input = 100.0;

std::string written(double value) {
  const bool is_short = value == std::trunc(value) && std::abs(value) < 1e15;
  return is_short ? std::to_string(static_cast<int64_t>(value)) : text::number(value);
}

std::string span_of(const ArrayFacts& facts) {
  return written(facts.low) + " to " + written(facts.high);
}

// Tells whether targets name a class each, one number for an output of several units.
bool are_class_numbers(const Head& head, const ArrayFacts& y) {
  if (!head.units || !head.rank || *head.units < 2) return false;
  const int rank = y.shape.rank();
  return rank == *head.rank - 1 || (rank == *head.rank && y.shape.back() == 1);
}

bool are_rows_of_classes(const Head& head, const ArrayFacts& y) {
  return head.units && *head.units > 1 && y.shape.rank() >= 2 && y.shape.back() == *head.units &&
         (!head.rank || y.shape.rank() == *head.rank);
}

void check_sparse(const Head& head, const Part& loss, const ArrayFacts& y, Findings& findings) {
  if (are_rows_of_classes(head, y) && y.one_hot) {
    return add(findings, "one-hot-sparse-loss", head.output,
               head.label + ": the targets are one-hot rows, and the loss \"" + loss.name +
                   "\" takes class numbers",
               R"(loss "categorical_crossentropy")");
  }
  if (!are_class_numbers(head, y) || !loss.arguments.get("ignore_class").is_null()) return;
  if (y.whole && y.low >= 0 && y.high < static_cast<double>(*head.units)) return;
  const std::string start = head.label + ": the labels go from " + span_of(y) + ", and " +
                            std::to_string(*head.units) + " units stand for 0 to " +
                            std::to_string(*head.units - 1);
  const bool counted_from_one = y.low >= 1 && y.high == static_cast<double>(*head.units);
  add(findings, "labels-outside-units", head.output, start,
      counted_from_one        ? "labels that count from 0"
      : y.whole && y.low >= 0 ? "a unit for each class, " + written(y.high + 1) + " in all"
                              : "whole numbers from 0 as labels");
}

void check_one_hot(const Head& head, const Part& loss, const ArrayFacts& y, Findings& findings) {
  if (are_class_numbers(head, y)) {
    return add(
        findings, "labels-categorical-loss", head.output,
        head.label + ": the targets are class numbers, and the loss \"" + loss.name +
            "\" takes one-hot rows",
        R"(loss "sparse_categorical_crossentropy", or utils::to_categorical for the targets)");
  }
  if (!are_rows_of_classes(head, y)) return;
  if (y.several_ones && head.activation == "softmax") {
    return add(findings, "several-labels-softmax", head.output,
               head.label + ": targets have several ones in a row, and \"softmax\" with \"" +
                   loss.name + "\" chooses one class",
               R"(activation "sigmoid" with loss "binary_crossentropy")");
  }
  if (y.low < 0) {
    add(findings, "targets-outside-loss", head.output,
        head.label + ": the loss \"" + loss.name +
            "\" takes shares from 0 to 1, and targets go "
            "from " +
            span_of(y),
        "one-hot rows");
  }
}

void check_binary(const Head& head, const Part& loss, const ArrayFacts& y, Findings& findings) {
  if (head.units && *head.units == 1 && y.shape.rank() >= 2 && y.shape.back() > 1 && y.one_hot &&
      (!head.rank || *head.rank == y.shape.rank())) {
    return add(findings, "one-hot-one-unit", head.output,
               head.label + ": the targets are one-hot rows of " + std::to_string(y.shape.back()) +
                   ", and the output has one unit",
               "a unit for each class with \"softmax\" and loss \"categorical_crossentropy\", or "
               "labels 0 and 1");
  }
  if (y.low >= 0 && y.high <= 1) return;
  const std::string start = head.label + ": the loss \"" + loss.name +
                            "\" takes targets from 0 to 1, and these go from " + span_of(y);
  const bool signs = y.whole && y.low == -1 && y.high == 1;
  add(findings, "targets-outside-loss", head.output, start,
      signs ? "labels 0 and 1, or \"tanh\" with loss \"hinge\""
      : y.whole && y.low >= 0
          ? "\"softmax\" with a unit for each class and loss \"sparse_categorical_crossentropy\""
          : "a last layer without activation with loss \"mse\"");
}

void check_regression(const Head& head, const Part& loss, const ArrayFacts& y, Findings& findings) {
  if (are_rows_of_classes(head, y) && y.one_hot && head.activation == "softmax") {
    return add(findings, "softmax-regression", head.output,
               head.label +
                   ": \"softmax\" with one-hot targets is a choice of one class, and the "
                   "loss \"" +
                   loss.name + "\" hardly corrects a choice that is wrong for sure",
               R"(loss "categorical_crossentropy")");
  }
  if (head.activation == "softmax" && head.units == 1) return;  // which is said already
  const std::optional<Range> range = range_of(head.activation);
  const double slack = 1e-3 * (y.high - y.low);
  if (range && (y.low < range->low - slack || y.high > range->high + slack)) {
    return add(findings, "targets-outside-activation", head.output,
               head.label + ": targets go from " + span_of(y) + ", which \"" + head.activation +
                   "\" cannot give",
               "a last layer without activation, or targets scaled to what it gives");
  }
  if (loss.name == "mean_squared_logarithmic_error" && y.low <= -1) {
    add(findings, "targets-outside-loss", head.output,
        head.label + ": the loss \"" + loss.name + "\" takes targets above -1, and these go from " +
            span_of(y),
        R"(loss "mse")");
  }
}

void check_others(const Head& head, const Part& loss, const ArrayFacts& y, Findings& findings) {
  const bool counts = loss.name == "poisson" && y.low < 0;
  const bool shares = loss.name == "kl_divergence" && (y.low < 0 || y.high > 1);
  const bool signs = (loss.name == "hinge" || loss.name == "squared_hinge") &&
                     (y.low < -1 || y.high > 1 || !y.whole);
  if (!counts && !shares && !signs) return;
  add(findings, "targets-outside-loss", head.output,
      head.label + ": the loss \"" + loss.name + "\" takes " +
          (counts   ? "counts from 0 on"
           : shares ? "shares from 0 to 1"
                    : "labels -1 and 1") +
          ", and targets go from " + span_of(y),
      counts   ? R"(loss "mse")"
      : shares ? "rows of shares that add up to 1"
               : "labels -1 and 1");
}

// Metrics that take labels 0 and 1, or classes.
bool takes_labels(const Part& metric) {
  constexpr std::string_view names[] = {"auc",
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
                                        "calibration_error"};
  return std::find(std::begin(names), std::end(names), metric.name) != std::end(names);
}

void check_accuracy(const OutputFacts& output, const ArrayFacts& y, Findings& findings) {
  const Head& head = output.head;
  const bool regression =
      !output.losses.empty() &&
      std::all_of(output.losses.begin(), output.losses.end(), [](const Part& loss) {
        return is_regression_loss(loss) || loss.name.ends_with("hinge") || loss.name == "poisson";
      });
  if (!regression || y.zero_one || are_class_numbers(head, y)) return;
  for (const Part& metric : output.metrics) {
    const bool labels = takes_labels(metric);
    if (!labels && metric.name != "accuracy" && metric.name != "binary_accuracy") continue;
    const bool binary = metric.name != "accuracy" || !head.units || *head.units == 1;
    if (!binary && y.whole) continue;
    const bool signs = y.whole && y.low == -1 && y.high == 1;
    if (signs && metric.arguments.get("threshold").is_number()) continue;
    add(findings, "metric-accuracy-regression", head.output,
        head.label + ": the metric \"" + metric.name +
            (labels ? "\" takes labels 0 and 1, and targets go from "
                    : "\" counts classes that are met, and targets go from ") +
            span_of(y),
        signs ? "labels 0 and 1 with \"sigmoid\" and loss \"binary_crossentropy\""
              : R"(the metric "mae")");
  }
}

void check_finite(const std::string& what, const std::string& part, const ArrayFacts& facts,
                  Findings& findings) {
  if (!facts.finite) add_not_finite(findings, what, part, facts.bad_row);
}

void check_input(const InputFacts& input, bool trained, Findings& findings) {
  const ArrayFacts& x = *input.values;
  const std::string what = input.name.empty() ? "x" : "x (input `" + input.name + "`)";
  check_finite(what, input.name, x, findings);
  const double size = std::max(std::abs(x.low), std::abs(x.high));
  if (input.first_layer.empty() || trained || size <= largest_input) return;
  const bool bytes = x.low >= 0 && x.high <= 255 && x.whole;
  add(findings, "inputs-not-scaled", input.name,
      what + " goes from " + span_of(x) + " straight into " + input.first_layer,
      bytes ? "layers::Rescaling(1.0 / 255) as the first layer"
            : "layers::Normalization, adapted to x, as the first layer");
}

void check_output(const OutputFacts& output, Findings& findings) {
  const Head& head = output.head;
  const ArrayFacts& y = *output.targets;
  check_finite("y (" + head.label + ")", head.output, y, findings);
  if (!y.finite) return;
  for (const Part& loss : output.losses) {
    if (is_sparse_loss(loss)) {
      check_sparse(head, loss, y, findings);
    } else if (is_categorical_loss(loss)) {
      check_one_hot(head, loss, y, findings);
    } else if (is_binary_loss(loss)) {
      check_binary(head, loss, y, findings);
    } else if (is_regression_loss(loss)) {
      check_regression(head, loss, y, findings);
    } else {
      check_others(head, loss, y, findings);
    }
  }
  check_accuracy(output, y, findings);
}

// Returns the class of each row where the rows of each class stand together, as in sorted data;
// nothing otherwise, or when there is one class or no classes.
std::vector<int64_t> sorted_classes(const Array& given) {
  const bool one_hot = given.rank() == 2 && given.shape().back() > 1;
  if (given.rank() == 0 || given.rank() > 2 || given.size() == 0) return {};
  const Array y = given.contiguous();
  const int64_t rows = y.shape()[0];
  const int64_t width = y.size() / rows;
  std::vector<int64_t> classes;
  std::set<int64_t> seen;
  const bool sorted = dispatch(y.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T* values = y.template data<const T>();
    for (int64_t row = 0; row < rows; ++row) {
      const T* first = values + row * width;
      double value = static_cast<double>(first[0]);
      if (one_hot) {
        const auto largest = std::max_element(first, first + width, [](const T& a, const T& b) {
          return static_cast<double>(a) < static_cast<double>(b);
        });
        value = static_cast<double>(largest - first);
      }
      if (!(std::abs(value) < 1e9) || value != std::trunc(value)) return false;
      const auto now = static_cast<int64_t>(value);
      const bool begins = classes.empty() || now != classes.back();
      if (begins && !seen.insert(now).second) return false;
      classes.push_back(now);
    }
    // A class of one row each is an order of rows, and no sorting.
    return seen.size() > 1 && 2 * seen.size() <= classes.size();
  });
  return sorted ? classes : std::vector<int64_t>();
}

}  // namespace

void add_not_finite(Findings& findings, const std::string& what, std::string part, int64_t row) {
  add(findings, "not-finite", std::move(part),
      what + " holds NaN or infinity in row " + std::to_string(row) +
          ", after which all weights are NaN",
      "ops::isfinite to find such rows, and drop or fill them");
}

void check_weights(const Nest& sample_weight, Findings& findings) {
  for (const Tensor& tensor : sample_weight.flatten()) {
    if (!tensor.defined() || !tensor.is_concrete() || tensor.array().size() == 0) continue;
    const int64_t row = first_bad_row(tensor.array());
    if (row >= 0) add_not_finite(findings, "sample_weight", "", row);
  }
}

namespace {

// Finds arrays that cannot belong together.
void check_rows(const Facts& facts, Findings& findings) {
  for (const InputFacts& input : facts.inputs) {
    for (const OutputFacts& output : facts.outputs) {
      if (!input.values || !output.targets) continue;
      const Shape& x = input.values->shape;
      const Shape& y = output.targets->shape;
      if (x.rank() == 0 || y.rank() == 0 || x[0] == y[0]) continue;
      return add(findings, "rows-differ", output.head.output,
                 "x has " + std::to_string(x[0]) + " rows and y " + std::to_string(y[0]),
                 "arrays with a row for each sample");
    }
  }
}

}  // namespace

void check_data(const Facts& facts, Findings& findings) {
  check_rows(facts, findings);
  for (const InputFacts& input : facts.inputs) {
    if (input.values) check_input(input, facts.trained, findings);
  }
  for (const OutputFacts& output : facts.outputs) {
    if (output.targets) check_output(output, findings);
  }
}

void check_split(const Facts& facts, const Nest& y, double validation_split, Findings& findings) {
  if (!(validation_split > 0.0 && validation_split < 1.0)) return;
  for (const OutputFacts& output : facts.outputs) {
    const bool classes = !output.losses.empty() && is_cross_entropy(output.losses[0]);
    const Tensor targets = classes ? targets_of(facts, output, y) : Tensor();
    if (!targets.defined() || !targets.is_concrete()) continue;
    const std::vector<int64_t> labels = sorted_classes(targets.array());
    if (labels.size() < 2) continue;
    const auto size = static_cast<double>(labels.size());
    const auto cut = labels.begin() + static_cast<int64_t>(size * (1.0 - validation_split));
    const std::set<int64_t> before(labels.begin(), cut), after(cut, labels.end());
    if (before == after || before.empty() || after.empty()) continue;
    add(findings, "split-of-sorted-data", output.head.output,
        output.head.label +
            ": the data is sorted by label, and validation_split takes its end, "
            "which holds " +
            std::to_string(after.size()) + " of " +
            std::to_string(std::set<int64_t>(labels.begin(), labels.end()).size()) + " classes",
        "shuffled data, or validation_data");
  }
}

}  // namespace keratin::advice
