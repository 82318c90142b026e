// SPDX-License-Identifier: Apache-2.0
// Numbers: results of the house's metrics, and how they are written.
#include <cmath>

#include "keratin/base/check.h"
#include "keratin/base/terminal.h"
#include "keratin/base/text.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/model/report/report_internal.h"
#include "keratin/nn/metrics.h"
#include "keratin/nn/metrics_practice.h"

namespace keratin {

const ReportMeasure& ReportSection::operator[](const std::string& name) const {
  std::vector<std::string> names;
  for (const ReportMeasure& measure : measures) {
    if (measure.name == name) return measure;
    names.push_back(measure.name);
  }
  fail<ValueError>("ReportSection", "expected the name of a measure ({}), got '{}'.{}",
                   text::join(names, ", "), name, text::choice(name, names));
}

namespace report {

namespace {

constexpr size_t longest_name = 22;
constexpr double rounding = 1e-12;  // what is smaller is shown as 0

}  // namespace

Measured measured(const Metric& metric, const Tensor& y, const Tensor& p) {
  metric.update_state(y, p);
  return {metric.name(), metric.result().item<double>(), metric.direction()};
}

void add_measures(ReportSection& section, const std::vector<Measured>& model,
                  const std::vector<Measured>& constant) {
  for (const Measured& one : model) {
    double baseline = NAN;  // where the constant prediction has none
    for (const Measured& other : constant) {
      if (other.name == one.name) baseline = other.value;
    }
    section.measures.push_back({one.name, one.value, baseline, one.direction});
  }
}

Tensor of_matrix(const Metric& metric, const Tensor& matrix) {
  const Tensor one = Tensor::from(std::vector<int64_t>{0}, {1});
  metric.update_state(one, one);  // makes the state
  metric.variables()[0].assign(matrix);
  return metric.result();
}

ClassRates rates_of(const Tensor& matrix) {
  using namespace metrics;
  const std::vector<double> cells = matrix.to_vector<double>();
  const double missed = cells[2], hits = cells[3];
  const auto share = [&](const char* of) {
    const auto shares = ConfusionMatrix({.num_classes = 2,
                                         .sparse_y_pred = true,
                                         .normalize = of,
                                         .name = "shares",
                                         .dtype = DType::float64});
    return of_matrix(shares, matrix).to_vector<double>()[3];
  };
  const Tensor labels = Tensor::from({0.0, 0.0, 1.0, 1.0}, {4, 1});
  const Tensor given = Tensor::from({0.0, 1.0, 0.0, 1.0}, {4, 1});
  const auto f1 =
      F1Score({.average = "micro", .threshold = 0.5, .name = "F1 score", .dtype = DType::float64});
  f1.update_state(labels, given, matrix.reshape({4}));
  return {.precision = share("pred"),
          .recall = share("true"),
          .f1 = f1.result().item<double>(),
          .specificity = of_matrix(Specificity({.num_classes = 2,
                                                .sparse_y_pred = true,
                                                .name = "specificity",
                                                .dtype = DType::float64}),
                                   matrix)
                             .item<double>(),
          .support = missed + hits};
}

std::string shown(double value) {
  if (std::isnan(value)) return "–";
  if (!std::isfinite(value)) return value > 0.0 ? "∞" : "−∞";
  const double size = std::abs(value);
  if (size < rounding) return "0";
  std::string text = fmt::format("{:.4g}", value);
  if (size >= 1000.0 && size < 1e15) {
    text = (value < 0.0 ? "-" : "") + text::with_commas(std::llround(size));
  }
  if (size >= 1e-4 && size < 1.0) text = fmt::format("{:.4f}", value);
  return text;
}

std::string shortened(const std::string& name) {
  const std::u32string codes = terminal::decode(name);
  if (codes.size() <= longest_name) return name;
  return terminal::encode(codes.substr(0, longest_name - 1)) + "…";
}

}  // namespace report

}  // namespace keratin
