// SPDX-License-Identifier: Apache-2.0
// Which ops a chain has instructions for.
#pragma once

#include "keratin/graph/graph.h"
#include "keratin/runtime/simd/simd.h"

namespace keratin::runtime {

/// Returns the instruction of an op; `count` where there is none.
simd::Micro micro_of(const OpDef& op);

/// Returns how a cast is done; `count` where it is not.
simd::Micro cast_of(DType from, DType to);

/// Tells whether a node can be part of a chain, as far as ops and dtypes go.
bool chain_fuses(const Graph& graph, const Node& node);

/// Tells whether a chain over its rows and columns should begin with the product.
bool chain_fuses_product(const Graph& graph, const Node& node);

}  // namespace keratin::runtime
