// SPDX-License-Identifier: Apache-2.0
// What metrics with thresholds share; for the sources of this folder.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "keratin/nn/metric_internal.h"
#include "keratin/nn/metrics_confusion.h"

namespace keratin::detail {

/// Is what Keras puts in place of predictions that do not count.
inline constexpr double no_prediction = -1e10;

/// Counts at each threshold: [thresholds], or [thresholds, labels].
struct Counts {
  Tensor true_positives, false_positives, true_negatives, false_negatives;
};

/// Is what an update is made of: flat predictions, labels and weights; with several labels each of
// them has an axis [samples, labels].
struct Samples {
  Tensor predictions, positive, weights;
};

/// Tells whether thresholds divide 0 to 1 evenly.
bool are_even(const std::vector<double>& thresholds);

/// Returns the thresholds between 0 and 1 that divide it evenly, with `count` of them in all.
std::vector<double> inner_thresholds(int64_t count);

/// Returns thresholds as given; throws ValueError for those outside of 0 to 1.
std::vector<double> parse_thresholds(const std::string& where,
                                     const metrics::OptionalThresholds& given, double otherwise);

/// Is the thresholds of a metric, and how they are counted at.
class Confusion {
 public:
  Confusion(std::vector<double> thresholds, bool even)
      : thresholds_(std::move(thresholds)), even_(even) {}

  int64_t size() const { return static_cast<int64_t>(thresholds_.size()); }
  Counts count(const Samples& samples) const;

 private:
  Tensor above(const Tensor& predictions, const Tensor& weights) const;
  Tensor above_even(const Tensor& predictions, const Tensor& weights) const;
  Tensor summed(const Tensor& rows, const Tensor& weights) const;
  std::vector<double> thresholds_;
  bool even_;
};

/// Decides which predictions count.
struct Selection {
  metrics::OptionalInt top_k = {};
  metrics::OptionalInt class_id = {};
  bool multi_label = false;
  metrics::OptionalInt num_labels = {};
  std::vector<double> label_weights = {};
};

using Part = Tensor Counts::*;
using Parts = std::vector<std::pair<const char*, Part>>;

/// Is a metric whose state are some of the four counts.
class CountingBody : public MetricBody {
 public:
  struct Setup {
    std::string_view class_name;
    Confusion confusion;
    Selection selection;
    Config own;  ///< the arguments after name and dtype
    Direction direction = Direction::max;
  };
  CountingBody(MetricOptions common, Setup setup, Parts parts);

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& weight) override;
  std::vector<Variable> variables() const override { return variables_; }
  Direction direction() const override { return setup_.direction; }
  Config get_config() const override;
  Config to_config() const override {
    return envelope("keras.metrics", setup_.class_name, get_config());
  }

 protected:
  virtual Tensor prepared(const Tensor& y_pred) const { return y_pred; }
  Tensor value(size_t part) const;
  /// Returns one count's share of it and another.
  Tensor share(size_t part, size_t other) const;
  /// Returns the value of a single threshold as a scalar.
  Tensor by_threshold(const Tensor& values) const;
  const Selection& selection() const { return setup_.selection; }

 private:
  void make_variables(const Shape& shape);
  Setup setup_;
  Parts parts_;
  std::vector<Variable> variables_;
};

/// Returns all four counts, in Keras' order.
inline Parts all_counts() {
  return {{"true_positives", &Counts::true_positives},
          {"false_positives", &Counts::false_positives},
          {"true_negatives", &Counts::true_negatives},
          {"false_negatives", &Counts::false_negatives}};
}

}  // namespace keratin::detail
