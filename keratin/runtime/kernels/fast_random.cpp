// SPDX-License-Identifier: Apache-2.0
// The fast kernels of float32 random numbers: many counters at a time.
#include "keratin/graph/ops/random.h"
#include "keratin/runtime/fast.h"
#include "keratin/runtime/kernels/dropout.h"
#include "keratin/runtime/simd/simd.h"

namespace keratin::runtime {

namespace {

simd::RandomCall part_of(const KernelCall& call, const Operand& key) {
  const uint32_t* words = key.as<uint32_t>();
  return {{words[0], words[1]}, static_cast<uint64_t>(call.first_element), call.outputs[0].size};
}

void run_uniform(const KernelCall& call) {
  const auto& attrs = call.attrs.as<ops::RandomAttrs>();
  simd::level().random.uniform(part_of(call, call.inputs[0]), static_cast<float>(attrs.low),
                               static_cast<float>(attrs.high), call.outputs[0].as<float>());
}

void run_normal(const KernelCall& call) {
  const auto& attrs = call.attrs.as<ops::RandomAttrs>();
  simd::level().random.normal(part_of(call, call.inputs[0]), static_cast<float>(attrs.low),
                              static_cast<float>(attrs.high), call.outputs[0].as<float>());
}

void run_dropout(const KernelCall& call) {
  const DropoutRule<float> rule(call.attrs.as<ops::DropoutAttrs>().rate);
  simd::level().random.dropout(part_of(call, call.inputs[1]), rule.threshold, rule.scale,
                               call.inputs[0].as<float>(), call.outputs[0].as<float>());
}

}  // namespace

Kernel prepare_random(const OpDef& op, const KernelCall& call) {
  if (call.outputs[0].dtype != DType::float32) return nullptr;
  const simd::RandomKernels& kernels = simd::level().random;
  if (&op == &ops::random_uniform_op && kernels.uniform != nullptr) return run_uniform;
  if (&op == &ops::random_normal_op && kernels.normal != nullptr) return run_normal;
  if (&op != &ops::dropout_op || !call.inputs[0].contiguous) return nullptr;
  return call.attrs.as<ops::DropoutAttrs>().noise_shape.empty() ? run_dropout : nullptr;
}

}  // namespace keratin::runtime
