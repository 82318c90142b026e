// SPDX-License-Identifier: Apache-2.0
// What a trained model does on data, as one page: numbers, pictures and the worst mistakes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "keratin/base/file.h"
#include "keratin/model/model.h"
#include "keratin/plot/axes.h"

namespace keratin {

/// Are the arguments of `evaluation_report` besides model and data.
struct EvaluationReportOptions {
  /// Are the names of the classes, in the order of their numbers; the numbers when empty.
  std::vector<std::string> class_names = {};
  /// Stands over the page; the model's name when empty.
  std::string title = {};
  std::optional<int64_t> batch_size = {};
  Verbose verbose = 0;
  /// Weigh the loss and `weighted_metrics`, as in `evaluate`; all else counts each row once.
  Nest sample_weight = {};
};

/// Is one number of the model, beside that of the best constant prediction (NaN where there is
/// none).
struct ReportMeasure {
  std::string name;
  double value = 0.0;
  double baseline = 0.0;
  Direction direction = Direction::none;
};

/// Is a table of texts: the names of its columns, and its rows.
struct ReportTable {
  std::string title;
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
};

/// Is a picture of a size in points, and what stands below it.
struct ReportPicture {
  plot::Axes axes;
  double width = 460.0;
  double height = 400.0;
  std::string caption = {};
};

/// Is a row that the model is wrong about.
struct ReportMistake {
  std::string place;      ///< `row 12`, counted from 0
  std::string truth;      ///< the class or value that is right
  std::string predicted;  ///< the model's
  std::string size;       ///< the probability of what was predicted, or the error
  Bytes picture = {};     ///< the input as PNG, where it looks like an image
};

/// Is one output of the model.
struct ReportSection {
  std::string output;                        ///< its name
  std::string task;                          ///< `classification, 10 classes`
  std::vector<std::string> notes = {};       ///< what was left out, and why
  std::vector<ReportMeasure> measures = {};  ///< of the house's metrics
  std::vector<ReportTable> tables = {};
  std::vector<ReportPicture> pictures = {};
  std::vector<ReportMistake> mistakes = {};  ///< the 12 worst, the worst first
  std::string mistake_size = "probability";  ///< what `size` of a mistake is
  int64_t mistake_count = 0;                 ///< how many there are; all rows of a regression

  /// Returns the measure of that name; throws ValueError that lists the names.
  const ReportMeasure& operator[](const std::string& name) const;
};

/// Is what a model does on data.
class EvaluationReport {
 public:
  std::string title;
  std::string model;   ///< its name
  int64_t rows = 0;    ///< how many were evaluated
  Logs scores = {};    ///< what `evaluate` returns
  Logs baseline = {};  ///< the same of the best constant prediction; empty for several outputs
  std::vector<ReportSection> sections = {};

  /// Returns one page of HTML that needs nothing besides itself: no script, no request.
  std::string html() const;
  /// Returns its pictures as one PNG file of `scale` pixels a point. Throws ValueError when there
  /// is none.
  Bytes png(double scale = 1.5) const;
  /// Writes an .html page or a .png file; throws ValueError for other endings and FileError.
  void save(const std::string& path) const;
};

/// Evaluates a compiled model on arrays and says of each output what its task asks for. The task
/// follows from the last layer, the loss and the targets: classification (of two or more classes,
/// or of labels that may hold together), regression, or neither, of which there are the scores
/// alone. Logits are turned into probabilities where the loss says that they are logits. Outputs
/// with more axes than [rows, units] count place by place; masks are not looked at. Throws
/// ValueError for names that are not as many as the classes, and what `evaluate` throws.
EvaluationReport evaluation_report(const Model& model, const Nest& x, const Nest& y,
                                   const EvaluationReportOptions& options = {});

}  // namespace keratin
