// SPDX-License-Identifier: Apache-2.0
// Finds what an output is for, and brings its targets and predictions into one form.
#include <fmt/format.h>

#include <algorithm>

#include "keratin/graph/ops/ops.h"
#include "keratin/model/report/report_internal.h"

namespace keratin::report {

namespace {

using advice::ArrayFacts;
using advice::OutputFacts;
using advice::Part;

bool any_loss(const OutputFacts& output, bool (*is)(const Part&)) {
  return std::any_of(output.losses.begin(), output.losses.end(), is);
}

bool has_logits(const OutputFacts& output) {
  return any_loss(output, [](const Part& loss) { return loss.flag("from_logits"); });
}

// Losses of numbers that are no shares, besides those that the advisor's rules ask for.
bool is_loss_of_numbers(const Part& loss) {
  constexpr std::string_view names[] = {"poisson", "logcosh"};
  return advice::is_regression_loss(loss) ||
         std::find(std::begin(names), std::end(names), loss.name) != std::end(names);
}

bool is_hinge(const Part& loss) { return loss.name == "hinge" || loss.name == "squared_hinge"; }

bool is_loss_of_labels(const Part& loss) { return advice::is_binary_loss(loss) || is_hinge(loss); }

// Returns labels -1 and 1 as 0 and 1; other targets as they are.
Tensor labels_of_signs(const OutputFacts& output, const Tensor& targets) {
  if (!any_loss(output, is_loss_of_labels)) return targets;
  const std::vector<double> values = targets.to_vector<double>();
  const bool signs = std::all_of(values.begin(), values.end(),
                                 [](double value) { return value == -1.0 || value == 1.0; });
  return signs ? ops::cast(ops::greater(targets, 0), targets.dtype()) : targets;
}

int64_t last_axis(const Tensor& tensor) { return tensor.rank() > 1 ? tensor.shape().back() : 1; }

// Leaves out what the loss ignores, and labels that are no class.
void keep_classes(Judged& judged, const OutputFacts& output) {
  std::vector<int64_t> ignored;
  for (const Part& loss : output.losses) {
    const Config label = loss.arguments.get("ignore_class");
    if (label.is_number()) ignored.push_back(static_cast<int64_t>(label.as_number()));
  }
  const std::vector<int64_t> labels = judged.y.to_vector<int64_t>();
  for (size_t i = 0; i < labels.size(); ++i) {
    const bool counts = labels[i] >= 0 && labels[i] < judged.classes &&
                        std::find(ignored.begin(), ignored.end(), labels[i]) == ignored.end();
    if (counts) judged.kept.push_back(static_cast<int64_t>(i));
  }
  judged.left_out = static_cast<int64_t>(labels.size() - judged.kept.size());
  if (judged.left_out == 0) return;
  const Tensor kept = Tensor::from(judged.kept, {static_cast<int64_t>(judged.kept.size())});
  judged.y = ops::take(judged.y, kept, 0);
  judged.p = ops::take(judged.p, kept, 0);
}

}  // namespace

Task task_of(const OutputFacts& output, const Tensor& predicted, const ArrayFacts& targets) {
  const std::string& activation = output.head.activation;
  const bool same = targets.shape.element_count() == predicted.shape().element_count();
  const int64_t units = last_axis(predicted);
  if (any_loss(output, advice::is_categorical_loss)) {
    return units > 1 ? Task::multiclass : Task::other;
  }
  if (activation == "softmax" && units > 1) {
    // Targets that are shares themselves name no class.
    return same && !targets.one_hot ? Task::other : Task::multiclass;
  }
  if (!same) return Task::other;
  if (any_loss(output, is_loss_of_labels) || activation == "sigmoid") {
    if (!targets.zero_one) return Task::regression;
    return units > 1 && predicted.rank() == 2 ? Task::multilabel : Task::binary;
  }
  if (any_loss(output, is_loss_of_numbers)) return Task::regression;
  const bool is_unknown_loss = output.losses.empty();
  return is_unknown_loss && advice::range_of(activation) ? Task::regression : Task::other;
}

std::string Judged::place(int64_t kept_index) const {
  const int64_t i = position(kept_index);
  if (places == 1) return fmt::format("row {}", i);
  return fmt::format("row {}, place {}", i / places, i % places);
}

Judged judge(const OutputFacts& output, const Tensor& given, const Tensor& predicted) {
  Judged judged{.output = output.head.output};
  const Tensor targets = labels_of_signs(output, given);
  const ArrayFacts facts = advice::look_at(targets.array(), targets.array().size());
  judged.task = task_of(output, predicted, facts);
  if (judged.task == Task::other) return judged;
  const bool exact = predicted.dtype() == DType::float64;
  Tensor p = ops::cast(predicted, exact ? DType::float64 : DType::float32);
  const bool by_rows = judged.task != Task::binary;
  judged.classes = by_rows ? last_axis(predicted) : 2;
  const Shape rows{-1, judged.classes};
  if (judged.task == Task::multiclass) {
    if (has_logits(output)) p = ops::softmax(p);
    const bool one_hot = targets.shape().element_count() == predicted.shape().element_count();
    const Tensor numbers = one_hot ? ops::argmax(targets.reshape(rows), 1) : targets;
    judged.y = ops::cast(numbers, DType::int64).reshape({-1});
  } else {
    if (judged.task != Task::regression && has_logits(output)) p = ops::sigmoid(p);
    // A hinge decides at 0, and all else here at a half.
    if (judged.task != Task::regression && any_loss(output, is_hinge)) p = (p + 1) / 2;
    judged.y = by_rows ? targets.reshape(rows) : targets.reshape({-1});
  }
  judged.p = by_rows ? p.reshape(rows) : p.reshape({-1});
  judged.places = std::max<int64_t>(1, judged.count() / predicted.shape()[0]);
  if (judged.task == Task::multiclass) {
    keep_classes(judged, output);
    if (judged.count() == 0) judged.task = Task::other;
  }
  const ArrayFacts range = advice::look_at(judged.p.array(), judged.p.array().size());
  judged.probabilities = range.low >= -1e-6 && range.high <= 1.0 + 1e-6;
  judged.probabilities = judged.probabilities && !any_loss(output, is_hinge);
  return judged;
}

Tensor predicted_classes(const Judged& judged) {
  if (judged.task == Task::multiclass) return ops::argmax(judged.p, 1);
  return ops::cast(ops::greater(judged.p, 0.5), DType::int64);
}

}  // namespace keratin::report
