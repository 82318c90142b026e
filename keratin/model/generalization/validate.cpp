// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/generalization/validate.h"

#include <algorithm>

#include "keratin/base/check.h"
#include "keratin/model/generalization/baseline.h"
#include "keratin/model/generalization/rows_internal.h"

namespace keratin {

namespace {

std::vector<Split> splits_of(const Data& data, int64_t rows, const ValidateOptions& options) {
  const FoldOptions folds{.folds = options.folds, .shuffle = options.shuffle};
  if (options.groups.defined()) {
    require<ValueError>(options.groups.shape() == Shape{rows}, "validate",
                        "expected `groups` with a number for each of {} rows, got shape {}. Pass "
                        "one for each row.",
                        rows, to_string(options.groups.shape()));
    return group_k_fold(options.groups, folds);
  }
  if (!options.stratified) return k_fold(rows, folds);
  require<ValueError>(data.y.is_tensor(), "validate",
                      "expected `stratified` with one tensor of targets, got {}. Leave it out.",
                      to_string(data.y));
  return stratified_k_fold(data.y.tensor(), folds);
}

// A model without a baseline (several outputs, a loss that has none) is validated all the same.
Logs baseline_or_none(const Model& model, const Data& train, const Data& validation) {
  if (!train.y.is_tensor() || !validation.sample_weight.empty()) return {};
  try {
    return baseline(model, train.y.tensor(), validation.y.tensor());
  } catch (const Error&) {
    return {};
  }
}

FoldResult run_fold(const ModelBuilder& build, const Data& data, const Split& rows,
                    const FitOptions& fit) {
  const Model model = build();
  const Data train = take_rows(data, rows.train), validation = take_rows(data, rows.validation);
  FoldResult result;
  result.rows = rows;
  result.history = fit_fold(model, train, validation, fit);
  result.scores = model.evaluate(
      validation.x, validation.y,
      {.batch_size = fit.batch_size, .verbose = 0, .sample_weight = validation.sample_weight});
  result.baseline = baseline_or_none(model, train, validation);
  return result;
}

}  // namespace

ValidationReport validate(const ModelBuilder& build, const Nest& x, const Nest& y,
                          const ValidateOptions& options) {
  const Data data(x, y, options.fit.sample_weight);
  const int64_t rows = count_rows(data, "validate");
  require<ValueError>(options.repeats >= 1 && (options.repeats == 1 || options.shuffle), "validate",
                      "expected `repeats` of 1, or more with `shuffle`, got {}. Without shuffling "
                      "all repeats have the same folds.",
                      options.repeats);
  require<ValueError>(!(options.stratified && options.groups.defined()), "validate",
                      "expected `stratified` or `groups`, got both. Choose one.");
  ValidationReport report;
  std::vector<Logs> scores, baselines;
  for (int64_t repeat = 0; repeat < options.repeats; ++repeat) {
    const std::vector<Split> splits = splits_of(data, rows, options);
    for (size_t fold = 0; fold < splits.size(); ++fold) {
      FoldResult result = run_fold(build, data, splits[fold], options.fit);
      result.repeat = repeat;
      result.fold = static_cast<int64_t>(fold);
      scores.push_back(result.scores);
      if (!result.baseline.empty()) baselines.push_back(result.baseline);
      report.folds.push_back(std::move(result));
    }
  }
  report.mean = mean_of(scores);
  report.deviation = deviation_of(scores);
  if (baselines.size() == scores.size()) report.baseline = mean_of(baselines);
  return report;
}

History ValidationReport::mean_history() const {
  History result;
  if (folds.empty()) return result;
  const auto shorten = [](auto& values, const auto& others) {
    values.resize(std::min(values.size(), others.size()));
  };
  result = folds[0].history;
  for (const FoldResult& fold : folds) {
    shorten(result.epoch, fold.history.epoch);
    shorten(result.validation_epoch, fold.history.validation_epoch);
    for (auto& [name, values] : result.history) {
      if (fold.history.has(name)) shorten(values, fold.history[name]);
    }
  }
  for (auto& [name, values] : result.history) {
    for (size_t i = 0; i < values.size(); ++i) {
      double sum = 0.0, count = 0.0;
      for (const FoldResult& fold : folds) {
        if (!fold.history.has(name)) continue;
        sum += fold.history[name][i];
        count += 1.0;
      }
      values[i] = sum / count;
    }
  }
  return result;
}

Verdict ValidationReport::verdict() const {
  VerdictOptions options;
  if (baseline.has("loss")) options.baseline = baseline["loss"];
  return mean_history().verdict(options);
}

std::string ValidationReport::text() const {
  std::string text;
  for (const auto& [name, value] : mean) {
    text += fmt::format("{}: {:.4f} +- {:.4f}", name, value, deviation[name]);
    if (baseline.has(name)) text += fmt::format(" (baseline {:.4f})", baseline[name]);
    text += '\n';
  }
  return text + verdict().sentence() + "\n";
}

}  // namespace keratin
