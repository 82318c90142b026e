// SPDX-License-Identifier: Apache-2.0
// Metrics of probabilities: how far they lie from the labels, and from how often they are right.
#include <limits>

#include "keratin/graph/ops/ops.h"
#include "keratin/nn/loss.h"
#include "keratin/nn/metrics_practice_internal.h"

namespace keratin {

namespace {

using namespace metrics;

// Labels and predictions of one form: [...] for one unit, else one-hot rows [..., classes].
struct Shares {
  Tensor labels, predictions;
  bool binary = false;
};

Shares shares_of(const Tensor& y_true, const Tensor& y_pred, DType dtype) {
  require<ValueError>(y_pred.defined() && y_pred.rank() >= 1, "metric",
                      "expected update_state(y_true, y_pred) with an axis for samples, got less. "
                      "Add what is missing.");
  const int64_t last = y_pred.rank() > 1 ? y_pred.shape().back() : 1;
  const Tensor predictions = ops::cast(y_pred, dtype);
  if (last == 1) {
    const auto [labels, flat] = detail::squeeze_or_expand(ops::cast(y_true, dtype), predictions);
    return {labels, flat, true};
  }
  const bool rows = y_true.rank() == y_pred.rank() && y_true.shape().back() == last;
  if (rows) return {ops::cast(y_true, dtype), predictions};
  Tensor numbers = ops::cast(y_true, DType::int32);
  if (numbers.rank() == y_pred.rank()) numbers = ops::squeeze(numbers, -1);
  return {ops::one_hot(numbers, last, -1, dtype), predictions};
}

// How near to 0 and 1 a logarithm is taken: the predictions' own epsilon.
double epsilon_of(DType dtype) {
  return dtype == DType::float64 ? std::numeric_limits<double>::epsilon()
                                 : double{std::numeric_limits<float>::epsilon()};
}

class CalibrationErrorBody final : public detail::PracticeBody<CalibrationErrorOptions> {
 public:
  explicit CalibrationErrorBody(const CalibrationErrorOptions& options)
      : PracticeBody("CalibrationError", options, Direction::min),
        weights_(state("weights", {options.num_bins})),
        confidences_(state("confidences", {options.num_bins})),
        hits_(state("hits", {options.num_bins})) {}

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& weight) override {
    const Shares shares = shares_of(y_true, y_pred, dtype());
    Tensor confidence = shares.predictions;
    Tensor hit = shares.labels;
    if (!shares.binary) {
      confidence = ops::max(shares.predictions, -1);
      hit = ops::cast(
          ops::equal(ops::argmax(shares.predictions, -1), ops::argmax(shares.labels, -1)), dtype());
    }
    Tensor weights = ops::ones_like(confidence);
    if (weight.defined()) {
      Tensor given = ops::cast(weight, dtype());
      while (given.rank() < confidence.rank()) given = ops::expand_dims(given, -1);
      while (given.rank() > confidence.rank()) given = ops::squeeze(given, -1);
      weights = weights * given;
    }
    const auto bins = static_cast<double>(options().num_bins);
    // As the predictions have it: an edge that float32 rounds up to lies in the bin below.
    const DType own = is_float(y_pred.dtype()) ? y_pred.dtype() : dtype();
    const Tensor bin = ops::clip(
        ops::ceil(ops::cast(ops::reshape(confidence, {-1}), own) * bins) - 1, 0.0, bins - 1);
    const Tensor rows = ops::one_hot(ops::cast(bin, DType::int32), options().num_bins, -1, dtype());
    const auto summed = [&](const Tensor& values) {
      return ops::sum(rows * ops::expand_dims(ops::reshape(values, {-1}), 1), 0);
    };
    weights_.assign_add(summed(weights));
    confidences_.assign_add(summed(confidence * weights));
    hits_.assign_add(summed(hit * weights));
  }

  Tensor result() const override {
    const Tensor weights = weights_.value();
    const Tensor gap = ops::absolute(ops::divide_no_nan(hits_.value(), weights) -
                                     ops::divide_no_nan(confidences_.value(), weights));
    if (options().norm == "max") return ops::max(gap);
    const Tensor shares = ops::divide_no_nan(weights, ops::sum(weights));
    if (options().norm == "l1") return ops::sum(gap * shares);
    return ops::sqrt(ops::sum(ops::square(gap) * shares));
  }
  std::vector<Variable> variables() const override { return {weights_, confidences_, hits_}; }

 private:
  Variable weights_, confidences_, hits_;
};

class PerplexityBody final : public detail::PracticeBody<PerplexityOptions> {
 public:
  explicit PerplexityBody(const PerplexityOptions& options)
      : PracticeBody("Perplexity", options, Direction::min),
        total_(state("total")),
        count_(state("count")) {}

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& weight) override {
    require<ShapeError>(y_pred.defined() && y_pred.rank() == y_true.rank() + 1, name(),
                        "expected token numbers and predictions with one axis more, got shapes {} "
                        "and {}. Check y_true and y_pred.",
                        to_string(y_true.shape()),
                        y_pred.defined() ? to_string(y_pred.shape()) : "none");
    const Tensor tokens = ops::cast(y_true, DType::int32);
    const Tensor given = ops::cast(y_pred, dtype());
    const Tensor logs =
        options().from_logits ? ops::log_softmax(given, -1) : ops::log(ops::clip(given, 1e-7, 1.0));
    const Tensor rows = ops::one_hot(tokens, y_pred.shape().back(), -1, dtype());
    const Tensor values = -ops::sum(rows * logs, -1);
    Tensor weights = ops::ones_like(values);
    if (options().ignore_class) {
      const Tensor counts = ops::not_equal(tokens, static_cast<double>(*options().ignore_class));
      weights = weights * ops::cast(counts, dtype());
    }
    if (y_pred.mask().defined()) weights = weights * ops::cast(y_pred.mask(), dtype());
    if (weight.defined()) {
      Tensor of_samples = ops::cast(weight, dtype());
      while (of_samples.rank() < values.rank()) of_samples = ops::expand_dims(of_samples, -1);
      weights = weights * of_samples;
    }
    total_.assign_add(ops::sum(values * weights));
    count_.assign_add(ops::sum(weights));
  }
  Tensor result() const override {
    return ops::exp(ops::divide_no_nan(total_.value(), count_.value()));
  }
  std::vector<Variable> variables() const override { return {total_, count_}; }

 private:
  Variable total_, count_;
};

}  // namespace

namespace metrics {

Metric BrierScore(BrierScoreOptions options) {
  const auto call = [dtype = options.dtype.compute_dtype()](const Tensor& y_true,
                                                            const Tensor& y_pred) {
    const Shares shares = shares_of(y_true, y_pred, dtype);
    const Tensor squares = ops::square(shares.predictions - shares.labels);
    return shares.binary ? squares : ops::sum(squares, -1);
  };
  return detail::practice_mean("BrierScore", options, call, Direction::min);
}

Metric LogLoss(LogLossOptions options) {
  const auto call = [dtype = options.dtype.compute_dtype()](const Tensor& y_true,
                                                            const Tensor& y_pred) {
    const Shares shares = shares_of(y_true, y_pred, dtype);
    const double near = epsilon_of(y_pred.dtype());
    const auto log = [&](const Tensor& p) { return ops::log(ops::clip(p, near, 1.0 - near)); };
    if (!shares.binary) return -ops::sum(shares.labels * log(shares.predictions), -1);
    return -(shares.labels * log(shares.predictions) +
             (1 - shares.labels) * log(1 - shares.predictions));
  };
  return detail::practice_mean("LogLoss", options, call, Direction::min);
}

Metric CalibrationError(CalibrationErrorOptions options) {
  require<ValueError>(options.num_bins > 0, "CalibrationError",
                      "expected one bin or more, got {}. Use 15.", options.num_bins);
  require<ValueError>(
      options.norm == "l1" || options.norm == "l2" || options.norm == "max", "CalibrationError",
      "expected the norm l1, l2 or max, got '{}'. Check the spelling.", options.norm);
  return Metric(std::make_shared<CalibrationErrorBody>(options));
}

Metric Perplexity(PerplexityOptions options) {
  return Metric(std::make_shared<PerplexityBody>(options));
}

}  // namespace metrics

}  // namespace keratin
