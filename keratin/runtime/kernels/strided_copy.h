// SPDX-License-Identifier: Apache-2.0
// Copies between strided places: what all ops that only move elements come down to.
#pragma once

#include <array>
#include <cstring>

#include "keratin/core/array.h"

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

}  // namespace keratin::runtime
