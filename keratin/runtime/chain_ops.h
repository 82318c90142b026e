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

/// Tells whether a chain computes with values of this type, all of them as float32.
bool is_chain_float(DType dtype);

/// Is how values of a 16-bit type come from memory, go there, and are rounded between instructions.
struct HalfMicros {
  simd::Micro read = simd::Micro::count;
  simd::Micro write = simd::Micro::count;
  simd::Micro round = simd::Micro::count;
};

/// Returns the instructions of a type; `count` where it has none.
HalfMicros half_of(DType dtype);

/// Tells whether an op of 16-bit values gives 16-bit values without rounding.
bool keeps_half(const OpDef& op);

/// Tells whether a node can be part of a chain, as far as ops and dtypes go.
bool chain_fuses(const Graph& graph, const Node& node);

/// Tells whether a chain over its rows and columns should begin with the product.
bool chain_fuses_product(const Graph& graph, const Node& node);

}  // namespace keratin::runtime
