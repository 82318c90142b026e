// SPDX-License-Identifier: Apache-2.0
// How batch_matmul's operands lie in memory.
#pragma once

#include <array>

#include "keratin/graph/ops/linalg.h"
#include "keratin/runtime/kernel.h"

namespace keratin::runtime {

/// Is the sizes and strides of one product of matrices, C[m, n] = A[m, k] B[k, n].
struct ProductSizes {
  int64_t m, n, k;
  int64_t row_a, column_a;  // strides of A as [m, k]
  int64_t row_b, column_b;  // strides of B as [k, n]
};

inline ProductSizes product_sizes(const ops::MatmulAttrs& attrs, const Shape& shape_a,
                                  const Shape& shape_b, const Shape& shape_c) {
  const Sizes& a = shape_a.dims();
  const Sizes& b = shape_b.dims();
  const Sizes& c = shape_c.dims();
  const int64_t columns_a = a.back();
  const int64_t columns_b = b.back();
  ProductSizes s{};
  s.m = c[c.size() - 2];
  s.n = c.back();
  s.k = attrs.transpose_a ? a[a.size() - 2] : columns_a;
  s.row_a = attrs.transpose_a ? 1 : columns_a;
  s.column_a = attrs.transpose_a ? columns_a : 1;
  s.row_b = attrs.transpose_b ? 1 : columns_b;
  s.column_b = attrs.transpose_b ? columns_b : 1;
  return s;
}

inline ProductSizes product_sizes(const KernelCall& call) {
  return product_sizes(call.attrs.as<ops::MatmulAttrs>(), call.inputs[0].shape,
                       call.inputs[1].shape, call.outputs[0].shape);
}

/// Tells whether threads should cut a product by columns rather than by rows. What is cut is read
/// once, the rest by every thread: the larger operand is cut, where it is so large that the threads
/// may wait for each other afterwards.
inline bool is_cut_by_columns(const ProductSizes& sizes) {
  constexpr int64_t smallest = int64_t{1} << 15;  // elements
  return sizes.n > sizes.m && sizes.n * sizes.k >= smallest;
}

/// Returns space of this thread for packed blocks, which every product uses in turn.
float* gemm_workspace();

/// Returns the strides, in elements, by which an input moves along the result's batch axes.
inline std::array<int64_t, max_rank> batch_strides(const Shape& input, const Shape& output) {
  std::array<int64_t, max_rank> strides{};
  const auto rank = static_cast<size_t>(output.rank());
  const auto own = static_cast<size_t>(input.rank());
  int64_t step = input.dims()[own - 1] * input.dims()[own - 2];
  for (size_t i = own - 2; i-- > 0;) {
    const int64_t dim = input.dims()[i];
    if (dim != 1) strides[rank - own + i] = step;
    step *= dim;
  }
  return strides;
}

/// Calls `product(a, b, c)` for each matrix of the batch, with offsets in elements.
template <class Product>
void for_each_product(const KernelCall& call, const ProductSizes& sizes, Product&& product) {
  const Shape& shape = call.outputs[0].shape;
  const auto steps_a = batch_strides(call.inputs[0].shape, shape);
  const auto steps_b = batch_strides(call.inputs[1].shape, shape);
  int64_t c = 0;
  for_each_offset<2>(shape.dims().data(), shape.rank() - 2, {steps_a.data(), steps_b.data()},
                     [&](const std::array<int64_t, 2>& at) {
                       product(at[0], at[1], c);
                       c += sizes.m * sizes.n;
                     });
}

}  // namespace keratin::runtime
