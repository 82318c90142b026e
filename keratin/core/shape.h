// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "keratin/base/codec.h"
#include "keratin/core/sizes.h"

namespace keratin {

/// Stands for an axis whose size is not known yet (the batch, mostly), as Python's `None`.
inline constexpr int64_t None = -1;

/// Is the largest number of axes that an array may have.
inline constexpr int max_rank = 16;

/// Is the sizes of a tensor's axes; an axis may be `None` while a model is defined.
class Shape {
 public:
  Shape() = default;
  Shape(std::initializer_list<int64_t> dims) : dims_(dims) {}
  explicit Shape(Sizes dims) : dims_(std::move(dims)) {}
  explicit Shape(const std::vector<int64_t>& dims) : dims_(dims) {}

  int rank() const { return static_cast<int>(dims_.size()); }
  size_t size() const { return dims_.size(); }
  bool empty() const { return dims_.empty(); }
  /// Returns the size of an axis; negative axes count from the end. Throws ShapeError.
  int64_t operator[](int axis) const { return dims_[check(axis)]; }
  int64_t& operator[](int axis) { return dims_[check(axis)]; }
  auto begin() const { return dims_.begin(); }
  auto end() const { return dims_.end(); }
  int64_t back() const { return (*this)[-1]; }
  const Sizes& dims() const { return dims_; }

  /// Tells whether no axis is `None`.
  bool is_static() const;
  /// Returns the product of the sizes, 1 for a scalar; throws ShapeError when an axis is `None`.
  int64_t element_count() const;

  void push_back(int64_t dim) { dims_.push_back(dim); }
  /// Returns the axes [first, last).
  Shape slice(int first, int last) const;
  /// Returns this shape with `dim` before its first axis.
  Shape with_front(int64_t dim) const;
  /// Returns this shape without `axis`.
  Shape without(int axis) const;

  bool operator==(const Shape&) const = default;

 private:
  size_t check(int axis) const;
  Sizes dims_;
};

/// Is the number of elements that an array stays below.
inline constexpr uint64_t largest_count = uint64_t{1} << 59;

/// Throws ShapeError with `where` for negative sizes other than None, and when the known sizes
/// alone make more elements than an array may have. Sizes of 0 count as 1, so that products of some
/// of the axes cannot overflow either.
void check_size(const Shape& shape, std::string_view where);

/// Returns `[32, None, 8]`, the form of error messages.
std::string to_string(const Shape& shape);

/// Returns `(32, None, 8)`, the form of Python's tuples: `(3,)` and `()` included.
std::string to_tuple_string(const Shape& shape);

/// Returns `axis` counted from the front; throws ValueError with `where` when it is out of range.
int normalize_axis(int64_t axis, int rank, std::string_view where);

/// Returns the shape in which two shapes broadcast, by NumPy's rules; `None` with 1 or `None`
/// gives `None`, `None` with another size gives that size. Throws ShapeError with `where`.
Shape broadcast_shapes(const Shape& a, const Shape& b, std::string_view where);

/// Tells whether a value of shape `actual` may be used where `expected` is declared: equal ranks,
/// and every axis equal or `None` in one of them.
bool is_compatible(const Shape& expected, const Shape& actual);

template <>
struct Codec<Shape> {
  static Config write(const Shape& shape) {
    Config::List items;
    for (int64_t dim : shape) {
      Config& item = items.emplace_back();
      if (dim != None) item = dim;
    }
    return Config::list(std::move(items));
  }
  static Shape read(const Config& config) {
    Shape shape;
    for (const Config& item : config.as_list()) {
      shape.push_back(item.is_null() ? None : item.as_int());
    }
    return shape;
  }
  static std::string type_name() { return "shape"; }
};

}  // namespace keratin
