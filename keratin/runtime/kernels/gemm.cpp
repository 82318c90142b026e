// SPDX-License-Identifier: Apache-2.0
// The fast product of float32 matrices.
#include <memory>

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

void run_gemm(const KernelCall& call) {
  ProductSizes s = product_sizes(call);
  const int64_t row_c = s.n;
  if (call.last_row >= 0) s.m = call.last_row - call.first_row;
  if (call.last_column >= 0) s.n = call.last_column - call.first_column;
  const float* a = call.inputs[0].as<float>() + call.first_row * s.row_a;
  const float* b = call.inputs[1].as<float>() + call.first_column * s.column_b;
  float* c = call.outputs[0].as<float>() + call.first_row * row_c + call.first_column;
  for_each_product(call, s, [&](int64_t at_a, int64_t at_b, int64_t at_c) {
    simd::level().gemm({s.m, s.n, s.k, a + at_a, s.row_a, s.column_a, b + at_b, s.row_b, s.column_b,
                        c + at_c, row_c, gemm_workspace()});
  });
}

}  // namespace

Kernel prepare_gemm(const KernelCall& call) {
  if (call.inputs[0].dtype != DType::float32) return nullptr;
  const ProductSizes sizes = product_sizes(call);
  return sizes.k > 0 ? run_gemm : nullptr;
}

}  // namespace keratin::runtime
