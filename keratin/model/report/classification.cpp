// SPDX-License-Identifier: Apache-2.0
// What a report says of classes: of two or more that exclude each other, and of labels.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "keratin/base/text.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/model/report/report_internal.h"
#include "keratin/nn/metrics.h"

namespace keratin::report {

namespace {

using namespace metrics;

constexpr int64_t many_classes = 200;  // above it there is no curve of each class
constexpr size_t listed_confusions = 8;

constexpr DType precise = DType::float64;

// Counts classes by predicted classes, as ConfusionMatrix does, which takes a product of one-hot
// rows for it: too much where there are a thousand classes.
Tensor matrix_of(int64_t classes, const Tensor& truth, const Tensor& predicted) {
  const std::vector<int64_t> rows = truth.to_vector<int64_t>();
  const std::vector<int64_t> columns = predicted.to_vector<int64_t>();
  std::vector<double> cells(static_cast<size_t>(classes * classes));
  for (size_t i = 0; i < rows.size(); ++i) {
    cells[static_cast<size_t>(rows[i] * classes + columns[i])] += 1.0;
  }
  return Tensor::from(cells, {classes, classes});
}

// Returns, for each class, the matrix of it against the others.
std::vector<Tensor> against_others(const Tensor& matrix) {
  const auto classes = static_cast<size_t>(matrix.shape()[0]);
  const std::vector<double> cells = matrix.to_vector<double>();
  const std::vector<double> truth = ops::sum(matrix, 1).to_vector<double>();
  const std::vector<double> predicted = ops::sum(matrix, 0).to_vector<double>();
  const double all = ops::sum(matrix).item<double>();
  std::vector<Tensor> matrices;
  for (size_t i = 0; i < classes; ++i) {
    const double hits = cells[i * classes + i];
    const double missed = truth[i] - hits, wrong = predicted[i] - hits;
    matrices.push_back(Tensor::from({all - hits - missed - wrong, wrong, missed, hits}, {2, 2}));
  }
  return matrices;
}

// Is all that is known of the classes of one output.
struct Classes {
  Tensor matrix;
  std::vector<Curve> curves;
  std::optional<Curve> all;  // of all classes together
};

Tensor is_class(const Tensor& numbers, int64_t at) {
  return ops::cast(ops::equal(numbers, at), DType::float32);
}

Classes classes_of(const Judged& judged) {
  Classes classes{.matrix = matrix_of(judged.classes, judged.y, predicted_classes(judged)),
                  .curves = {},
                  .all = {}};
  if (judged.task == Task::binary || judged.classes == 2) {
    const Tensor p = judged.task == Task::binary ? judged.p : judged.p[{All, 1}];
    if (auto curve = curve_of(1, judged.names[1], judged.y, p)) {
      classes.curves.push_back(std::move(*curve));
    }
    return classes;
  }
  for (int64_t i = 0; i < judged.classes && judged.classes <= many_classes; ++i) {
    const std::string& name = judged.names[static_cast<size_t>(i)];
    auto curve = curve_of(i, name, is_class(judged.y, i), judged.p[{All, i}]);
    if (curve) classes.curves.push_back(std::move(*curve));
  }
  if (judged.constant) return classes;  // of which nobody draws a picture
  const Tensor rows = ops::one_hot(judged.y, judged.classes, -1, DType::float32);
  classes.all = curve_of(-1, "all together", rows.reshape({-1}), judged.p.reshape({-1}));
  return classes;
}

// Returns the mean over the classes that have both labels.
double mean_of_curves(const Classes& classes, double Curve::*area) {
  double sum = 0.0;
  for (const Curve& curve : classes.curves) sum += curve.*area;
  return classes.curves.empty() ? NAN : sum / static_cast<double>(classes.curves.size());
}

void add_curve_measures(std::vector<Measured>& measures, const Classes& classes) {
  measures.push_back({"ROC AUC", mean_of_curves(classes, &Curve::area), Direction::max});
  measures.push_back(
      {"average precision", mean_of_curves(classes, &Curve::average_precision), Direction::max});
}

void add_probability_measures(std::vector<Measured>& measures, const Tensor& y, const Tensor& p,
                              bool constant) {
  measures.push_back(measured(BrierScore({.name = "Brier score", .dtype = precise}), y, p));
  measures.push_back(measured(LogLoss({.name = "log loss", .dtype = precise}), y, p));
  // The shares of the classes are calibrated in any case, which is worth nothing.
  if (constant) return;
  measures.push_back(
      measured(CalibrationError({.name = "calibration error", .dtype = precise}), y, p));
}

std::vector<Measured> measures_of(const Judged& judged, const Classes& classes) {
  const int64_t count = judged.classes;
  std::vector<Measured> all{measured(Accuracy({.name = "accuracy", .dtype = precise}), judged.y,
                                     predicted_classes(judged))};
  const auto add = [&](const Metric& metric) {
    all.push_back(
        {metric.name(), of_matrix(metric, classes.matrix).item<double>(), metric.direction()});
  };
  add(BalancedAccuracy({.num_classes = count,
                        .sparse_y_pred = true,
                        .name = "balanced accuracy",
                        .dtype = precise}));
  add(MatthewsCorrelation({.num_classes = count,
                           .sparse_y_pred = true,
                           .name = "Matthews correlation",
                           .dtype = precise}));
  add(CohenKappa(
      {.num_classes = count, .sparse_y_pred = true, .name = "Cohen's kappa", .dtype = precise}));
  add_curve_measures(all, classes);
  if (judged.probabilities) add_probability_measures(all, judged.y, judged.p, judged.constant);
  return all;
}

// Returns the same targets with the shares of the classes as prediction for all rows.
Judged constant_of(const Judged& judged) {
  Judged constant = judged;
  Tensor labels = judged.y;
  if (judged.task == Task::multiclass) labels = ops::one_hot(judged.y, judged.classes);
  const Tensor mean = ops::mean(ops::cast(labels, judged.p.dtype()), 0, true);
  constant.p = ops::broadcast_to(mean, judged.p.shape());
  constant.probabilities = true;
  constant.constant = true;
  return constant;
}

const Curve* curve_at(const Classes& classes, int64_t index) {
  for (const Curve& curve : classes.curves) {
    if (curve.index == index) return &curve;
  }
  return nullptr;
}

std::vector<std::string> rates_row(const std::string& name, const Tensor& matrix,
                                   const Curve* curve) {
  const ClassRates rates = rates_of(matrix);
  return {name,
          shown(rates.precision),
          shown(rates.recall),
          shown(rates.f1),
          shown(rates.specificity),
          shown(curve == nullptr ? NAN : curve->area),
          shown(curve == nullptr ? NAN : curve->average_precision),
          text::with_commas(std::llround(rates.support))};
}

ReportTable rates_table(const char* title, const char* first) {
  return {
      title,
      {first, "precision", "recall", "F1", "specificity", "ROC AUC", "average precision", "rows"},
      {}};
}

void add_class_table(ReportSection& section, const Judged& judged, const Classes& classes) {
  ReportTable table = rates_table("Each class", "class");
  const std::vector<Tensor> matrices = against_others(classes.matrix);
  for (size_t i = 0; i < matrices.size(); ++i) {
    table.rows.push_back(
        rates_row(judged.names[i], matrices[i], curve_at(classes, static_cast<int64_t>(i))));
  }
  section.tables.push_back(std::move(table));
}

// Adds what is taken for what most often.
void add_confusions(ReportSection& section, const Judged& judged, const Tensor& matrix) {
  struct Cell {
    double count;
    size_t truth, predicted;
  };
  const auto classes = static_cast<size_t>(judged.classes);
  const std::vector<double> counts = matrix.to_vector<double>();
  std::vector<Cell> cells;
  std::vector<double> of_class(classes);
  for (size_t i = 0; i < counts.size(); ++i) {
    of_class[i / classes] += counts[i];
    if (i / classes != i % classes && counts[i] > 0.0) {
      cells.push_back({counts[i], i / classes, i % classes});
    }
  }
  std::stable_sort(cells.begin(), cells.end(),
                   [](const Cell& a, const Cell& b) { return a.count > b.count; });
  cells.resize(std::min(cells.size(), listed_confusions));
  if (cells.empty()) return;
  ReportTable table{"Most frequent mistakes", {"true", "taken for", "rows", "of the class"}, {}};
  for (const Cell& cell : cells) {
    table.rows.push_back({judged.names[cell.truth], judged.names[cell.predicted],
                          text::with_commas(std::llround(cell.count)),
                          fmt::format("{:.1f} %", 100.0 * cell.count / of_class[cell.truth])});
  }
  section.tables.push_back(std::move(table));
}

// Says what is left out where there are too many classes.
void note_many(ReportSection& section, const Judged& judged, const char* what) {
  if (judged.classes <= many_classes) return;
  section.notes.push_back(fmt::format(
      "The areas and curves of each {} are left out: {} are too many.", what, judged.classes));
}

void add_probability_pictures(ReportSection& section, const Judged& judged, const Tensor& y,
                              const Tensor& p) {
  if (!judged.probabilities) {
    section.notes.push_back(
        "The predictions are no probabilities from 0 to 1, so calibration, Brier score and log "
        "loss are left out. A softmax or sigmoid with a cross-entropy gives probabilities, and so "
        "do "
        "logits whose loss says from_logits.");
    return;
  }
  const auto calibration = CalibrationError({.name = "calibration error", .dtype = precise});
  calibration.update_state(y, p);
  add_reliability(section, calibration);
}

// Returns the matrix of one label: 0 and 1 by predicted 0 and 1.
Tensor label_matrix(const Judged& judged, int64_t at) {
  const Tensor truth = ops::cast(judged.y[{All, at}], DType::int64);
  return matrix_of(2, truth, ops::cast(ops::greater(judged.p[{All, at}], 0.5), DType::int64));
}

Classes labels_of(const Judged& judged) {
  Classes labels;
  for (int64_t i = 0; i < judged.classes && judged.classes <= many_classes; ++i) {
    const std::string& name = judged.names[static_cast<size_t>(i)];
    auto curve = curve_of(i, name, judged.y[{All, i}], judged.p[{All, i}]);
    if (curve) labels.curves.push_back(std::move(*curve));
  }
  if (judged.constant) return labels;
  labels.all = curve_of(-1, "all together", judged.y.reshape({-1}), judged.p.reshape({-1}));
  return labels;
}

std::vector<Measured> label_measures(const Judged& judged, const Classes& labels) {
  std::vector<Measured> all{measured(
      BinaryAccuracy({.name = "accuracy of a label", .dtype = precise}), judged.y, judged.p)};
  for (const char* average : {"micro", "macro"}) {
    const bool micro = average == std::string_view("micro");
    all.push_back(measured(F1Score({.average = average,
                                    .threshold = 0.5,
                                    .name = micro ? "F1 of all labels" : "F1, mean of the labels",
                                    .dtype = precise}),
                           judged.y, judged.p));
  }
  add_curve_measures(all, labels);
  if (judged.probabilities) {
    add_probability_measures(all, judged.y.reshape({-1}), judged.p.reshape({-1}), judged.constant);
  }
  return all;
}

}  // namespace

void add_classification(ReportSection& section, const Judged& judged) {
  const Classes classes = classes_of(judged);
  const Judged constant = constant_of(judged);
  add_measures(section, measures_of(judged, classes), measures_of(constant, classes_of(constant)));
  add_class_table(section, judged, classes);
  add_confusions(section, judged, classes.matrix);
  add_confusion(section, judged, classes.matrix);
  note_many(section, judged, "class");
  add_curves(section, classes.curves, classes.all);
  add_probability_pictures(section, judged, judged.y, judged.p);
}

void add_multilabel(ReportSection& section, const Judged& judged) {
  const Classes labels = labels_of(judged);
  const Judged constant = constant_of(judged);
  add_measures(section, label_measures(judged, labels),
               label_measures(constant, labels_of(constant)));
  ReportTable table = rates_table("Each label", "label");
  for (int64_t i = 0; i < judged.classes; ++i) {
    const std::string& name = judged.names[static_cast<size_t>(i)];
    table.rows.push_back(rates_row(name, label_matrix(judged, i), curve_at(labels, i)));
  }
  section.tables.push_back(std::move(table));
  note_many(section, judged, "label");
  add_curves(section, labels.curves, labels.all);
  add_probability_pictures(section, judged, judged.y.reshape({-1}), judged.p.reshape({-1}));
}

}  // namespace keratin::report
