// SPDX-License-Identifier: Apache-2.0
// How `compile` and `fit` warn: each mistake once for each compile, on standard error.
#pragma once

#include <array>
#include <vector>

#include "keratin/model/advice/facts_internal.h"
#include "keratin/model/train/feed.h"
#include "keratin/model/train/logs.h"

namespace keratin {

struct OutputPart;

}  // namespace keratin

namespace keratin::advice {

/// Is how many losses are looked at.
inline constexpr int64_t watched_steps = 32;

/// Remembers what was told of one model. Nothing that it does throws.
class Advisor {
 public:
  /// Forgets what was told; a new compile begins.
  void reset() { told_.clear(); }
  void at_compile(ModelBody& model, const CompileOptions& options);
  /// Prints the findings that were not told yet, and keeps them.
  void tell(std::string_view where, const Findings& findings);
  const Findings& told() const { return told_; }
  /// Takes the outputs of a model without a graph of layers, in a trace of its step or of its
  /// shapes.
  void note_outputs(const std::vector<OutputPart>& parts);
  /// Returns what is known of them; nothing before.
  const std::vector<Head>& heads() const { return heads_; }

 private:
  Findings told_;
  std::vector<Head> heads_;
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
    Nest sample_weight = {};
  };
  FitWatch(Advisor& advisor, ModelBody& model, const CompileOptions& options, Examples examples);

  /// Looks at the data where the model is known before it is built, so that a warning comes before
  /// an error of shapes.
  void before_build();
  /// Looks at the data otherwise, and at the hidden layers.
  void after_build();
  /// Looks at a batch where the data comes in batches.
  void before_step(const Batch& batch);
  /// Looks at the data, or the first batch of it, where the model cannot be trained and nothing was
  /// looked at yet.
  void at_error(Feed& feed);
  /// Takes the mean loss of an epoch after step `index` of it, which ended with that batch.
  void after_step(const Logs& logs, int64_t index, const Batch& batch);
  /// Looks for units that do not learn, once there were steps enough; a step allocates nothing.
  void after_epoch();

 private:
  void look(const Nest& x, const Nest& y);
  void take_samples();
  void add_loss(double loss, const Batch& batch);
  void find_broken_data(const Batch& batch);
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
  std::array<double, watched_steps / 2> later_ = {};  // the losses of the later half of the steps
  int rising_ = 0;
};

}  // namespace keratin::advice
