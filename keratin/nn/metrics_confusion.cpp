// SPDX-License-Identifier: Apache-2.0
// Counts of hits and misses at thresholds, and the rates and areas that are made of them.
#include "keratin/nn/metrics_confusion.h"

#include "keratin/base/check.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/nn/metrics_confusion_internal.h"

namespace keratin {

namespace {

using namespace metrics;
using detail::Confusion;
using detail::CountingBody;
using detail::Counts;
using detail::Part;
using detail::Parts;
using detail::Selection;

class CountBody final : public CountingBody {
 public:
  using CountingBody::CountingBody;
  Tensor result() const override { return by_threshold(value(0)); }
};

class ShareBody final : public CountingBody {
 public:
  using CountingBody::CountingBody;
  Tensor result() const override { return by_threshold(share(0, 1)); }
};

// The best of one rate where another reaches a bound.
class BoundedBody final : public CountingBody {
 public:
  enum class Rate : uint8_t { sensitivity, specificity, precision };
  BoundedBody(MetricOptions common, Setup setup, double bound, Rate bounded, Rate best)
      : CountingBody(std::move(common), std::move(setup), detail::all_counts()),
        bound_(bound),
        bounded_(bounded),
        best_(best) {}
  Tensor result() const override {
    const Tensor reached = ops::greater_equal(rate(bounded_), bound_);
    return ops::maximum(ops::max(ops::where(reached, rate(best_), 0.0)), 0.0);
  }

 private:
  Tensor rate(Rate which) const {
    if (which == Rate::sensitivity) return share(0, 3);
    return which == Rate::specificity ? share(2, 1) : share(0, 1);
  }
  double bound_;
  Rate bounded_, best_;
};

template <class Options>
Metric counts(std::string_view class_name, const Options& options, Part part) {
  MetricOptions common = detail::metric_options_of(class_name, options);
  std::vector<double> thresholds = detail::parse_thresholds(common.name, options.thresholds, 0.5);
  const bool even = detail::are_even(thresholds);
  CountingBody::Setup setup{class_name, Confusion(std::move(thresholds), even), Selection(),
                            detail::own_metric_config(options), Direction::none};
  Parts parts{{"accumulator", part}};
  return Metric(std::make_shared<CountBody>(std::move(common), std::move(setup), std::move(parts)));
}

template <class Options>
Metric share(std::string_view class_name, const Options& options, Parts parts) {
  MetricOptions common = detail::metric_options_of(class_name, options);
  std::vector<double> thresholds = detail::parse_thresholds(
      common.name, options.thresholds, options.top_k ? detail::no_prediction : 0.5);
  const bool even = detail::are_even(thresholds);
  CountingBody::Setup setup{class_name, Confusion(std::move(thresholds), even),
                            Selection{.top_k = options.top_k, .class_id = options.class_id},
                            detail::own_metric_config(options)};
  return Metric(std::make_shared<ShareBody>(std::move(common), std::move(setup), std::move(parts)));
}

template <class Options>
Metric bounded(std::string_view class_name, const Options& options, std::string_view what,
               double bound, BoundedBody::Rate of, BoundedBody::Rate best) {
  MetricOptions common = detail::metric_options_of(class_name, options);
  require<ValueError>(bound >= 0.0 && bound <= 1.0, common.name,
                      "expected {} from 0 to 1, got {}. Pass such a rate.", what, bound);
  require<ValueError>(options.num_thresholds > 0, common.name,
                      "expected num_thresholds of 1 or more, got {}. Use 200.",
                      options.num_thresholds);
  std::vector<double> thresholds{0.5};
  const bool even = options.num_thresholds > 1;
  if (even) {
    thresholds = detail::inner_thresholds(options.num_thresholds);
    thresholds.insert(thresholds.begin(), 0.0);
    thresholds.push_back(1.0);
  }
  CountingBody::Setup setup{class_name, Confusion(std::move(thresholds), even),
                            Selection{.class_id = options.class_id},
                            detail::own_metric_config(options)};
  return Metric(
      std::make_shared<BoundedBody>(std::move(common), std::move(setup), bound, of, best));
}

}  // namespace

namespace metrics {

Metric TruePositives(TruePositivesOptions options) {
  return counts("TruePositives", options, &Counts::true_positives);
}
Metric TrueNegatives(TrueNegativesOptions options) {
  return counts("TrueNegatives", options, &Counts::true_negatives);
}
Metric FalsePositives(FalsePositivesOptions options) {
  return counts("FalsePositives", options, &Counts::false_positives);
}
Metric FalseNegatives(FalseNegativesOptions options) {
  return counts("FalseNegatives", options, &Counts::false_negatives);
}

Metric Precision(PrecisionOptions options) {
  return share(
      "Precision", options,
      {{"true_positives", &Counts::true_positives}, {"false_positives", &Counts::false_positives}});
}
Metric Recall(RecallOptions options) {
  return share(
      "Recall", options,
      {{"true_positives", &Counts::true_positives}, {"false_negatives", &Counts::false_negatives}});
}

using Rate = BoundedBody::Rate;

Metric SensitivityAtSpecificity(SensitivityAtSpecificityOptions options) {
  return bounded("SensitivityAtSpecificity", options, "specificity", options.specificity,
                 Rate::specificity, Rate::sensitivity);
}
Metric SpecificityAtSensitivity(SpecificityAtSensitivityOptions options) {
  return bounded("SpecificityAtSensitivity", options, "sensitivity", options.sensitivity,
                 Rate::sensitivity, Rate::specificity);
}
Metric PrecisionAtRecall(PrecisionAtRecallOptions options) {
  return bounded("PrecisionAtRecall", options, "recall", options.recall, Rate::sensitivity,
                 Rate::precision);
}
Metric RecallAtPrecision(RecallAtPrecisionOptions options) {
  return bounded("RecallAtPrecision", options, "precision", options.precision, Rate::precision,
                 Rate::sensitivity);
}

}  // namespace metrics

}  // namespace keratin
