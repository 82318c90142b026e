// SPDX-License-Identifier: Apache-2.0
// Inference and gradient rules that several families share.
#pragma once

#include "keratin/graph/op.h"

namespace keratin::ops {

/// Gives each output the first input's spec.
std::vector<TensorSpec> infer_same(const InferCall& call);
/// Broadcasts all inputs; the dtype is that of the last one.
std::vector<TensorSpec> infer_broadcast(const InferCall& call);
/// Broadcasts all inputs; the result is bool.
std::vector<TensorSpec> infer_compare(const InferCall& call);

/// Returns an axis of an op's attributes, which counts from the front; throws ValueError.
int checked_axis(const InferCall& call, int64_t axis, int rank);

/// Sums a gradient over the axes along which `input` was broadcast, so that it has its shape.
Tensor unbroadcast(const Tensor& gradient, const Tensor& input);

/// Returns `x` in the shape of `like`.
Tensor reshape_as(const Tensor& x, const Tensor& like);

/// Returns `x` broadcast to the shape of `like`.
Tensor broadcast_as(const Tensor& x, const Tensor& like);

}  // namespace keratin::ops
