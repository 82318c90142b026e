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
  /// Takes the product's operands from these inputs of the call. Together with its result the chain
  /// reads and writes `streams` values of the same size that come from memory.
  ChainProduct(const ops::MatmulAttrs& attrs, const KernelCall& call, size_t input_a,
               size_t input_b, const Shape& result, int streams)
      : input_a_(input_a),
        input_b_(input_b),
        sizes_(
            product_sizes(attrs, call.inputs[input_a].shape, call.inputs[input_b].shape, result)) {
    // Each block packs B anew, so that a block must have many rows.
    constexpr int64_t elements = int64_t{1} << 16, fewest = 48, multiple = 12;
    // What is smaller stays in a cache from step to step.
    constexpr int64_t smallest_stream = int64_t{1} << 17;
    fetches_ = streams > 0 && streams * sizes_.m * sizes_.n >= smallest_stream;
    const int64_t share = fetches_ ? elements / 2 : elements;
    const int64_t rows = std::max(fewest, share / sizes_.n) / multiple * multiple;
    block_rows_ = std::min(sizes_.m, rows);
    memory_ = std::make_unique<Buffer>(static_cast<size_t>(block_rows_ * sizes_.n) * sizeof(float));
  }

  int64_t block_rows() const { return block_rows_; }
  double work() const { return 2.0 * static_cast<double>(sizes_.m * sizes_.n * sizes_.k); }
  bool reads(size_t input) const { return input == input_a_ || input == input_b_; }
  /// Tells whether a part of the result's rows takes only those rows of an input.
  bool reads_own_rows(size_t input) const { return input == input_a_ && sizes_.column_a == 1; }

  /// Tells whether it is worth asking for the memory that the chain reads along with the product.
  bool fetches() const { return fetches_; }

  void run(const KernelCall& call, int64_t first_row, int64_t last_row,
           const simd::Wanted& wanted) {
    const float* a = call.inputs[input_a_].as<float>() + first_row * sizes_.row_a;
    const float* b = call.inputs[input_b_].as<float>();
    simd::level().gemm({last_row - first_row, sizes_.n, sizes_.k, a, sizes_.row_a, sizes_.column_a,
                        b, sizes_.row_b, sizes_.column_b, result(), sizes_.n, gemm_workspace(),
                        &wanted});
  }

  /// Returns where the rows of the last run lie.
  float* result() { return reinterpret_cast<float*>(memory_->data()); }

 private:
  size_t input_a_, input_b_;
  ProductSizes sizes_;
  int64_t block_rows_;
  bool fetches_ = false;
  std::unique_ptr<Buffer> memory_;
};

}  // namespace keratin::runtime
