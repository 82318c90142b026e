// SPDX-License-Identifier: Apache-2.0
#include "keratin/core/array.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>
#include <optional>

#include "keratin/base/check.h"
#include "keratin/core/convert.h"

namespace keratin {

Buffer::Buffer(size_t bytes) : bytes_(bytes), owned_(true) {
  // Rows of data sets are read in any order: large pages spare the search for their addresses.
  constexpr size_t line = 64, large_page = size_t{1} << 21, smallest_large = size_t{1} << 23;
  const bool is_large = bytes >= smallest_large;
  const size_t alignment = is_large ? large_page : line;
  const size_t rounded = (std::max<size_t>(bytes, 1) + line - 1) / line * line;
  if (rounded < bytes) throw std::bad_alloc();
  void* memory = nullptr;
  if (posix_memalign(&memory, alignment, rounded) != 0) throw std::bad_alloc();
  data_ = static_cast<std::byte*>(memory);
#if defined(MADV_HUGEPAGE)
  if (is_large) (void)madvise(data_, rounded, MADV_HUGEPAGE);  // a wish, which may be refused
#endif
}

Buffer::Buffer(void* data, size_t bytes, std::shared_ptr<const void> owner)
    : data_(static_cast<std::byte*>(data)), bytes_(bytes), owner_(std::move(owner)) {}

Buffer::~Buffer() {
  if (owned_) std::free(data_);
}

Sizes row_major_strides(const Shape& shape) {
  Sizes strides(shape.size());
  int64_t step = 1;
  for (size_t i = shape.size(); i-- > 0;) {
    strides[i] = step;
    // Of an array without elements the strides mean nothing and may not overflow.
    const auto dim = static_cast<uint64_t>(std::max<int64_t>(shape.dims()[i], 1));
    step = static_cast<int64_t>(static_cast<uint64_t>(step) * dim);
  }
  return strides;
}

namespace {

// Returns the product of the sizes but for -1; nothing when it is larger than any count.
std::optional<int64_t> known_count(const Shape& shape) {
  if (std::count(shape.begin(), shape.end(), 0) > 0) return 0;
  int64_t count = 1;
  for (int64_t dim : shape) {
    if (dim < 0) continue;
    if (count > std::numeric_limits<int64_t>::max() / dim) return std::nullopt;
    count *= dim;
  }
  return count;
}

std::shared_ptr<Buffer> allocate(size_t bytes, const Shape& shape) {
  try {
    return std::make_shared<Buffer>(bytes);
  } catch (const std::bad_alloc&) {
    fail<ValueError>("array",
                     "expected {} bytes of memory for the shape {}, got none. Use smaller axes or "
                     "batches.",
                     bytes, to_string(shape));
  }
}

}  // namespace

Shape resolve_reshape(const Shape& from, const Shape& target, std::string_view where) {
  const auto free_axes = std::count(target.begin(), target.end(), -1);
  // Texts are made only for an error: this runs for each view of each graph.
  if (free_axes > 1) {
    fail<ShapeError>(where, "expected at most one free axis, got {}. Give sizes.",
                     to_string(target));
  }
  if (!std::all_of(target.begin(), target.end(), [](int64_t d) { return d >= -1; })) {
    fail<ShapeError>(where, "expected sizes of 0 or more, or -1 once, got {}. Check the sizes.",
                     to_string(target));
  }
  if (!from.is_static()) return target;
  const std::optional<int64_t> known = known_count(target);
  const int64_t count = from.element_count();
  Sizes dims = target.dims();
  if (free_axes == 1 && known.value_or(0) != 0 && count % *known == 0) {
    *std::find(dims.begin(), dims.end(), -1) = count / *known;
    return Shape(std::move(dims));
  }
  if (free_axes == 0 && known == count) return target;
  fail<ShapeError>(where,
                   "expected a shape of {} elements for the input {}, got {}. Check the sizes.",
                   count, to_string(from), to_string(target));
}

Array::Array(DType dtype, Shape shape) : dtype_(dtype), shape_(std::move(shape)) {
  require<ShapeError>(shape_.rank() <= max_rank, "array",
                      "expected at most {} axes, got {}. Merge some with reshape.", max_rank,
                      shape_.rank());
  size_ = shape_.element_count();
  if (static_cast<uint64_t>(size_) >= largest_count) {
    fail<ShapeError>("array", "expected fewer than 2^59 elements, got {}. Use smaller axes.",
                     to_string(shape_));
  }
  strides_ = row_major_strides(shape_);
  buffer_ = allocate(bytes(), shape_);
}

Array::Array(std::shared_ptr<Buffer> buffer, DType dtype, Shape shape, Sizes strides,
             int64_t offset)
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
    if (size_ == 0) return true;
    if (dim != 1 && strides_[i] != step) return false;
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

Array Array::single() const {
  require<ShapeError>(size_ == 1, "item", "expected one element, got shape {}. Index it first.",
                      to_string(shape_));
  return reshape(Shape{});
}

void Array::check_value_count(int64_t count, const Shape& shape) {
  if (std::count(shape.begin(), shape.end(), -1) > 0) return;  // one size follows from the others
  const int64_t wanted = shape.element_count();
  require<ShapeError>(count == wanted, "Tensor::from",
                      "expected {} values for the shape {}, got {}. Check the sizes.", wanted,
                      to_string(shape), count);
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
  Array view;
  rows(first, last, view);
  return view;
}

void Array::rows(int64_t first, int64_t last, Array& view) const {
  // The text is made only for the error: this runs in every step of a training.
  if (rank() == 0 || first < 0 || first > last || last > shape_[0]) {
    fail<ShapeError>("rows", "expected a range of rows of {}, got [{}, {}). Check the range.",
                     to_string(shape_), first, last);
  }
  const int64_t offset = offset_ + first * strides_[0];
  const int64_t row_size = shape_[0] > 0 ? size_ / shape_[0] : 0;
  view = *this;
  view.shape_[0] = last - first;
  view.offset_ = offset;
  view.size_ = row_size * (last - first);
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
  for_each_offset<2>(
      to.shape().dims().data(), to.rank(), {to.strides().data(), from.strides().data()},
      [&](const std::array<int64_t, 2>& at) { target[at[0]] = convert<To>(source[at[1]]); });
}

}  // namespace

void Array::assign(const Array& source) const {
  if (shape_ != source.shape_) {
    fail<ShapeError>("assign", "expected a value of shape {}, got {}. Reshape the value.",
                     to_string(shape_), to_string(source.shape_));
  }
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
