// SPDX-License-Identifier: Apache-2.0
// How `compile` and `fit` warn: each mistake once for each compile, on standard error.
#pragma once

#include <vector>

#include "keratin/model/advice/facts_internal.h"
#include "keratin/model/train/feed.h"
#include "keratin/model/train/logs.h"

namespace keratin::advice {

/// Remembers what was told of one model. Nothing that it does throws.
class Advisor {
 public:
  /// Forgets what was told; a new compile begins.
  void reset() { told_.clear(); }
  void at_compile(ModelBody& model, const CompileOptions& options);
  /// Prints the findings that were not told yet, and keeps them.
  void tell(std::string_view where, const Findings& findings);
  const Findings& told() const { return told_; }

 private:
  Findings told_;
};

/// Is a part of a weight's values before training.
struct WeightSample {
  Variable variable;
  std::vector<float> values;
};

/// Looks at one `fit`: at the data once, and at the losses of the first steps. After those it costs
/// one comparison a step, and it allocates only where it finds something.
class FitWatch {
 public:
  /// Is the arrays that fit was given; empty for data that comes in batches.
  struct Examples {
    Nest x = {};
    Nest y = {};
    double validation_split = 0.0;
    bool shuffled = false;
    bool weighted = false;  ///< whether samples or classes have weights
  };
  FitWatch(Advisor& advisor, ModelBody& model, const CompileOptions& options, Examples examples);

  /// Looks at the data where the model is known before it is built, so that a warning comes before
  /// an error of shapes.
  void before_build();
  /// Looks at the data otherwise, and at the hidden layers.
  void after_build();
  /// Looks at a batch where the data comes in batches.
  void before_step(const Batch& batch);
  /// Takes the mean loss of an epoch after step `index` of it.
  void after_step(const Logs& logs, int64_t index, int64_t size);
  /// Looks for units that do not learn, once there were steps enough; a step allocates nothing.
  void after_epoch();

 private:
  void look(const Nest& x, const Nest& y);
  void take_samples();
  void add_loss(double loss);
  void find_broken_data();
  void tell_of_growth(double loss);
  void look_at_units();
  void tell(const Findings& findings) { advisor_.tell("fit", findings); }

  Advisor& advisor_;
  ModelBody& model_;
  const CompileOptions& options_;
  Examples examples_;
  bool on_;
  bool looked_ = false;
  bool units_seen_ = false;
  std::vector<WeightSample> samples_;
  double guess_ = 0.0;  // the loss of guessing; 0 where it is not known
  int64_t steps_ = 0;
  double total_ = 0.0;  // of the losses of this epoch, and the samples they are of
  double seen_ = 0.0;
  double first_ = 0.0, last_ = 0.0;
  double later_ = 0.0;  // the sum of the losses in the later half of the steps that are watched
  int rising_ = 0;
};

}  // namespace keratin::advice
