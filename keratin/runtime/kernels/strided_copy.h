// SPDX-License-Identifier: Apache-2.0
// Copies between strided places: what all ops that only move elements come down to.
#pragma once

#include <algorithm>
#include <array>
#include <cstring>

#include "keratin/core/array.h"
#include "keratin/runtime/kernel.h"

namespace keratin::runtime {

/// Calls `visit(TypeTag<U>{})` with the unsigned type of an element's size: moving elements does
/// not ask what they mean.
template <class Visit>
decltype(auto) dispatch_width(DType dtype, Visit&& visit) {
  switch (size_of(dtype)) {
    case 1:
      return visit(TypeTag<uint8_t>{});
    case 2:
      return visit(TypeTag<uint16_t>{});
    case 4:
      return visit(TypeTag<uint32_t>{});
    default:
      return visit(TypeTag<uint64_t>{});
  }
}

/// Is a nest of loops over places of a target and of a source, outermost first. Axes that lie
/// behind one another in both are merged.
class StridedCopy {
 public:
  void add(int64_t dim, int64_t to, int64_t from) {
    if (dim == 1) return;
    if (rank_ > 0) {
      const auto last = static_cast<size_t>(rank_ - 1);
      if (to_[last] == dim * to && from_[last] == dim * from) {
        dims_[last] *= dim;
        to_[last] = to;
        from_[last] = from;
        return;
      }
    }
    const auto at = static_cast<size_t>(rank_++);
    dims_[at] = dim;
    to_[at] = to;
    from_[at] = from;
  }

  template <class T>
  void run(T* to, const T* from) const {
    if (rank_ == 0) {
      *to = *from;
      return;
    }
    const auto last = static_cast<size_t>(rank_ - 1);
    const int64_t count = dims_[last];
    if (count == 0) return;
    for_each_offset<2>(dims_.data(), rank_ - 1, {to_.data(), from_.data()},
                       [&](const std::array<int64_t, 2>& at) {
                         copy_row(to + at[0], from + at[1], count, to_[last], from_[last]);
                       });
  }

 private:
  template <class T>
  static void copy_row(T* to, const T* from, int64_t count, int64_t step_to, int64_t step_from) {
    if (step_to == 1 && step_from == 1) {
      std::memcpy(to, from, static_cast<size_t>(count) * sizeof(T));
    } else if (step_to == 1 && step_from == 0) {
      const T value = *from;
      for (int64_t i = 0; i < count; ++i) to[i] = value;
    } else {
      for (int64_t i = 0; i < count; ++i) to[i * step_to] = from[i * step_from];
    }
  }

  // One more than the rank of an array: a joined axis counts for two.
  std::array<int64_t, max_rank + 1> dims_{};
  std::array<int64_t, max_rank + 1> to_{};
  std::array<int64_t, max_rank + 1> from_{};
  int rank_ = 0;
};

/// Returns how many rows an operand has: those of its first axis, or one without axes.
inline int64_t rows_in(const Operand& operand) {
  return operand.shape.rank() == 0 ? 1 : operand.shape[0];
}

/// Fills the rows of the result that the call computes. Its first row is at `from`, and axis i of
/// it has the stride `stride(i)` there.
template <class T, class Stride>
void fill_rows(const KernelCall& call, const T* from, Stride&& stride) {
  const Operand& y = call.outputs[0];
  const Range rows = call.rows_of(rows_in(y));
  T* to = y.as<T>();
  StridedCopy copy;
  for (size_t i = 0; i < y.shape.size(); ++i) {
    copy.add(i == 0 ? rows.count() : y.shape.dims()[i], y.strides[i], stride(i));
  }
  if (rows.first > 0) {
    to += rows.first * y.strides[0];
    from += rows.first * stride(0);
  }
  copy.run(to, from);
}

/// Is where the elements of a tensor lie along an axis of a larger one.
struct AxisPlace {
  int64_t start = 0;
  int64_t step = 1;
};

/// Returns which of `count` elements have their place in a range.
inline Range elements_in(const Range& range, AxisPlace place, int64_t count) {
  // The step of a single element may be as large as it likes; it is never taken.
  if (count <= 1) place.step = 1;
  if (place.step < 0) {
    const AxisPlace mirrored{place.start + (count - 1) * place.step, -place.step};
    const Range found = elements_in(range, mirrored, count);
    return {count - found.last, count - found.first};
  }
  const auto before = [&](int64_t end) {
    if (end <= place.start) return int64_t{0};
    return std::min(count, (end - place.start - 1) / place.step + 1);
  };
  return {before(range.first), before(range.last)};
}

/// Fills the rows of the result that the call computes: with the first input, which has the place
/// `place(i)` along axis i, and with `other` around it.
template <class T, class Place>
void place_rows(const KernelCall& call, T other, Place&& place) {
  const Operand& x = call.inputs[0];
  const Operand& y = call.outputs[0];
  if (y.size == 0) return;
  const Range rows = call.rows_of(rows_in(y));
  const int64_t row = y.size / rows_in(y);
  std::fill_n(y.as<T>() + rows.first * row, rows.count() * row, other);
  if (x.size == 0) return;
  T* to = y.as<T>();
  const T* from = x.as<const T>();
  StridedCopy copy;
  for (size_t i = 0; i < y.shape.size(); ++i) {
    const AxisPlace at = place(i);
    int64_t count = x.shape.dims()[i];
    const int64_t stride = count > 1 ? at.step * y.strides[i] : 0;
    to += at.start * y.strides[i];
    if (i == 0) {
      const Range own = elements_in(rows, at, count);
      count = own.count();
      to += own.first * stride;
      from += own.first * x.strides[0];
    }
    copy.add(count, stride, x.strides[i]);
  }
  copy.run(to, from);
}

}  // namespace keratin::runtime
