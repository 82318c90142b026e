// SPDX-License-Identifier: Apache-2.0
// The kernels that plans prefer to the reference kernels.
#pragma once

#include "keratin/runtime/kernel.h"
#include "keratin/runtime/schedule.h"

namespace keratin::runtime {

/// Says how the threads of a plan may share a call: by rows, the first axis of its results, or by
/// columns, their last. Of inputs that are `own` a thread needs the rows (columns) that it
/// computes, of others all.
struct Split {
  Access::By by = Access::By::rows;  ///< or columns
  int64_t parts = 0;                 ///< 0 where one thread computes it all
  std::vector<bool> own;
  double work = 0.0;  ///< about how many operations on float32 it is
};

/// Returns how a prepared call may be shared.
Split split_of(const OpDef& op, const KernelCall& call);

/// Returns the fast kernel of a call for the sizes of its operands, with what it keeps between
/// calls in `call.state`; null where the reference kernel must do.
/// Kernels whose calls are shared are the project's own.
Kernel prepare_fast(const OpDef& op, KernelCall& call, bool shared);

// The choices of single files.
Kernel prepare_gemm(const KernelCall& call);

}  // namespace keratin::runtime
