// SPDX-License-Identifier: Apache-2.0
// Reference kernels of full_like and axis_size.
#include <array>

#include "keratin/core/convert.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/runtime/kernel.h"
#include "keratin/runtime/kernels/strided_copy.h"

namespace keratin::runtime {

namespace {

using Specs = std::span<const TensorSpec>;

// The value comes with the output's shape and stride 0 where it is repeated.
template <class T>
void run_full_like(const KernelCall& call) {
  const Operand& value = call.inputs[1];
  const Operand& y = call.outputs[0];
  if (y.data == value.data) return;
  StridedCopy copy;
  for (size_t i = 0; i < y.shape.size(); ++i) {
    copy.add(y.shape.dims()[i], y.strides[i], value.strides[i]);
  }
  copy.run(y.as<T>(), value.as<const T>());
}

template <class T>
void run_axis_size(const KernelCall& call) {
  int64_t size = 1;
  for (int64_t axis : call.attrs.as<ops::AxisSizeAttrs>().axes) {
    size *= call.inputs[0].shape[static_cast<int>(axis)];
  }
  *call.outputs[0].as<T>() = convert<T>(size);
}

Kernel choose_full_like(Specs, Specs outputs) {
  return dispatch_width(outputs[0].dtype, [](auto tag) -> Kernel {
    return run_full_like<typename decltype(tag)::type>;
  });
}

Kernel choose_axis_size(Specs, Specs outputs) {
  return dispatch(outputs[0].dtype,
                  [](auto tag) -> Kernel { return run_axis_size<typename decltype(tag)::type>; });
}

}  // namespace

std::span<const KernelRow> creation_kernels() {
  static const KernelRow rows[] = {
      {&ops::full_like_op, choose_full_like},
      {&ops::axis_size_op, choose_axis_size},
  };
  return rows;
}

}  // namespace keratin::runtime
