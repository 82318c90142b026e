// SPDX-License-Identifier: Apache-2.0
// Metrics whose one value needs all samples in an order: average precision and the median.
#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "keratin/nn/metrics_practice_internal.h"
#include "keratin/nn/sample_sink.h"

namespace keratin {

namespace {

using namespace metrics;

constexpr double none = std::numeric_limits<double>::quiet_NaN();

// A sample: what it is ordered by, what it weighs, and whether its label is 1.
struct Ranked {
  double key, weight;
  bool hit;
};

// Samples in the order of their keys, which takes some more without sorting all anew.
class Ranking {
 public:
  void add(const Ranked& one) {
    if (std::isnan(one.key)) is_broken_ = true;
    if (one.weight != 0.0) rows_.push_back(one);
  }
  // Tells whether a key is NaN, so that there is no order.
  bool is_broken() const { return is_broken_; }
  const std::vector<Ranked>& rows() {
    const auto less = [](const Ranked& a, const Ranked& b) { return a.key < b.key; };
    const auto middle = rows_.begin() + static_cast<std::ptrdiff_t>(sorted_);
    std::stable_sort(middle, rows_.end(), less);
    std::inplace_merge(rows_.begin(), middle, rows_.end(), less);
    sorted_ = rows_.size();
    return rows_;
  }

 private:
  std::vector<Ranked> rows_;
  size_t sorted_ = 0;
  bool is_broken_ = false;
};

// A metric's samples: a ranking for each output, or one of all.
struct Rankings {
  std::vector<Ranking> each;
  int64_t outputs = 0;
  int64_t samples = 0;
};

// The highest score comes first.
Ranked ranked(const AveragePrecisionOptions&, double label, double score, double weight) {
  return {-score, weight, label == 1.0};
}
Ranked ranked(const MedianAbsoluteErrorOptions&, double truth, double prediction, double weight) {
  return {std::abs(truth - prediction), weight, false};
}

void check_labels(const AveragePrecisionOptions&, const std::string& where,
                  const std::vector<double>& labels) {
  for (const double label : labels) {
    require<ValueError>(label == 0.0 || label == 1.0, where,
                        "expected labels 0 and 1, got {}. Convert them.", label);
  }
}
void check_labels(const MedianAbsoluteErrorOptions&, const std::string&,
                  const std::vector<double>&) {}

bool is_joint(const AveragePrecisionOptions& options) { return options.average == "micro"; }
bool is_joint(const MedianAbsoluteErrorOptions&) { return false; }

template <class Options>
void take(Rankings& all, const Options& options, const std::string& where, const Tensor& y_true,
          const Tensor& y_pred, const Tensor& weight) {
  const int64_t outputs = detail::check_samples(where, y_true, y_pred, weight);
  detail::check_outputs(where, all.samples, all.outputs, outputs);
  const std::vector<double> labels = detail::doubles_of(y_true);
  const std::vector<double> predictions = detail::doubles_of(y_pred);
  const std::vector<double> weights =
      weight.defined() ? detail::doubles_of(weight) : std::vector<double>();
  check_labels(options, where, labels);
  const auto width = static_cast<size_t>(outputs);
  all.outputs = outputs;
  all.samples += static_cast<int64_t>(labels.size() / width);
  all.each.resize(is_joint(options) ? 1 : width);
  for (size_t i = 0; i < labels.size(); ++i) {
    const double one = weights.empty() ? 1.0 : weights[i / width];
    all.each[i % all.each.size()].add(ranked(options, labels[i], predictions[i], one));
  }
}

// Returns the mean precision over the steps of recall; 0 without a label of 1.
double value_of(const AveragePrecisionOptions&, const std::vector<Ranked>& rows) {
  double hits = 0.0, misses = 0.0, before = 0.0, area = 0.0;
  for (size_t i = 0; i < rows.size(); ++i) {
    (rows[i].hit ? hits : misses) += rows[i].weight;
    if (i + 1 < rows.size() && rows[i + 1].key == rows[i].key) continue;
    if (hits != before) area += (hits - before) * (hits / (hits + misses));
    before = hits;
  }
  return hits > 0.0 ? area / hits : 0.0;
}

// Returns the value below which half of the weight lies; where it ends exactly there, the mean of
// it and the next.
double value_of(const MedianAbsoluteErrorOptions&, const std::vector<Ranked>& rows) {
  if (rows.empty()) return none;
  double all = 0.0;
  for (const Ranked& row : rows) all += row.weight;
  double below = rows[0].weight;
  size_t at = 0;
  while (below < 0.5 * all && at + 1 < rows.size()) below += rows[++at].weight;
  const bool ends_there = below - 0.5 * all <= std::numeric_limits<double>::epsilon();
  if (!ends_there || at + 1 == rows.size()) return rows[at].key;
  return (rows[at].key + rows[at + 1].key) / 2.0;
}

template <class Options>
double mean_of(Rankings& all, const Options& options) {
  double total = 0.0;
  for (Ranking& one : all.each) total += one.is_broken() ? none : value_of(options, one.rows());
  return total / static_cast<double>(all.each.size());
}

// Keeps samples in itself and not in variables. In the trace of a training step they become outputs
// of the step.
template <class Options>
class RankedBody final : public detail::PracticeBody<Options> {
 public:
  RankedBody(std::string_view class_name, const Options& options, Direction direction,
             const char* instead)
      : detail::PracticeBody<Options>(class_name, options, direction), instead_(instead) {}

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& weight) override {
    SampleSink* sink = SampleSink::current();
    if (sink == nullptr || !y_pred.defined() || y_pred.is_concrete()) {
      detail::require_concrete(this->name(), y_true, y_pred, instead_);
      return take(*all_, this->options(), this->name(), y_true, y_pred, weight);
    }
    detail::check_samples(this->name(), y_true, y_pred, weight);
    sink->add({y_true, y_pred, weight,
               [all = all_, options = this->options(), where = this->name()](
                   const Tensor& y, const Tensor& p, const Tensor& w) {
                 take(*all, options, where, y, p, w);
               }});
  }
  Tensor result() const override {
    const auto read = [all = all_, options = this->options(), where = this->name()] {
      detail::require_samples(where, all->samples);
      return mean_of(*all, options);
    };
    if (SampleSink* sink = SampleSink::current()) return sink->stand_in(this->dtype(), read);
    return Tensor::from(std::vector<double>{read()}, Shape{}).cast(this->dtype());
  }
  void reset_state() override { *all_ = Rankings(); }
  std::vector<Variable> variables() const override { return {}; }

 private:
  std::shared_ptr<Rankings> all_ = std::make_shared<Rankings>();
  const char* instead_;
};

}  // namespace

namespace metrics {

Metric AveragePrecision(AveragePrecisionOptions options) {
  require<ValueError>(options.average == "macro" || options.average == "micro", "AveragePrecision",
                      "expected the average macro or micro, got '{}'. Check the spelling.",
                      options.average);
  return Metric(std::make_shared<RankedBody<AveragePrecisionOptions>>(
      "AveragePrecision", options, Direction::max,
      ", or compile with metrics::AUC and curve = \"PR\""));
}

Metric MedianAbsoluteError(MedianAbsoluteErrorOptions options) {
  return Metric(std::make_shared<RankedBody<MedianAbsoluteErrorOptions>>(
      "MedianAbsoluteError", options, Direction::min,
      ", or compile with metrics::MeanAbsoluteError"));
}

double average_precision(const Tensor& y_true, const Tensor& y_score, const Tensor& sample_weight) {
  constexpr const char* where = "average_precision";
  detail::require_concrete(where, y_true, y_score, "");
  const auto column = [](const Tensor& x) { return x.defined() ? x.reshape({-1}) : x; };
  const AveragePrecisionOptions options;
  Rankings all;
  take(all, options, where, column(y_true), column(y_score), column(sample_weight));
  require<ValueError>(!all.each[0].is_broken(), where,
                      "expected numbers as scores, got nan. Check the predictions.");
  return mean_of(all, options);
}

}  // namespace metrics

}  // namespace keratin
