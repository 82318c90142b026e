// SPDX-License-Identifier: Apache-2.0
#include "keratin/runtime/schedule.h"

#include <algorithm>

namespace keratin::runtime {

bool conflict(const Access& a, const Access& b) {
  if (!a.writes && !b.writes) return false;
  const bool overlap = a.begin < b.begin + b.bytes && b.begin < a.begin + a.bytes;
  if (!overlap) return false;
  if (a.by == Access::By::first && b.by == Access::By::first) return false;
  const bool same_cut = a.by == Access::By::rows && b.by == Access::By::rows &&
                        a.begin == b.begin && a.bytes == b.bytes && a.rows == b.rows;
  return !same_cut;
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

int64_t first_row_of(int64_t rows, int thread, int threads) {
  constexpr int64_t multiple = 4;  // rows of a product are computed several at a time
  const int64_t even = (rows + threads - 1) / threads;
  const int64_t part = (even + multiple - 1) / multiple * multiple;
  return std::min(rows, part * thread);
}

}  // namespace keratin::runtime
