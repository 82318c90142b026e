// SPDX-License-Identifier: Apache-2.0
// Losses of probabilities and classes beside the cross-entropies.
#include <limits>

#include "keratin/base/check.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/nn/loss_internal.h"
#include "keratin/nn/losses.h"

namespace keratin::losses {

namespace {

constexpr double epsilon = 1e-7;  // keras.config.epsilon()

Tensor labels_like(std::string_view where, const Tensor& y_true, const Tensor& y_pred) {
  const Tensor labels = ops::cast(y_true, y_pred.dtype());
  detail::check_targets(where, labels, y_pred);
  return labels;
}

}  // namespace

Tensor KLDivergenceFunction::operator()(const Tensor& y_true, const Tensor& y_pred) const {
  const Tensor labels = ops::clip(labels_like(keras_name, y_true, y_pred), epsilon, 1.0);
  const Tensor predictions = ops::clip(y_pred, epsilon, 1.0);
  return ops::sum(labels * ops::log(labels / predictions), -1);
}

Tensor PoissonFunction::operator()(const Tensor& y_true, const Tensor& y_pred) const {
  const Tensor labels = labels_like(keras_name, y_true, y_pred);
  return ops::mean(y_pred - labels * ops::log(y_pred + epsilon), -1);
}

Tensor BinaryFocalCrossentropyFunction::operator()(const Tensor& y_true, const Tensor& y_pred,
                                                   bool apply_class_balancing, double alpha,
                                                   double gamma, bool from_logits,
                                                   double label_smoothing, int64_t axis) const {
  Tensor labels = labels_like(keras_name, y_true, y_pred);
  if (label_smoothing != 0.0) {
    labels = labels * (1.0 - label_smoothing) + 0.5 * label_smoothing;
  }
  const Tensor predictions = from_logits ? ops::sigmoid(y_pred) : y_pred;
  const Tensor plain = ops::binary_crossentropy(labels, predictions);
  const Tensor hit = labels * predictions + (1 - labels) * (1 - predictions);
  Tensor focal = ops::power(1.0 - hit, gamma) * plain;
  if (apply_class_balancing) focal = (labels * alpha + (1 - labels) * (1 - alpha)) * focal;
  return ops::mean(focal, axis);
}

Tensor CategoricalFocalCrossentropyFunction::operator()(const Tensor& y_true, const Tensor& y_pred,
                                                        double alpha, double gamma,
                                                        bool from_logits, double label_smoothing,
                                                        int64_t axis) const {
  Tensor labels = labels_like(keras_name, y_true, y_pred);
  if (label_smoothing != 0.0) {
    const Tensor classes = ops::axis_size(labels, {labels.rank() - 1}, y_pred.dtype());
    labels = labels * (1.0 - label_smoothing) + label_smoothing / classes;
  }
  Tensor output = from_logits ? ops::softmax(y_pred, axis) : y_pred;
  output = ops::clip(output / ops::sum(output, axis, true), epsilon, 1.0 - epsilon);
  const Tensor plain = -labels * ops::log(output);
  return ops::sum(ops::power(1.0 - output, gamma) * alpha * plain, axis);
}

Tensor CategoricalGeneralizedCrossEntropyFunction::operator()(const Tensor& y_true,
                                                              const Tensor& y_pred,
                                                              double q) const {
  require<ShapeError>(y_pred.rank() >= 1 && y_pred.shape()[-1] != None, keras_name,
                      "expected a known number of classes on the last axis, got shape {}. Give "
                      "its size.",
                      to_string(y_pred.shape()));
  const Tensor classes = ops::cast(y_true, DType::int32);
  const Tensor labels = ops::one_hot(classes, y_pred.shape()[-1], -1, y_pred.dtype());
  require<ShapeError>(detail::broadcasts(labels.shape(), y_pred.shape()), keras_name,
                      "expected integer classes of shape {} for the output {}, got {}. Check the "
                      "labels.",
                      to_string(y_pred.shape().without(-1)), to_string(y_pred.shape()),
                      to_string(y_true.shape()));
  const Tensor hit = ops::sum(y_pred * labels, -1);
  return (1 - ops::power(hit, q)) / q;
}

Tensor DiceFunction::operator()(const Tensor& y_true, const Tensor& y_pred,
                                const ops::Axes& axis) const {
  const Tensor labels = labels_like(keras_name, y_true, y_pred);
  const Tensor overlap = ops::sum(labels * y_pred, axis);
  const Tensor sizes = ops::sum(labels, axis) + ops::sum(y_pred, axis) + epsilon;
  return 1 - 2.0 * overlap / sizes;
}

Tensor TverskyFunction::operator()(const Tensor& y_true, const Tensor& y_pred, double alpha,
                                   double beta, const ops::Axes& axis) const {
  const Tensor labels = labels_like(keras_name, y_true, y_pred);
  const Tensor overlap = ops::sum(labels * y_pred, axis);
  const Tensor missed = ops::sum((1 - y_pred) * labels, axis);
  const Tensor in_vain = ops::sum(y_pred * (1 - labels), axis);
  return 1 - overlap / (overlap + missed * alpha + in_vain * beta + epsilon);
}

namespace {

// Returns integer labels as a column.
Tensor label_column(std::string_view where, const Tensor& given) {
  Tensor labels = ops::cast(given, DType::int32);
  if (labels.rank() == 1) labels = ops::expand_dims(labels, -1);
  require<ShapeError>(labels.rank() == 2 && (labels.shape()[1] == 1 || labels.shape()[1] == None),
                      where,
                      "expected one integer label for each sample, got shape {}. Use "
                      "a Loss of one-hot labels for others.",
                      to_string(given.shape()));
  return labels;
}

// Numbers the rows by counting, as the batch size may be unknown.
Tensor places_of(const Tensor& labels) {
  return ops::cumsum(ops::ones_like(labels, DType::int32), 0);
}

}  // namespace

Tensor CircleFunction::operator()(const Tensor& y_true, const Tensor& y_pred,
                                  const Tensor& ref_labels, const Tensor& ref_embeddings,
                                  bool remove_diagonal, double gamma, double margin) const {
  const Tensor& references = ref_embeddings.defined() ? ref_embeddings : y_pred;
  require<ShapeError>(y_pred.rank() == 2, keras_name,
                      "expected embeddings of shape [batch, n], got {}. Flatten them.",
                      to_string(y_pred.shape()));
  require<ShapeError>(references.rank() == 2 &&
                          is_compatible(references.shape().slice(1, 2), y_pred.shape().slice(1, 2)),
                      keras_name,
                      "expected reference embeddings like those of shape {}, got {}. Give them the "
                      "same last axis.",
                      to_string(y_pred.shape()), to_string(references.shape()));
  const Tensor labels = label_column(keras_name, y_true);
  const Tensor others = ref_labels.defined() ? label_column(keras_name, ref_labels) : labels;
  const int64_t count = references.shape()[0];
  require<ShapeError>(count == None || others.shape()[0] == None || count == others.shape()[0],
                      keras_name,
                      "expected one label for each of {} reference embeddings, got {}. Pass "
                      "`ref_labels` and `ref_embeddings` together.",
                      count, others.shape()[0]);
  const DType dtype = y_pred.dtype();
  const Tensor distance = ops::maximum(1 - ops::matmul(y_pred, ops::transpose(references)), 0.0);
  const Tensor alike = ops::equal(labels, ops::transpose(others));
  Tensor positive = alike;
  if (remove_diagonal) {
    const Tensor elsewhere = ops::not_equal(places_of(labels), ops::transpose(places_of(others)));
    positive = ops::logical_and(alike, elsewhere);
  }
  const Tensor as_positive = ops::cast(positive, dtype);
  const Tensor as_negative = ops::cast(ops::logical_not(alike), dtype);
  const Tensor near = ops::maximum((margin + distance) * as_positive, 0.0);
  const Tensor far = ops::maximum((1 + margin - distance) * as_negative, 0.0);
  const Tensor pull = -gamma * near * (margin - distance);
  const Tensor push = gamma * far * (1 - margin - distance);
  constexpr double nothing = -std::numeric_limits<double>::infinity();
  const Tensor of_alike = ops::logsumexp(ops::where(positive, pull, nothing), 1);
  const Tensor of_others = ops::logsumexp(ops::where(ops::logical_not(alike), push, nothing), 1);
  const Tensor loss = ops::softplus(of_alike + of_others);
  return loss.with_mask(ops::greater(loss, 0));
}

namespace {

// How likely each count of labels is to be read by now: after a blank, and after a label.
struct CtcState {
  Tensor blank;  // [batch, labels + 1]
  Tensor label;  // [batch, labels]
};

constexpr double log_of_nothing = -1e5;

// Adds, in logarithms, to all but the first count.
Tensor with_added(const Tensor& counts, const Tensor& added) {
  const Tensor rest = ops::logaddexp(counts[{All, Slice(1, open)}], added);
  return ops::concatenate({counts[{All, Slice(0, 1)}], rest}, -1);
}

CtcState ctc_step(const CtcState& before, const Tensor& log_label, const Tensor& log_blank,
                  const Tensor& repeats) {
  const Tensor skipped = with_added(before.blank, before.label + log_of_nothing * repeats);
  const Tensor label =
      ops::logaddexp(skipped[{All, Slice(0, -1)}] + log_label, before.label + log_label);
  const Tensor blank =
      with_added(skipped + log_blank, before.label + log_blank + log_of_nothing * (1.0 - repeats));
  return {blank, label};
}

}  // namespace

Tensor CTCFunction::operator()(const Tensor& y_true, const Tensor& y_pred) const {
  require<ShapeError>(y_true.rank() == 2, keras_name,
                      "expected labels of shape [batch, length], got {}. Pad the sequences with 0.",
                      to_string(y_true.shape()));
  require<ShapeError>(y_pred.rank() == 3 && y_pred.shape()[1] != None && y_pred.shape()[2] != None,
                      keras_name,
                      "expected logits of shape [batch, steps, classes] with known steps and "
                      "classes, got {}. Give the sizes.",
                      to_string(y_pred.shape()));
  const DType dtype = promote(y_pred.dtype(), DType::float32);
  const Tensor labels = ops::cast(y_true, DType::int32);
  const int64_t most = labels.shape()[1];
  const Tensor length = ops::sum(ops::cast(ops::not_equal(labels, 0), DType::int32), -1);
  const Tensor log_all = ops::log_softmax(ops::cast(y_pred, dtype));
  const Tensor hot = ops::one_hot(labels, y_pred.shape()[2], -1, dtype);
  const Tensor log_labels = ops::einsum("btk,bnk->btn", {log_all, hot});
  // 1 where a label is followed by the same one.
  const Tensor same =
      ops::cast(ops::equal(labels[{All, Slice(0, -1)}], labels[{All, Slice(1, open)}]), dtype);
  const Tensor repeats = ops::pad(same, {{0, 0}, {0, 1}});
  const Tensor none = ops::full_like(ops::cast(labels, dtype), log_of_nothing);
  const Tensor one = ops::zeros_like(none[{All, Slice(0, 1)}]);
  CtcState state{ops::concatenate({one, none}, -1), none};
  for (int64_t step = 0; step < y_pred.shape()[1]; ++step) {
    state = ctc_step(state, log_labels[{All, step}],
                     log_all[{All, Slice(step, step + 1), Slice(0, 1)}].reshape({-1, 1}), repeats);
  }
  const Tensor last = with_added(state.blank, state.label);
  return -ops::sum(last * ops::one_hot(length, most + 1, -1, dtype), -1);
}

Loss KLDivergence(KLDivergenceOptions options) {
  return detail::built_in_loss("KLDivergence", options, kl_divergence);
}
Loss Poisson(PoissonOptions options) { return detail::built_in_loss("Poisson", options, poisson); }
Loss CTC(CTCOptions options) { return detail::built_in_loss("CTC", options, ctc); }

Loss BinaryFocalCrossentropy(BinaryFocalCrossentropyOptions options) {
  detail::check_smoothing("BinaryFocalCrossentropy", options.label_smoothing);
  const auto call = [o = options](const Tensor& y_true, const Tensor& y_pred) {
    return binary_focal_crossentropy(y_true, y_pred, o.apply_class_balancing, o.alpha, o.gamma,
                                     o.from_logits, o.label_smoothing, o.axis);
  };
  return detail::built_in_loss("BinaryFocalCrossentropy", options, call);
}

Loss CategoricalFocalCrossentropy(CategoricalFocalCrossentropyOptions options) {
  detail::check_smoothing("CategoricalFocalCrossentropy", options.label_smoothing);
  const auto call = [o = options](const Tensor& y_true, const Tensor& y_pred) {
    return categorical_focal_crossentropy(y_true, y_pred, o.alpha, o.gamma, o.from_logits,
                                          o.label_smoothing, o.axis);
  };
  return detail::built_in_loss("CategoricalFocalCrossentropy", options, call);
}

Loss CategoricalGeneralizedCrossEntropy(CategoricalGeneralizedCrossEntropyOptions options) {
  const double q = options.q;
  require<ValueError>(q > 0.0 && q < 1.0, "CategoricalGeneralizedCrossEntropy",
                      "expected `q` between 0 and 1, both excluded, got {}. Use 0.5.", q);
  const auto call = [q](const Tensor& y_true, const Tensor& y_pred) {
    return categorical_generalized_cross_entropy(y_true, y_pred, q);
  };
  return detail::built_in_loss("CategoricalGeneralizedCrossEntropy", options, call);
}

Loss Dice(DiceOptions options) {
  const auto call = [axis = options.axis](const Tensor& y_true, const Tensor& y_pred) {
    return dice(y_true, y_pred, axis);
  };
  return detail::built_in_loss("Dice", options, call);
}

Loss Tversky(TverskyOptions options) {
  const auto call = [o = options](const Tensor& y_true, const Tensor& y_pred) {
    return tversky(y_true, y_pred, o.alpha, o.beta, o.axis);
  };
  return detail::built_in_loss("Tversky", options, call);
}

Loss Circle(CircleOptions options) {
  const auto call = [o = options](const Tensor& y_true, const Tensor& y_pred) {
    return circle(y_true, y_pred, {}, {}, o.remove_diagonal, o.gamma, o.margin);
  };
  return detail::built_in_loss("Circle", options, call);
}

}  // namespace keratin::losses
