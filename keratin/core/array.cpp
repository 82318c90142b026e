// SPDX-License-Identifier: Apache-2.0
#include "keratin/core/array.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

#include "keratin/base/check.h"
#include "keratin/core/convert.h"

namespace keratin {

Buffer::Buffer(size_t bytes) : bytes_(bytes), owned_(true) {
  constexpr size_t alignment = 64;
  const size_t rounded = (std::max<size_t>(bytes, 1) + alignment - 1) / alignment * alignment;
  data_ = static_cast<std::byte*>(std::aligned_alloc(alignment, rounded));
  if (data_ == nullptr) throw std::bad_alloc();
}

Buffer::Buffer(void* data, size_t bytes, std::shared_ptr<const void> owner)
    : data_(static_cast<std::byte*>(data)), bytes_(bytes), owner_(std::move(owner)) {}

Buffer::~Buffer() {
  if (owned_) std::free(data_);
}

std::vector<int64_t> row_major_strides(const Shape& shape) {
  std::vector<int64_t> strides(shape.size());
  int64_t step = 1;
  for (size_t i = shape.size(); i-- > 0;) {
    strides[i] = step;
    step *= std::max<int64_t>(shape.dims()[i], 1);
  }
  return strides;
}

Shape resolve_reshape(const Shape& from, const Shape& target, std::string_view where) {
  const auto free_axes = std::count(target.begin(), target.end(), -1);
  require<ShapeError>(free_axes <= 1, where, "expected at most one free axis, got {}. Give sizes.",
                      to_string(target));
  if (!from.is_static()) return target;
  int64_t known = 1;
  for (int64_t dim : target) known *= dim < 0 ? 1 : dim;
  const int64_t count = from.element_count();
  std::vector<int64_t> dims = target.dims();
  if (free_axes == 1 && known != 0 && count % known == 0) {
    *std::find(dims.begin(), dims.end(), -1) = count / known;
    return Shape(std::move(dims));
  }
  require<ShapeError>(free_axes == 0 && known == count, where,
                      "expected a shape of {} elements for the input {}, got {}. Check the sizes.",
                      count, to_string(from), to_string(target));
  return target;
}

Array::Array(DType dtype, Shape shape)
    : dtype_(dtype), shape_(std::move(shape)), strides_(row_major_strides(shape_)) {
  require<ShapeError>(shape_.rank() <= max_rank, "array",
                      "expected at most {} axes, got {}. Merge some with reshape.",
                      max_rank, shape_.rank());
  size_ = shape_.element_count();
  require<ShapeError>(static_cast<uint64_t>(size_) < (uint64_t{1} << 62) / 8, "array",
                      "expected fewer than 2^59 elements, got {}. Use smaller axes.",
                      to_string(shape_));
  buffer_ = std::make_shared<Buffer>(bytes());
}

Array::Array(std::shared_ptr<Buffer> buffer, DType dtype, Shape shape,
             std::vector<int64_t> strides, int64_t offset)
    : buffer_(std::move(buffer)),
      dtype_(dtype),
      shape_(std::move(shape)),
      strides_(std::move(strides)),
      offset_(offset),
      size_(shape_.element_count()) {}

Array Array::zeros(DType dtype, const Shape& shape) {
  Array result(dtype, shape);
  std::memset(result.raw(), 0, result.bytes());
  return result;
}

bool Array::is_contiguous() const {
  int64_t step = 1;
  for (size_t i = shape_.size(); i-- > 0;) {
    const int64_t dim = shape_.dims()[i];
    if (dim != 1 && strides_[i] != step && size_ > 0) return false;
    step *= dim;
  }
  return true;
}

void* Array::raw() const {
  require<InternalError>(defined(), "array", "expected data, got an empty handle. Report this.");
  return buffer_->data() + static_cast<int64_t>(size_of(dtype_)) * offset_;
}

void Array::check_dtype(DType wanted) const {
  require<DTypeError>(wanted == dtype_, "array",
                      "expected elements of {}, got {}. Cast the tensor first.", name_of(wanted),
                      name_of(dtype_));
}

void Array::check_contiguous() const {
  require<ShapeError>(is_contiguous(), "array",
                      "expected contiguous elements, got strides of a view. Call contiguous().");
}

Array Array::contiguous() const { return is_contiguous() ? *this : copy(); }

Array Array::copy() const {
  Array result(dtype_, shape_);
  result.assign(*this);
  return result;
}

Array Array::cast(DType dtype) const {
  if (dtype == dtype_) return *this;
  Array result(dtype, shape_);
  result.assign(*this);
  return result;
}

Array Array::reshape(Shape shape) const {
  Shape resolved = resolve_reshape(shape_, shape, "reshape");
  const Array source = contiguous();
  auto strides = row_major_strides(resolved);
  return Array(source.buffer_, dtype_, std::move(resolved), std::move(strides), source.offset_);
}

Array Array::rows(int64_t first, int64_t last) const {
  require<ShapeError>(rank() > 0 && first >= 0 && first <= last && last <= shape_[0], "rows",
                      "expected a range of rows of {}, got [{}, {}). Check the range.",
                      to_string(shape_), first, last);
  Shape shape = shape_;
  shape[0] = last - first;
  return Array(buffer_, dtype_, std::move(shape), strides_, offset_ + first * strides_[0]);
}

namespace {

template <class To, class From>
void copy_elements(const Array& to, const Array& from) {
  To* target = to.data<To>();
  const From* source = from.data<From>();
  if (to.is_contiguous() && from.is_contiguous()) {
    for (int64_t i = 0; i < to.size(); ++i) target[i] = convert<To>(source[i]);
    return;
  }
  for_each_offset<2>(to.shape().dims().data(), to.rank(),
                     {to.strides().data(), from.strides().data()},
                     [&](const std::array<int64_t, 2>& at) {
                       target[at[0]] = convert<To>(source[at[1]]);
                     });
}

}  // namespace

void Array::assign(const Array& source) const {
  require<ShapeError>(shape_ == source.shape_, "assign",
                      "expected a value of shape {}, got {}. Reshape the value.",
                      to_string(shape_), to_string(source.shape_));
  if (size_ == 0) return;
  if (dtype_ == source.dtype_ && is_contiguous() && source.is_contiguous()) {
    std::memmove(raw(), source.raw(), bytes());
    return;
  }
  dispatch(dtype_, [&](auto to) {
    dispatch(source.dtype_, [&](auto from) {
      copy_elements<typename decltype(to)::type, typename decltype(from)::type>(*this, source);
    });
  });
}

}  // namespace keratin
