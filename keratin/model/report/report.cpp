// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/report/report.h"

#include <algorithm>

#include "keratin/base/check.h"
#include "keratin/base/text.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/model/generalization/baseline.h"
#include "keratin/model/generalization/rows_internal.h"
#include "keratin/model/model_body.h"
#include "keratin/model/report/report_internal.h"
#include "keratin/model/train/trainer.h"
#include "keratin/plot/figure.h"

namespace keratin {

namespace {

using namespace report;

constexpr std::string_view where = "evaluation_report";
constexpr double largest_figure = 10000.0;

std::string task_text(const Judged& judged) {
  switch (judged.task) {
    case Task::binary:
      return "binary classification";
    case Task::multiclass:
      return fmt::format("classification, {} classes", judged.classes);
    case Task::multilabel:
      return fmt::format("classification, {} labels that may hold together", judged.classes);
    case Task::regression:
      return judged.classes == 1 ? "regression"
                                 : fmt::format("regression, {} values of a row", judged.classes);
    case Task::other:
      return "neither classification nor regression";
  }
  return {};
}

// Reads the outputs that the advisor knows; others have a name and a loss of no known kind.
advice::Facts facts_of_outputs(const Model& model, const Nest& x, const Nest& y, size_t count) {
  ModelBody& body = model.model_body();
  advice::Facts facts = advice::facts_of(body, &body.trainer().compile_options());
  advice::add_data(facts, x, y);
  if (facts.outputs.size() != count) {
    facts.outputs.clear();
    for (size_t i = 0; i < count; ++i) {
      facts.outputs.push_back(
          {.head = {.output = fmt::format("output_{}", i), .label = {}, .activation = {}}});
    }
  }
  return facts;
}

bool is_finite(const Tensor& tensor) { return advice::first_bad_row(tensor.array()) < 0; }

std::vector<std::string> numbered(int64_t count) {
  std::vector<std::string> names;
  for (int64_t i = 0; i < count; ++i) names.push_back(std::to_string(i));
  return names;
}

// Gives the names to each output with as many classes; there must be one where there are names.
void name_classes(std::vector<Judged>& outputs, const std::vector<std::string>& names) {
  std::vector<std::string> sizes;
  bool used = names.empty();
  for (Judged& judged : outputs) {
    if (judged.task == Task::other) continue;
    const bool fits = static_cast<int64_t>(names.size()) == judged.classes;
    judged.names = fits ? names : numbered(judged.classes);
    used = used || fits;
    sizes.push_back(std::to_string(judged.classes));
  }
  require<ValueError>(used || !sizes.empty(), where,
                      "expected no class names for a model without classes, got {}. Leave them "
                      "out.",
                      names.size());
  require<ValueError>(used, where,
                      "expected a name for each class or value of an output ({}), got {}. Name all "
                      "of them, in the order of their numbers.",
                      text::join(sizes, " or "), names.size());
}

ReportSection section_of(const Judged& judged, const Nest& x, bool finite) {
  ReportSection section{.output = judged.output, .task = task_text(judged)};
  if (!finite) {
    section.notes.push_back(
        "Targets or predictions hold values that are not finite, so there are the scores alone. "
        "Look for them with `keratin advise`.");
    return section;
  }
  switch (judged.task) {
    case Task::binary:
    case Task::multiclass:
      add_classification(section, judged);
      break;
    case Task::multilabel:
      add_multilabel(section, judged);
      break;
    case Task::regression:
      add_regression(section, judged);
      break;
    case Task::other:
      section.notes.push_back(
          "The last layer, the loss and the targets tell no task that the report knows, so there "
          "are the scores alone.");
      return section;
  }
  if (judged.left_out > 0) {
    section.notes.push_back(
        fmt::format("{} of the labels are no class or are ignored by the loss; they count nowhere "
                    "but in the scores.",
                    text::with_commas(judged.left_out)));
  }
  if (judged.places > 1) {
    section.notes.push_back(
        fmt::format("Each row has {} places, which count one by one; masks are not looked at.",
                    text::with_commas(judged.places)));
  }
  add_mistakes(section, judged, x.is_tensor() ? x.tensor() : Tensor());
  return section;
}

// Returns it for one output with targets that are one tensor, where the loss has one.
Logs baseline_of(const Model& model, const Nest& y) {
  if (!y.is_tensor()) return {};
  try {
    return keratin::baseline(model, y.tensor());
  } catch (const Error&) {
    return {};
  }
}

}  // namespace

EvaluationReport evaluation_report(const Model& model, const Nest& x, const Nest& y,
                                   const EvaluationReportOptions& options) {
  const EvaluateOptions evaluate{.batch_size = options.batch_size,
                                 .verbose = options.verbose,
                                 .sample_weight = options.sample_weight,
                                 .callbacks = {}};
  EvaluationReport result;
  result.scores = model.evaluate(x, y, evaluate);
  result.rows = count_rows({x, y}, where);
  result.model = model.name();
  result.title = options.title.empty() ? "Evaluation of " + model.name() : options.title;
  const std::vector<Tensor> predicted =
      model.predict(x, {.batch_size = options.batch_size, .verbose = 0, .callbacks = {}}).flatten();
  const advice::Facts facts = facts_of_outputs(model, x, y, predicted.size());
  std::vector<Judged> outputs;
  std::vector<bool> finite;
  for (size_t i = 0; i < predicted.size(); ++i) {
    const Tensor targets = advice::targets_of(facts, facts.outputs[i], y);
    outputs.push_back(targets.defined() ? judge(facts.outputs[i], targets, predicted[i])
                                        : Judged{.output = facts.outputs[i].head.output});
    finite.push_back(is_finite(predicted[i]) && (!targets.defined() || is_finite(targets)));
  }
  name_classes(outputs, options.class_names);
  for (size_t i = 0; i < outputs.size(); ++i) {
    result.sections.push_back(section_of(outputs[i], x, finite[i]));
    if (options.sample_weight.empty()) continue;
    result.sections.back().notes.push_back(
        "Sample weights weigh the scores; in all else each row counts the same.");
  }
  if (outputs.size() == 1) result.baseline = baseline_of(model, y);
  return result;
}

Bytes EvaluationReport::png(double scale) const {
  double width = 0.0, height = 0.0;
  std::vector<plot::Axes> all;
  for (const ReportSection& section : sections) {
    for (const ReportPicture& picture : section.pictures) {
      all.push_back(picture.axes);
      if (sections.size() > 1) all.back().title = section.output + ": " + all.back().title;
      width = std::max(width, picture.width);
      height = std::max(height, picture.height);
    }
  }
  require<ValueError>(!all.empty(), where,
                      "expected an output with pictures, got none. Save an .html page, which has "
                      "the scores.");
  const int64_t columns = all.size() > 1 ? 2 : 1;
  const auto lines =
      static_cast<double>((static_cast<int64_t>(all.size()) + columns - 1) / columns);
  plot::Figure figure({.width = std::min(largest_figure, width * static_cast<double>(columns)),
                       .height = std::min(largest_figure, 50.0 + height * lines),
                       .title = title,
                       .columns = columns});
  for (plot::Axes& axes : all) figure.add_axes() = std::move(axes);
  return figure.png(scale);
}

void EvaluationReport::save(const std::string& path) const {
  const bool is_page = path.ends_with(".html");
  require<ValueError>(is_page || path.ends_with(".png"), where,
                      "expected a path that ends in .html or .png, got '{}'. Change the ending.",
                      path);
  if (is_page) return write_file_atomically(path, bytes_of(html()));
  write_file_atomically(path, png());
}

}  // namespace keratin
