// SPDX-License-Identifier: Apache-2.0
// Metrics that give the points of a curve, from all samples.
#include <algorithm>
#include <cmath>
#include <limits>

#include "keratin/nn/metrics_practice_internal.h"

namespace keratin {

namespace detail {

void require_concrete(const std::string& where, const Tensor& x, const Tensor& y,
                      const char* instead) {
  require<ValueError>(y.defined(), where,
                      "expected update_state(y_true, y_pred), got one argument. Add y_pred.");
  require<ValueError>(x.is_concrete() && y.is_concrete(), where,
                      "expected data, got a traced step, in which all samples cannot be kept. "
                      "Update the metric with what `predict` gives{}.",
                      instead);
}

std::vector<double> doubles_of(const Tensor& tensor) { return tensor.to_vector<double>(); }

int64_t check_samples(const std::string& where, const Tensor& y_true, const Tensor& y_pred,
                      const Tensor& weight) {
  const Shape& labels = y_true.shape();
  const Shape& predictions = y_pred.shape();
  require<ShapeError>(labels.element_count() == predictions.element_count(), where,
                      "expected labels and predictions of as many elements, got shapes {} and {}. "
                      "Check them.",
                      to_string(labels), to_string(predictions));
  const bool columns = predictions.rank() > 1 && predictions.back() > 1;
  const int64_t outputs = columns ? predictions.back() : 1;
  const int64_t samples = predictions.element_count() / outputs;
  require<ShapeError>(!weight.defined() || weight.shape().element_count() == samples, where,
                      "expected a weight for each of {} samples, got shape {}. Check them.",
                      samples, weight.defined() ? to_string(weight.shape()) : "");
  return outputs;
}

void check_outputs(const std::string& where, int64_t samples, int64_t before, int64_t now) {
  require<ShapeError>(samples == 0 || before == now, where,
                      "expected {} outputs as before, got {}. Make another metric for them.",
                      before, now);
}

void require_samples(const std::string& where, int64_t samples) {
  require<ValueError>(samples > 0, where,
                      "expected an update before the result, got none. Call update_state.");
}

}  // namespace detail

namespace {

using namespace metrics;

constexpr double endless = std::numeric_limits<double>::infinity();

// Returns rows of equal length as a tensor.
Tensor table_of(const std::vector<std::vector<double>>& rows, DType dtype) {
  std::vector<double> all;
  for (const auto& row : rows) all.insert(all.end(), row.begin(), row.end());
  const auto count = static_cast<int64_t>(rows.size());
  return Tensor::from(all, {count, static_cast<int64_t>(rows[0].size())}).cast(dtype);
}

// Samples of one label as they came.
struct Samples {
  std::vector<double> labels, predictions, weights;
  size_t size() const { return weights.size(); }
};

void add_samples(Samples& samples, const std::string& where, const Tensor& y_true,
                 const Tensor& y_pred, const Tensor& weight) {
  const int64_t outputs = detail::check_samples(where, y_true, y_pred, weight);
  require<ShapeError>(outputs == 1, where,
                      "expected the scores of one label, got shape {}. Make a metric for each.",
                      to_string(y_pred.shape()));
  const auto append = [](std::vector<double>& all, const std::vector<double>& more) {
    all.insert(all.end(), more.begin(), more.end());
  };
  append(samples.labels, detail::doubles_of(y_true));
  append(samples.predictions, detail::doubles_of(y_pred));
  if (weight.defined()) append(samples.weights, detail::doubles_of(weight));
  samples.weights.resize(samples.labels.size(), 1.0);
}

// Weighted counts of what lies at or above each distinct score, the highest score first.
struct Counts {
  std::vector<double> hits, misses, thresholds;
};

Counts counts_of(const std::string& where, const Samples& samples) {
  struct Scored {
    double score, weight;
    bool hit;
  };
  std::vector<Scored> order;
  order.reserve(samples.size());
  for (size_t i = 0; i < samples.size(); ++i) {
    const double label = samples.labels[i], score = samples.predictions[i];
    require<ValueError>(label == 0.0 || label == 1.0, where,
                        "expected labels 0 and 1, got {}. Convert them.", label);
    require<ValueError>(!std::isnan(score), where,
                        "expected numbers as scores, got nan. Check the predictions.");
    if (samples.weights[i] != 0.0) order.push_back({score, samples.weights[i], label == 1.0});
  }
  std::stable_sort(order.begin(), order.end(),
                   [](const Scored& a, const Scored& b) { return a.score > b.score; });
  Counts counts;
  double hits = 0.0, misses = 0.0;
  for (size_t i = 0; i < order.size(); ++i) {
    const double score = order[i].score;
    (order[i].hit ? hits : misses) += order[i].weight;
    if (i + 1 < order.size() && order[i + 1].score == score) continue;
    counts.hits.push_back(hits);
    counts.misses.push_back(misses);
    counts.thresholds.push_back(score);
  }
  return counts;
}

// Keeps the points where `keep(i)` holds, and the first and the last.
template <class Keep>
void thin(Counts& counts, Keep keep) {
  const size_t size = counts.hits.size();
  if (size < 3) return;
  Counts kept;
  for (size_t i = 0; i < size; ++i) {
    if (i > 0 && i + 1 < size && !keep(i)) continue;
    kept.hits.push_back(counts.hits[i]);
    kept.misses.push_back(counts.misses[i]);
    kept.thresholds.push_back(counts.thresholds[i]);
  }
  counts = std::move(kept);
}

ROCPoints roc_of(const std::string& where, const Samples& samples, bool drop_intermediate) {
  Counts counts = counts_of(where, samples);
  if (drop_intermediate) {
    const auto bends = [](const std::vector<double>& v, size_t i) {
      return v[i + 1] - v[i] != v[i] - v[i - 1];
    };
    const Counts all = counts;
    thin(counts, [&](size_t i) { return bends(all.hits, i) || bends(all.misses, i); });
  }
  ROCPoints points{{0.0}, {0.0}, {endless}};
  const double positive = counts.hits.empty() ? 0.0 : counts.hits.back();
  const double negative = counts.misses.empty() ? 0.0 : counts.misses.back();
  const double none = std::numeric_limits<double>::quiet_NaN();
  if (!(positive > 0.0)) points.true_positive_rate[0] = none;
  if (!(negative > 0.0)) points.false_positive_rate[0] = none;
  for (size_t i = 0; i < counts.hits.size(); ++i) {
    points.true_positive_rate.push_back(positive > 0.0 ? counts.hits[i] / positive : none);
    points.false_positive_rate.push_back(negative > 0.0 ? counts.misses[i] / negative : none);
    points.thresholds.push_back(counts.thresholds[i]);
  }
  return points;
}

PrecisionRecallPoints precision_recall_of(const std::string& where, const Samples& samples,
                                          bool drop_intermediate) {
  Counts counts = counts_of(where, samples);
  if (drop_intermediate) {
    const std::vector<double> hits = counts.hits;
    thin(counts, [&](size_t i) { return hits[i] != hits[i - 1] || hits[i + 1] != hits[i]; });
  }
  PrecisionRecallPoints points;
  const double positive = counts.hits.empty() ? 0.0 : counts.hits.back();
  for (size_t i = counts.hits.size(); i-- > 0;) {
    const double all = counts.hits[i] + counts.misses[i];
    points.precision.push_back(all == 0.0 ? 0.0 : counts.hits[i] / all);
    points.recall.push_back(positive == 0.0 ? 1.0 : counts.hits[i] / positive);
    points.thresholds.push_back(counts.thresholds[i]);
  }
  points.precision.push_back(1.0);
  points.recall.push_back(0.0);
  points.thresholds.push_back(endless);
  return points;
}

Tensor result_of(const std::string& where, const Samples& samples, const ROCCurveOptions& options,
                 DType dtype) {
  const ROCPoints points = roc_of(where, samples, options.drop_intermediate);
  return table_of({points.false_positive_rate, points.true_positive_rate, points.thresholds},
                  dtype);
}

Tensor result_of(const std::string& where, const Samples& samples,
                 const PrecisionRecallCurveOptions& options, DType dtype) {
  const PrecisionRecallPoints points =
      precision_recall_of(where, samples, options.drop_intermediate);
  return table_of({points.precision, points.recall, points.thresholds}, dtype);
}

// Keeps samples in itself and not in variables.
template <class Options>
class CurveBody final : public detail::PracticeBody<Options> {
 public:
  CurveBody(std::string_view class_name, const Options& options)
      : detail::PracticeBody<Options>(class_name, options, Direction::none) {}

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& weight) override {
    detail::require_concrete(this->name(), y_true, y_pred, ", or compile with metrics::AUC");
    add_samples(samples_, this->name(), y_true, y_pred, weight);
  }
  Tensor result() const override {
    detail::require_samples(this->name(), static_cast<int64_t>(samples_.size()));
    return result_of(this->name(), samples_, this->options(), this->dtype());
  }
  void reset_state() override { samples_ = Samples(); }
  std::vector<Variable> variables() const override { return {}; }

 private:
  Samples samples_;
};

Samples one_label(const std::string& where, const Tensor& y_true, const Tensor& y_score,
                  const Tensor& sample_weight) {
  detail::require_concrete(where, y_true, y_score, "");
  Samples samples;
  const auto column = [](const Tensor& x) { return x.reshape({-1}); };
  add_samples(samples, where, column(y_true), column(y_score),
              sample_weight.defined() ? column(sample_weight) : Tensor());
  return samples;
}

}  // namespace

namespace metrics {

Metric ROCCurve(ROCCurveOptions options) {
  return Metric(std::make_shared<CurveBody<ROCCurveOptions>>("ROCCurve", options));
}
Metric PrecisionRecallCurve(PrecisionRecallCurveOptions options) {
  return Metric(
      std::make_shared<CurveBody<PrecisionRecallCurveOptions>>("PrecisionRecallCurve", options));
}

ROCPoints roc_curve(const Tensor& y_true, const Tensor& y_score, const Tensor& sample_weight,
                    bool drop_intermediate) {
  return roc_of("roc_curve", one_label("roc_curve", y_true, y_score, sample_weight),
                drop_intermediate);
}
PrecisionRecallPoints precision_recall_curve(const Tensor& y_true, const Tensor& y_score,
                                             const Tensor& sample_weight, bool drop_intermediate) {
  constexpr const char* where = "precision_recall_curve";
  return precision_recall_of(where, one_label(where, y_true, y_score, sample_weight),
                             drop_intermediate);
}

}  // namespace metrics

}  // namespace keratin
