// SPDX-License-Identifier: Apache-2.0
// Runs operations on concrete tensors at once: products and random numbers with the fast kernels,
// all else with the reference kernels.
#include "keratin/runtime/eager.h"

#include "keratin/graph/evaluate.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/runtime/fast.h"
#include "keratin/runtime/host_guard.h"
#include "keratin/runtime/kernel.h"

namespace keratin {

namespace {

thread_local bool reference_only = false;

runtime::Kernel choose_kernel(const OpDef& op, runtime::KernelCall& call,
                              std::span<const TensorSpec> inputs,
                              std::span<const TensorSpec> outputs) {
  runtime::Kernel fast = nullptr;
  if (!reference_only) {
    fast = &op == &ops::batch_matmul_op ? runtime::prepare_gemm(call)
                                        : runtime::prepare_random(op, call);
  }
  return fast != nullptr ? fast : runtime::find_kernel(op, inputs, outputs);
}

class EagerEvaluator final : public Evaluator {
 public:
  std::vector<Array> run(const OpDef& op, const Attrs& attrs, std::span<const Array> inputs,
                         std::span<const TensorSpec> outputs) override {
    // The result of a view is the input's data, which never changes.
    if (op.traits.view) return {inputs[0].reshape(outputs[0].shape)};
    runtime::KernelCall call;
    call.attrs = attrs;
    std::vector<TensorSpec> specs;
    std::vector<Array> kept;
    for (const Array& input : inputs) {
      kept.push_back(input.contiguous());
      specs.push_back({input.shape(), input.dtype()});
      call.inputs.push_back(
          runtime::input_operand(op, specs.back(), kept.back().strides(), outputs[0].shape));
      call.inputs.back().data = kept.back().raw();
    }
    std::vector<Array> results;
    for (const TensorSpec& spec : outputs) {
      results.emplace_back(spec.dtype, spec.shape);
      call.outputs.emplace_back(spec.dtype, spec.shape, row_major_strides(spec.shape));
      call.outputs.back().data = results.back().raw();
    }
    const runtime::Kernel kernel = choose_kernel(op, call, specs, outputs);
    bool empty = true;
    for (const Array& result : results) empty = empty && result.size() == 0;
    if (empty) return results;
    // As in plans, so that both give the same bits.
    const runtime::HostGuard guard;
    kernel(call);
    return results;
  }
};

}  // namespace

namespace runtime {

ReferenceScope::ReferenceScope() : before_(reference_only) { reference_only = true; }
ReferenceScope::~ReferenceScope() { reference_only = before_; }

}  // namespace runtime

Evaluator& evaluator() {
  static EagerEvaluator instance;
  return instance;
}

}  // namespace keratin
