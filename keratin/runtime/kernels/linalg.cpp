// SPDX-License-Identifier: Apache-2.0
// Reference kernel of the matrix product: plain loops over blocks of columns.
#include "keratin/graph/ops/linalg.h"

#include <algorithm>
#include <array>

#include "keratin/runtime/kernel.h"

namespace keratin::runtime {

namespace {

// Half types accumulate in float32, integers wrap around.
template <class T>
struct AccumulatorOf {
  using type = T;
};
template <>
struct AccumulatorOf<float16> {
  using type = float;
};
template <>
struct AccumulatorOf<bfloat16> {
  using type = float;
};
template <class T>
requires(std::is_integral_v<T>) struct AccumulatorOf<T> {
  using type = uint64_t;
};

struct Sizes {
  int64_t m, n, k;
  int64_t row_a, column_a;  // strides of A as [m, k]
  int64_t row_b, column_b;  // strides of B as [k, n]
};

constexpr int64_t lanes = 16;
constexpr int64_t block_columns = 64;
constexpr int64_t block_depth = 128;

// One row of the result when rows of B lie in memory: sums of rows of B, in blocks of the depth so
// that rounding errors stay small.
template <class T, class A>
void row_by_rows(const Sizes& s, const T* a, const T* b, T* c) {
  for (int64_t j0 = 0; j0 < s.n; j0 += block_columns) {
    const int64_t width = std::min(block_columns, s.n - j0);
    std::array<A, block_columns> total{};
    for (int64_t p0 = 0; p0 < s.k; p0 += block_depth) {
      std::array<A, block_columns> part{};
      const int64_t end = std::min(s.k, p0 + block_depth);
      for (int64_t p = p0; p < end; ++p) {
        const A scale = static_cast<A>(a[p * s.column_a]);
        const T* row = b + p * s.row_b + j0;
        if (width == block_columns) {
          for (size_t j = 0; j < block_columns; ++j) part[j] += scale * static_cast<A>(row[j]);
        } else {
          for (int64_t j = 0; j < width; ++j) {
            part[static_cast<size_t>(j)] += scale * static_cast<A>(row[j]);
          }
        }
      }
      for (size_t j = 0; j < block_columns; ++j) total[j] += part[j];
    }
    for (int64_t j = 0; j < width; ++j) {
      c[j0 + j] = static_cast<T>(total[static_cast<size_t>(j)]);
    }
  }
}

// One row of the result when columns of B lie in memory: dot products with partial sums.
template <class T, class A>
void row_by_columns(const Sizes& s, const T* a, const T* b, T* c) {
  for (int64_t j = 0; j < s.n; ++j) {
    const T* column = b + j * s.column_b;
    std::array<A, lanes> part{};
    int64_t p = 0;
    for (; p + lanes <= s.k; p += lanes) {
      for (size_t l = 0; l < lanes; ++l) {
        const auto at = p + static_cast<int64_t>(l);
        part[l] += static_cast<A>(a[at * s.column_a]) * static_cast<A>(column[at * s.row_b]);
      }
    }
    A rest = 0;
    for (; p < s.k; ++p) {
      rest += static_cast<A>(a[p * s.column_a]) * static_cast<A>(column[p * s.row_b]);
    }
    for (A value : part) rest += value;
    c[j] = static_cast<T>(rest);
  }
}

template <class T>
void matrix_product(const Sizes& s, const T* a, const T* b, T* c) {
  using A = typename AccumulatorOf<T>::type;
  for (int64_t i = 0; i < s.m; ++i) {
    if (s.column_b == 1) {
      row_by_rows<T, A>(s, a + i * s.row_a, b, c + i * s.n);
    } else {
      row_by_columns<T, A>(s, a + i * s.row_a, b, c + i * s.n);
    }
  }
}

Sizes sizes_of(const KernelCall& call) {
  const auto& attrs = call.attrs.as<ops::MatmulAttrs>();
  const std::vector<int64_t>& a = call.inputs[0].shape.dims();
  const std::vector<int64_t>& b = call.inputs[1].shape.dims();
  const std::vector<int64_t>& c = call.outputs[0].shape.dims();
  const int64_t columns_a = a.back();
  const int64_t columns_b = b.back();
  Sizes s{};
  s.m = c[c.size() - 2];
  s.n = c.back();
  s.k = attrs.transpose_a ? a[a.size() - 2] : columns_a;
  s.row_a = attrs.transpose_a ? 1 : columns_a;
  s.column_a = attrs.transpose_a ? columns_a : 1;
  s.row_b = attrs.transpose_b ? 1 : columns_b;
  s.column_b = attrs.transpose_b ? columns_b : 1;
  return s;
}

// Returns the strides, in elements, by which an input moves along the result's batch axes.
std::array<int64_t, max_rank> batch_strides(const Shape& input, const Shape& output) {
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

template <class T>
void run_matmul(const KernelCall& call) {
  const Sizes sizes = sizes_of(call);
  const T* a = call.inputs[0].as<T>();
  const T* b = call.inputs[1].as<T>();
  T* c = call.outputs[0].as<T>();
  const Shape& shape = call.outputs[0].shape;
  const auto steps_a = batch_strides(call.inputs[0].shape, shape);
  const auto steps_b = batch_strides(call.inputs[1].shape, shape);
  for_each_offset<2>(shape.dims().data(), shape.rank() - 2, {steps_a.data(), steps_b.data()},
                     [&](const std::array<int64_t, 2>& at) {
                       matrix_product(sizes, a + at[0], b + at[1], c);
                       c += sizes.m * sizes.n;
                     });
}

Kernel choose_matmul(std::span<const TensorSpec> inputs, std::span<const TensorSpec>) {
  return dispatch(inputs[0].dtype,
                  [](auto tag) -> Kernel { return run_matmul<typename decltype(tag)::type>; });
}

}  // namespace

std::span<const KernelRow> linalg_kernels() {
  static const KernelRow rows[] = {{&ops::batch_matmul_op, choose_matmul}};
  return rows;
}

}  // namespace keratin::runtime
