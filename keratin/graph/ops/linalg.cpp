// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/ops/linalg.h"

#include "keratin/base/check.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/graph/ops/rules.h"

namespace keratin::ops {

namespace {

// Texts are made only for an error: checks run for each product of each graph.
void check_inner(std::string_view name, const Shape& a, const Shape& b, int64_t ka, int64_t kb) {
  if (ka == kb || ka == None || kb == None) return;
  fail<ShapeError>(name,
                   "expected the last axis of the first input and the second to last of the "
                   "second to be equal, got shapes {} and {}. Transpose or reshape one.",
                   to_string(a), to_string(b));
}

std::vector<TensorSpec> infer_batch_matmul(const InferCall& call) {
  const auto& attrs = call.attrs.as<MatmulAttrs>();
  const Shape& a = call.inputs[0].shape;
  const Shape& b = call.inputs[1].shape;
  require<ShapeError>(a.rank() >= 2 && b.rank() >= 2, call.op.name,
                      "expected matrices, got shapes {} and {}. Use matmul for vectors.",
                      to_string(a), to_string(b));
  check_inner("matmul", a, b, a[attrs.transpose_a ? -2 : -1], b[attrs.transpose_b ? -1 : -2]);
  Shape shape = broadcast_shapes(a.slice(0, a.rank() - 2), b.slice(0, b.rank() - 2), "matmul");
  shape.push_back(a[attrs.transpose_a ? -1 : -2]);
  shape.push_back(b[attrs.transpose_b ? -2 : -1]);
  return {{std::move(shape), call.inputs[0].dtype}};
}

Tensor batch_matmul(const Tensor& a, const Tensor& b, bool transpose_a, bool transpose_b) {
  return apply_one(batch_matmul_op, {a, b},
                   MatmulAttrs{.transpose_a = transpose_a, .transpose_b = transpose_b});
}

std::vector<Tensor> batch_matmul_gradient(const GradientCall& call) {
  const auto& attrs = call.attrs.as<MatmulAttrs>();
  const Tensor& a = call.inputs[0];
  const Tensor& b = call.inputs[1];
  const Tensor& g = call.gradient();
  const bool ta = attrs.transpose_a;
  const bool tb = attrs.transpose_b;
  const Tensor da = ta ? batch_matmul(b, g, tb, true) : batch_matmul(g, b, false, !tb);
  const Tensor db = tb ? batch_matmul(g, a, true, ta) : batch_matmul(a, g, !ta, false);
  return {unbroadcast(da, a), unbroadcast(db, b)};
}

void check_matmul(const Shape& a, const Shape& b) {
  if (a.rank() >= 1 && b.rank() >= 1) return;
  fail<ShapeError>("matmul",
                   "expected tensors of rank 1 or more, got shapes {} and {}. Use multiply "
                   "for scalars.",
                   to_string(a), to_string(b));
}

std::vector<TensorSpec> infer_matmul(const InferCall& call) {
  const Shape& a = call.inputs[0].shape;
  const Shape& b = call.inputs[1].shape;
  check_matmul(a, b);
  check_inner("matmul", a, b, a[-1], b[b.rank() == 1 ? 0 : -2]);
  Shape shape = broadcast_shapes(a.slice(0, a.rank() - 2), b.slice(0, b.rank() - 2), "matmul");
  if (a.rank() > 1) shape.push_back(a[-2]);
  if (b.rank() > 1) shape.push_back(b[-1]);
  return {{std::move(shape), call.inputs[0].dtype}};
}

std::vector<Tensor> expand_matmul(std::span<const Tensor> in, const Attrs&) {
  Tensor a = in[0];
  Tensor b = in[1];
  check_matmul(a.shape(), b.shape());
  const bool vector_a = a.rank() == 1;
  const bool vector_b = b.rank() == 1;
  if (vector_a) a = expand_dims(a, 0);
  if (vector_b) b = expand_dims(b, 1);
  const Shape& shape = a.shape();
  Tensor y;
  if (b.rank() == 2 && a.rank() > 2 && shape.is_static()) {
    // One large product instead of many small ones.
    int64_t rows = 1;
    for (int i = 0; i < a.rank() - 1; ++i) rows *= shape[i];
    Shape result = shape;
    result[-1] = b.shape()[1];
    y = reshape(batch_matmul(reshape(a, Shape{rows, shape[-1]}), b, false, false), result);
  } else {
    y = batch_matmul(a, b, false, false);
  }
  if (vector_a) y = squeeze(y, y.rank() - 2);
  if (vector_b) y = squeeze(y, -1);
  return {y};
}

std::vector<TensorSpec> infer_dot(const InferCall& call) {
  const Shape& a = call.inputs[0].shape;
  const Shape& b = call.inputs[1].shape;
  if (a.rank() == 0 || b.rank() == 0) return infer_broadcast(call);
  check_inner("dot", a, b, a[-1], b[b.rank() == 1 ? 0 : -2]);
  Shape shape = a.slice(0, a.rank() - 1);
  for (int i = 0; i < b.rank(); ++i) {
    if (i != std::max(b.rank() - 2, 0)) shape.push_back(b[i]);
  }
  return {{std::move(shape), call.inputs[0].dtype}};
}

std::vector<Tensor> expand_dot(std::span<const Tensor> in, const Attrs& attrs) {
  const Tensor& a = in[0];
  Tensor b = in[1];
  if (a.rank() == 0 || b.rank() == 0) return {a * b};
  if (b.rank() <= 2) return expand_matmul(in, attrs);
  std::vector<int64_t> axes{b.rank() - 2};
  for (int i = 0; i < b.rank(); ++i) {
    if (i != b.rank() - 2) axes.push_back(i);
  }
  Shape result = a.shape().slice(0, a.rank() - 1);
  b = transpose(b, axes);
  for (int64_t dim : b.shape().slice(1, b.rank())) result.push_back(dim);
  const Tensor flat = reshape(b, Shape{b.shape()[0], -1});
  return {reshape(matmul(a, flat), result)};
}

}  // namespace

const OpDef batch_matmul_op = {.name = "batch_matmul",
                               .doc = "Multiplies the matrices in the last two axes.",
                               .min_inputs = 2,
                               .max_inputs = 2,
                               .attrs = &Attrs::type_of<MatmulAttrs>,
                               .promotion = Promotion::common,
                               .infer = infer_batch_matmul,
                               .gradient = batch_matmul_gradient,
                               .partition = Partition::columns};
const OpDef matmul_op = {.name = "matmul",
                         .doc = "Multiplies matrices and vectors as NumPy's matmul does.",
                         .min_inputs = 2,
                         .max_inputs = 2,
                         .promotion = Promotion::common,
                         .infer = infer_matmul,
                         .expand = expand_matmul,
                         .partition = Partition::columns};
const OpDef dot_op = {.name = "dot",
                      .doc = "Multiplies over the last axis and the second to last.",
                      .min_inputs = 2,
                      .max_inputs = 2,
                      .promotion = Promotion::common,
                      .infer = infer_dot,
                      .expand = expand_dot,
                      .partition = Partition::columns};

Tensor matmul(const Tensor& x1, const Tensor& x2) {
  // As in Keras, int8 is summed in int32.
  if (x1.dtype() == DType::int8 && x2.dtype() == DType::int8) {
    return apply_one(matmul_op, {cast(x1, DType::int32), cast(x2, DType::int32)});
  }
  return apply_one(matmul_op, {x1, x2});
}

Tensor dot(const Tensor& x1, const Tensor& x2) { return apply_one(dot_op, {x1, x2}); }

std::span<const OpDef* const> linalg_ops() {
  static constexpr const OpDef* ops[] = {&batch_matmul_op, &matmul_op, &dot_op, &einsum_op};
  return ops;
}

}  // namespace keratin::ops
