// SPDX-License-Identifier: Apache-2.0
// The product with which a chain may begin.
#pragma once

#include <algorithm>
#include <memory>

#include "keratin/core/array.h"
#include "keratin/runtime/kernels/product.h"
#include "keratin/runtime/simd/simd.h"

namespace keratin::runtime {

/// Computes a product of float32 matrices some rows at a time, into memory that stays in a cache
/// while the chain goes through it.
class ChainProduct {
 public:
  /// Takes the product's operands from these inputs of the call.
  ChainProduct(const ops::MatmulAttrs& attrs, const KernelCall& call, size_t input_a,
               size_t input_b, const Shape& result)
      : input_a_(input_a),
        input_b_(input_b),
        sizes_(
            product_sizes(attrs, call.inputs[input_a].shape, call.inputs[input_b].shape, result)) {
    // Each block packs B anew, so that a block must have many rows.
    constexpr int64_t elements = int64_t{1} << 16, fewest = 48, multiple = 12;
    const int64_t rows = std::max(fewest, elements / sizes_.n) / multiple * multiple;
    block_rows_ = std::min(sizes_.m, rows);
    memory_ = std::make_unique<Buffer>(static_cast<size_t>(block_rows_ * sizes_.n) * sizeof(float));
  }

  int64_t block_rows() const { return block_rows_; }
  double work() const { return 2.0 * static_cast<double>(sizes_.m * sizes_.n * sizes_.k); }
  bool reads(size_t input) const { return input == input_a_ || input == input_b_; }
  /// Tells whether a part of the result's rows takes only those rows of an input.
  bool reads_own_rows(size_t input) const { return input == input_a_ && sizes_.column_a == 1; }

  void run(const KernelCall& call, int64_t first_row, int64_t last_row) {
    const float* a = call.inputs[input_a_].as<float>() + first_row * sizes_.row_a;
    const float* b = call.inputs[input_b_].as<float>();
    simd::level().gemm({last_row - first_row, sizes_.n, sizes_.k, a, sizes_.row_a, sizes_.column_a,
                        b, sizes_.row_b, sizes_.column_b, result(), sizes_.n, gemm_workspace()});
  }

  /// Returns where the rows of the last run lie.
  float* result() { return reinterpret_cast<float*>(memory_->data()); }

 private:
  size_t input_a_, input_b_;
  ProductSizes sizes_;
  int64_t block_rows_;
  std::unique_ptr<Buffer> memory_;
};

}  // namespace keratin::runtime
