// SPDX-License-Identifier: Apache-2.0
// Metrics whose value needs all samples sorted: curves, average precision, the median.
#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>

#include "keratin/nn/metrics_practice_internal.h"
#include "keratin/nn/sample_sink.h"

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

}  // namespace detail

namespace {

using namespace metrics;

constexpr double endless = std::numeric_limits<double>::infinity();

Tensor scalar_of(double value, DType dtype) {
  return Tensor::from(std::vector<double>{value}, Shape{}).cast(dtype);
}

// Returns rows of equal length as a tensor.
Tensor table_of(const std::vector<std::vector<double>>& rows, DType dtype) {
  std::vector<double> all;
  for (const auto& row : rows) all.insert(all.end(), row.begin(), row.end());
  const auto count = static_cast<int64_t>(rows.size());
  return Tensor::from(all, {count, static_cast<int64_t>(rows[0].size())}).cast(dtype);
}

// Samples as they came: labels and predictions [samples, outputs], a weight for each sample.
struct Samples {
  std::vector<double> labels, predictions, weights;
  size_t outputs = 1;

  size_t size() const { return weights.size(); }
  // Returns one output's samples.
  Samples output(size_t at) const {
    Samples one;
    one.weights = weights;
    for (size_t i = at; i < labels.size(); i += outputs) {
      one.labels.push_back(labels[i]);
      one.predictions.push_back(predictions[i]);
    }
    return one;
  }
  // Returns all outputs as samples of one.
  Samples flat() const {
    Samples all{.labels = labels, .predictions = predictions, .weights = {}};
    for (size_t i = 0; i < labels.size(); ++i) all.weights.push_back(weights[i / outputs]);
    return all;
  }
};

// Returns how many outputs each sample has.
size_t outputs_of(const Tensor& y_pred) {
  const bool columns = y_pred.rank() > 1 && y_pred.shape().back() > 1;
  return columns ? static_cast<size_t>(y_pred.shape().back()) : 1;
}

// Throws ShapeError where labels, predictions and weights, which may be traced, do not go together.
void check_shapes(const std::string& where, const Tensor& y_true, const Tensor& y_pred,
                  const Tensor& weight) {
  const Shape& labels = y_true.shape();
  const Shape& predictions = y_pred.shape();
  require<ShapeError>(labels.element_count() == predictions.element_count(), where,
                      "expected labels and predictions of as many elements, got shapes {} and {}. "
                      "Check them.",
                      to_string(labels), to_string(predictions));
  const int64_t samples = predictions.element_count() / static_cast<int64_t>(outputs_of(y_pred));
  require<ShapeError>(!weight.defined() || weight.shape().element_count() == samples, where,
                      "expected a weight for each of {} samples, got shape {}. Check them.",
                      samples, weight.defined() ? to_string(weight.shape()) : "");
}

void add_samples(Samples& samples, const std::string& where, const Tensor& y_true,
                 const Tensor& y_pred, const Tensor& weight) {
  check_shapes(where, y_true, y_pred, weight);
  const size_t outputs = outputs_of(y_pred);
  require<ShapeError>(samples.weights.empty() || samples.outputs == outputs, where,
                      "expected {} outputs as before, got {}. Make another metric for them.",
                      samples.outputs, outputs);
  const auto append = [](std::vector<double>& all, const std::vector<double>& more) {
    all.insert(all.end(), more.begin(), more.end());
  };
  samples.outputs = outputs;
  append(samples.labels, detail::doubles_of(y_true));
  append(samples.predictions, detail::doubles_of(y_pred));
  append(samples.weights,
         weight.defined()
             ? detail::doubles_of(weight)
             : std::vector<double>(samples.labels.size() / outputs - samples.weights.size(), 1.0));
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

double average_precision_of(const std::string& where, const Samples& samples) {
  const PrecisionRecallPoints points = precision_recall_of(where, samples, false);
  double area = 0.0;
  for (size_t i = 0; i + 1 < points.recall.size(); ++i) {
    area += (points.recall[i] - points.recall[i + 1]) * points.precision[i];
  }
  return std::max(0.0, area);
}

// Returns the value below which half of the weight lies; where it ends exactly there, the mean of
// it and the next.
double median_of(const Samples& samples) {
  std::vector<size_t> order(samples.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::vector<double> errors;
  for (size_t i = 0; i < order.size(); ++i) {
    errors.push_back(std::abs(samples.labels[i] - samples.predictions[i]));
  }
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return errors[a] < errors[b]; });
  std::vector<double> values, sums;
  double sum = 0.0;
  for (const size_t at : order) {
    if (samples.weights[at] == 0.0) continue;
    sum += samples.weights[at];
    values.push_back(errors[at]);
    sums.push_back(sum);
  }
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  const auto half = std::lower_bound(sums.begin(), sums.end(), 0.5 * sum) - sums.begin();
  const auto at = std::min(static_cast<size_t>(half), values.size() - 1);
  const bool ends_there = sums[at] - 0.5 * sum <= std::numeric_limits<double>::epsilon();
  if (!ends_there || at + 1 == values.size()) return values[at];
  return (values[at] + values[at + 1]) / 2.0;
}

template <class F>
double mean_over_outputs(const Samples& samples, F function) {
  double total = 0.0;
  for (size_t i = 0; i < samples.outputs; ++i) total += function(samples.output(i));
  return total / static_cast<double>(samples.outputs);
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

Tensor result_of(const std::string& where, const Samples& samples,
                 const AveragePrecisionOptions& options, DType dtype) {
  if (options.average == "micro") {
    return scalar_of(average_precision_of(where, samples.flat()), dtype);
  }
  const auto area = [&](const Samples& one) { return average_precision_of(where, one); };
  return scalar_of(mean_over_outputs(samples, area), dtype);
}

Tensor result_of(const std::string&, const Samples& samples, const MedianAbsoluteErrorOptions&,
                 DType dtype) {
  return scalar_of(mean_over_outputs(samples, median_of), dtype);
}

// Keeps samples in itself and not in variables. In the trace of a training step they become outputs
// of the step; a curve, which is no single number, has no place there.
template <class Options>
class SamplesBody final : public detail::PracticeBody<Options> {
 public:
  SamplesBody(std::string_view class_name, const Options& options, Direction direction,
              bool is_curve, const char* instead)
      : detail::PracticeBody<Options>(class_name, options, direction),
        is_curve_(is_curve),
        instead_(instead) {}

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& weight) override {
    SampleSink* sink = is_curve_ ? nullptr : SampleSink::current();
    if (sink != nullptr && y_pred.defined() && !y_pred.is_concrete()) {
      check_shapes(this->name(), y_true, y_pred, weight);
      sink->add({y_true, y_pred, weight,
                 [samples = samples_, where = this->name()](const Tensor& y, const Tensor& p,
                                                            const Tensor& w) {
                   add_samples(*samples, where, y, p, w);
                 }});
      return;
    }
    detail::require_concrete(this->name(), y_true, y_pred, instead_);
    require<ShapeError>(!is_curve_ || y_pred.rank() < 2 || y_pred.shape().back() == 1, this->name(),
                        "expected the scores of one label, got shape {}. Make a metric for each.",
                        to_string(y_pred.shape()));
    add_samples(*samples_, this->name(), y_true, y_pred, weight);
  }
  Tensor result() const override {
    SampleSink* sink = is_curve_ ? nullptr : SampleSink::current();
    if (sink == nullptr) return value_of(*samples_, this->name(), this->options(), this->dtype());
    return sink->stand_in(this->dtype(), [samples = samples_, where = this->name(),
                                          options = this->options(), dtype = this->dtype()] {
      return value_of(*samples, where, options, dtype).template item<double>();
    });
  }
  void reset_state() override { *samples_ = Samples(); }
  std::vector<Variable> variables() const override { return {}; }

 private:
  static Tensor value_of(const Samples& samples, const std::string& where, const Options& options,
                         DType dtype) {
    require<ValueError>(samples.size() > 0, where,
                        "expected an update before the result, got none. Call update_state.");
    return result_of(where, samples, options, dtype);
  }

  std::shared_ptr<Samples> samples_ = std::make_shared<Samples>();
  bool is_curve_;
  const char* instead_;
};

template <class Options>
Metric of_samples(std::string_view class_name, const Options& options, Direction direction,
                  bool is_curve, const char* instead) {
  return Metric(
      std::make_shared<SamplesBody<Options>>(class_name, options, direction, is_curve, instead));
}

Samples one_label(const std::string& where, const Tensor& y_true, const Tensor& y_score,
                  const Tensor& sample_weight) {
  detail::require_concrete(where, y_true, y_score, "");
  Samples samples;
  const auto column = [](const Tensor& x) { return x.reshape({-1}); };
  add_samples(samples, where, column(y_true), column(y_score),
              sample_weight.defined() ? column(sample_weight) : Tensor());
  return samples;
}

constexpr const char* or_auc = ", or compile with metrics::AUC";

}  // namespace

namespace metrics {

Metric ROCCurve(ROCCurveOptions options) {
  return of_samples("ROCCurve", options, Direction::none, true, or_auc);
}
Metric PrecisionRecallCurve(PrecisionRecallCurveOptions options) {
  return of_samples("PrecisionRecallCurve", options, Direction::none, true, or_auc);
}
Metric AveragePrecision(AveragePrecisionOptions options) {
  require<ValueError>(options.average == "macro" || options.average == "micro", "AveragePrecision",
                      "expected the average macro or micro, got '{}'. Check the spelling.",
                      options.average);
  return of_samples("AveragePrecision", options, Direction::max, false,
                    ", or compile with metrics::AUC and curve = \"PR\"");
}
Metric MedianAbsoluteError(MedianAbsoluteErrorOptions options) {
  return of_samples("MedianAbsoluteError", options, Direction::min, false,
                    ", or compile with metrics::MeanAbsoluteError");
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
double average_precision(const Tensor& y_true, const Tensor& y_score, const Tensor& sample_weight) {
  constexpr const char* where = "average_precision";
  return average_precision_of(where, one_label(where, y_true, y_score, sample_weight));
}

}  // namespace metrics

}  // namespace keratin
