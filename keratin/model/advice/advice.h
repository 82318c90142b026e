// SPDX-License-Identifier: Apache-2.0
// Says where a model, its loss, its metrics and its data do not fit together, and what does.
#pragma once

#include <string>
#include <vector>

#include "keratin/model/model.h"

namespace keratin {

/// Is one thing that is wrong, and what to use instead.
struct Finding {
  /// Names the mistake: `softmax-one-unit`.
  std::string code;
  /// Is the name of the output, input or layer that it is about; empty for the whole model.
  std::string part;
  /// Says both in one sentence, without a prefix.
  std::string sentence;
  /// Is what to use instead, the end of the sentence.
  std::string use;
};

/// Are the arguments of `advise` besides model and data; each as in `fit`.
struct AdviseOptions {
  double validation_split = 0.0;
  Nest sample_weight = {};
};

/// Returns what `compile` and the first batch of `fit` warn of, and what the last `fit` has found:
/// only what is certainly wrong, so it is empty for a model that is right. Without data only what
/// model, loss and metrics tell. Large arrays are sampled. Never throws; returns nothing for what
/// it does not understand, such as layers and losses of the user.
std::vector<Finding> advise(const Model& model, const Nest& x = {}, const Nest& y = {},
                            const AdviseOptions& options = {});

/// Is what fits a task: the last layer, the loss and the metrics.
struct TaskAdvice {
  std::string task;        ///< `binary`
  std::string targets;     ///< how the targets are written
  std::string units;       ///< of the last layer
  std::string activation;  ///< of the last layer, Keras' name
  std::string loss;
  std::vector<std::string> metrics;
};

/// Returns the rows for a task: `binary`, `multiclass` (also `one-hot` or `integer`), `multilabel`,
/// `regression`, `regression-0-1`, `regression-positive`, `counts`, in any case and with spaces or
/// underscores. Returns the whole table for any other text.
std::vector<TaskAdvice> advise(const std::string& task);

namespace utils {

/// Switches the warnings of `compile` and `fit` on or off for the whole process; `advise` works in
/// either case. KERATIN_ADVICE=off in the environment starts it off.
void set_advice(bool on);
/// Tells whether `compile` and `fit` warn.
bool advice();

}  // namespace utils

}  // namespace keratin
