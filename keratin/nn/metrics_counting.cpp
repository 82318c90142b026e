// SPDX-License-Identifier: Apache-2.0
// How predictions are counted at thresholds.
#include <algorithm>
#include <cmath>
#include <limits>

#include "keratin/base/check.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/nn/loss.h"
#include "keratin/nn/metrics_confusion_internal.h"

namespace keratin::detail {

namespace {

constexpr double epsilon = 1e-7;  // keras.config.epsilon()

// Keeps the k largest predictions of the last axis, the first of equal ones.
Tensor only_top_k(const Tensor& x, int64_t k, std::string_view where) {
  const int64_t classes = x.shape()[-1];
  require<ShapeError>(classes != None && k >= 1 && k <= classes, where,
                      "expected top_k from 1 to the number of classes, {}, got {}. Lower it.",
                      classes == None ? "None" : std::to_string(classes), k);
  Tensor kept = ops::zeros_like(x);
  for (int64_t i = 0; i < k; ++i) {
    const Tensor rest =
        ops::where(ops::greater(kept, 0), -std::numeric_limits<double>::infinity(), x);
    kept = kept + ops::one_hot(ops::argmax(rest, -1), classes, -1, x.dtype());
  }
  return x * kept + no_prediction * (1 - kept);
}

Tensor one_class(const Tensor& x, int64_t class_id, std::string_view where) {
  require<ShapeError>(x.rank() >= 2, where,
                      "expected inputs of shape [batch, classes] for a class_id, got {}. Reshape "
                      "them.",
                      to_string(x.shape()));
  return ops::expand_dims(x[{Ellipsis, class_id}], -1);
}

Samples samples_of(std::string_view where, const Tensor& y_true, const Tensor& y_pred,
                   const Tensor& sample_weight, DType dtype, const Selection& selection) {
  auto [predictions, labels] =
      squeeze_or_expand(ops::cast(y_pred, dtype), ops::cast(y_true, dtype));
  require<ShapeError>(is_compatible(predictions.shape(), labels.shape()), where,
                      "expected labels of the predictions' shape {}, got {}. Check the labels.",
                      to_string(predictions.shape()), to_string(labels.shape()));
  Tensor weight;
  if (sample_weight.defined()) {
    weight = ops::expand_dims(ops::cast(sample_weight, dtype), -1);
    if (weight.rank() == labels.rank() + 1) weight = ops::squeeze(weight, -1);
  }
  if (selection.top_k) predictions = only_top_k(predictions, *selection.top_k, where);
  if (selection.class_id) {
    labels = one_class(labels, *selection.class_id, where);
    predictions = one_class(predictions, *selection.class_id, where);
  }
  Tensor weights = ops::ones_like(predictions);
  if (weight.defined()) weights = weights * weight;
  if (!selection.label_weights.empty() && !selection.multi_label) {
    const Shape shape{static_cast<int64_t>(selection.label_weights.size())};
    weights = weights * Tensor::from(selection.label_weights, shape).cast(dtype);
  }
  const Tensor positive = ops::cast(ops::not_equal(labels, 0), dtype);
  if (selection.multi_label) return {predictions, positive, weights};
  return {ops::ravel(predictions), ops::ravel(positive), ops::ravel(weights)};
}

}  // namespace

bool are_even(const std::vector<double>& thresholds) {
  if (thresholds.size() < 3) return false;
  for (size_t i = 0; i < thresholds.size(); ++i) {
    const double even = static_cast<double>(i) / static_cast<double>(thresholds.size() - 1);
    if (std::abs(thresholds[i] - even) > epsilon + 1e-5 * even) return false;
  }
  return true;
}

std::vector<double> inner_thresholds(int64_t count) {
  std::vector<double> thresholds;
  for (int64_t i = 1; i + 1 < count; ++i) {
    thresholds.push_back(static_cast<double>(i) / static_cast<double>(count - 1));
  }
  return thresholds;
}

std::vector<double> parse_thresholds(const std::string& where,
                                     const metrics::OptionalThresholds& given, double otherwise) {
  if (!given) return {otherwise};
  std::vector<double> thresholds(given->values.begin(), given->values.end());
  for (double threshold : thresholds) {
    require<ValueError>(threshold >= 0.0 && threshold <= 1.0, where,
                        "expected thresholds from 0 to 1, got {}. Pass such numbers.", threshold);
  }
  require<ValueError>(!thresholds.empty(), where,
                      "expected one threshold or more, got none. Use 0.5.");
  return thresholds;
}

// Returns counts of shape [thresholds], or [thresholds, labels].
Counts Confusion::count(const Samples& samples) const {
  const Tensor of_true = samples.positive * samples.weights;
  const Tensor of_false = (1.0 - samples.positive) * samples.weights;
  Counts counts;
  counts.true_positives = above(samples.predictions, of_true);
  counts.false_positives = above(samples.predictions, of_false);
  counts.true_negatives = ops::sum(of_false, 0) - counts.false_positives;
  counts.false_negatives = ops::sum(of_true, 0) - counts.true_positives;
  return counts;
}

// Adds up the weights of predictions above each threshold.
Tensor Confusion::above(const Tensor& predictions, const Tensor& weights) const {
  if (even_) return above_even(predictions, weights);
  Shape shape(std::vector<int64_t>(static_cast<size_t>(predictions.rank()) + 1, 1));
  shape[0] = size();
  const Tensor thresholds =
      ops::reshape(Tensor::from(thresholds_, {size()}).cast(predictions.dtype()), shape);
  const Tensor hits = ops::greater(ops::expand_dims(predictions, 0), thresholds);
  return ops::sum(ops::where(hits, ops::expand_dims(weights, 0), 0.0), 1);
}

// Evenly spaced thresholds follow from the prediction, as Keras has it: a count of the work that
// does not grow with the number of thresholds.
Tensor Confusion::above_even(const Tensor& predictions, const Tensor& weights) const {
  const auto last = static_cast<double>(size() - 1);
  Tensor bucket = ops::ceil(ops::clip(predictions, 0.0, 1.0) * last) - 1;
  if (thresholds_.front() < 0.0) bucket = ops::relu(bucket);
  // Bucket -1, which is above no threshold, becomes the first row and is dropped.
  const Tensor rows = ops::cast(bucket, DType::int32) + 1;
  if (rows.rank() == 1) return summed(rows, weights);
  std::vector<Tensor> labels;
  for (int64_t label = 0; label < rows.shape()[1]; ++label) {
    labels.push_back(summed(rows[{All, label}], weights[{All, label}]));
  }
  return ops::stack(labels, 1);
}

Tensor Confusion::summed(const Tensor& rows, const Tensor& weights) const {
  const Tensor in_rows = apply_one(ops::scatter_rows_op, {weights, rows},
                                   ops::ScatterAttrs{.axis = 0, .shape = {size() + 1}});
  const Tensor from_end = ops::cumsum(ops::flip(in_rows[Slice(1, open)], 0), 0);
  return ops::flip(from_end, 0);
}

CountingBody::CountingBody(MetricOptions common, Setup setup, Parts parts)
    : MetricBody(std::move(common)), setup_(std::move(setup)), parts_(std::move(parts)) {
  const Selection& chosen = setup_.selection;
  if (!chosen.multi_label) make_variables({setup_.confusion.size()});
  if (chosen.num_labels) make_variables({setup_.confusion.size(), *chosen.num_labels});
}

void CountingBody::update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& weight) {
  require<ValueError>(y_pred.defined(), name(),
                      "expected update_state(y_true, y_pred), got one argument. Add y_pred.");
  const Samples samples =
      samples_of(name(), y_true, prepared(y_pred), weight, dtype(), setup_.selection);
  if (variables_.empty()) {
    require<ShapeError>(samples.predictions.rank() == 2, name(),
                        "expected predictions of shape [batch, labels], got {}. Reshape them.",
                        to_string(y_pred.shape()));
    make_variables({setup_.confusion.size(), samples.predictions.shape()[1]});
  }
  const Counts counts = setup_.confusion.count(samples);
  for (size_t i = 0; i < parts_.size(); ++i) {
    variables_[i].assign_add(counts.*parts_[i].second);
  }
}

Config CountingBody::get_config() const {
  Config config = MetricBody::get_config();
  for (const auto& [key, value] : setup_.own.as_dict()) config.set(key, value);
  return config;
}
Tensor CountingBody::value(size_t part) const {
  require<ValueError>(!variables_.empty(), name(),
                      "expected an update before the result, got none. Call update_state.");
  return variables_[part].value();
}
Tensor CountingBody::share(size_t part, size_t other) const {
  return ops::divide_no_nan(value(part), value(part) + value(other));
}
Tensor CountingBody::by_threshold(const Tensor& values) const {
  return setup_.confusion.size() == 1 ? values[0] : values;
}
void CountingBody::make_variables(const Shape& shape) {
  for (const auto& part : parts_) {
    variables_.push_back(metric_variable(name(), part.first, shape, "zeros", dtype()));
  }
}

}  // namespace keratin::detail
