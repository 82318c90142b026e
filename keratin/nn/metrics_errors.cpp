// SPDX-License-Identifier: Apache-2.0
// Metrics of regression that need no more than sums.
#include <limits>

#include "keratin/graph/ops/ops.h"
#include "keratin/nn/loss.h"
#include "keratin/nn/metrics_practice_internal.h"

namespace keratin {

namespace {

using namespace metrics;

// Returns labels and predictions of equal ranks.
std::pair<Tensor, Tensor> matched(const Tensor& y_true, const Tensor& y_pred, DType dtype) {
  require<ValueError>(y_pred.defined(), "metric",
                      "expected update_state(y_true, y_pred), got one argument. Add y_pred.");
  return detail::squeeze_or_expand(ops::cast(y_true, dtype), ops::cast(y_pred, dtype));
}

// Returns one weight for each sample, as a column.
Tensor column_of(const Tensor& weight, const Tensor& rows) {
  const Tensor ones = ops::ones_like(ops::sum(rows, -1, true));
  return weight.defined() ? ones * ops::reshape(ops::cast(weight, rows.dtype()), {-1, 1}) : ones;
}

class MaxErrorBody final : public detail::PracticeBody<MaxErrorOptions> {
 public:
  explicit MaxErrorBody(const MaxErrorOptions& options)
      : PracticeBody("MaxError", options, Direction::min), largest_(state("largest")) {}

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& weight) override {
    const auto [labels, predictions] = matched(y_true, y_pred, dtype());
    Tensor errors = ops::absolute(labels - predictions);
    if (weight.defined()) {
      Tensor counts = ops::cast(weight, dtype());
      while (counts.rank() < errors.rank()) counts = ops::expand_dims(counts, -1);
      errors = ops::where(ops::not_equal(counts, 0.0), errors, ops::zeros_like(errors));
    }
    largest_.assign(ops::maximum(largest_.value(), ops::max(errors)));
  }
  Tensor result() const override { return largest_.value(); }
  std::vector<Variable> variables() const override { return {largest_}; }

 private:
  Variable largest_;
};

// The weighted mean and squared deviation of columns, which batches are merged into (Chan et al.,
// 1983): sums of squares would cancel in float32.
class Spread {
 public:
  Spread() = default;
  Spread(Variable means, Variable squares) : means_(means), squares_(squares) {}

  void add(const Tensor& rows, const Tensor& weights, const Tensor& before) const {
    const Tensor count = ops::sum(weights);
    const Tensor mean = ops::divide_no_nan(ops::sum(rows * weights, 0), count);
    const Tensor apart = ops::square(rows - ops::expand_dims(mean, 0));
    const Tensor squares = ops::sum(apart * weights, 0);
    const Tensor step = mean - means_.value();
    const Tensor share = ops::divide_no_nan(count, before + count);
    const Tensor old_means = means_.value();
    means_.assign(old_means + step * share);
    squares_.assign(squares_.value() + squares + ops::square(step) * before * share);
  }

  // Returns the squared deviation, 0 where it is no more than what rounding gives.
  Tensor squares(const Tensor& count) const {
    const double epsilon = means_.dtype() == DType::float64
                               ? std::numeric_limits<double>::epsilon()
                               : double{std::numeric_limits<float>::epsilon()};
    const Tensor rounding = ops::square(4 * epsilon * means_.value()) * count;
    const Tensor squares = squares_.value();
    return ops::where(ops::greater(squares, rounding), squares, ops::zeros_like(squares));
  }
  std::vector<Variable> variables() const { return {means_, squares_}; }

 private:
  Variable means_, squares_;
};

class ExplainedVarianceBody final : public detail::PracticeBody<ExplainedVarianceOptions> {
 public:
  explicit ExplainedVarianceBody(const ExplainedVarianceOptions& options)
      : PracticeBody("ExplainedVariance", options, Direction::max), count_(state("count")) {}

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& weight) override {
    auto [labels, predictions] = matched(y_true, y_pred, dtype());
    const int64_t outputs = labels.rank() > 1 ? labels.shape().back() : 1;
    labels = ops::reshape(labels, {-1, outputs});
    predictions = ops::reshape(predictions, {-1, outputs});
    if (!made_) {
      targets_ = Spread(state("target_means", {outputs}), state("target_squares", {outputs}));
      errors_ = Spread(state("error_means", {outputs}), state("error_squares", {outputs}));
      made_ = true;
    }
    const Tensor weights = column_of(weight, labels);
    const Tensor before = count_.value();
    targets_.add(labels, weights, before);
    errors_.add(labels - predictions, weights, before);
    count_.assign(before + ops::sum(weights));
  }

  Tensor result() const override {
    require<ValueError>(made_, name(),
                        "expected an update before the result, got none. Call update_state.");
    const Tensor whole = targets_.squares(count_.value());
    const Tensor rest = errors_.squares(count_.value());
    const Tensor share = 1 - ops::divide_no_nan(rest, whole);
    // Where targets do not vary, only errors that do not either are explained.
    const Tensor varies = ops::greater(whole, 0.0);
    const Tensor exact = ops::cast(ops::equal(rest, 0.0), dtype());
    return ops::mean(ops::where(varies, share, exact));
  }
  std::vector<Variable> variables() const override {
    std::vector<Variable> all{count_};
    if (!made_) return all;
    for (const Spread& spread : {targets_, errors_}) {
      for (const Variable& variable : spread.variables()) all.push_back(variable);
    }
    return all;
  }

 private:
  Variable count_;
  Spread targets_, errors_;
  bool made_ = false;
};

}  // namespace

namespace metrics {

Metric ExplainedVariance(ExplainedVarianceOptions options) {
  return Metric(std::make_shared<ExplainedVarianceBody>(options));
}

Metric MaxError(MaxErrorOptions options) { return Metric(std::make_shared<MaxErrorBody>(options)); }

Metric InlierRatio(InlierRatioOptions options) {
  require<ValueError>(double{options.threshold} >= 0.0, "InlierRatio",
                      "expected a threshold of 0 or more, got {}. Use the largest error that is "
                      "fine.",
                      double{options.threshold});
  const auto call = [o = options](const Tensor& y_true, const Tensor& y_pred) {
    const DType dtype = o.dtype.compute_dtype();
    const auto [labels, predictions] = matched(y_true, y_pred, dtype);
    const Tensor errors = ops::absolute(labels - predictions);
    const double threshold = o.threshold;
    const Tensor limit =
        o.relative ? ops::absolute(labels) * threshold : ops::full_like(errors, threshold);
    return ops::cast(ops::less_equal(errors, limit), dtype);
  };
  return detail::practice_mean("InlierRatio", options, call, Direction::max);
}

Metric QuantileLoss(QuantileLossOptions options) {
  const double quantile = options.quantile;
  require<ValueError>(quantile >= 0.0 && quantile <= 1.0, "QuantileLoss",
                      "expected a quantile from 0 to 1, got {}. Use 0.5 for the median.", quantile);
  const auto call = [quantile, dtype = options.dtype.compute_dtype()](const Tensor& y_true,
                                                                      const Tensor& y_pred) {
    const auto [labels, predictions] = matched(y_true, y_pred, dtype);
    const Tensor errors = labels - predictions;
    return ops::maximum(quantile * errors, (quantile - 1.0) * errors);
  };
  return detail::practice_mean("QuantileLoss", options, call, Direction::min);
}

}  // namespace metrics

}  // namespace keratin
