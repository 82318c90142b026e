// SPDX-License-Identifier: Apache-2.0
// Reference kernels of the ops that move elements without changing them.
#include <algorithm>
#include <cstring>

#include "keratin/core/convert.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/runtime/kernel.h"
#include "keratin/runtime/kernels/strided_copy.h"

namespace keratin::runtime {

namespace {

using Specs = std::span<const TensorSpec>;

int64_t product(const Shape& shape, int first, int last) {
  int64_t count = 1;
  for (int i = first; i < last; ++i) count *= shape[i];
  return count;
}

void run_view(const KernelCall& call) {
  const Operand& y = call.outputs[0];
  if (y.data == call.inputs[0].data) return;
  std::memcpy(y.data, call.inputs[0].data, static_cast<size_t>(y.size) * size_of(y.dtype));
}

template <class T>
void run_transpose(const KernelCall& call) {
  const auto& axes = call.attrs.as<ops::TransposeAttrs>().axes;
  const Operand& x = call.inputs[0];
  const Operand& y = call.outputs[0];
  StridedCopy copy;
  for (size_t i = 0; i < axes.size(); ++i) {
    copy.add(y.shape.dims()[i], y.strides[i], x.strides[static_cast<size_t>(axes[i])]);
  }
  copy.run(y.as<T>(), x.as<const T>());
}

template <class T>
void run_broadcast_to(const KernelCall& call) {
  const Operand& x = call.inputs[0];
  const Operand& y = call.outputs[0];
  const size_t extra = y.shape.size() - x.shape.size();
  StridedCopy copy;
  for (size_t i = 0; i < y.shape.size(); ++i) {
    const bool repeats = i < extra || x.shape.dims()[i - extra] == 1;
    copy.add(y.shape.dims()[i], y.strides[i], repeats ? 0 : x.strides[i - extra]);
  }
  copy.run(y.as<T>(), x.as<const T>());
}

// Copies between a whole and the part of it that lies at `start` along an axis.
template <class T, bool to_whole>
void copy_part(const Operand& whole, const Operand& part, int axis, int64_t start) {
  const int64_t outer = product(whole.shape, 0, axis);
  const int64_t inner = product(whole.shape, axis + 1, whole.shape.rank());
  const int64_t step = whole.shape[axis] * inner;
  const int64_t count = part.shape[axis] * inner;
  for (int64_t i = 0; i < outer && count > 0; ++i) {
    T* in_whole = whole.as<T>() + i * step + start * inner;
    T* in_part = part.as<T>() + i * count;
    std::memcpy(to_whole ? in_whole : in_part, to_whole ? in_part : in_whole,
                static_cast<size_t>(count) * sizeof(T));
  }
}

template <class T>
void run_concatenate(const KernelCall& call) {
  const auto axis = static_cast<int>(call.attrs.as<ops::AxisAttrs>().axis);
  int64_t start = 0;
  for (const Operand& part : call.inputs) {
    copy_part<T, true>(call.outputs[0], part, axis, start);
    start += part.shape[axis];
  }
}

template <class T>
void run_split_like(const KernelCall& call) {
  const auto axis = static_cast<int>(call.attrs.as<ops::AxisAttrs>().axis);
  int64_t start = 0;
  for (const Operand& part : call.outputs) {
    copy_part<T, false>(call.inputs[0], part, axis, start);
    start += part.shape[axis];
  }
}

template <class T>
void run_pad(const KernelCall& call) {
  const auto& attrs = call.attrs.as<ops::PadAttrs>();
  const Operand& x = call.inputs[0];
  const Operand& y = call.outputs[0];
  std::fill_n(y.as<T>(), y.size, convert<T>(attrs.constant_value));
  if (x.size == 0) return;
  StridedCopy copy;
  int64_t start = 0;
  for (size_t i = 0; i < x.shape.size(); ++i) {
    start += attrs.before[i] * y.strides[i];
    copy.add(x.shape.dims()[i], y.strides[i], x.strides[i]);
  }
  copy.run(y.as<T>() + start, x.as<const T>());
}

template <class T>
void run_flip(const KernelCall& call) {
  const Operand& x = call.inputs[0];
  const Operand& y = call.outputs[0];
  if (y.size == 0) return;
  const auto& axes = call.attrs.as<ops::AxesAttrs>().axis;
  StridedCopy copy;
  int64_t start = 0;
  for (size_t i = 0; i < x.shape.size(); ++i) {
    const bool turned = std::find(axes.begin(), axes.end(), static_cast<int64_t>(i)) != axes.end();
    if (turned) start += (x.shape.dims()[i] - 1) * x.strides[i];
    copy.add(x.shape.dims()[i], y.strides[i], turned ? -x.strides[i] : x.strides[i]);
  }
  copy.run(y.as<T>(), x.as<const T>() + start);
}

Kernel choose_view(Specs, Specs) { return run_view; }

Kernel choose_pad(Specs inputs, Specs) {
  return dispatch(inputs[0].dtype,
                  [](auto tag) -> Kernel { return run_pad<typename decltype(tag)::type>; });
}

// Names a kernel template as a value.
#define KERATIN_BY_WIDTH(run)                                                                    \
  [](Specs inputs, Specs) -> Kernel {                                                            \
    return dispatch_width(inputs[0].dtype,                                                       \
                          [](auto tag) -> Kernel { return run<typename decltype(tag)::type>; }); \
  }

}  // namespace

std::span<const KernelRow> shaping_kernels() {
  static const KernelRow rows[] = {
      {&ops::reshape_op, choose_view},
      {&ops::merge_axes_op, choose_view},
      {&ops::split_axis_op, choose_view},
      {&ops::expand_dims_op, choose_view},
      {&ops::squeeze_op, choose_view},
      {&ops::transpose_op, KERATIN_BY_WIDTH(run_transpose)},
      {&ops::broadcast_to_op, KERATIN_BY_WIDTH(run_broadcast_to)},
      {&ops::concatenate_op, KERATIN_BY_WIDTH(run_concatenate)},
      {&ops::split_like_op, KERATIN_BY_WIDTH(run_split_like)},
      {&ops::pad_op, choose_pad},
      {&ops::flip_op, KERATIN_BY_WIDTH(run_flip)},
  };
  return rows;
}

#undef KERATIN_BY_WIDTH

}  // namespace keratin::runtime
