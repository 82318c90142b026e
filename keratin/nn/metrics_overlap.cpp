// SPDX-License-Identifier: Apache-2.0
// How far predicted classes cover the labels': F scores and intersections over unions.
#include <algorithm>
#include <cmath>

#include "keratin/base/check.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/nn/metric_internal.h"
#include "keratin/nn/metrics_confusion.h"

namespace keratin {

namespace {

using namespace metrics;

constexpr double epsilon = 1e-7;  // keras.config.epsilon()

class FBetaBody final : public MetricBody {
 public:
  FBetaBody(std::string_view class_name, MetricOptions common, FBetaScoreOptions options)
      : MetricBody(std::move(common)), class_name_(class_name), options_(std::move(options)) {
    const OptionalText& average = options_.average;
    require<ValueError>(
        !average || *average == "micro" || *average == "macro" || *average == "weighted", name(),
        "expected the average micro, macro, weighted or none, got '{}'. Check the spelling.",
        average.value_or(""));
    require<ValueError>(options_.beta > 0.0, name(),
                        "expected a positive beta, got {}. Use 1 for even weights.", options_.beta);
    const double threshold = options_.threshold.value_or(1.0);
    require<ValueError>(threshold > 0.0 && threshold <= 1.0, name(),
                        "expected a threshold above 0 up to 1, got {}. Use 0.5.", threshold);
  }

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& weight) override {
    require<ValueError>(y_pred.defined(), name(),
                        "expected update_state(y_true, y_pred), got one argument. Add y_pred.");
    require<ShapeError>(y_true.rank() == 2 && y_pred.rank() == 2 && y_pred.shape()[1] != None,
                        name(),
                        "expected inputs of shape [batch, classes], got {} and {}. Reshape them.",
                        to_string(y_true.shape()), to_string(y_pred.shape()));
    if (variables_.empty()) make_variables(y_pred.shape()[1]);
    const Tensor labels = ops::cast(y_true, dtype());
    const Tensor chosen = ops::cast(chosen_in(ops::cast(y_pred, dtype())), dtype());
    Tensor weights = ops::ones_like(labels);
    if (weight.defined()) weights = weights * ops::expand_dims(ops::cast(weight, dtype()), 1);
    add(0, chosen * labels * weights);
    add(1, chosen * (1 - labels) * weights);
    add(2, (1 - chosen) * labels * weights);
    add(3, labels * weights);
  }

  Tensor result() const override {
    require<ValueError>(!variables_.empty(), name(),
                        "expected an update before the result, got none. Call update_state.");
    const Tensor hits = variables_[0].value();
    const Tensor precision = hits / (hits + variables_[1].value() + epsilon);
    const Tensor recall = hits / (hits + variables_[2].value() + epsilon);
    const double square = options_.beta * options_.beta;
    const Tensor mean = precision * recall / (square * precision + recall + epsilon);
    const Tensor scores = mean * (1 + square);
    if (!options_.average) return scores;
    if (*options_.average != "weighted") return ops::mean(scores);
    const Tensor counts = variables_[3].value();
    return ops::sum(scores * (counts / (ops::sum(counts) + epsilon)));
  }

  std::vector<Variable> variables() const override { return variables_; }
  Direction direction() const override { return Direction::max; }
  Config get_config() const override {
    Config config = MetricBody::get_config();
    const Config own = detail::own_metric_config(options_);
    for (const auto& [key, value] : own.as_dict()) {
      if (key != "beta" || class_name_ == "FBetaScore") config.set(key, value);
    }
    return config;
  }
  Config to_config() const override { return envelope("keras.metrics", class_name_, get_config()); }

 private:
  void make_variables(int64_t classes) {
    const Shape shape = options_.average == "micro" ? Shape{} : Shape{classes};
    for (const char* part :
         {"true_positives", "false_positives", "false_negatives", "intermediate_weights"}) {
      variables_.push_back(detail::metric_variable(name(), part, shape, "zeros", dtype()));
    }
  }

  Tensor chosen_in(const Tensor& predictions) const {
    if (options_.threshold) return ops::greater(predictions, *options_.threshold);
    const Tensor largest = ops::max(predictions, -1, true);
    return ops::logical_and(ops::greater_equal(predictions, largest),
                            ops::greater(ops::absolute(predictions), 1e-9));
  }

  void add(size_t part, const Tensor& values) {
    const bool all = options_.average == "micro";
    variables_[part].assign_add(all ? ops::sum(values) : ops::sum(values, 0));
  }

  std::string_view class_name_;
  FBetaScoreOptions options_;
  std::vector<Variable> variables_;
};

class IoUBody final : public MetricBody {
 public:
  struct Setup {
    std::string_view class_name;
    int64_t num_classes;
    std::vector<int64_t> target_class_ids;
    OptionalInt ignore_class = {};
    bool sparse_y_true = true;
    bool sparse_y_pred = true;
    int64_t axis = -1;
    std::optional<double> threshold = {};
    Config config;  // what is written, in Keras' order
  };
  IoUBody(MetricOptions common, Setup setup)
      : MetricBody(std::move(common)), setup_(std::move(setup)) {
    const int64_t classes = setup_.num_classes;
    require<ValueError>(classes > 0, name(),
                        "expected num_classes of 1 or more, got {}. Count the classes.", classes);
    for (int64_t id : setup_.target_class_ids) {
      require<ValueError>(id >= 0 && id < classes, name(),
                          "expected target_class_ids below {}, got {}. Classes count from 0.",
                          classes, id);
    }
    counts_ = detail::metric_variable(name(), "total_confusion_matrix", {classes, classes}, "zeros",
                                      dtype());
  }

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& weight) override {
    require<ValueError>(y_pred.defined(), name(),
                        "expected update_state(y_true, y_pred), got one argument. Add y_pred.");
    const Tensor labels = flat(setup_.sparse_y_true ? y_true : ops::argmax(y_true, setup_.axis));
    const Tensor predictions = flat(classes_in(y_pred));
    require<ShapeError>(is_compatible(labels.shape(), predictions.shape()), name(),
                        "expected as many labels as predictions, got shapes {} and {}. Check the "
                        "labels.",
                        to_string(y_true.shape()), to_string(y_pred.shape()));
    Tensor weights = ops::ones_like(labels);
    if (weight.defined()) weights = weights * flat(weight);
    Tensor counted = ops::logical_and(in_range(labels), in_range(predictions));
    if (setup_.ignore_class) {
      counted = ops::logical_and(counted, ops::not_equal(labels, *setup_.ignore_class));
    }
    const Tensor row = ops::cast(ops::where(counted, labels, 0), DType::int32);
    const Tensor column = ops::cast(ops::where(counted, predictions, 0), DType::int32);
    const int64_t classes = setup_.num_classes;
    const Tensor cells =
        apply_one(ops::scatter_rows_op, {ops::where(counted, weights, 0), row * classes + column},
                  ops::ScatterAttrs{.axis = 0, .shape = {classes * classes}});
    counts_.assign_add(ops::reshape(cells, {classes, classes}));
  }

  Tensor result() const override {
    const Tensor counts = counts_.value();
    const Tensor identity = ops::eye(setup_.num_classes, std::nullopt, 0, counts.dtype());
    const Tensor hits = ops::sum(counts * identity, 0);
    const Tensor either = ops::sum(counts, 0) + ops::sum(counts, 1) - hits;
    const Shape shape{static_cast<int64_t>(setup_.target_class_ids.size())};
    std::vector<int32_t> ids(setup_.target_class_ids.begin(), setup_.target_class_ids.end());
    const Tensor chosen = Tensor::from(ids, shape);
    const Tensor of_hits = ops::cast(ops::take(hits, chosen, 0), DType::float32);
    const Tensor of_either = ops::cast(ops::take(either, chosen, 0), DType::float32);
    const Tensor valid = ops::greater(of_either, 1e-9);
    const Tensor shares = ops::where(valid, of_hits / (of_either + epsilon), 0.0);
    return ops::sum(shares, -1) / (ops::sum(ops::cast(valid, DType::float32)) + epsilon);
  }

  std::vector<Variable> variables() const override { return {counts_}; }
  Direction direction() const override { return Direction::max; }
  Config get_config() const override {
    Config config = setup_.config;
    config.set("name", name());
    config.set("dtype", name_of(dtype()));
    return config;
  }
  Config to_config() const override {
    return envelope("keras.metrics", setup_.class_name, get_config());
  }

 private:
  Tensor flat(const Tensor& x) const {
    const Tensor cast = ops::cast(x, dtype());
    return x.rank() > 1 ? ops::ravel(cast) : cast;
  }

  Tensor classes_in(const Tensor& y_pred) const {
    if (setup_.threshold) {
      return ops::greater_equal(ops::cast(y_pred, DType::float32), *setup_.threshold);
    }
    return setup_.sparse_y_pred ? y_pred : ops::argmax(y_pred, setup_.axis);
  }

  Tensor in_range(const Tensor& classes) const {
    return ops::logical_and(ops::greater_equal(classes, 0), ops::less(classes, setup_.num_classes));
  }

  Setup setup_;
  Variable counts_;
};

template <class Options>
Metric iou(const Options& options, IoUBody::Setup setup) {
  MetricOptions common = detail::metric_options_of(setup.class_name, options);
  // Confusion matrices are counted in integers unless another dtype is asked for.
  if (common.dtype.name().empty()) common.dtype = DType::int32;
  return Metric(std::make_shared<IoUBody>(std::move(common), std::move(setup)));
}

std::vector<int64_t> all_classes(int64_t count) {
  std::vector<int64_t> ids;
  for (int64_t i = 0; i < count; ++i) ids.push_back(i);
  return ids;
}

}  // namespace

namespace metrics {

Metric FBetaScore(FBetaScoreOptions options) {
  MetricOptions common = detail::metric_options_of("FBetaScore", options);
  return Metric(std::make_shared<FBetaBody>("FBetaScore", std::move(common), std::move(options)));
}

Metric F1Score(F1ScoreOptions options) {
  MetricOptions common = detail::metric_options_of("F1Score", options);
  FBetaScoreOptions same{.average = options.average, .beta = 1.0, .threshold = options.threshold};
  return Metric(std::make_shared<FBetaBody>("F1Score", std::move(common), std::move(same)));
}

Metric IoU(IoUOptions options) {
  return iou(options, {.class_name = "IoU",
                       .num_classes = options.num_classes,
                       .target_class_ids = options.target_class_ids,
                       .ignore_class = options.ignore_class,
                       .sparse_y_true = options.sparse_y_true,
                       .sparse_y_pred = options.sparse_y_pred,
                       .axis = options.axis,
                       .config = config_of(options)});
}

Metric BinaryIoU(BinaryIoUOptions options) {
  return iou(options, {.class_name = "BinaryIoU",
                       .num_classes = 2,
                       .target_class_ids = options.target_class_ids,
                       .threshold = options.threshold,
                       .config = config_of(options)});
}

Metric MeanIoU(MeanIoUOptions options) {
  return iou(options, {.class_name = "MeanIoU",
                       .num_classes = options.num_classes,
                       .target_class_ids = all_classes(options.num_classes),
                       .ignore_class = options.ignore_class,
                       .sparse_y_true = options.sparse_y_true,
                       .sparse_y_pred = options.sparse_y_pred,
                       .axis = options.axis,
                       .config = config_of(options)});
}

Metric OneHotIoU(OneHotIoUOptions options) {
  return iou(options, {.class_name = "OneHotIoU",
                       .num_classes = options.num_classes,
                       .target_class_ids = options.target_class_ids,
                       .ignore_class = options.ignore_class,
                       .sparse_y_true = false,
                       .sparse_y_pred = options.sparse_y_pred,
                       .axis = options.axis,
                       .config = config_of(options)});
}

Metric OneHotMeanIoU(OneHotMeanIoUOptions options) {
  return iou(options, {.class_name = "OneHotMeanIoU",
                       .num_classes = options.num_classes,
                       .target_class_ids = all_classes(options.num_classes),
                       .ignore_class = options.ignore_class,
                       .sparse_y_true = false,
                       .sparse_y_pred = options.sparse_y_pred,
                       .axis = options.axis,
                       .config = config_of(options)});
}

}  // namespace metrics

}  // namespace keratin
