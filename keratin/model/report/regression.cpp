// SPDX-License-Identifier: Apache-2.0
// What a report says of numbers.
#include "keratin/graph/ops/ops.h"
#include "keratin/model/report/report_internal.h"
#include "keratin/nn/metrics.h"

namespace keratin::report {

namespace {

using namespace metrics;

std::vector<Measured> measures_of(const Tensor& y, const Tensor& p) {
  constexpr DType precise = DType::float64;
  std::vector<Measured> all;
  for (const Metric& metric :
       {MeanAbsoluteError({.name = "mean absolute error", .dtype = precise}),
        RootMeanSquaredError({.name = "root mean squared error", .dtype = precise}),
        MedianAbsoluteError({.name = "median absolute error", .dtype = precise}),
        MaxError({.name = "largest error", .dtype = precise}),
        R2Score({.name = "R²", .dtype = precise}),
        ExplainedVariance({.name = "explained variance", .dtype = precise})}) {
    all.push_back(measured(metric, y, p));
  }
  return all;
}

}  // namespace

void add_regression(ReportSection& section, const Judged& judged) {
  const Tensor y = ops::cast(judged.y, DType::float64);
  const Tensor p = ops::cast(judged.p, DType::float64);
  const Tensor mean = ops::broadcast_to(ops::mean(y, 0, true), y.shape());
  add_measures(section, measures_of(y, p), measures_of(y, mean));
  add_regression_pictures(section, judged);
}

}  // namespace keratin::report
