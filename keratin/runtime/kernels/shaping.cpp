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
  fill_rows(call, x.as<const T>(),
            [&](size_t i) { return x.strides[static_cast<size_t>(axes[i])]; });
}

template <class T>
void run_broadcast_to(const KernelCall& call) {
  const Operand& x = call.inputs[0];
  const size_t extra = call.outputs[0].shape.size() - x.shape.size();
  fill_rows(call, x.as<const T>(), [&](size_t i) {
    const bool repeats = i < extra || x.shape.dims()[i - extra] == 1;
    return repeats ? 0 : x.strides[i - extra];
  });
}

// Copies between a whole and the part of it that lies at `start` along an axis: the places `along`
// of the part's axis, and of all that is behind the axis, `behind`.
template <class T, bool to_whole>
void copy_part(const Operand& whole, const Operand& part, int axis, int64_t start, Range along,
               const Range& behind) {
  const int64_t outer = product(whole.shape, 0, axis);
  const int64_t inner = product(whole.shape, axis + 1, whole.shape.rank());
  const bool in_one = behind.count() == inner;
  const int64_t count = in_one ? along.count() * inner : behind.count();
  if (in_one) along.last = std::min(along.first + 1, along.last);
  for (int64_t i = 0; i < outer && count > 0; ++i) {
    for (int64_t k = along.first; k < along.last; ++k) {
      T* in_whole = whole.as<T>() + (i * whole.shape[axis] + start + k) * inner + behind.first;
      T* in_part = part.as<T>() + (i * part.shape[axis] + k) * inner + behind.first;
      std::memcpy(to_whole ? in_whole : in_part, to_whole ? in_part : in_whole,
                  static_cast<size_t>(count) * sizeof(T));
    }
  }
}

template <class T>
void run_concatenate(const KernelCall& call) {
  const auto axis = static_cast<int>(call.attrs.as<ops::AxisAttrs>().axis);
  const Operand& y = call.outputs[0];
  const Range all = call.rows_of(y.shape[axis]);
  const int64_t inner = product(y.shape, axis + 1, y.shape.rank());
  int64_t start = 0;
  for (const Operand& part : call.inputs) {
    const int64_t size = part.shape[axis];
    const Range own{std::clamp<int64_t>(all.first - start, 0, size),
                    std::clamp<int64_t>(all.last - start, 0, size)};
    copy_part<T, true>(y, part, axis, start, own, {0, inner});
    start += size;
  }
}

template <class T>
void run_split_like(const KernelCall& call) {
  const auto axis = static_cast<int>(call.attrs.as<ops::AxisAttrs>().axis);
  const Operand& x = call.inputs[0];
  const int64_t inner = product(x.shape, axis + 1, x.shape.rank());
  int64_t start = 0;
  for (const Operand& part : call.outputs) {
    const int64_t size = part.shape[axis];
    copy_part<T, false>(x, part, axis, start, call.rows_of(size), call.columns_of(inner));
    start += size;
  }
}

template <class T>
void run_pad(const KernelCall& call) {
  const auto& attrs = call.attrs.as<ops::PadAttrs>();
  place_rows<T>(call, convert<T>(attrs.constant_value),
                [&](size_t i) { return AxisPlace{.start = attrs.before[i]}; });
}

template <class T>
void run_flip(const KernelCall& call) {
  const Operand& x = call.inputs[0];
  if (x.size == 0) return;
  const auto& axes = call.attrs.as<ops::AxesAttrs>().axis;
  const auto is_turned = [&](size_t i) {
    return std::find(axes.begin(), axes.end(), static_cast<int64_t>(i)) != axes.end();
  };
  int64_t start = 0;
  for (size_t i = 0; i < x.shape.size(); ++i) {
    if (is_turned(i)) start += (x.shape.dims()[i] - 1) * x.strides[i];
  }
  fill_rows(call, x.as<const T>() + start,
            [&](size_t i) { return is_turned(i) ? -x.strides[i] : x.strides[i]; });
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
