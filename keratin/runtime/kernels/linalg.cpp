// SPDX-License-Identifier: Apache-2.0
// Reference kernel of the matrix product: plain loops over blocks of columns.
#include "keratin/graph/ops/linalg.h"

#include <algorithm>
#include <array>

#include "keratin/runtime/kernel.h"
#include "keratin/runtime/kernels/product.h"

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

constexpr int64_t lanes = 16;
constexpr int64_t block_columns = 64;
constexpr int64_t block_depth = 128;

// One row of the result when rows of B lie in memory: sums of rows of B, in blocks of the depth so
// that rounding errors stay small.
template <class T, class A>
void row_by_rows(const ProductSizes& s, const T* a, const T* b, T* c) {
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
void row_by_columns(const ProductSizes& s, const T* a, const T* b, T* c) {
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
void matrix_product(const ProductSizes& s, const T* a, const T* b, T* c) {
  using A = typename AccumulatorOf<T>::type;
  for (int64_t i = 0; i < s.m; ++i) {
    if (s.column_b == 1) {
      row_by_rows<T, A>(s, a + i * s.row_a, b, c + i * s.n);
    } else {
      row_by_columns<T, A>(s, a + i * s.row_a, b, c + i * s.n);
    }
  }
}

template <class T>
void run_matmul(const KernelCall& call) {
  ProductSizes sizes = product_sizes(call);
  const Range rows = call.rows_of(sizes.m);
  const T* a = call.inputs[0].as<T>() + rows.first * sizes.row_a;
  const T* b = call.inputs[1].as<T>();
  T* c = call.outputs[0].as<T>() + rows.first * sizes.n;
  sizes.m = rows.count();
  for_each_product(call, sizes, [&](int64_t at_a, int64_t at_b, int64_t at_c) {
    matrix_product(sizes, a + at_a, b + at_b, c + at_c);
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
