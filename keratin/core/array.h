// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "keratin/core/convert.h"
#include "keratin/core/dtype.h"
#include "keratin/core/shape.h"

namespace keratin {

/// Is a block of memory aligned to 64 bytes, or a view of memory that somebody else owns.
class Buffer {
 public:
  /// Allocates `bytes` without setting them.
  explicit Buffer(size_t bytes);
  /// Views memory that stays alive as long as `owner` does.
  Buffer(void* data, size_t bytes, std::shared_ptr<const void> owner);
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer();

  std::byte* data() const { return data_; }
  size_t bytes() const { return bytes_; }

 private:
  std::byte* data_ = nullptr;
  size_t bytes_ = 0;
  std::shared_ptr<const void> owner_;
  bool owned_ = false;
};

/// Is a strided n-dimensional array over a shared buffer; strides count elements. Copies of an
/// Array share the buffer, and so do the views made of it.
class Array {
 public:
  Array() = default;
  /// Allocates an array without setting its elements.
  Array(DType dtype, Shape shape);
  Array(std::shared_ptr<Buffer> buffer, DType dtype, Shape shape, Sizes strides, int64_t offset);

  static Array zeros(DType dtype, const Shape& shape);
  /// Copies `values` into a new array of `shape`; throws ShapeError when the counts differ.
  template <class T>
  static Array from(std::span<const T> values, const Shape& shape);
  template <class T>
  static Array scalar(T value);

  DType dtype() const { return dtype_; }
  const Shape& shape() const { return shape_; }
  int rank() const { return shape_.rank(); }
  const Sizes& strides() const { return strides_; }
  int64_t offset() const { return offset_; }
  int64_t size() const { return size_; }
  size_t bytes() const { return static_cast<size_t>(size_) * size_of(dtype_); }
  bool is_contiguous() const;
  const std::shared_ptr<Buffer>& buffer() const { return buffer_; }
  bool defined() const { return buffer_ != nullptr; }

  /// Returns the address of the first element.
  void* raw() const;
  /// Returns the first element's address as `T`; throws DTypeError when `T` is another type.
  template <class T>
  T* data() const;
  /// Returns the elements of a contiguous array; throws DTypeError or ShapeError otherwise.
  template <class T>
  std::span<const T> span() const;
  /// Returns the only element, converted; throws ShapeError when there are more or fewer.
  template <class T>
  T item() const;

  /// Returns this array, or a contiguous copy of it when its elements are not in order.
  Array contiguous() const;
  /// Returns a contiguous copy with memory of its own.
  Array copy() const;
  /// Returns the same elements as another type, by C++ conversion (floats are cut to integers).
  Array cast(DType dtype) const;
  /// Returns the elements in another shape (-1 once); a view when the array is contiguous.
  Array reshape(Shape shape) const;
  /// Returns the rows [first, last) of axis 0 as a view.
  Array rows(int64_t first, int64_t last) const;
  /// Makes `view` that view; allocates nothing when `view` has had as many axes before.
  void rows(int64_t first, int64_t last, Array& view) const;
  /// Copies the elements of `source` (same shape) into this array's memory, converting them.
  void assign(const Array& source) const;

 private:
  void check_dtype(DType wanted) const;
  void check_contiguous() const;
  static void check_value_count(int64_t count, const Shape& shape);
  Array single() const;
  std::shared_ptr<Buffer> buffer_;
  DType dtype_ = DType::float32;
  Shape shape_;
  Sizes strides_;
  int64_t offset_ = 0;
  int64_t size_ = 0;
};

/// Returns the strides, in elements, of a row-major array.
Sizes row_major_strides(const Shape& shape);

/// Returns the shape that `target` (-1 once, counted from the rest) means for `count` elements;
/// throws ShapeError with `where`. With `count` None the free axis stays None.
Shape resolve_reshape(const Shape& from, const Shape& target, std::string_view where);

/// Calls `visit(offsets)` for each element of the sizes `dims[0..rank)` in row-major order, where
/// `offsets[k]` is the position in operand k for its strides. Allocates nothing.
template <size_t N, class Visit>
void for_each_offset(const int64_t* dims, int rank, const std::array<const int64_t*, N>& strides,
                     Visit&& visit) {
  int64_t total = 1;
  for (int axis = 0; axis < rank; ++axis) total *= dims[axis];
  std::array<int64_t, N> offsets{};
  std::array<int64_t, max_rank> index{};
  for (int64_t n = 0; n < total; ++n) {
    visit(offsets);
    for (int axis = rank - 1; axis >= 0; --axis) {
      const auto a = static_cast<size_t>(axis);
      for (size_t k = 0; k < N; ++k) offsets[k] += strides[k][a];
      if (++index[a] < dims[a]) break;
      for (size_t k = 0; k < N; ++k) offsets[k] -= strides[k][a] * index[a];
      index[a] = 0;
    }
  }
}

template <class T>
T* Array::data() const {
  check_dtype(dtype_of<std::remove_const_t<T>>);
  return static_cast<T*>(raw());
}

template <class T>
std::span<const T> Array::span() const {
  check_contiguous();
  return {data<const T>(), static_cast<size_t>(size_)};
}

template <class T>
Array Array::from(std::span<const T> values, const Shape& shape) {
  check_value_count(static_cast<int64_t>(values.size()), shape);
  const Array flat(
      std::make_shared<Buffer>(const_cast<T*>(values.data()), values.size() * sizeof(T), nullptr),
      dtype_of<T>, Shape{static_cast<int64_t>(values.size())}, {1}, 0);
  return flat.reshape(shape).copy();
}

template <class T>
Array Array::scalar(T value) {
  Array result(dtype_of<T>, Shape{});
  *result.data<T>() = value;
  return result;
}

template <class T>
T Array::item() const {
  const Array one = single();
  return dispatch(dtype_, [&](auto tag) -> T {
    using Source = typename decltype(tag)::type;
    return convert<T>(*one.data<Source>());
  });
}

}  // namespace keratin
