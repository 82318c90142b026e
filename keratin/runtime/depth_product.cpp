// SPDX-License-Identifier: Apache-2.0
#include "keratin/runtime/depth_product.h"

#include <algorithm>
#include <memory>

#include "keratin/runtime/kernels/product.h"
#include "keratin/runtime/simd/simd.h"

namespace keratin::runtime {

namespace {

// The first thread sums all of its blocks of the depth, each other thread every block by itself: C
// is the sum of these in their order. It is written when all are there, each thread its own rows:
// until then others may be busy with what its memory held before.
class DepthProduct final : public Control {
 public:
  DepthProduct(const ProductSizes& sizes, int threads)
      : sizes_(sizes),
        blocks_(simd::depth_blocks(sizes.k)),
        each_(blocks_.count / threads),
        sums_(std::make_unique<Buffer>(static_cast<size_t>((blocks_.count - each_ + 1) * size()) *
                                       sizeof(float))) {}

  void run(const KernelCall& call, int thread) override {
    if (thread == alone) return multiply(call, 0, sizes_.k, call.outputs[0].as<float>());
    if (thread == 0) {
      multiply(call, 0, each_ * blocks_.depth, sum_of(each_ - 1));
    } else {
      for (int64_t block = thread * each_; block < (thread + 1) * each_; ++block) {
        const int64_t first = block * blocks_.depth;
        multiply(call, first, std::min(first + blocks_.depth, sizes_.k), sum_of(block));
      }
    }
    barrier_->wait();
    add_rows(call, thread);
  }

  Split split() const override {
    return {.parts = sizes_.m, .work = 2.0 * static_cast<double>(size() * sizes_.k)};
  }

  bool share(int threads, Barrier& barrier) override {
    threads_ = threads;
    barrier_ = &barrier;
    return true;
  }

 private:
  int64_t size() const { return sizes_.m * sizes_.n; }
  // Returns the sums of a block; for the last of the first thread those of all of its blocks.
  float* sum_of(int64_t block) const {
    return reinterpret_cast<float*>(sums_->data()) + (block - each_ + 1) * size();
  }

  // Computes the product of columns of A and rows of B.
  void multiply(const KernelCall& call, int64_t first, int64_t last, float* c) const {
    const float* a = call.inputs[0].as<float>() + first * sizes_.column_a;
    const float* b = call.inputs[1].as<float>() + first * sizes_.row_b;
    simd::level().gemm({sizes_.m, sizes_.n, last - first, a, sizes_.row_a, sizes_.column_a, b,
                        sizes_.row_b, sizes_.column_b, c, sizes_.n, gemm_workspace()});
  }

  // Adds up what the threads have summed for this one's rows of C.
  void add_rows(const KernelCall& call, int thread) const {
    const Range rows = part_of_rows(sizes_.m, thread, threads_);
    const int64_t first = rows.first * sizes_.n;
    const int64_t count = rows.count() * sizes_.n;
    const int64_t in_vectors = count - count % simd::level().lanes;
    const simd::MicroKernel add =
        simd::level().micro[static_cast<int>(simd::Micro::add)][simd::single_none];
    float* const c = call.outputs[0].as<float>() + first;
    const float* before = sum_of(each_ - 1) + first;
    for (int64_t block = each_; block < blocks_.count; ++block) {
      const float* sum = sum_of(block) + first;
      add({c, before, sum, nullptr, in_vectors, 1, in_vectors});
      for (int64_t i = in_vectors; i < count; ++i) c[i] = before[i] + sum[i];
      before = c;
    }
  }

  ProductSizes sizes_;
  simd::DepthBlocks blocks_;
  int64_t each_;  // blocks of a thread
  std::unique_ptr<Buffer> sums_;
  int threads_ = 1;
  Barrier* barrier_ = nullptr;
};

}  // namespace

std::unique_ptr<Control> cut_by_depth(const Step& step, int threads) {
  constexpr int64_t fewest_columns = 16;  // a line
  const KernelCall& call = step.call();
  if (!step.weights_change || call.outputs[0].shape.rank() != 2) return nullptr;
  const ProductSizes sizes = product_sizes(call);
  const int64_t blocks = simd::depth_blocks(sizes.k).count;
  const bool is_plain = call.outputs[0].dtype == DType::float32 && sizes.column_a == 1 &&
                        sizes.column_b == 1 && sizes.n >= fewest_columns;
  const bool is_even = blocks > 0 && blocks % threads == 0;
  const bool is_worth_it = sizes.m * blocks <= sizes.k;  // as many sums as elements of B, at most
  if (!is_plain || !is_even || !is_worth_it) return nullptr;
  return std::make_unique<DepthProduct>(sizes, threads);
}

}  // namespace keratin::runtime
