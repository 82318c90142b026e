// SPDX-License-Identifier: Apache-2.0
#include "keratin/core/shape.h"

#include <algorithm>
#include <limits>

#include "keratin/base/check.h"

namespace keratin {

namespace {

[[noreturn]] void negative_size(const Shape& shape, std::string_view where) {
  fail<ShapeError>(where, "expected sizes of 0 or more, got {}. Check the shape.",
                   to_string(shape));
}

}  // namespace

size_t Shape::check(int axis) const {
  const int at = axis < 0 ? axis + rank() : axis;
  if (at < 0 || at >= rank()) {
    fail<ShapeError>("shape", "expected an axis of the shape {}, got axis {}. Check the rank.",
                     to_string(*this), axis);
  }
  return static_cast<size_t>(at);
}

bool Shape::is_static() const {
  return std::all_of(begin(), end(), [](int64_t dim) { return dim >= 0; });
}

int64_t Shape::element_count() const {
  int64_t count = 1;
  bool overflow = false;
  for (int64_t dim : dims_) {
    if (dim < None) negative_size(*this, "shape");
    if (dim == None) {
      fail<ShapeError>("shape",
                       "expected known sizes, got {}. Give concrete data for the None axes.",
                       to_string(*this));
    }
    if (dim > 0 && count > std::numeric_limits<int64_t>::max() / dim) overflow = true;
    count = overflow ? 0 : count * dim;
  }
  // Texts are made only for an error: this runs for each array.
  if (overflow && std::count(begin(), end(), 0) == 0) {
    fail<ShapeError>("shape", "expected fewer than 2^63 elements, got {}. Use smaller axes.",
                     to_string(*this));
  }
  return overflow ? 0 : count;
}

void check_size(const Shape& shape, std::string_view where) {
  uint64_t count = 1;
  bool fits = true;
  for (int64_t dim : shape) {
    if (dim < None) negative_size(shape, where);
    if (dim <= 0) continue;
    fits = fits && static_cast<uint64_t>(dim) < largest_count / count;
    if (fits) count *= static_cast<uint64_t>(dim);
  }
  if (!fits) {
    fail<ShapeError>(where, "expected fewer than 2^59 elements, got {}. Use smaller axes.",
                     to_string(shape));
  }
}

Shape Shape::slice(int first, int last) const {
  first = std::clamp(first, 0, rank());
  last = std::clamp(last, first, rank());
  return Shape(Sizes(begin() + first, begin() + last));
}

Shape Shape::with_front(int64_t dim) const {
  Sizes dims(size() + 1);
  dims[0] = dim;
  std::copy(begin(), end(), dims.begin() + 1);
  return Shape(std::move(dims));
}

Shape Shape::without(int axis) const {
  const size_t left_out = check(axis);
  Sizes dims(size() - 1);
  std::copy(begin(), begin() + left_out, dims.begin());
  std::copy(begin() + left_out + 1, end(), dims.begin() + left_out);
  return Shape(std::move(dims));
}

namespace {

std::string dim_text(int64_t dim) { return dim == None ? "None" : std::to_string(dim); }

}  // namespace

std::string to_string(const Shape& shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) {
    text += (i > 0 ? ", " : "") + dim_text(shape.dims()[i]);
  }
  return text + "]";
}

std::string to_tuple_string(const Shape& shape) {
  std::string text = "(";
  for (size_t i = 0; i < shape.size(); ++i) {
    text += (i > 0 ? ", " : "") + dim_text(shape.dims()[i]);
  }
  return text + (shape.size() == 1 ? ",)" : ")");
}

int normalize_axis(int64_t axis, int rank, std::string_view where) {
  require<ValueError>(axis >= -rank && axis < rank, where,
                      "expected `axis` between {} and {}, got {}. Check the rank of the input.",
                      -rank, rank - 1, axis);
  return static_cast<int>(axis < 0 ? axis + rank : axis);
}

Shape broadcast_shapes(const Shape& a, const Shape& b, std::string_view where) {
  const int rank = std::max(a.rank(), b.rank());
  Sizes dims(static_cast<size_t>(rank));
  for (int i = 0; i < rank; ++i) {
    const int ia = i - (rank - a.rank());
    const int ib = i - (rank - b.rank());
    const int64_t da = ia < 0 ? 1 : a[ia];
    const int64_t db = ib < 0 ? 1 : b[ib];
    int64_t dim = da;
    if (da == 1 || (da == None && db != 1)) dim = db;
    const auto takes = [&](int64_t given) { return dim == given || given == 1 || given == None; };
    if (!takes(da) || !takes(db)) {
      fail<ShapeError>(where,
                       "expected shapes that broadcast, got {} and {}. Axes must be equal or 1.",
                       to_string(a), to_string(b));
    }
    dims[static_cast<size_t>(i)] = dim;
  }
  return Shape(std::move(dims));
}

bool is_compatible(const Shape& expected, const Shape& actual) {
  if (expected.rank() != actual.rank()) return false;
  for (int i = 0; i < expected.rank(); ++i) {
    if (expected[i] != None && actual[i] != None && expected[i] != actual[i]) return false;
  }
  return true;
}

}  // namespace keratin
