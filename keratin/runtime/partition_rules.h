// SPDX-License-Identifier: Apache-2.0
// The partition rules of the primitives.
#pragma once

#include "keratin/runtime/partition.h"

namespace keratin::runtime {

/// Says how threads may share a call of a primitive with elements in its results; leaves a split
/// without parts where one thread computes it all.
void apply_rule(const OpDef& op, const KernelCall& call, Split& split);

}  // namespace keratin::runtime
