// SPDX-License-Identifier: Apache-2.0
// Several ops as one, which a backend may run in one go.
#pragma once

#include "keratin/graph/sub_graph.h"

namespace keratin::ops {

struct FusedAttrs {
  KERATIN_OPTIONS(FusedAttrs);
  KERATIN_FIELD(SubGraph, body, "Primitives over as many inputs as the op has.") = {};
};

/// Stands for the graph in its attributes: same inputs, same outputs. It is made by a pass when
/// gradients have been taken, and expands into the graph where no backend runs it whole.
extern const OpDef fused_op;

std::span<const OpDef* const> fused_ops();

}  // namespace keratin::ops
