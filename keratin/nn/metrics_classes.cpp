// SPDX-License-Identifier: Apache-2.0
// Metrics whose state is the matrix of true and predicted classes.
#include <cmath>

#include "keratin/graph/ops/ops.h"
#include "keratin/nn/metrics_practice_internal.h"

namespace keratin {

namespace {

using namespace metrics;

// Class numbers of all samples, flat, and their weights.
struct Classes {
  Tensor labels, predictions, weights;
  int64_t count = 0;
};

template <class Options>
Classes classes_of(const std::string& where, const Options& options, const Tensor& y_true,
                   const Tensor& y_pred, const Tensor& weight, DType dtype) {
  require<ValueError>(y_pred.defined() && y_pred.rank() >= 1, where,
                      "expected update_state(y_true, y_pred) with an axis for samples, got less. "
                      "Add what is missing.");
  Classes classes;
  classes.count = options.num_classes;
  const int64_t last = y_pred.rank() > 1 ? y_pred.shape().back() : 1;
  if (options.sparse_y_pred) {
    classes.predictions = ops::cast(y_pred, DType::int32);
  } else if (last == 1) {
    classes.predictions = ops::cast(ops::greater(y_pred, double{options.threshold}), DType::int32);
    if (classes.count == 0) classes.count = 2;
  } else {
    classes.predictions = ops::argmax(y_pred, -1);
    if (classes.count == 0) classes.count = last;
  }
  require<ValueError>(classes.count > 1, where,
                      "expected the number of classes, got predictions that do not tell it. Set "
                      "num_classes.");
  const bool one_hot = !options.sparse_y_pred && last > 1 && y_true.rank() == y_pred.rank() &&
                       y_true.shape().back() == last;
  const Tensor labels = one_hot ? ops::argmax(y_true, -1) : ops::cast(y_true, DType::int32);
  const Tensor ones = ops::ones_like(ops::cast(classes.predictions, dtype));
  classes.labels = ops::reshape(labels, {-1});
  classes.predictions = ops::reshape(classes.predictions, {-1});
  classes.weights = ones;
  if (weight.defined()) {
    Tensor given = ops::cast(weight, dtype);
    if (given.rank() > ones.rank()) given = ops::squeeze(given, -1);
    while (given.rank() < ones.rank()) given = ops::expand_dims(given, -1);
    classes.weights = ones * given;
  }
  classes.weights = ops::reshape(classes.weights, {-1});
  return classes;
}

Tensor diagonal(const Tensor& matrix) {
  return ops::sum(matrix * ops::eye(matrix.shape()[0], std::nullopt, 0, matrix.dtype()), 1);
}

Tensor of(const ConfusionMatrixOptions& options, const Tensor& matrix) {
  if (!options.normalize) return matrix;
  if (*options.normalize == "true") return ops::divide_no_nan(matrix, ops::sum(matrix, 1, true));
  if (*options.normalize == "pred") return ops::divide_no_nan(matrix, ops::sum(matrix, 0, true));
  return ops::divide_no_nan(matrix, ops::sum(matrix));
}

// Returns the mean of values over the classes that occur.
Tensor mean_where(const Tensor& values, const Tensor& there) {
  const Tensor occur = ops::cast(there, values.dtype());
  return ops::divide_no_nan(ops::sum(values * occur), ops::sum(occur));
}

Tensor of(const SpecificityOptions&, const Tensor& matrix) {
  const Tensor negative = ops::sum(matrix) - ops::sum(matrix, 1);
  const Tensor false_positive = ops::sum(matrix, 0) - diagonal(matrix);
  const Tensor rates = ops::divide_no_nan(negative - false_positive, negative);
  if (matrix.shape()[0] == 2) return rates[1];
  return mean_where(rates, ops::greater(negative, 0));
}

Tensor of(const BalancedAccuracyOptions& options, const Tensor& matrix) {
  const Tensor counts = ops::sum(matrix, 1);
  const Tensor there = ops::greater(counts, 0);
  const Tensor score = mean_where(ops::divide_no_nan(diagonal(matrix), counts), there);
  if (!options.adjusted) return score;
  const Tensor chance =
      ops::divide_no_nan(ops::ones_like(score), ops::sum(ops::cast(there, matrix.dtype())));
  return ops::divide_no_nan(score - chance, 1 - chance);
}

Tensor of(const MatthewsCorrelationOptions&, const Tensor& matrix) {
  const Tensor labels = ops::sum(matrix, 1);
  const Tensor predictions = ops::sum(matrix, 0);
  // As shares, so that squares of large counts stay small.
  const Tensor all = ops::sum(matrix);
  const Tensor of_labels = ops::divide_no_nan(labels, all);
  const Tensor of_predictions = ops::divide_no_nan(predictions, all);
  const Tensor together = ops::divide_no_nan(ops::sum(diagonal(matrix)), all);
  const auto spread = [](const Tensor& shares) { return ops::sum(shares * (1 - shares)); };
  return ops::divide_no_nan(together - ops::sum(of_labels * of_predictions),
                            ops::sqrt(spread(of_labels) * spread(of_predictions)));
}

Tensor of(const CohenKappaOptions& options, const Tensor& matrix) {
  const int64_t count = matrix.shape()[0];
  const Tensor places = ops::cast(ops::arange(count), matrix.dtype());
  Tensor weights = ops::absolute(ops::expand_dims(places, 0) - ops::expand_dims(places, 1));
  if (!options.weights) weights = ops::minimum(weights, 1);
  if (options.weights == "quadratic") weights = ops::square(weights);
  const Tensor expected =
      ops::expand_dims(ops::sum(matrix, 1), 1) * ops::expand_dims(ops::sum(matrix, 0), 0);
  const Tensor by_chance = ops::divide_no_nan(ops::sum(weights * expected), ops::sum(matrix));
  const Tensor known = ops::greater(by_chance, 0);
  const Tensor kappa = 1 - ops::divide_no_nan(ops::sum(weights * matrix), by_chance);
  return ops::where(known, kappa, ops::zeros_like(kappa));
}

template <class Options>
class ClassesBody final : public detail::PracticeBody<Options> {
 public:
  using detail::PracticeBody<Options>::PracticeBody;

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& weight) override {
    const DType dtype = this->dtype();
    const Classes classes =
        classes_of(this->name(), this->options(), y_true, y_pred, weight, dtype);
    if (!matrix_.defined()) matrix_ = this->state("total_cm", {classes.count, classes.count});
    require<ShapeError>(matrix_.shape()[0] == classes.count, this->name(),
                        "expected predictions of {} classes as before, got {}. Make another "
                        "metric for them.",
                        matrix_.shape()[0], classes.count);
    const auto rows = [&](const Tensor& numbers) {
      return ops::one_hot(numbers, classes.count, -1, dtype);
    };
    const Tensor labels = rows(classes.labels) * ops::expand_dims(classes.weights, 1);
    matrix_.assign_add(ops::matmul(ops::transpose(labels), rows(classes.predictions)));
  }
  Tensor result() const override {
    require<ValueError>(matrix_.defined(), this->name(),
                        "expected an update before the result, got none. Call update_state.");
    return of(this->options(), matrix_.value());
  }
  std::vector<Variable> variables() const override {
    return matrix_.defined() ? std::vector<Variable>{matrix_} : std::vector<Variable>();
  }

 private:
  Variable matrix_;
};

template <class Options>
Metric by_classes(std::string_view class_name, const Options& options,
                  Direction direction = Direction::max) {
  const int64_t count = options.num_classes;
  require<ValueError>(count == 0 || count > 1, class_name,
                      "expected 2 classes or more, got {}. Leave num_classes out to take the "
                      "predictions' last axis.",
                      count);
  return Metric(std::make_shared<ClassesBody<Options>>(class_name, options, direction));
}

void expect_one_of(std::string_view where, const char* argument, const OptionalText& given,
                   std::initializer_list<const char*> known) {
  if (!given) return;
  for (const char* name : known) {
    if (*given == name) return;
  }
  fail<ValueError>(where, "expected {} for `{}`, or none, got '{}'. Check the spelling.",
                   fmt::join(known, " or "), argument, *given);
}

}  // namespace

namespace metrics {

Metric ConfusionMatrix(ConfusionMatrixOptions options) {
  expect_one_of("ConfusionMatrix", "normalize", options.normalize, {"true", "pred", "all"});
  return by_classes("ConfusionMatrix", options, Direction::none);
}
Metric Specificity(SpecificityOptions options) { return by_classes("Specificity", options); }
Metric BalancedAccuracy(BalancedAccuracyOptions options) {
  return by_classes("BalancedAccuracy", options);
}
Metric MatthewsCorrelation(MatthewsCorrelationOptions options) {
  return by_classes("MatthewsCorrelation", options);
}
Metric CohenKappa(CohenKappaOptions options) {
  expect_one_of("CohenKappa", "weights", options.weights, {"linear", "quadratic"});
  return by_classes("CohenKappa", options);
}

}  // namespace metrics

}  // namespace keratin
