// SPDX-License-Identifier: Apache-2.0
// Losses of numbers: differences, directions and margins.
#include <cmath>
#include <numbers>

#include "keratin/base/check.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/nn/loss_internal.h"
#include "keratin/nn/losses.h"

namespace keratin::losses {

namespace {

constexpr double epsilon = 1e-7;  // keras.config.epsilon()

struct Pair {
  Tensor labels;
  Tensor predictions;
};

// Gives both the predictions' dtype and equal ranks.
Pair matched(std::string_view where, const Tensor& y_true, const Tensor& y_pred) {
  const auto [labels, predictions] =
      detail::squeeze_or_expand(ops::cast(y_true, y_pred.dtype()), y_pred);
  detail::check_targets(where, labels, predictions);
  return {labels, predictions};
}

// Labels that are all 0 or 1 become -1 and 1; what a graph does must not depend on data, so both
// are computed.
Pair with_signs(std::string_view where, const Tensor& y_true, const Tensor& y_pred) {
  const Tensor labels = ops::cast(y_true, y_pred.dtype());
  detail::check_targets(where, labels, y_pred);
  const Tensor binary = ops::logical_or(ops::equal(labels, 0), ops::equal(labels, 1));
  return {ops::where(ops::all(binary), 2.0 * labels - 1.0, labels), y_pred};
}

// Keras never writes the argument of these classes, and so loses it. Here it is written where it is
// not the default, which Keras reads.
template <class Options, class F>
Loss unless_default(std::string_view class_name, const Options& options, F function, bool writes) {
  return detail::class_loss(class_name, detail::loss_options_of(options),
                            detail::squeezed(std::move(function)),
                            writes ? detail::own_loss_config(options) : Config::dict());
}

}  // namespace

Tensor MeanAbsolutePercentageErrorFunction::operator()(const Tensor& y_true,
                                                       const Tensor& y_pred) const {
  const auto [labels, predictions] = matched(keras_name, y_true, y_pred);
  const Tensor sizes = ops::maximum(ops::absolute(labels), epsilon);
  return 100.0 * ops::mean(ops::absolute((labels - predictions) / sizes), -1);
}

Tensor MeanSquaredLogarithmicErrorFunction::operator()(const Tensor& y_true,
                                                       const Tensor& y_pred) const {
  const auto [labels, predictions] = matched(keras_name, y_true, y_pred);
  const Tensor first = ops::log(ops::maximum(predictions, epsilon) + 1.0);
  const Tensor second = ops::log(ops::maximum(labels, epsilon) + 1.0);
  return ops::mean(ops::square(first - second), -1);
}

Tensor HuberFunction::operator()(const Tensor& y_true, const Tensor& y_pred, double delta) const {
  const auto [labels, predictions] = matched(keras_name, y_true, y_pred);
  const Tensor error = predictions - labels;
  const Tensor size = ops::absolute(error);
  const Tensor line = delta * size - 0.5 * ops::square(ops::cast(delta, size.dtype()));
  return ops::mean(ops::where(ops::less_equal(size, delta), 0.5 * ops::square(error), line), -1);
}

Tensor LogCoshFunction::operator()(const Tensor& y_true, const Tensor& y_pred) const {
  const auto [labels, predictions] = matched(keras_name, y_true, y_pred);
  const Tensor x = predictions - labels;
  return ops::mean(x + ops::softplus(x * -2.0) - std::numbers::ln2, -1);
}

Tensor CosineSimilarityFunction::operator()(const Tensor& y_true, const Tensor& y_pred,
                                            int64_t axis) const {
  const auto [labels, predictions] = matched(keras_name, y_true, y_pred);
  return -ops::sum(ops::normalize(labels, axis) * ops::normalize(predictions, axis), axis);
}

Tensor HingeFunction::operator()(const Tensor& y_true, const Tensor& y_pred) const {
  const auto [labels, predictions] = with_signs(keras_name, y_true, y_pred);
  return ops::mean(ops::maximum(1.0 - labels * predictions, 0.0), -1);
}

Tensor SquaredHingeFunction::operator()(const Tensor& y_true, const Tensor& y_pred) const {
  const auto [labels, predictions] = with_signs(keras_name, y_true, y_pred);
  return ops::mean(ops::square(ops::maximum(1.0 - labels * predictions, 0.0)), -1);
}

Tensor CategoricalHingeFunction::operator()(const Tensor& y_true, const Tensor& y_pred) const {
  const Tensor labels = ops::cast(y_true, y_pred.dtype());
  detail::check_targets(keras_name, labels, y_pred);
  const Tensor own = ops::sum(labels * y_pred, -1);
  const Tensor other = ops::max((1.0 - labels) * y_pred, -1);
  return ops::maximum(other - own + 1.0, 0.0);
}

Loss MeanAbsolutePercentageError(MeanAbsolutePercentageErrorOptions options) {
  return detail::built_in_loss("MeanAbsolutePercentageError", options,
                               mean_absolute_percentage_error);
}
Loss MeanSquaredLogarithmicError(MeanSquaredLogarithmicErrorOptions options) {
  return detail::built_in_loss("MeanSquaredLogarithmicError", options,
                               mean_squared_logarithmic_error);
}
Loss LogCosh(LogCoshOptions options) { return detail::built_in_loss("LogCosh", options, log_cosh); }
Loss Hinge(HingeOptions options) { return detail::built_in_loss("Hinge", options, hinge); }
Loss SquaredHinge(SquaredHingeOptions options) {
  return detail::built_in_loss("SquaredHinge", options, squared_hinge);
}
Loss CategoricalHinge(CategoricalHingeOptions options) {
  return detail::built_in_loss("CategoricalHinge", options, categorical_hinge);
}

Loss Huber(HuberOptions options) {
  const double delta = options.delta;
  require<ValueError>(!std::isnan(delta), "Huber", "expected a number as `delta`, got nan. Use 1.");
  const auto call = [delta](const Tensor& y_true, const Tensor& y_pred) {
    return huber(y_true, y_pred, delta);
  };
  return unless_default("Huber", options, call, delta != 1.0);
}

Loss CosineSimilarity(CosineSimilarityOptions options) {
  const auto call = [axis = options.axis](const Tensor& y_true, const Tensor& y_pred) {
    return cosine_similarity(y_true, y_pred, axis);
  };
  return unless_default("CosineSimilarity", options, call, options.axis != -1);
}

}  // namespace keratin::losses
