// SPDX-License-Identifier: Apache-2.0
// About how long a plan will take, before it runs.
#pragma once

#include "keratin/runtime/executor.h"

namespace keratin::runtime {

/// Is what one thread of this machine does in a second.
struct Limits {
  double product_flop;  ///< float32 operations in a matrix product
  double vector_flop;   ///< element-wise float32 operations on what a cache holds
  double bytes;         ///< bytes read and written where no cache holds them
};

/// Measures the limits by small plans the first time, which takes some milliseconds.
const Limits& machine_limits();

/// Returns about how many seconds one run of the plan takes: for each step the longer of computing
/// and moving its operands. A step that no thread shares takes one thread's time.
double estimate_seconds(const Executor& executor, const Limits& limits = machine_limits());

}  // namespace keratin::runtime
