// SPDX-License-Identifier: Apache-2.0
// The area under curves of rates over all thresholds.
#include <algorithm>
#include <cctype>

#include "keratin/base/check.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/nn/metrics_confusion_internal.h"

namespace keratin {

namespace {

using namespace metrics;
using detail::Confusion;
using detail::CountingBody;

constexpr double epsilon = 1e-7;  // keras.config.epsilon()

class AUCBody final : public CountingBody {
 public:
  AUCBody(MetricOptions common, Setup setup, const AUCOptions& options)
      : CountingBody(std::move(common), std::move(setup), detail::all_counts()),
        curve_(options.curve),
        summation_(options.summation_method),
        label_weights_(options.label_weights),
        from_logits_(options.from_logits) {}

  Tensor result() const override {
    const bool interpolates = summation_ == "interpolation";
    if (curve_ == "PR" && interpolates) return over_labels(interpolated_precision());
    const auto [x, y] = curve_points();
    const Tensor left = y[Slice(0, -1)];
    const Tensor right = y[Slice(1, open)];
    Tensor heights = (left + right) / 2.0;
    if (!interpolates) {
      heights = summation_ == "minoring" ? ops::minimum(left, right) : ops::maximum(left, right);
    }
    return over_labels((x[Slice(0, -1)] - x[Slice(1, open)]) * heights);
  }

 protected:
  Tensor prepared(const Tensor& y_pred) const override {
    return from_logits_ ? ops::sigmoid(y_pred) : y_pred;
  }

 private:
  std::pair<Tensor, Tensor> curve_points() const {
    const Tensor recall = share(0, 3);
    if (curve_ == "ROC") return {share(1, 2), recall};
    if (curve_ == "PR") return {recall, share(0, 1)};
    const Tensor hits = value(0);
    const Tensor odds = ops::divide_no_nan(hits + value(3), value(2) + value(1));
    const Tensor none = ops::equal(hits, 0.0);
    const Tensor recall_gain = 1.0 - odds * ops::divide_no_nan(value(3), hits);
    const Tensor precision_gain = 1.0 - odds * ops::divide_no_nan(value(1), hits);
    return {ops::maximum(ops::where(none, 0.0, recall_gain), 0.0),
            ops::where(none, 1.0, precision_gain)};
  }

  // The area between two thresholds under the true curve, on which the numbers of hits and of
  // predictions grow evenly (Davis and Goadrich, 2006).
  Tensor interpolated_precision() const {
    const Tensor hits = value(0);
    const Tensor all = hits + value(1);
    const Tensor more_hits = hits[Slice(0, -1)] - hits[Slice(1, open)];
    const Tensor before = all[Slice(0, -1)];
    const Tensor after = all[Slice(1, open)];
    const Tensor slope = ops::divide_no_nan(more_hits, ops::maximum(before - after, 0));
    const Tensor offset = hits[Slice(1, open)] - slope * after;
    const Tensor known = ops::logical_and(ops::greater(before, 0), ops::greater(after, 0));
    const Tensor ratio = ops::where(known, ops::divide_no_nan(before, ops::maximum(after, 0)),
                                    ops::ones_like(after));
    const Tensor missed = value(3);
    return ops::divide_no_nan(slope * (more_hits + offset * ops::log(ratio)),
                              ops::maximum(hits[Slice(1, open)] + missed[Slice(1, open)], 0));
  }

  Tensor over_labels(const Tensor& terms) const {
    const Tensor areas = ops::sum(terms, 0);
    if (!selection().multi_label) return areas;
    if (label_weights_.empty()) return ops::mean(areas);
    const Shape shape{static_cast<int64_t>(label_weights_.size())};
    const Tensor weights = Tensor::from(label_weights_, shape).cast(areas.dtype());
    return ops::divide_no_nan(ops::sum(areas * weights), ops::sum(weights));
  }

  std::string curve_, summation_;
  std::vector<double> label_weights_;
  bool from_logits_;
};

std::string one_of(const std::string& where, const char* what, const std::string& given,
                   const std::vector<std::string>& known) {
  require<ValueError>(std::find(known.begin(), known.end(), given) != known.end(), where,
                      "expected the {} {}, got '{}'. Check the spelling.", what,
                      fmt::join(known, " or "), given);
  return given;
}

// How Keras writes an array.
Config written_weights(const std::vector<double>& weights) {
  if (weights.empty()) return {};
  const Config inner =
      Config::dict({{"value", Codec<std::vector<double>>::write(weights)}, {"dtype", "float32"}});
  return Config::dict({{"class_name", "__tensor__"}, {"config", inner}});
}

Confusion auc_thresholds(AUCOptions& options, const std::string& name) {
  std::vector<double> inner;
  bool even = true;
  if (options.thresholds) {
    inner = detail::parse_thresholds(name, options.thresholds, 0.5);
    std::sort(inner.begin(), inner.end());
    std::vector<double> all = inner;
    all.insert(all.begin(), 0.0);
    all.push_back(1.0);
    even = detail::are_even(all);
    options.num_thresholds = static_cast<int64_t>(inner.size()) + 2;
    options.thresholds = Thresholds(std::vector<Number>(inner.begin(), inner.end()));
  } else {
    require<ValueError>(options.num_thresholds > 1, name,
                        "expected num_thresholds of 2 or more, got {}. Use 200.",
                        options.num_thresholds);
    inner = detail::inner_thresholds(options.num_thresholds);
  }
  inner.insert(inner.begin(), -epsilon);
  inner.push_back(1.0 + epsilon);
  return {std::move(inner), even};
}

}  // namespace

namespace metrics {

Metric AUC(AUCOptions options) {
  MetricOptions common = detail::metric_options_of("AUC", options);
  if (options.curve == "pr" || options.curve == "roc" || options.curve == "prgain") {
    std::transform(options.curve.begin(), options.curve.end(), options.curve.begin(), ::toupper);
  }
  one_of(common.name, "curve", options.curve, {"ROC", "PR", "PRGAIN"});
  one_of(common.name, "summation_method", options.summation_method,
         {"interpolation", "minoring", "majoring"});
  require<ValueError>(options.multi_label || !options.num_labels, common.name,
                      "expected num_labels with multi_label only, got {}. Leave it out.",
                      options.num_labels.value_or(0));
  Confusion confusion = auc_thresholds(options, common.name);
  Config own = Config::dict({{"num_thresholds", options.num_thresholds},
                             {"curve", options.curve},
                             {"summation_method", options.summation_method},
                             {"multi_label", options.multi_label},
                             {"num_labels", Codec<OptionalInt>::write(options.num_labels)},
                             {"label_weights", written_weights(options.label_weights)},
                             {"from_logits", options.from_logits}});
  if (options.thresholds) own.set("thresholds", Codec<Thresholds>::write(*options.thresholds));
  CountingBody::Setup setup{"AUC", std::move(confusion),
                            detail::Selection{.multi_label = options.multi_label,
                                              .num_labels = options.num_labels,
                                              .label_weights = options.label_weights},
                            std::move(own)};
  return Metric(std::make_shared<AUCBody>(std::move(common), std::move(setup), options));
}

}  // namespace metrics

}  // namespace keratin
