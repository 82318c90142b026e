// SPDX-License-Identifier: Apache-2.0
// The loops of a reduction.
#pragma once

#include <array>

#include "keratin/runtime/kernel.h"

namespace keratin::runtime {

/// Is the axes of a contiguous input, neighbours of the same kind merged: those that are kept,
/// those that are reduced, and the innermost run of elements, which is one or the other.
struct Loops {
  std::array<int64_t, max_rank> kept{}, kept_strides{};
  std::array<int64_t, max_rank> reduced{}, reduced_strides{};
  int kept_rank = 0;
  int reduced_rank = 0;
  int64_t rows = 1;  // the product of `reduced`
  int64_t inner = 1;
  bool inner_reduced = false;
};

/// Returns the loops over a shape of which these axes, in order, are reduced.
inline Loops loops_of(const Shape& shape, const std::vector<int64_t>& axes) {
  struct Group {
    int64_t size;
    bool reduced;
  };
  std::array<Group, max_rank> groups{};
  int count = 0;
  size_t next = 0;
  for (int i = 0; i < shape.rank(); ++i) {
    const bool reduced = next < axes.size() && axes[next] == i;
    if (reduced) ++next;
    if (shape[i] == 1) continue;
    if (count > 0 && groups[static_cast<size_t>(count - 1)].reduced == reduced) {
      groups[static_cast<size_t>(count - 1)].size *= shape[i];
    } else {
      groups[static_cast<size_t>(count++)] = {shape[i], reduced};
    }
  }
  Loops loops;
  if (count == 0) return loops;
  loops.inner = groups[static_cast<size_t>(count - 1)].size;
  loops.inner_reduced = groups[static_cast<size_t>(count - 1)].reduced;
  std::array<int64_t, max_rank> strides{};
  int64_t stride = loops.inner;
  for (int i = count - 2; i >= 0; --i) {
    strides[static_cast<size_t>(i)] = stride;
    stride *= groups[static_cast<size_t>(i)].size;
  }
  for (int i = 0; i < count - 1; ++i) {
    const Group& group = groups[static_cast<size_t>(i)];
    const auto at = static_cast<size_t>(group.reduced ? loops.reduced_rank++ : loops.kept_rank++);
    (group.reduced ? loops.reduced : loops.kept)[at] = group.size;
    (group.reduced ? loops.reduced_strides : loops.kept_strides)[at] =
        strides[static_cast<size_t>(i)];
    if (group.reduced) loops.rows *= group.size;
  }
  return loops;
}

/// Returns where reduced row `row` begins.
inline int64_t row_offset(const Loops& loops, int64_t row) {
  int64_t offset = 0;
  for (int i = loops.reduced_rank - 1; i > 0; --i) {
    const auto at = static_cast<size_t>(i);
    offset += row % loops.reduced[at] * loops.reduced_strides[at];
    row /= loops.reduced[at];
  }
  return loops.reduced_rank > 0 ? offset + row * loops.reduced_strides[0] : 0;
}

}  // namespace keratin::runtime
