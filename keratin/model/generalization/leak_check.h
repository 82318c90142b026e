// SPDX-License-Identifier: Apache-2.0
// What makes a validation look better than it is.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "keratin/data/data.h"

namespace keratin {

struct LeakCheckOptions {
  /// Is the correlation from which on an input counts as a copy of a target.
  double correlation = 0.9999;
  /// Is the most rows whose inputs are compared with their targets, spread over all.
  int64_t most_rows = 5000;
};

/// Is what `leak_check` finds.
struct LeakReport {
  /// Is a row of the validation data whose inputs are those of a row of the training data, too.
  struct Duplicate {
    int64_t train_row, validation_row;
  };
  /// Is a value of the inputs that tells a target. `input` counts the tensors of x, `feature` the
  /// values of a row, `target` the values of a row of all of y.
  struct Target {
    int64_t input, feature, target;
    double correlation;
  };
  std::vector<Duplicate> duplicates;  ///< one for each such row of the validation data
  int64_t validation_rows = 0;
  std::vector<Target> targets;

  bool clean() const { return duplicates.empty() && targets.empty(); }
  /// Says in one sentence what was found.
  std::string sentence() const;
};

/// Looks for rows that stand in both parts (inputs that are equal to the bit), and for inputs that
/// hold the target: those that are a multiple of it, plus a constant, or another numbering of its
/// classes. Targets are not needed in the validation data. Throws ValueError for data that does not
/// fit together.
LeakReport leak_check(const Data& train, const Data& validation,
                      const LeakCheckOptions& options = {});

}  // namespace keratin
