// SPDX-License-Identifier: Apache-2.0
#include "keratin/runtime/fast.h"

#include "keratin/base/determinism.h"
#include "keratin/compiler/backend.h"
#include "keratin/graph/ops/fused.h"
#include "keratin/graph/ops/linalg.h"
#include "keratin/runtime/chain.h"
#include "keratin/runtime/chain_ops.h"
#include "keratin/runtime/kernels/product.h"
#include "keratin/runtime/onednn/onednn.h"

namespace keratin {

namespace runtime {

namespace {

// From here on oneDNN's product is up to a fifth faster than ours, but not with a transposed A.
constexpr int64_t large_product = int64_t{1} << 22;

// Tells whether A has enough rows for oneDNN to make up for its copy of B, which it takes first:
// for long where the rows of B lie so far apart that they begin in the same few sets of a cache.
bool has_rows_for_onednn(const ProductSizes& sizes) {
  constexpr int64_t same_sets = 512, few = 32, many = 1024;
  if (sizes.column_b != 1) return true;
  return sizes.m >= (sizes.row_b % same_sets == 0 ? many : few);
}

}  // namespace

Kernel prepare_fast(const OpDef& op, KernelCall& call, bool shared) {
  if (&op == &ops::fused_op) return prepare_chain(call);
  if (&op != &ops::batch_matmul_op) return prepare_random(op, call);
  const ProductSizes sizes = product_sizes(call);
  const bool is_large = sizes.m * sizes.n * sizes.k >= large_product;
  const bool may_differ = !shared && !config::is_op_determinism_enabled();
  if (is_large && sizes.column_a == 1 && may_differ && has_rows_for_onednn(sizes)) {
    if (const Kernel kernel = onednn::prepare(op, call)) return kernel;
  }
  return prepare_gemm(call);
}

}  // namespace runtime

namespace compiler {

namespace {

class CpuBackend final : public Backend {
 public:
  bool fuses(const Graph& graph, const Node& node) const override {
    return runtime::chain_fuses(graph, node);
  }
  bool fuses_product(const Graph& graph, const Node& node) const override {
    return runtime::chain_fuses_product(graph, node);
  }
};

}  // namespace

const Backend& backend() {
  static const CpuBackend instance;
  return instance;
}

}  // namespace compiler

}  // namespace keratin
