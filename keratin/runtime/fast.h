// SPDX-License-Identifier: Apache-2.0
// The kernels that plans prefer to the reference kernels.
#pragma once

#include "keratin/runtime/kernel.h"

namespace keratin::runtime {

/// Returns the fast kernel of a call for the sizes of its operands, with what it keeps between
/// calls in `call.state`; null where the reference kernel must do.
/// Kernels whose calls are shared are the project's own.
Kernel prepare_fast(const OpDef& op, KernelCall& call, bool shared);

// The choices of single files.
Kernel prepare_gemm(KernelCall& call);
Kernel prepare_random(const OpDef& op, const KernelCall& call);

}  // namespace keratin::runtime
