// SPDX-License-Identifier: Apache-2.0
// Weights of a model that is made for the values of a file.
#pragma once

#include <utility>
#include <vector>

#include "keratin/graph/variable.h"
#include "keratin/nn/initializer.h"

namespace keratin {

/// While one lives, weights that layers of this thread add have a shape, a dtype and neither memory
/// nor initial values. So what a config asks for can be compared with what a file holds before any
/// memory is taken, and nothing is computed only to be overwritten. One inside another one
/// leaves all to the outer one.
class DeferredWeights {
 public:
  DeferredWeights();
  DeferredWeights(const DeferredWeights&) = delete;
  DeferredWeights& operator=(const DeferredWeights&) = delete;
  ~DeferredWeights();

  /// Tells whether weights are deferred now.
  static bool active();
  /// Gives a declared variable its spec alone; throws ShapeError for a size that no memory has.
  static void defer(const Variable& variable, const TensorSpec& spec,
                    const Initializer& initializer, VariableOptions options);
  /// Gives the variables that have no memory by now their initial values.
  void finish();

 private:
  std::vector<std::pair<Variable, Initializer>> pending_;
  DeferredWeights* outer_;
};

/// Gives a variable whose values are about to be written memory, if it has none.
void ensure_memory(const Variable& variable);

}  // namespace keratin
