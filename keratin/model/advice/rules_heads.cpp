// SPDX-License-Identifier: Apache-2.0
// Rules about the last layer, the loss and the metrics, before there is data.
#include <algorithm>

#include "keratin/model/advice/facts_internal.h"

namespace keratin::advice {

namespace {

constexpr const char* for_classes = R"(activation "softmax")";
constexpr const char* for_labels = R"(activation "sigmoid")";
constexpr const char* binary_pair = R"(activation "sigmoid" with loss "binary_crossentropy")";

bool gives_shares(const std::string& activation) {
  const std::optional<Range> range = range_of(activation);
  return range && range->low == 0.0 && range->high == 1.0;
}

bool several(const Head& head) { return head.units && *head.units > 1; }
bool single(const Head& head) { return head.units && *head.units == 1; }

// The cross-entropies divide by the sum, which makes shares of any values that are positive.
bool can_be_divided(const std::string& activation) {
  return activation == "exponential" || activation == "softplus";
}

void check_probabilities(const Head& head, const Part& loss, Findings& findings) {
  if (gives_shares(head.activation)) return;
  const bool binary = is_binary_loss(loss) || (loss.name == "crossentropy" && single(head));
  if (!binary && can_be_divided(head.activation)) return;
  const std::string right = binary ? for_labels : for_classes;
  const std::string what =
      head.label + ": the loss \"" + loss.name + "\" takes probabilities, and ";
  if (head.activation == "linear") {
    return add(findings, "linear-cross-entropy", head.output,
               what + "a last layer without activation gives any number",
               right + " or a loss with from_logits = true");
  }
  const bool relu = head.activation.starts_with("relu");
  add(findings, relu ? "relu-cross-entropy" : "range-cross-entropy", head.output,
      what + "\"" + head.activation + "\" gives other numbers", right);
}

void check_logits(const Head& head, const Part& loss, Findings& findings) {
  const std::string what = head.label + ": the loss \"" + loss.name +
                           "\" with from_logits = true takes any number, and \"" + head.activation +
                           "\" ";
  if (gives_shares(head.activation)) {
    return add(findings, "logits-of-probabilities", head.output,
               what + "gives probabilities already", "no activation, or from_logits = false");
  }
  const std::optional<Range> range = range_of(head.activation);
  const bool relu = head.activation.starts_with("relu");
  const bool bounded = range->low == -1.0 && range->high == 1.0;
  if (relu || bounded || (is_binary_loss(loss) && range->low == 0.0)) {
    add(findings, relu ? "relu-cross-entropy" : "range-cross-entropy", head.output,
        what + (bounded ? "stays between -1 and 1" : "is never below 0"), "no activation");
  }
}

// Returns whether the pair was wrong in a way that says all.
bool check_kind(const Head& head, const Part& loss, Findings& findings) {
  const std::string of_loss = "the loss \"" + loss.name + "\"";
  if (is_categorical_loss(loss) && single(head)) {
    add(findings, "one-unit-categorical", head.output,
        head.label + ": " + of_loss + " needs a unit for each class and is always 0 over one",
        binary_pair);
    return true;
  }
  if (is_categorical_loss(loss) && several(head) && head.activation == "sigmoid" &&
      !loss.flag("from_logits")) {
    add(findings, "sigmoid-categorical", head.output,
        head.label + ": " + of_loss + " chooses one class, and \"sigmoid\" decides for each unit",
        R"("softmax" for one class, or loss "binary_crossentropy" for several labels)");
    return true;
  }
  if (is_binary_loss(loss) && several(head) && head.activation == "softmax" &&
      !loss.flag("from_logits")) {
    add(findings, "softmax-binary", head.output,
        head.label + ": " + of_loss + " decides for each unit, and \"softmax\" chooses one class",
        R"(loss "categorical_crossentropy" for one class, or "sigmoid" for several labels)");
    return true;
  }
  return false;
}

// A hinge asks for numbers of either sign.
void check_hinge(const Head& head, const Part& loss, Findings& findings) {
  const std::optional<Range> range = range_of(head.activation);
  if (!range || range->low < 0.0 || (head.activation == "softmax" && several(head))) return;
  add(findings, "range-hinge", head.output,
      head.label + ": the loss \"" + loss.name + "\" takes numbers of either sign, and \"" +
          head.activation + "\" is never below 0",
      R"(activation "tanh", or none)");
}

void check_loss(const Head& head, const Part& loss, Findings& findings) {
  if (loss.name == "hinge" || loss.name == "squared_hinge") check_hinge(head, loss, findings);
  if (!is_cross_entropy(loss) || !range_of(head.activation)) return;
  if (check_kind(head, loss, findings)) return;
  if (loss.flag("from_logits")) {
    check_logits(head, loss, findings);
  } else {
    check_probabilities(head, loss, findings);
  }
}

bool has_loss(const OutputFacts& output, bool (*is)(const Part&)) {
  return std::any_of(output.losses.begin(), output.losses.end(), is);
}

// Metrics that compare predictions with 0.5 unless they are told otherwise.
bool has_default_threshold(const Part& metric) {
  constexpr std::string_view names[] = {"precision",      "recall",          "true_positives",
                                        "true_negatives", "false_positives", "false_negatives"};
  if (metric.name == "accuracy") return true;
  if (metric.name == "binary_accuracy" || metric.name == "binary_io_u") {
    const Config threshold = metric.arguments.get("threshold");
    return !threshold.is_number() || threshold.as_number() == 0.5;
  }
  return std::find(std::begin(names), std::end(names), metric.name) != std::end(names) &&
         metric.arguments.get("thresholds").is_null() && metric.arguments.get("top_k").is_null();
}

void check_threshold(const OutputFacts& output, const Part& metric, Findings& findings) {
  const Head& head = output.head;
  const bool logits = std::all_of(output.losses.begin(), output.losses.end(), [](const Part& loss) {
    return is_binary_loss(loss) && loss.flag("from_logits");
  });
  if (output.losses.empty() || !logits || head.activation != "linear") return;
  const bool area = metric.name == "auc" && !metric.flag("from_logits");
  if (metric.name == "accuracy" && !single(head)) return;
  if (!area && !has_default_threshold(metric)) return;
  const std::string use = area ? "metrics::AUC with from_logits = true"
                          : metric.name.ends_with("accuracy")
                              ? "metrics::BinaryAccuracy with threshold = 0"
                              : "the activation \"sigmoid\" and from_logits = false";
  add(findings, "metric-threshold-logits", head.output,
      head.label + ": the metric \"" + metric.name +
          "\" expects probabilities from 0 to 1, and the outputs are logits",
      use);
}

void check_classes(const OutputFacts& output, const Part& metric, Findings& findings) {
  const Head& head = output.head;
  const std::string start = head.label + ": the metric \"" + metric.name + "\" ";
  const bool one_class =
      metric.name == "categorical_accuracy" || metric.name == "sparse_categorical_accuracy";
  const bool top = metric.name == "top_k_categorical_accuracy" ||
                   metric.name == "sparse_top_k_categorical_accuracy";
  if ((one_class || top) && single(head)) {
    return add(findings, "metric-one-unit", head.output,
               start + "looks for the largest of one unit and is always the same",
               R"(the metric "binary_accuracy")");
  }
  if (top && head.units) {
    const Config given = metric.arguments.get("k");
    const int64_t k = given.is_int() ? given.as_int() : 5;
    if (k >= *head.units) {
      return add(findings, "metric-top-k", head.output,
                 start + "counts the " + std::to_string(k) + " largest of " +
                     std::to_string(*head.units) + " units and is always 1",
                 "a smaller k, or the metric \"accuracy\"");
    }
  }
  const bool sparse_metric = metric.name.starts_with("sparse_");
  const bool sparse = has_loss(output, is_sparse_loss);
  const bool one_hot = std::any_of(output.losses.begin(), output.losses.end(), [](const Part& l) {
    return is_categorical_loss(l) && !is_sparse_loss(l);
  });
  if ((one_class || top) && output.losses.size() == 1 && (sparse || one_hot) &&
      sparse != sparse_metric) {
    add(findings, "metric-label-form", head.output,
        start + "expects other labels than the loss \"" + output.losses[0].name + "\"",
        R"(the metric "accuracy", which fits itself to the labels)");
  }
  const bool chooses = sparse || one_hot;
  if (chooses && several(head) && metric.name == "binary_accuracy") {
    add(findings, "metric-binary-accuracy", head.output,
        start + "counts each unit alone, so that a model that finds no class looks good",
        R"(the metric "accuracy")");
  }
}

}  // namespace

void check_heads(const Facts& facts, Findings& findings) {
  for (const OutputFacts& output : facts.outputs) {
    const Head& head = output.head;
    if (head.activation == "softmax" && single(head)) {
      add(findings, "softmax-one-unit", head.output,
          head.label + ": \"softmax\" over one unit is always 1", binary_pair);
      continue;
    }
    for (const Part& loss : output.losses) check_loss(head, loss, findings);
  }
}

void check_metrics(const Facts& facts, Findings& findings) {
  for (const OutputFacts& output : facts.outputs) {
    for (const Part& metric : output.metrics) {
      check_threshold(output, metric, findings);
      check_classes(output, metric, findings);
    }
  }
}

}  // namespace keratin::advice
