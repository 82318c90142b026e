// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/layers/axis_list.h"

#include <algorithm>

#include "keratin/base/check.h"
#include "keratin/core/shape.h"

namespace keratin::layers {

std::vector<int64_t> AxisList::resolved(int rank, const std::string& where) const {
  std::vector<int64_t> result;
  for (int64_t axis : axes) result.push_back(normalize_axis(axis, rank, where));
  std::sort(result.begin(), result.end());
  require<ValueError>(std::adjacent_find(result.begin(), result.end()) == result.end(), where,
                      "expected each axis once, got [{}]. Drop one.", fmt::join(axes, ", "));
  return result;
}

AxisList AxisList::sorted() const {
  std::vector<int64_t> list = axes;
  std::sort(list.begin(), list.end());
  return AxisList(std::move(list));
}

}  // namespace keratin::layers
