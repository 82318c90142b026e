// SPDX-License-Identifier: Apache-2.0
// The fast product of float32 matrices.
#include <memory>

#include "keratin/runtime/fast.h"
#include "keratin/runtime/kernels/product.h"
#include "keratin/runtime/simd/simd.h"

namespace keratin::runtime {

namespace {

// Space for packed blocks, which every product of a thread uses in turn.
float* workspace() {
  static thread_local const auto memory =
      std::make_unique<float[]>(static_cast<size_t>(simd::level().gemm_workspace));
  return memory.get();
}

void run_gemm(const KernelCall& call) {
  ProductSizes s = product_sizes(call);
  if (call.last_row >= 0) s.m = call.last_row - call.first_row;
  const float* a = call.inputs[0].as<float>();
  const float* b = call.inputs[1].as<float>();
  float* c = call.outputs[0].as<float>();
  for_each_product(call, s, [&](int64_t at_a, int64_t at_b, int64_t at_c) {
    simd::level().gemm({s.m, s.n, s.k, a + at_a + call.first_row * s.row_a, s.row_a, s.column_a,
                        b + at_b, s.row_b, s.column_b, c + at_c + call.first_row * s.n, s.n,
                        workspace()});
  });
}

}  // namespace

Kernel prepare_gemm(const KernelCall& call) {
  if (call.inputs[0].dtype != DType::float32) return nullptr;
  const ProductSizes sizes = product_sizes(call);
  return sizes.k > 0 ? run_gemm : nullptr;
}

}  // namespace keratin::runtime
