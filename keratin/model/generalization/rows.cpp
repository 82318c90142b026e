// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <map>

#include "keratin/base/check.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/model/generalization/rows_internal.h"
#include "keratin/model/model.h"

namespace keratin {

Nest take_rows(const Nest& nest, const std::vector<int64_t>& rows) {
  if (nest.empty()) return nest;
  const Tensor indices = Tensor::from(rows, {static_cast<int64_t>(rows.size())});
  return nest.map([&](const Tensor& tensor) { return ops::take(tensor, indices, 0); });
}

Data take_rows(const Data& data, const std::vector<int64_t>& rows) {
  return {take_rows(data.x, rows), take_rows(data.y, rows), take_rows(data.sample_weight, rows)};
}

int64_t count_rows(const Data& data, std::string_view where) {
  int64_t count = -1;
  for (const Nest* nest : {&data.x, &data.y, &data.sample_weight}) {
    if (nest->empty()) continue;
    for (const Tensor& tensor : nest->flatten()) {
      require<ValueError>(tensor.defined() && tensor.is_concrete() && tensor.rank() >= 1, where,
                          "expected tensors with data and a row for each sample, got another. Pass "
                          "the arrays themselves.");
      const int64_t rows = tensor.shape()[0];
      require<ValueError>(count < 0 || rows == count, where,
                          "expected the same number of rows everywhere, got {} and {}. Cut them to "
                          "equal lengths.",
                          count, rows);
      count = rows;
    }
  }
  require<ValueError>(count > 0, where,
                      "expected at least one row, got none. Check how the data was loaded.");
  return count;
}

std::vector<int64_t> class_ids(const Tensor& labels, std::string_view where) {
  const int rank = labels.rank();
  require<ShapeError>(
      rank == 1 || rank == 2, where,
      "expected labels [rows], [rows, 1] or [rows, classes], got shape {}. Pass the "
      "class of each row.",
      to_string(labels.shape()));
  const bool one_hot = rank == 2 && labels.shape()[1] > 1;
  const std::vector<double> values =
      (one_hot ? ops::argmax(labels, 1) : labels).to_vector<double>();
  std::map<double, int64_t> ids;
  for (const double value : values) {
    require<ValueError>(std::isfinite(value), where,
                        "expected finite labels, got {}. Check the data.", value);
    ids[value] = 0;
  }
  int64_t next = 0;
  for (auto& [value, id] : ids) id = next++;
  std::vector<int64_t> result;
  for (const double value : values) result.push_back(ids[value]);
  return result;
}

namespace {

std::vector<double> values_of(const std::vector<Logs>& all, const std::string& name) {
  std::vector<double> values;
  for (const Logs& logs : all) {
    if (logs.has(name)) values.push_back(logs[name]);
  }
  return values;
}

double mean_value(const std::vector<double>& values) {
  double sum = 0.0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

}  // namespace

Logs mean_of(const std::vector<Logs>& all) {
  Logs result;
  if (all.empty()) return result;
  for (const auto& [name, value] : all[0]) result.set(name, mean_value(values_of(all, name)));
  return result;
}

Logs deviation_of(const std::vector<Logs>& all) {
  Logs result;
  if (all.empty()) return result;
  for (const auto& [name, first] : all[0]) {
    const std::vector<double> values = values_of(all, name);
    const double mean = mean_value(values);
    double sum = 0.0;
    for (const double value : values) sum += (value - mean) * (value - mean);
    const double others = std::max(1.0, static_cast<double>(values.size()) - 1.0);
    result.set(name, std::sqrt(sum / others));
  }
  return result;
}

History fit_fold(const Model& model, const Data& train, const Data& validation,
                 const FitOptions& fit) {
  require<ValueError>(fit.validation_data.empty() && fit.validation_split == 0.0, "validate",
                      "expected `fit` without validation data, got some. Leave it out: each run "
                      "validates with the rows that it does not train with.");
  FitOptions options = fit;
  options.validation_data = validation;
  options.sample_weight = train.sample_weight;
  return model.fit(train.x, train.y, std::move(options));
}

}  // namespace keratin
