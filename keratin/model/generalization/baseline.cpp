// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/generalization/baseline.h"

#include <algorithm>
#include <cmath>

#include "keratin/base/check.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/model/generalization/rows_internal.h"
#include "keratin/model/generalization/trend_internal.h"
#include "keratin/model/model_body.h"
#include "keratin/model/saving/compile_config.h"
#include "keratin/model/train/trainer.h"
#include "keratin/nn/layers/layers.h"

namespace keratin {

namespace {

using Row = std::vector<double>;

// Returns each row as doubles, one behind the other, and how many values a row has.
std::pair<std::vector<double>, size_t> rows_of(const Tensor& y) {
  require<ValueError>(y.defined() && y.is_concrete() && y.rank() >= 1 && y.shape()[0] > 0,
                      "baseline", "expected targets with a row for each sample, got none. Pass y.");
  return {y.to_vector<double>(), static_cast<size_t>(y.shape().element_count() / y.shape()[0])};
}

Row column_means(const Tensor& y) {
  const auto [values, width] = rows_of(y);
  Row sums(width);
  for (size_t i = 0; i < values.size(); ++i) sums[i % width] += values[i];
  for (double& sum : sums) sum /= static_cast<double>(values.size() / width);
  return sums;
}

Row column_medians(const Tensor& y) {
  const auto [values, width] = rows_of(y);
  Row medians;
  for (size_t column = 0; column < width; ++column) {
    std::vector<double> all;
    for (size_t i = column; i < values.size(); i += width) all.push_back(values[i]);
    medians.push_back(trend::median(all));
  }
  return medians;
}

// Returns how often each class comes, in each row of a prediction.
Row class_frequencies(const Tensor& y, int64_t classes, size_t values_of_row) {
  Row shares(static_cast<size_t>(classes));
  const std::vector<double> labels = y.to_vector<double>();
  for (const double label : labels) {
    require<ValueError>(label >= 0.0 && label < static_cast<double>(classes), "baseline",
                        "expected class numbers from 0 to {}, got {}. Check the labels.",
                        classes - 1, label);
    shares[static_cast<size_t>(label)] += 1.0 / static_cast<double>(labels.size());
  }
  Row row;
  while (row.size() < values_of_row) row.insert(row.end(), shares.begin(), shares.end());
  return row;
}

Row mapped(Row row, double (*f)(double)) {
  for (double& value : row) value = f(value);
  return row;
}

double safe_log(double p) { return std::log(std::max(p, 1e-7)); }
double logit(double p) { return safe_log(p) - safe_log(1.0 - p); }

// Knows the one loss and the one output that a baseline is made for.
class ConstantPredictor {
 public:
  explicit ConstantPredictor(const Model& model)
      : options_(model.model_body().trainer().compile_options()), name_("baseline_output") {
    const Nest outputs = model.outputs();
    require<ValueError>(outputs.is_tensor() && options_.loss.items().size() == 1, "baseline",
                        "expected a compiled model with one output and one loss, got {} outputs "
                        "and {} losses. Compare each output by itself.",
                        outputs.flatten().size(), options_.loss.items().size());
    row_ = outputs.tensor().shape().slice(1, outputs.tensor().rank());
    require<ValueError>(row_.is_static() && row_.rank() >= 1, "baseline",
                        "expected an output [rows, ...] whose other axes are known, got {}. Give "
                        "the inputs a fixed shape.",
                        to_string(outputs.tensor().shape()));
    loss_ = options_.loss.items()[0].second;
    const std::vector<std::string> names = model.model_body().output_names();
    if (names.size() == 1) name_ = names[0];
  }

  // Returns the constants that are worth trying, for targets of this kind.
  std::vector<Row> candidates(const Tensor& y) const {
    const auto size = static_cast<size_t>(row_.element_count());
    const bool numbered =
        row_.back() > 1 && (y.rank() == row_.rank() || (y.rank() > 1 && y.shape().back() == 1));
    if (!numbered) {
      require<ValueError>(rows_of(y).second == size, "baseline",
                          "expected targets of shape [rows, {}], got {}. Check which y belongs to "
                          "the model.",
                          size, to_string(y.shape()));
    }
    const Row means = numbered ? class_frequencies(y, row_.back(), size) : column_means(y);
    std::vector<Row> all{means};
    if (!numbered) all.push_back(column_medians(y));
    // A loss of logits takes what softmax or sigmoid makes these shares of.
    if (takes_logits()) all = {mapped(means, safe_log), mapped(means, logit)};
    return all;
  }

  double loss(const Tensor& y, const Row& row) const {
    return loss_(y, predictions(y.shape()[0], row)).item<double>();
  }

  Logs measure(const Tensor& y, const Row& row) const {
    const Tensor predicted = predictions(y.shape()[0], row);
    CompileOptions options;
    try {
      options = compile_options_from(compile_config(options_));  // metrics with states of their own
    } catch (const Error&) {
      options.loss = options_.loss;  // functions of the user have none
    }
    // Names of its own: the automatic ones are the user's.
    const Tensor input = layers::Input(row_, {.name = "baseline_input"});
    const Nest output = layers::Identity({.name = name_})(input);
    const Model same({.inputs = input, .outputs = output, .name = "baseline"});
    same.compile(std::move(options));
    return same.evaluate(predicted, y, {.verbose = 0});
  }

 private:
  bool takes_logits() const {
    const Config config = loss_.get_config();
    return config.has("from_logits") && config.at("from_logits").is_bool() &&
           config.at("from_logits").as_bool();
  }

  Tensor predictions(int64_t rows, const Row& row) const {
    const std::vector<float> values(row.begin(), row.end());
    Shape shape{rows};
    for (const int64_t dim : row_) shape.push_back(dim);
    return ops::broadcast_to(Tensor::from(values, row_), shape);
  }

  CompileOptions options_;
  std::string name_;
  Shape row_;
  Loss loss_;
};

Logs errors(const std::vector<double>& truth, const std::vector<double>& predicted) {
  double squares = 0.0, sizes = 0.0;
  for (size_t i = 0; i < truth.size(); ++i) {
    const double error = truth[i] - predicted[i];
    squares += error * error;
    sizes += std::abs(error);
  }
  Logs logs;
  logs.append("mse", squares / static_cast<double>(truth.size()));
  logs.append("mae", sizes / static_cast<double>(truth.size()));
  return logs;
}

}  // namespace

Logs baseline(const Model& model, const Tensor& y_train, const Tensor& y_test) {
  rows_of(y_train);
  const ConstantPredictor predictor(model);
  Row best;
  double lowest = INFINITY;
  for (const Row& row : predictor.candidates(y_train)) {
    const double loss = predictor.loss(y_train, row);
    if (!best.empty() && !(loss < lowest)) continue;
    best = row;
    lowest = loss;
  }
  return predictor.measure(y_test.defined() ? y_test : y_train, best);
}

Logs majority_class_baseline(const Tensor& y_train, const Tensor& y_test) {
  const bool tested = y_test.defined();
  // Both together, so that a class has the same number in both.
  const std::vector<int64_t> ids =
      class_ids(tested ? ops::concatenate({y_train, y_test}, 0) : y_train, "baseline");
  const auto trained = static_cast<std::ptrdiff_t>(y_train.shape()[0]);
  require<ValueError>(trained > 0, "baseline", "expected labels to count, got none. Pass y.");
  std::vector<int64_t> counts;
  for (auto id = ids.begin(); id != ids.begin() + trained; ++id) {
    counts.resize(std::max(counts.size(), static_cast<size_t>(*id) + 1));
    ++counts[static_cast<size_t>(*id)];
  }
  const auto winner =
      static_cast<int64_t>(std::max_element(counts.begin(), counts.end()) - counts.begin());
  const auto first = tested ? ids.begin() + trained : ids.begin();
  Logs logs;
  logs.append("class", static_cast<double>(winner));
  logs.append("accuracy", static_cast<double>(std::count(first, ids.end(), winner)) /
                              static_cast<double>(ids.end() - first));
  return logs;
}

Logs mean_baseline(const Tensor& y_train, const Tensor& y_test) {
  const Row means = column_means(y_train);
  const auto [truth, width] = rows_of(y_test.defined() ? y_test : y_train);
  require<ShapeError>(width == means.size(), "baseline",
                      "expected rows of {} values in both, got {} in y_test. Check the shapes.",
                      means.size(), width);
  std::vector<double> predicted;
  for (size_t i = 0; i < truth.size(); ++i) predicted.push_back(means[i % width]);
  return errors(truth, predicted);
}

Logs last_value_baseline(const Tensor& series, int64_t steps) {
  const auto [values, width] = rows_of(series);
  require<ValueError>(steps >= 1 && steps < series.shape()[0], "baseline",
                      "expected `steps` from 1 to below the number of rows, {}, got {}. Check it.",
                      series.shape()[0], steps);
  const auto shift = static_cast<std::ptrdiff_t>(static_cast<size_t>(steps) * width);
  return errors({values.begin() + shift, values.end()}, {values.begin(), values.end() - shift});
}

}  // namespace keratin
