// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "keratin/graph/op.h"

namespace keratin {

/// Is what the graph level needs to have concrete values computed; `runtime/` is the one that does
/// it. There is one evaluator, made at first use.
class Evaluator {
 public:
  virtual ~Evaluator() = default;
  /// Runs a primitive on arrays whose dtypes have been promoted; returns its outputs.
  virtual std::vector<Array> run(const OpDef& op, const Attrs& attrs, std::span<const Array> inputs,
                                 std::span<const TensorSpec> outputs) = 0;
};

/// Returns the evaluator; defined in `runtime/eager.cpp`.
Evaluator& evaluator();

}  // namespace keratin
