// SPDX-License-Identifier: Apache-2.0
// Runs a `fused` op: a small program over tiles that stay in the first cache.
#pragma once

#include "keratin/runtime/partition.h"

namespace keratin::runtime {

/// Makes the program of a `fused` op for operands whose output addresses are known, keeps it in
/// `call.state`, and returns the kernel that runs it.
Kernel prepare_chain(KernelCall& call);

/// Returns how the threads of a plan may share a prepared call.
Split chain_split(const KernelCall& call);

}  // namespace keratin::runtime
