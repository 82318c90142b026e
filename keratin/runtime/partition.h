// SPDX-License-Identifier: Apache-2.0
// How the threads of a plan share a call, by the partition rule of its op.
#pragma once

#include <vector>

#include "keratin/runtime/kernel.h"
#include "keratin/runtime/schedule.h"

namespace keratin::runtime {

/// Says how the threads of a plan may share a call: by rows, the first axis of its results, or by
/// columns, their last. Of inputs that are `own` a thread needs the rows (columns) that it
/// computes, of others all.
struct Split {
  Access::By by = Access::By::rows;  ///< or columns
  int64_t parts = 0;                 ///< 0 where one thread computes it all
  std::vector<bool> own = {};
  double work = 0.0;  ///< about how many operations on float32 it is
  /// Whether a thread's call is of the rows alone, as if there were no others. Other kernels are
  /// told which rows or columns to compute.
  bool slices = false;
};

/// Returns how a prepared call may be shared.
Split split_of(const OpDef& op, const KernelCall& call);

/// Returns how a call is cut by rows, each part by itself as if there were no others; 0 parts where
/// rows depend on each other.
Split split_by_rows(const OpDef& op, const KernelCall& call);

/// Makes of a call that of some of its rows.
void take_rows(KernelCall& call, const Split& split, int64_t first, int64_t last);

/// Returns the rows of so many that one of the threads computes, the same for every step.
Range part_of_rows(int64_t rows, int thread, int threads);

/// Gives a call the part that one of the threads computes.
void take_part(KernelCall& call, const Split& split, int thread, int threads);

}  // namespace keratin::runtime
