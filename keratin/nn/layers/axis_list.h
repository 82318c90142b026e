// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "keratin/base/codec.h"

namespace keratin::layers {

/// Is one axis or a list of them; remembers how it was written, as configs do.
struct AxisList {
  std::vector<int64_t> axes;
  bool is_list = false;
  AxisList(int axis) : AxisList(int64_t{axis}) {}
  AxisList(int64_t axis) : axes{axis} {}
  AxisList(std::initializer_list<int64_t> list) : axes(list), is_list(true) {}
  explicit AxisList(std::vector<int64_t> list) : axes(std::move(list)), is_list(true) {}

  /// Returns the axes counted from the front, in ascending order; throws ValueError with `where`.
  std::vector<int64_t> resolved(int rank, const std::string& where) const;
  /// Returns the same axes, in ascending order, as a list.
  AxisList sorted() const;
};

}  // namespace keratin::layers

namespace keratin {

template <>
struct Codec<layers::AxisList> {
  static Config write(const layers::AxisList& axes) {
    if (!axes.is_list) return axes.axes[0];
    return Codec<std::vector<int64_t>>::write(axes.axes);
  }
  static layers::AxisList read(const Config& config) {
    if (!config.is_list()) return config.as_int();
    return layers::AxisList(Codec<std::vector<int64_t>>::read(config));
  }
  static std::string type_name() { return "int or list of int"; }
};

}  // namespace keratin
