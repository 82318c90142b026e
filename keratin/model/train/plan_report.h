// SPDX-License-Identifier: Apache-2.0
// What one step of a model takes, before it runs.
#pragma once

#include <iosfwd>
#include <string>

#include "keratin/graph/nest.h"

namespace keratin {

/// Are the arguments of `Model::plan`.
struct PlanOptions {
  int64_t batch_size = 32;
  /// "train", "test" or "predict"; when empty training, for a model that is not compiled
  /// prediction.
  std::string step = {};
  /// Batches as `fit` takes them: data, or Keras tensors whose first axis does not count. Without
  /// them the inputs are the model's, and the targets like the outputs, or class numbers where the
  /// loss takes those.
  Nest x = {};
  Nest y = {};
  Nest sample_weight = {};
};

/// Is what a step takes: memory in bytes and an estimate of the work.
struct PlanReport {
  std::string step;
  int64_t batch_size = 0;
  int64_t threads = 0;
  int64_t calls = 0;           ///< of kernels
  double flop = 0.0;           ///< about how many operations on numbers
  double seconds = 0.0;        ///< an estimate from measured limits of this machine
  int64_t variable_bytes = 0;  ///< of weights, and in training of optimizer and metrics
  int64_t input_bytes = 0;
  int64_t output_bytes = 0;
  int64_t arena_bytes = 0;  ///< of all values in between, which share memory
  std::string text;         ///< the list of calls, with the place of each value

  /// Returns the most memory that a step of the model has in use.
  int64_t peak_bytes() const { return variable_bytes + input_bytes + output_bytes + arena_bytes; }
};

/// Writes the numbers, a line each.
std::ostream& operator<<(std::ostream& out, const PlanReport& report);

}  // namespace keratin
