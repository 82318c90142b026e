// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "keratin/base/text.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/model/report/curves.h"
#include "keratin/model/report/report_internal.h"

namespace keratin::report {

namespace {

constexpr size_t most_curves = 10;
constexpr size_t worst_curves = 5;
constexpr int64_t most_fields = 60;    // rows of a confusion matrix that can still be told apart
constexpr int64_t most_points = 2000;  // of a picture
constexpr int64_t most_values = 6;     // values of a row with a colour each
constexpr int residual_bins = 40;

// Colours repeat after six lines, with other dashes.
plot::LineOptions line_of(size_t i, std::string label) {
  constexpr plot::Dash dashes[] = {plot::Dash::solid, plot::Dash::dashed, plot::Dash::dotted};
  const size_t count = plot::colors::cycle.size();
  return {.label = std::move(label),
          .color = plot::colors::cycle[i % count],
          .width = 1.6,
          .dash = dashes[i / count % std::size(dashes)]};
}

std::string label_of(const Curve& curve, double area) {
  return fmt::format("{} {:.3f}", shortened(curve.name), area);
}

// Returns the curves that are drawn: all, or those with the smallest area where there are many.
std::vector<const Curve*> chosen(const std::vector<Curve>& classes, double Curve::*area) {
  std::vector<const Curve*> all;
  for (const Curve& curve : classes) all.push_back(&curve);
  if (all.size() <= most_curves) return all;
  std::stable_sort(all.begin(), all.end(),
                   [&](const Curve* a, const Curve* b) { return a->*area < b->*area; });
  all.resize(worst_curves);
  return all;
}

// Returns what metrics::precision_recall_curve does, without sorting all scores again: each row
// counts once, so that rates give back the counts.
metrics::PrecisionRecallPoints precision_recall_of(const metrics::ROCPoints& roc, double positive,
                                                   double negative) {
  metrics::PrecisionRecallPoints points;
  for (size_t i = roc.thresholds.size(); i-- > 1;) {
    const double hits = std::round(roc.true_positive_rate[i] * positive);
    const double misses = std::round(roc.false_positive_rate[i] * negative);
    points.precision.push_back(hits / (hits + misses));
    points.recall.push_back(hits / positive);
    points.thresholds.push_back(roc.thresholds[i]);
  }
  points.precision.push_back(1.0);
  points.recall.push_back(0.0);
  points.thresholds.push_back(roc.thresholds[0]);
  return points;
}

// Returns what metrics::average_precision does.
double average_precision_of(const metrics::PrecisionRecallPoints& points) {
  double area = 0.0;
  for (size_t i = 0; i + 1 < points.recall.size(); ++i) {
    area += (points.recall[i] - points.recall[i + 1]) * points.precision[i];
  }
  return std::max(0.0, area);
}

template <class Points>
ReportPicture curves_picture(const std::vector<Curve>& classes, const std::optional<Curve>& all,
                             Points Curve::*points, double Curve::*area) {
  ReportPicture picture;
  const std::vector<const Curve*> drawn = chosen(classes, area);
  for (size_t i = 0; i < drawn.size(); ++i) {
    const Curve& curve = *drawn[i];
    draw_curve(picture.axes, curve.*points, line_of(i, label_of(curve, curve.*area)));
  }
  if (all) {
    draw_curve(picture.axes, (*all).*points,
               {.label = label_of(*all, (*all).*area), .color = plot::colors::black, .width = 2.0});
  }
  // A row of the legend for each two curves.
  picture.height += 9.0 * static_cast<double>(drawn.size());
  if (drawn.size() < classes.size()) {
    picture.caption = fmt::format(" Of {} classes the {} with the smallest area are drawn.",
                                  classes.size(), drawn.size());
  }
  return picture;
}

// Returns at most so many places, evenly from all.
std::vector<int64_t> spread(int64_t count, int64_t most) {
  const int64_t taken = std::min(count, most);
  std::vector<int64_t> places;
  for (int64_t i = 0; i < taken; ++i) places.push_back(i * count / taken);
  return places;
}

void add_predictions(ReportSection& section, const std::vector<double>& y,
                     const std::vector<double>& p, const Judged& judged) {
  ReportPicture picture{.axes = {}, .width = 460.0, .height = 420.0};
  plot::Axes& axes = picture.axes;
  axes.title = "Predictions";
  axes.x_label = "true";
  axes.y_label = "predicted";
  const auto [low, high] = std::minmax_element(y.begin(), y.end());
  axes.line({*low, *high}, {*low, *high},
            {.label = {}, .color = plot::colors::grey, .width = 1.0, .dash = plot::Dash::dashed});
  const int64_t width = judged.classes <= most_values ? judged.classes : 1;
  const int64_t rows = static_cast<int64_t>(y.size()) / width;
  const std::vector<int64_t> drawn = spread(rows, std::max<int64_t>(1, most_points / width));
  for (int64_t value = 0; value < width; ++value) {
    std::vector<double> truth, predicted;
    for (const int64_t row : drawn) {
      truth.push_back(y[static_cast<size_t>(row * width + value)]);
      predicted.push_back(p[static_cast<size_t>(row * width + value)]);
    }
    const auto color = plot::colors::cycle[static_cast<size_t>(value)].with_alpha(0.45);
    axes.points(truth, predicted,
                {.label = width > 1 ? shortened(judged.names[static_cast<size_t>(value)]) : "",
                 .color = color,
                 .radius = 2.2});
  }
  picture.caption = "The nearer to the grey line, the better.";
  if (static_cast<int64_t>(drawn.size()) < rows) {
    picture.caption +=
        fmt::format(" {} of {} rows are drawn.",
                    text::with_commas(static_cast<int64_t>(drawn.size())), text::with_commas(rows));
  }
  section.pictures.push_back(std::move(picture));
}

void add_residuals(ReportSection& section, const std::vector<double>& y,
                   const std::vector<double>& p) {
  std::vector<double> errors;
  for (size_t i = 0; i < y.size(); ++i) errors.push_back(p[i] - y[i]);
  const auto [least, most] = std::minmax_element(errors.begin(), errors.end());
  const double low = *least, high = *most > *least ? *most : *least + 1.0;
  std::vector<double> edges, counts(residual_bins);
  for (int i = 0; i <= residual_bins; ++i) edges.push_back(low + (high - low) * i / residual_bins);
  for (const double error : errors) {
    const double bin = (error - low) / (high - low) * residual_bins;
    ++counts[std::min(static_cast<size_t>(bin), counts.size() - 1)];
  }
  ReportPicture picture{.axes = {}, .width = 460.0, .height = 420.0};
  picture.axes.title = "Errors";
  picture.axes.x_label = "predicted - true";
  picture.axes.y_label = "values";
  picture.axes.bars(edges, counts, {.label = {}, .color = plot::colors::blue, .alpha = 0.8});
  picture.axes.rule_x(
      0.0, {.label = {}, .color = plot::colors::black, .width = 1.0, .dash = plot::Dash::dashed});
  picture.caption = "How often predictions lie how far from the truth.";
  section.pictures.push_back(std::move(picture));
}

}  // namespace

std::optional<Curve> curve_of(int64_t index, const std::string& name, const Tensor& y,
                              const Tensor& p) {
  Curve curve{.index = index,
              .name = name,
              .roc = metrics::roc_curve(y, p, {}, false),
              .precision_recall = {},
              .area = 0.0,
              .average_precision = 0.0};
  curve.area = area_under(curve.roc);
  if (std::isnan(curve.area)) return std::nullopt;  // all labels are the same
  const double positive = ops::sum(ops::cast(y, DType::float64)).item<double>();
  const auto rows = static_cast<double>(y.shape().element_count());
  curve.precision_recall = precision_recall_of(curve.roc, positive, rows - positive);
  curve.average_precision = average_precision_of(curve.precision_recall);
  return curve;
}

void add_curves(ReportSection& section, const std::vector<Curve>& classes,
                const std::optional<Curve>& all) {
  if (classes.empty() && !all) {
    section.notes.push_back(
        "All rows are of one class, so there are no curves. Evaluate on rows of all classes.");
    return;
  }
  ReportPicture roc = curves_picture(classes, all, &Curve::roc, &Curve::area);
  roc.caption = "With the area under each curve; the grey line is chance." + roc.caption;
  section.pictures.push_back(std::move(roc));
  ReportPicture precision =
      curves_picture(classes, all, &Curve::precision_recall, &Curve::average_precision);
  precision.caption = "With the average precision of each curve." + precision.caption;
  section.pictures.push_back(std::move(precision));
}

void add_confusion(ReportSection& section, const Judged& judged, const Tensor& matrix) {
  if (judged.classes > most_fields) {
    section.notes.push_back(fmt::format(
        "The picture of the confusion matrix is left out: {} classes are too many for one.",
        judged.classes));
    return;
  }
  std::vector<std::string> names;
  for (const std::string& name : judged.names) names.push_back(shortened(name));
  const double side = std::clamp(44.0 * static_cast<double>(judged.classes), 260.0, 620.0);
  ReportPicture picture{.axes = {}, .width = side + 170.0, .height = side + 120.0};
  picture.axes.title = "Confusion matrix";
  picture.axes.x_label = "predicted";
  picture.axes.y_label = "true";
  picture.axes.equal = true;
  picture.axes.heat_map(matrix.to_vector<double>(), judged.classes, judged.classes,
                        {.row_names = names, .column_names = names});
  picture.caption = "Rows are true classes, columns predicted ones; the diagonal is right.";
  section.pictures.push_back(std::move(picture));
}

void add_reliability(ReportSection& section, const Metric& calibration_error) {
  ReportPicture picture;
  draw_reliability(picture.axes, calibration_error);
  picture.caption = "On the grey line a probability is what it says.";
  section.pictures.push_back(std::move(picture));
}

void add_regression_pictures(ReportSection& section, const Judged& judged) {
  const std::vector<double> y = judged.y.to_vector<double>();
  const std::vector<double> p = judged.p.to_vector<double>();
  add_predictions(section, y, p, judged);
  add_residuals(section, y, p);
}

}  // namespace keratin::report
