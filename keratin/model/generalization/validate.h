// SPDX-License-Identifier: Apache-2.0
// How well a way of training generalizes: k-fold validation, and how much more data would help.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "keratin/model/generalization/folds.h"
#include "keratin/model/model.h"

namespace keratin {

/// Makes a compiled model with weights of its own at each call.
using ModelBuilder = std::function<Model()>;

struct ValidateOptions {
  int64_t folds = 5;
  /// Does all of it several times, with other folds each time.
  int64_t repeats = 1;
  bool shuffle = true;
  /// Shares the classes of `y` out evenly.
  bool stratified = false;
  /// Keeps rows of one group in one fold: a number for each row.
  Tensor groups = {};
  /// Are the arguments of each `fit`, without data to validate with.
  FitOptions fit = {};
};

/// Is one of the runs of `validate`.
struct FoldResult {
  int64_t repeat = 0, fold = 0;
  History history;  ///< validated with the rows left out
  Logs scores;      ///< loss and metrics of these rows at the end
  Logs baseline;    ///< the same of a constant prediction; empty where there is none
  Split rows;
};

/// Is what `validate` finds.
struct ValidationReport {
  std::vector<FoldResult> folds;
  Logs mean;       ///< of the scores
  Logs deviation;  ///< their standard deviation (of a sample)
  Logs baseline;   ///< the mean over the folds

  /// Returns the mean of all folds' histories, over the epochs that all have; it is calmer than any
  /// of them.
  History mean_history() const;
  /// Returns the verdict on that.
  Verdict verdict() const;
  /// Returns a line for each value, with its baseline, and the verdict.
  std::string text() const;
};

/// Trains one model for each fold, and validates it with the rows of that fold. Throws ValueError
/// for options that do not fit the data, for `repeats` without shuffling, and what `fit` throws.
ValidationReport validate(const ModelBuilder& build, const Nest& x, const Nest& y,
                          const ValidateOptions& options = {});

struct LearningCurveOptions {
  /// Are the shares of the training rows, each above 0 and at most 1.
  std::vector<double> shares = {0.1, 0.2, 0.4, 0.7, 1.0};
  double validation_split = 0.2;
  /// Does all of it several times, with other rows each time.
  int64_t repeats = 1;
  bool shuffle = true;
  FitOptions fit = {};
};

/// Is how a model does with more and more data.
struct LearningCurve {
  struct Point {
    int64_t rows = 0;
    Logs training, validation;                      ///< means over the repeats
    Logs training_deviation, validation_deviation;  ///< standard deviations; 0 for one repeat
  };
  std::vector<Point> points;

  /// Says whether more data helps, as far as the last points tell.
  std::string sentence() const;
  /// Draws one of the values; errors are those of `History::plot`, and ValueError for other names.
  void plot(const std::string& path, const std::string& name = "loss") const;
};

/// Trains a new model with each share of the rows, and measures it with these and with rows that no
/// run trains with. Throws ValueError for shares that leave no rows, and what `fit` throws.
LearningCurve learning_curve(const ModelBuilder& build, const Nest& x, const Nest& y,
                             const LearningCurveOptions& options = {});

}  // namespace keratin
