// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/report/curves.h"

#include <algorithm>
#include <cmath>

#include "keratin/base/check.h"

namespace keratin {

namespace {

constexpr double visible = 0.002;  // of an axis; a point that lies nearer to the last is left out

using Values = std::vector<double>;

const plot::LineOptions faint{
    .label = {}, .color = plot::colors::grey, .width = 1.0, .dash = plot::Dash::dotted};

// Leaves out points between two that a picture shows at one place.
void thin(Values& x, Values& y) {
  Values kept_x, kept_y;
  for (size_t i = 0; i < x.size(); ++i) {
    const bool is_end = i == 0 || i + 1 == x.size();
    if (!is_end && std::abs(x[i] - kept_x.back()) < visible &&
        std::abs(y[i] - kept_y.back()) < visible) {
      continue;
    }
    kept_x.push_back(x[i]);
    kept_y.push_back(y[i]);
  }
  x = std::move(kept_x);
  y = std::move(kept_y);
}

void prepare(plot::Axes& axes, const char* title, const char* x, const char* y) {
  axes.title = title;
  axes.x_label = x;
  axes.y_label = y;
  axes.x_range = plot::Range{0.0, 1.0};
  axes.y_range = plot::Range{0.0, 1.02};
}

void draw(plot::Axes& axes, Values x, Values y, const plot::LineOptions& options) {
  thin(x, y);
  axes.line(std::move(x), std::move(y), options);
}

}  // namespace

double area_under(const metrics::ROCPoints& points) {
  const Values& x = points.false_positive_rate;
  const Values& y = points.true_positive_rate;
  require<ValueError>(x.size() == y.size() && !x.empty(), "area_under",
                      "expected as many rates of both kinds, got {} and {}. Pass what roc_curve "
                      "returns.",
                      x.size(), y.size());
  double area = 0.0;
  for (size_t i = 1; i < x.size(); ++i) area += (x[i] - x[i - 1]) * (y[i] + y[i - 1]) / 2.0;
  return area;
}

void draw_curve(plot::Axes& axes, const metrics::ROCPoints& points,
                const plot::LineOptions& options) {
  if (axes.marks().empty()) {
    prepare(axes, "ROC curve", "false positive rate", "true positive rate");
    axes.line({0.0, 1.0}, {0.0, 1.0}, faint);
  }
  draw(axes, points.false_positive_rate, points.true_positive_rate, options);
}

void draw_curve(plot::Axes& axes, const metrics::PrecisionRecallPoints& points,
                const plot::LineOptions& options) {
  const Values& recall = points.recall;
  require<ValueError>(recall.size() == points.precision.size(), "draw_curve",
                      "expected a precision for each recall, got {} and {}. Pass what "
                      "precision_recall_curve returns.",
                      points.precision.size(), recall.size());
  if (axes.marks().empty()) prepare(axes, "Precision and recall", "recall", "precision");
  Values x, y;
  for (size_t i = 0; i + 1 < recall.size(); ++i) {
    if (recall[i] == recall[i + 1]) continue;  // without width it has no area
    x.insert(x.end(), {recall[i], recall[i + 1]});
    y.insert(y.end(), {points.precision[i], points.precision[i]});
  }
  draw(axes, std::move(x), std::move(y), options);
}

void draw_reliability(plot::Axes& axes, const Metric& calibration_error) {
  const std::vector<Variable> state = calibration_error.variables();
  require<ValueError>(state.size() == 3, "draw_reliability",
                      "expected a metrics::CalibrationError, got `{}`. Pass one that has been "
                      "updated.",
                      calibration_error.name());
  const Values weights = state[0].value().to_vector<double>();
  const Values confidences = state[1].value().to_vector<double>();
  const Values hits = state[2].value().to_vector<double>();
  double all = 0.0;
  for (const double weight : weights) all += weight;
  Values edges{0.0}, shares, confidence, accuracy;
  for (size_t i = 0; i < weights.size(); ++i) {
    edges.push_back(static_cast<double>(i + 1) / static_cast<double>(weights.size()));
    shares.push_back(all > 0.0 ? weights[i] / all : 0.0);
    if (!(weights[i] > 0.0)) continue;
    confidence.push_back(confidences[i] / weights[i]);
    accuracy.push_back(hits[i] / weights[i]);
  }
  prepare(axes, "Calibration", "predicted probability", "how often it is right");
  axes.bars(edges, shares,
            {.label = "share of the rows", .color = plot::colors::sky, .alpha = 0.45});
  axes.line({0.0, 1.0}, {0.0, 1.0}, faint);
  axes.line(confidence, accuracy, {.label = {}, .color = plot::colors::blue});
  axes.points(
      confidence, accuracy,
      {.label = fmt::format("calibration error {:.3f}", calibration_error.result().item<double>()),
       .color = plot::colors::blue,
       .radius = 3.0});
}

}  // namespace keratin
