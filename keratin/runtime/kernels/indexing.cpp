// SPDX-License-Identifier: Apache-2.0
// Reference kernels of the ops that pick elements by position, and of their adjoints.
#include <algorithm>
#include <cstring>
#include <limits>

#include "keratin/graph/ops/ops.h"
#include "keratin/runtime/kernel.h"
#include "keratin/runtime/kernels/strided_copy.h"

namespace keratin::runtime {

namespace {

using Specs = std::span<const TensorSpec>;

template <class Attributes>
ops::SliceRange slice_of(const Attributes& attrs, size_t axis, int64_t size) {
  return ops::resolve_slice(attrs.start[axis], attrs.stop[axis], attrs.step[axis], size);
}

template <class T>
void run_strided_slice(const KernelCall& call) {
  const auto& attrs = call.attrs.as<ops::SliceAttrs>();
  const Operand& x = call.inputs[0];
  if (call.outputs[0].size == 0) return;
  int64_t start = 0;
  std::array<int64_t, max_rank> strides{};
  for (size_t i = 0; i < x.shape.size(); ++i) {
    const ops::SliceRange range = slice_of(attrs, i, x.shape.dims()[i]);
    start += range.start * x.strides[i];
    // The step of a single element may be as large as it likes; it is never taken.
    strides[i] = range.count > 1 ? range.step * x.strides[i] : 0;
  }
  fill_rows(call, x.as<const T>() + start, [&](size_t i) { return strides[i]; });
}

template <class T>
void run_place_slice(const KernelCall& call) {
  const auto& attrs = call.attrs.as<ops::PlaceSliceAttrs>();
  place_rows<T>(call, T(0), [&](size_t i) {
    const auto range = slice_of(attrs, i, call.outputs[0].shape.dims()[i]);
    return AxisPlace{range.start, range.step};
  });
}

template <class I>
int64_t place_of(I index, int64_t size) {
  if constexpr (std::is_unsigned_v<I>) {
    return static_cast<uint64_t>(index) < static_cast<uint64_t>(size) ? static_cast<int64_t>(index)
                                                                      : -1;
  } else {
    const int64_t at = index < 0 ? static_cast<int64_t>(index) + size : static_cast<int64_t>(index);
    return at >= 0 && at < size ? at : -1;
  }
}

// Returns the position that index `i` means on an axis of `size`, or -1 when it is out of range.
int64_t position(const Operand& indices, int64_t i, int64_t size) {
  switch (indices.dtype) {
    case DType::int32:
      return place_of(indices.as<int32_t>()[i], size);
    case DType::int64:
      return place_of(indices.as<int64_t>()[i], size);
    case DType::int8:
      return place_of(indices.as<int8_t>()[i], size);
    case DType::int16:
      return place_of(indices.as<int16_t>()[i], size);
    case DType::uint8:
      return place_of(indices.as<uint8_t>()[i], size);
    case DType::uint16:
      return place_of(indices.as<uint16_t>()[i], size);
    case DType::uint32:
      return place_of(indices.as<uint32_t>()[i], size);
    default:
      return place_of(indices.as<uint64_t>()[i], size);
  }
}

// Returns what JAX puts where an index is out of range.
template <class T>
T absent() {
  if constexpr (std::is_same_v<T, bool>) {
    return true;
  } else if constexpr (std::is_unsigned_v<T>) {
    return std::numeric_limits<T>::max();
  } else if constexpr (std::is_integral_v<T>) {
    return std::numeric_limits<T>::min();
  } else {
    return static_cast<T>(std::numeric_limits<float>::quiet_NaN());
  }
}

// Is the sizes before, along and after the axis that indices count along.
struct AxisSizes {
  int64_t outer = 1;
  int64_t size = 1;
  int64_t inner = 1;
};

AxisSizes axis_sizes(const Shape& shape, int64_t axis) {
  AxisSizes sizes;
  sizes.size = shape[static_cast<int>(axis)];
  for (int i = 0; i < static_cast<int>(axis); ++i) sizes.outer *= shape[i];
  for (int i = static_cast<int>(axis) + 1; i < shape.rank(); ++i) sizes.inner *= shape[i];
  return sizes;
}

template <class T>
void run_take(const KernelCall& call) {
  const AxisSizes sizes = axis_sizes(call.inputs[0].shape, call.attrs.as<ops::AxisAttrs>().axis);
  const Operand& indices = call.inputs[1];
  const Range columns = call.columns_of(sizes.inner);
  const T* x = call.inputs[0].as<const T>() + columns.first;
  T* y = call.outputs[0].as<T>() + columns.first;
  for (int64_t o = 0; o < sizes.outer; ++o) {
    const T* block = x + o * sizes.size * sizes.inner;
    for (int64_t i = 0; i < indices.size; ++i, y += sizes.inner) {
      const int64_t at = position(indices, i, sizes.size);
      if (at < 0) {
        std::fill_n(y, columns.count(), absent<T>());
      } else {
        std::copy_n(block + at * sizes.inner, columns.count(), y);
      }
    }
  }
}

template <class T>
void accumulate(T& sum, T value) {
  if constexpr (std::is_same_v<T, bool>) {
    sum = sum || value;
  } else if constexpr (std::is_integral_v<T>) {
    sum = static_cast<T>(static_cast<std::make_unsigned_t<T>>(sum) +
                         static_cast<std::make_unsigned_t<T>>(value));
  } else {
    sum = static_cast<T>(sum + value);
  }
}

// Is the rows of the result that a call computes. Positions on the first axis are among them or
// not, those on other axes belong to all.
struct OwnRows {
  OwnRows(const KernelCall& call, int64_t axis)
      : rows(call.rows_of(rows_in(call.outputs[0]))), counts(axis == 0) {}

  // Sets the rows of the result that the call computes to zero.
  template <class T>
  void clear(const Operand& y) const {
    if (y.size == 0) return;
    const int64_t row = y.size / rows_in(y);
    std::fill_n(y.as<T>() + rows.first * row, rows.count() * row, T(0));
  }
  // Tells whether the call computes what lies at this position, which may be none.
  bool has(int64_t at) const { return counts ? at >= rows.first && at < rows.last : at >= 0; }

  Range rows;
  bool counts;
};

template <class T>
void run_scatter_rows(const KernelCall& call) {
  const Operand& y = call.outputs[0];
  const int64_t axis = call.attrs.as<ops::ScatterAttrs>().axis;
  const AxisSizes sizes = axis_sizes(y.shape, axis);
  const Operand& indices = call.inputs[1];
  const T* rows = call.inputs[0].as<const T>();
  const OwnRows own(call, axis);
  own.clear<T>(y);
  for (int64_t o = 0; o < sizes.outer; ++o) {
    T* block = y.as<T>() + o * sizes.size * sizes.inner;
    for (int64_t i = 0; i < indices.size; ++i, rows += sizes.inner) {
      const int64_t at = position(indices, i, sizes.size);
      if (!own.has(at)) continue;
      T* row = block + at * sizes.inner;
      for (int64_t j = 0; j < sizes.inner; ++j) accumulate(row[j], rows[j]);
    }
  }
}

// Calls `visit(place in the data at index 0 of the axis, stride of the axis, place of the index)`
// for each element of `shape`, to which data and indices broadcast.
template <class Visit>
void along_axis(const Shape& shape, const Operand& data, const Operand& indices, int64_t axis,
                Visit&& visit) {
  std::array<int64_t, max_rank> data_strides{};
  std::array<int64_t, max_rank> index_strides{};
  for (size_t i = 0; i < shape.size(); ++i) {
    const bool fixed = static_cast<int64_t>(i) == axis || data.shape.dims()[i] == 1;
    data_strides[i] = fixed ? 0 : data.strides[i];
    index_strides[i] = indices.shape.dims()[i] == 1 ? 0 : indices.strides[i];
  }
  const int64_t stride = data.strides[static_cast<size_t>(axis)];
  for_each_offset<2>(shape.dims().data(), shape.rank(), {data_strides.data(), index_strides.data()},
                     [&](const std::array<int64_t, 2>& at) { visit(at[0], stride, at[1]); });
}

template <class T>
void run_take_along_axis(const KernelCall& call) {
  const Operand& x = call.inputs[0];
  const Operand& indices = call.inputs[1];
  const int64_t axis = call.attrs.as<ops::AxisAttrs>().axis;
  const int64_t size = x.shape[static_cast<int>(axis)];
  const T* data = x.as<const T>();
  T* y = call.outputs[0].as<T>();
  along_axis(call.outputs[0].shape, x, indices, axis, [&](int64_t base, int64_t stride, int64_t i) {
    const int64_t at = position(indices, i, size);
    *y++ = at < 0 ? absent<T>() : data[base + at * stride];
  });
}

template <class T>
void run_scatter_along_axis(const KernelCall& call) {
  const Operand& y = call.outputs[0];
  const Operand& indices = call.inputs[1];
  const int64_t axis = call.attrs.as<ops::ScatterAttrs>().axis;
  const int64_t size = y.shape[static_cast<int>(axis)];
  const T* values = call.inputs[0].as<const T>();
  T* data = y.as<T>();
  const OwnRows own(call, axis);
  own.clear<T>(y);
  along_axis(call.inputs[0].shape, y, indices, axis, [&](int64_t base, int64_t stride, int64_t i) {
    const int64_t at = position(indices, i, size);
    const T value = *values++;
    if (own.has(at)) accumulate(data[base + at * stride], value);
  });
}

// Labels may come as floats; those between two classes belong to none.
double label(const Operand& labels, int64_t i) {
  return dispatch(labels.dtype, [&](auto tag) {
    return static_cast<double>(labels.as<const typename decltype(tag)::type>()[i]);
  });
}

template <class T>
void run_one_hot(const KernelCall& call) {
  const Operand& x = call.inputs[0];
  const Operand& y = call.outputs[0];
  const int64_t given = call.attrs.as<ops::OneHotAttrs>().axis;
  const int64_t axis = given < 0 ? given + y.shape.rank() : given;
  const AxisSizes sizes = axis_sizes(y.shape, axis);
  const OwnRows own(call, axis);
  own.clear<T>(y);
  for (int64_t i = 0; i < x.size; ++i) {
    const double wanted = label(x, i);
    if (!(wanted >= 0.0 && wanted < static_cast<double>(sizes.size))) continue;
    const auto at = static_cast<int64_t>(wanted);
    if (static_cast<double>(at) != wanted || !own.has(at)) continue;
    const int64_t outer = i / sizes.inner;
    y.as<T>()[(outer * sizes.size + at) * sizes.inner + i % sizes.inner] = T(1);
  }
}

#define KERATIN_BY_WIDTH(run)                                                                    \
  [](Specs inputs, Specs) -> Kernel {                                                            \
    return dispatch_width(inputs[0].dtype,                                                       \
                          [](auto tag) -> Kernel { return run<typename decltype(tag)::type>; }); \
  }

#define KERATIN_BY_DTYPE(run)                                                              \
  [](Specs inputs, Specs) -> Kernel {                                                      \
    return dispatch(inputs[0].dtype,                                                       \
                    [](auto tag) -> Kernel { return run<typename decltype(tag)::type>; }); \
  }

Kernel choose_one_hot(Specs, Specs outputs) {
  return dispatch(outputs[0].dtype,
                  [](auto tag) -> Kernel { return run_one_hot<typename decltype(tag)::type>; });
}

}  // namespace

std::span<const KernelRow> indexing_kernels() {
  static const KernelRow rows[] = {
      {&ops::strided_slice_op, KERATIN_BY_WIDTH(run_strided_slice)},
      {&ops::place_slice_op, KERATIN_BY_WIDTH(run_place_slice)},
      {&ops::take_op, KERATIN_BY_DTYPE(run_take)},
      {&ops::scatter_rows_op, KERATIN_BY_DTYPE(run_scatter_rows)},
      {&ops::take_along_axis_op, KERATIN_BY_DTYPE(run_take_along_axis)},
      {&ops::scatter_along_axis_op, KERATIN_BY_DTYPE(run_scatter_along_axis)},
      {&ops::one_hot_op, choose_one_hot},
  };
  return rows;
}

#undef KERATIN_BY_WIDTH
#undef KERATIN_BY_DTYPE

}  // namespace keratin::runtime
