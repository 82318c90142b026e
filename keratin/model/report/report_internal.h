// SPDX-License-Identifier: Apache-2.0
// What the parts of the report share.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "keratin/model/advice/facts_internal.h"
#include "keratin/model/report/report.h"
#include "keratin/nn/metrics_practice.h"

namespace keratin::report {

enum class Task : uint8_t { binary, multiclass, multilabel, regression, other };

/// Returns what an output is for. `predicted` is what it gave for all rows, of which `targets` are
/// the facts.
Task task_of(const advice::OutputFacts& output, const Tensor& predicted,
             const advice::ArrayFacts& targets);

/// Is an output's targets and predictions in the form of its task:
/// binary: y [n] of 0 and 1, p [n]; multiclass: y [n] class numbers, p [n, classes];
/// multilabel: y [n, labels] of 0 and 1, p [n, labels]; regression: y [n, values], p [n, values].
struct Judged {
  std::string output;
  Task task = Task::other;
  Tensor y = {}, p = {};
  int64_t classes = 0;  ///< or labels, or values of a row
  int64_t places = 1;   ///< of each row; n is rows x places
  bool probabilities = true;
  bool constant = false;                ///< whether p is the same for all rows, as a baseline
  std::vector<std::string> names = {};  ///< of the classes, labels or values
  std::vector<int64_t> kept = {};       ///< which of all were kept, where some do not count
  int64_t left_out = 0;                 ///< labels that do not count

  /// Returns where the i-th of those kept stood among all.
  int64_t position(int64_t i) const { return left_out > 0 ? kept[static_cast<size_t>(i)] : i; }
  int64_t count() const { return y.shape()[0]; }
  /// Returns `row 12`, or `row 12, place 3` where rows have several.
  std::string place(int64_t kept_index) const;
};

Judged judge(const advice::OutputFacts& output, const Tensor& targets, const Tensor& predicted);

/// Returns the predicted class of each row, of binary and multiclass outputs.
Tensor predicted_classes(const Judged& judged);

/// Fill a section with all but its mistakes.
void add_classification(ReportSection& section, const Judged& judged);
void add_multilabel(ReportSection& section, const Judged& judged);
void add_regression(ReportSection& section, const Judged& judged);
/// Adds the 12 worst mistakes; `x` is the model's input where there is one.
void add_mistakes(ReportSection& section, const Judged& judged, const Tensor& x);

/// Is a metric that has a value, and whether it is better high or low.
struct Measured {
  std::string name;
  double value;
  Direction direction;
};
/// Returns the result of a metric for all rows, under its name.
Measured measured(const Metric& metric, const Tensor& y, const Tensor& p);
/// Adds the measures of the model with those of the constant prediction beside them.
void add_measures(ReportSection& section, const std::vector<Measured>& model,
                  const std::vector<Measured>& constant);

/// Returns the result of a metric whose state is the matrix of classes, for that matrix.
Tensor of_matrix(const Metric& metric, const Tensor& matrix);
/// Are precision, recall, F1, specificity, and how many rows are of the class.
struct ClassRates {
  double precision, recall, f1, specificity, support;
};
/// Returns them for class 1 of a matrix of two classes.
ClassRates rates_of(const Tensor& matrix);

/// Are a class's curves, or those of all classes together.
struct Curve {
  int64_t index;  ///< of the class; -1 of all
  std::string name;
  metrics::ROCPoints roc;
  metrics::PrecisionRecallPoints precision_recall;
  double area, average_precision;
};
/// Returns the curves of labels 0 and 1; nothing where all labels are the same.
std::optional<Curve> curve_of(int64_t index, const std::string& name, const Tensor& y,
                              const Tensor& p);
/// Adds both pictures, of all classes or of the worst ones where there are more than 10; `all` is
/// the curve of all classes together.
void add_curves(ReportSection& section, const std::vector<Curve>& classes,
                const std::optional<Curve>& all);
/// Adds the pictures of a confusion matrix, of calibration and of a regression.
void add_confusion(ReportSection& section, const Judged& judged, const Tensor& matrix);
void add_reliability(ReportSection& section, const Metric& calibration_error);
void add_regression_pictures(ReportSection& section, const Judged& judged);

/// Returns a number as the page shows it: 4 digits that count.
std::string shown(double value);
/// Returns a name cut to fit a picture.
std::string shortened(const std::string& name);

}  // namespace keratin::report
