// SPDX-License-Identifier: Apache-2.0
#include "keratin/core/nested.h"

namespace keratin {

namespace {

template <class T>
Config nested(const Array& array, int axis, const T*& next) {
  if (axis == array.rank()) {
    const T value = *next++;
    if constexpr (std::is_same_v<T, bool>) return value;
    if constexpr (std::is_integral_v<T>) return static_cast<int64_t>(value);
    return static_cast<double>(value);
  }
  Config::List items;
  for (int64_t i = 0; i < array.shape()[axis]; ++i) items.push_back(nested(array, axis + 1, next));
  return Config::list(std::move(items));
}

}  // namespace

Config nested_lists(const Array& array) {
  const Array flat = array.contiguous();
  return dispatch(flat.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T* next = flat.data<const T>();
    return nested(flat, 0, next);
  });
}

}  // namespace keratin
