// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/ops/rules.h"

#include <algorithm>

#include "keratin/base/check.h"
#include "keratin/graph/ops/ops.h"

namespace keratin::ops {

std::vector<TensorSpec> infer_same(const InferCall& call) { return {call.inputs[0]}; }

std::vector<TensorSpec> infer_broadcast(const InferCall& call) {
  Shape shape = call.inputs[0].shape;
  for (const TensorSpec& input : call.inputs.subspan(1)) {
    shape = broadcast_shapes(shape, input.shape, call.op.name);
  }
  return {{std::move(shape), call.inputs.back().dtype}};
}

std::vector<TensorSpec> infer_compare(const InferCall& call) {
  std::vector<TensorSpec> specs = infer_broadcast(call);
  specs[0].dtype = DType::bool_;
  return specs;
}

int checked_axis(const InferCall& call, int64_t axis, int rank) {
  require<ValueError>(axis >= 0 && axis < rank, call.op.name,
                      "expected an axis between 0 and {}, got {}. Count it from the front.",
                      rank - 1, axis);
  return static_cast<int>(axis);
}

Tensor unbroadcast(const Tensor& gradient, const Tensor& input) {
  const Shape& from = gradient.shape();
  const Shape& to = input.shape();
  if (from == to) return gradient;
  std::vector<int64_t> axes;
  const int extra = from.rank() - to.rank();
  for (int i = 0; i < from.rank(); ++i) {
    if (i < extra || (to[i - extra] == 1 && from[i] != 1)) axes.push_back(i);
  }
  if (axes.empty()) return gradient;
  const Tensor summed = sum(gradient, Axes(axes), true);
  return extra == 0 ? summed : reshape_as(summed, input);
}

Tensor reshape_as(const Tensor& x, const Tensor& like) {
  const Shape& shape = like.shape();
  const auto unknown = std::count(shape.begin(), shape.end(), None);
  const bool empty = std::count(shape.begin(), shape.end(), 0) > 0;
  // One free axis follows from the others, unless there are no elements to count.
  if (unknown == 0 || (unknown == 1 && !empty)) {
    return x.shape() == shape ? x : reshape(x, shape);
  }
  return apply_one(reshape_op, {x, like}, ShapeAttrs{.shape = shape});
}

Tensor broadcast_as(const Tensor& x, const Tensor& like) {
  if (like.shape().is_static()) {
    return x.shape() == like.shape() ? x : broadcast_to(x, like.shape());
  }
  return full_like(like, x, x.dtype());
}

}  // namespace keratin::ops
