// SPDX-License-Identifier: Apache-2.0
#include "keratin/runtime/schedule.h"

#include <algorithm>

namespace keratin::runtime {

bool conflict(const Access& a, const Access& b) {
  if (!a.writes && !b.writes) return false;
  const bool overlap = a.begin < b.begin + b.bytes && b.begin < a.begin + a.bytes;
  if (!overlap) return false;
  if (a.by == Access::By::first && b.by == Access::By::first) return false;
  const bool is_cut = a.by == Access::By::rows || a.by == Access::By::columns;
  const bool same_cut = a.by == b.by && a.begin == b.begin && a.bytes == b.bytes &&
                        a.parts == b.parts &&
                        (a.by == Access::By::rows || a.element_size == b.element_size);
  return !(is_cut && same_cut);
}

bool Barriers::add(const std::vector<Access>& accesses) {
  const bool waits = std::any_of(accesses.begin(), accesses.end(), [&](const Access& access) {
    return std::any_of(open_.begin(), open_.end(),
                       [&](const Access& other) { return conflict(access, other); });
  });
  if (waits) open_.clear();
  open_.insert(open_.end(), accesses.begin(), accesses.end());
  return waits;
}

int64_t first_part_of(int64_t parts, int thread, int threads, int64_t multiple) {
  const int64_t even = (parts + threads - 1) / threads;
  const int64_t each = (even + multiple - 1) / multiple * multiple;
  return std::min(parts, each * thread);
}

}  // namespace keratin::runtime
