// SPDX-License-Identifier: Apache-2.0
// Runs operations on concrete tensors at once, with the reference kernels.
#include "keratin/graph/evaluate.h"
#include "keratin/runtime/host_guard.h"
#include "keratin/runtime/kernel.h"

namespace keratin {

namespace {

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
    const runtime::Kernel kernel = runtime::find_kernel(op, specs, outputs);
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

Evaluator& evaluator() {
  static EagerEvaluator instance;
  return instance;
}

}  // namespace keratin
