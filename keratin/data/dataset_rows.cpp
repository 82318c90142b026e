// SPDX-License-Identifier: Apache-2.0
// Elements and batches: cutting tensors into rows, and stacking rows.
#include <cstring>

#include "keratin/base/check.h"
#include "keratin/data/dataset_internal.h"
#include "keratin/data/element_function.h"
#include "keratin/graph/ops/ops.h"

namespace keratin {

namespace {

// A plain number has no dtype of its own yet.
Array array_of(const Tensor& tensor) {
  return (tensor.is_weak() ? ops::convert_to_tensor(tensor) : tensor).array().contiguous();
}

std::vector<Array> arrays_of(const Data& data) {
  std::vector<Array> arrays;
  for (const Nest* nest : {&data.x, &data.y, &data.sample_weight}) {
    for (const Tensor& tensor : nest->flatten()) arrays.push_back(array_of(tensor));
  }
  return arrays;
}

bool same_structure(const Nest& a, const Nest& b) {
  if (a.kind() != b.kind() || a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    const auto& [key, item] = a.items()[i];
    if (key != b.items()[i].first || !same_structure(item, b.items()[i].second)) return false;
  }
  return true;
}

bool same_structure(const Data& a, const Data& b) {
  return same_structure(a.x, b.x) && same_structure(a.y, b.y) &&
         same_structure(a.sample_weight, b.sample_weight);
}

// Fills the structure of `form` with arrays in the order in which `arrays_of` gives them.
Data packed(const Data& form, const std::vector<Array>& arrays) {
  size_t at = 0;
  Data result;
  const auto pack = [&](const Nest& nest) {
    std::vector<Tensor> tensors;
    for (size_t i = nest.flatten().size(); i > 0; --i) tensors.emplace_back(arrays[at++]);
    return nest.empty() ? Nest() : nest.pack(tensors);
  };
  result.x = pack(form.x);
  result.y = pack(form.y);
  result.sample_weight = pack(form.sample_weight);
  return result;
}

std::string text_of(const Data& element) {
  std::string text = "(" + to_string(element.x);
  if (!element.y.empty()) text += ", " + to_string(element.y);
  if (!element.sample_weight.empty()) text += ", " + to_string(element.sample_weight);
  return text + ")";
}

}  // namespace

Rows::Rows(const Data& data, std::string_view where) : form_(data), arrays_(arrays_of(data)) {
  require<ValueError>(!arrays_.empty(), where, "expected tensors, got none. Pass data.");
  for (const Array& array : arrays_) {
    require<ShapeError>(array.rank() > 0, where,
                        "expected tensors with rows, got a scalar in {}. Use from_tensors for a "
                        "single element.",
                        text_of(data));
    require<ShapeError>(array.shape()[0] == arrays_[0].shape()[0], where,
                        "expected the same number of rows in all tensors, got shapes {}. Cut them "
                        "to equal lengths.",
                        text_of(data));
  }
  count_ = arrays_[0].shape()[0];
}

Data Rows::at(int64_t i) const {
  std::vector<Array> rows;
  for (const Array& array : arrays_) {
    const Sizes& strides = array.strides();
    rows.emplace_back(array.buffer(), array.dtype(), array.shape().slice(1, array.rank()),
                      Sizes(strides.begin() + 1, strides.end()), array.offset() + i * strides[0]);
  }
  return packed(form_, rows);
}

Data Rows::range(int64_t first, int64_t last) const {
  std::vector<Array> parts;
  for (const Array& array : arrays_) parts.push_back(array.rows(first, last));
  return packed(form_, parts);
}

Generator RowsStart::operator()() const {
  return [rows = rows, i = int64_t{0}]() mutable -> std::optional<Data> {
    if (i >= rows->count()) return std::nullopt;
    return rows->at(i++);
  };
}

Data stack(const std::vector<Data>& elements) {
  std::vector<Array> stacked;
  for (size_t i = 0; i < elements.size(); ++i) {
    const std::vector<Array> arrays = arrays_of(elements[i]);
    require<ShapeError>(same_structure(elements[i], elements[0]), "batch",
                        "expected elements of one structure, got {} and {}. Make them equal with "
                        "map.",
                        text_of(elements[0]), text_of(elements[i]));
    for (size_t k = 0; k < arrays.size(); ++k) {
      const Array& array = arrays[k];
      if (i == 0) {
        stacked.emplace_back(array.dtype(),
                             array.shape().with_front(static_cast<int64_t>(elements.size())));
      }
      const Array& all = stacked[k];
      require<ShapeError>(array.shape() == all.shape().slice(1, all.rank()), "batch",
                          "expected elements of one shape, got {} and {}. Make them equal with "
                          "map.",
                          text_of(elements[0]), text_of(elements[i]));
      require<DTypeError>(array.dtype() == all.dtype(), "batch",
                          "expected elements of one dtype, got {} and {}. Cast them with map.",
                          name_of(all.dtype()), name_of(array.dtype()));
      if (array.bytes() == 0) continue;
      std::memcpy(static_cast<std::byte*>(all.raw()) + i * array.bytes(), array.raw(),
                  array.bytes());
    }
  }
  return packed(elements[0], stacked);
}

namespace detail {

void fail_on_parts(std::string_view where, const Data& element) {
  constexpr const char* forms[] = {"(x)", "(x, y)", "(x, y, sample_weight)"};
  fail<ValueError>(where,
                   "expected a function of {}, which is what the elements have, got one with other "
                   "arguments. Give it these.",
                   forms[part_count(element) - 1]);
}

}  // namespace detail

}  // namespace keratin
