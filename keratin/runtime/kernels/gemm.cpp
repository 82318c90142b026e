// SPDX-License-Identifier: Apache-2.0
// The fast product of float32 matrices.
#include <memory>
#include <vector>

#include "keratin/runtime/fast.h"
#include "keratin/runtime/kernels/product.h"
#include "keratin/runtime/simd/simd.h"

namespace keratin::runtime {

float* gemm_workspace() {
  static thread_local const auto memory =
      std::make_unique_for_overwrite<float[]>(static_cast<size_t>(simd::level().gemm_workspace));
  return memory.get();
}

namespace {

using simd::Micro;

// Calls `product(sizes, a, b, c, row_c)` for the part of each matrix that the call computes.
template <class T, class Product>
void for_each_part(const KernelCall& call, Product&& product) {
  ProductSizes s = product_sizes(call);
  const int64_t row_c = s.n;
  if (call.last_row >= 0) s.m = call.last_row - call.first_row;
  if (call.last_column >= 0) s.n = call.last_column - call.first_column;
  const T* a = call.inputs[0].as<T>() + call.first_row * s.row_a;
  const T* b = call.inputs[1].as<T>() + call.first_column * s.column_b;
  T* c = call.outputs[0].as<T>() + call.first_row * row_c + call.first_column;
  for_each_product(call, s, [&](int64_t at_a, int64_t at_b, int64_t at_c) {
    product(s, a + at_a, b + at_b, c + at_c, row_c);
  });
}

void run_gemm(const KernelCall& call) {
  for_each_part<float>(
      call, [](const ProductSizes& s, const float* a, const float* b, float* c, int64_t row_c) {
        simd::level().gemm({s.m, s.n, s.k, a, s.row_a, s.column_a, b, s.row_b, s.column_b, c, row_c,
                            gemm_workspace()});
      });
}

// Computes products of 16-bit matrices in float32, which all of their values are, and rounds once.
class HalfProduct {
 public:
  explicit HalfProduct(const KernelCall& call) {
    const ProductSizes s = product_sizes(call);
    a_.resize(static_cast<size_t>(s.m * s.k));
    b_.resize(static_cast<size_t>(s.k * s.n));
    c_.resize(static_cast<size_t>(s.m * s.n));
    const bool is_half = call.inputs[0].dtype == DType::float16;
    const auto kernel = [](Micro micro) {
      return simd::level().micro[static_cast<int>(micro)][simd::single_none];
    };
    widen_ = kernel(is_half ? Micro::half_to_float : Micro::bfloat_to_float);
    narrow_ = kernel(is_half ? Micro::float_to_half : Micro::float_to_bfloat);
  }

  // Computes C's part of m rows and n columns.
  void run(const ProductSizes& s, const uint16_t* a, const uint16_t* b, uint16_t* c,
           int64_t row_c) {
    // Each operand is widened row by row as it lies, whichever way that is.
    const bool a_in_rows = s.column_a == 1;
    const bool b_in_rows = s.column_b == 1;
    const int64_t width_a = a_in_rows ? s.k : s.m;
    const int64_t width_b = b_in_rows ? s.n : s.k;
    widen(a, a_in_rows ? s.row_a : s.column_a, a_in_rows ? s.m : s.k, width_a, a_.data());
    widen(b, b_in_rows ? s.row_b : s.column_b, b_in_rows ? s.k : s.n, width_b, b_.data());
    simd::level().gemm({s.m, s.n, s.k, a_.data(), a_in_rows ? width_a : 1, a_in_rows ? 1 : width_a,
                        b_.data(), b_in_rows ? width_b : 1, b_in_rows ? 1 : width_b, c_.data(), s.n,
                        gemm_workspace()});
    for (int64_t i = 0; i < s.m; ++i) {
      narrow_({c + i * row_c, c_.data() + i * s.n, nullptr, nullptr, s.n, 1, s.n});
    }
  }

 private:
  void widen(const uint16_t* from, int64_t stride, int64_t rows, int64_t columns, float* to) const {
    for (int64_t i = 0; i < rows; ++i) {
      widen_({to + i * columns, from + i * stride, nullptr, nullptr, columns, 1, columns});
    }
  }

  std::vector<float> a_, b_, c_;
  simd::MicroKernel widen_, narrow_;
};

void run_half_gemm(const KernelCall& call) {
  for_each_part<uint16_t>(call, [&](const ProductSizes& s, const uint16_t* a, const uint16_t* b,
                                    uint16_t* c, int64_t row_c) {
    static_cast<HalfProduct*>(call.state.get())->run(s, a, b, c, row_c);
  });
}

}  // namespace

Kernel prepare_gemm(KernelCall& call) {
  if (product_sizes(call).k == 0) return nullptr;
  const DType dtype = call.inputs[0].dtype;
  if (dtype == DType::float32) return run_gemm;
  if (dtype != DType::float16 && dtype != DType::bfloat16) return nullptr;
  call.state = std::make_shared<HalfProduct>(call);
  return run_half_gemm;
}

}  // namespace keratin::runtime
