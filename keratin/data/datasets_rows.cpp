// SPDX-License-Identifier: Apache-2.0
// The sets of rows: one .npz file with x and y, shuffled and cut as Keras does.
#include <algorithm>
#include <cstring>
#include <numeric>
#include <span>

#include "keratin/base/check.h"
#include "keratin/core/mersenne.h"
#include "keratin/data/datasets_internal.h"
#include "keratin/io/npz.h"

namespace keratin::datasets {

namespace detail {

namespace {

Array find_array(const NamedArrays& items, std::string_view name, const std::string& path) {
  const auto found = std::find_if(items.begin(), items.end(),
                                  [&](const auto& item) { return item.first == name; });
  require<FileError>(found != items.end(), path,
                     "expected the arrays x and y, got no '{}'. Download the file anew.", name);
  return found->second.contiguous();
}

// Returns rows [first, last) of the new order.
Tensor pick(const Array& source, std::span<const int64_t> order) {
  std::vector<int64_t> dims(source.shape().begin(), source.shape().end());
  dims[0] = static_cast<int64_t>(order.size());
  Array result(source.dtype(), Shape(dims));
  if (order.empty()) return Tensor(result);
  const size_t row = static_cast<size_t>(source.bytes()) / static_cast<size_t>(source.shape()[0]);
  const auto* from = static_cast<const std::byte*>(source.raw());
  auto* to = static_cast<std::byte*>(result.raw());
  for (size_t i = 0; i < order.size(); ++i) {
    std::memcpy(to + i * row, from + static_cast<size_t>(order[i]) * row, row);
  }
  return Tensor(result);
}

}  // namespace

ArrayData read_row_npz(const std::string& path, const RowSet& set) {
  const NamedArrays items = read_npz(path);
  Array x = find_array(items, "x", path);
  Array y = find_array(items, "y", path);
  require<FileError>(x.rank() == 2 && y.rank() == 1 && x.shape()[0] == y.shape()[0], path,
                     "expected x [rows, features] and y [rows], got {} and {}. Download the file "
                     "anew.",
                     to_string(x.shape()), to_string(y.shape()));
  int64_t rows = x.shape()[0];
  if (set.first_rows) rows = std::min(rows, *set.first_rows);
  std::vector<int64_t> order(static_cast<size_t>(rows));
  std::iota(order.begin(), order.end(), int64_t{0});
  rng::NumpyRandom(static_cast<uint32_t>(set.seed)).shuffle(std::span<int64_t>(order));
  const auto cut = static_cast<size_t>(static_cast<double>(rows) * (1.0 - set.test_split));
  const std::span<const int64_t> all(order);
  return {pick(x, all.first(cut)), pick(y, all.first(cut)), pick(x, all.subspan(cut)),
          pick(y, all.subspan(cut))};
}

ArrayData load_rows(const RowSet& set) {
  check_split(set.file.set, set.test_split);
  check_seed(set.file.set, set.seed);
  return read_row_npz(get_set_file(set.file), set);
}

}  // namespace detail

namespace boston_housing {

namespace {

detail::RowSet set_of(const LoadOptions& options) {
  return {{"boston_housing", "boston_housing.npz",
           "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5", options.path},
          options.test_split,
          options.seed};
}

}  // namespace

ArrayData load_data(const LoadOptions& options) { return detail::load_rows(set_of(options)); }

bool available() { return detail::find_set_file(set_of({}).file).has_value(); }

}  // namespace boston_housing

namespace california_housing {

namespace {

detail::RowSet set_of(const LoadOptions& options) {
  const bool is_small = options.version == "small";
  require<ValueError>(is_small || options.version == "large", "california_housing",
                      "expected `version` small or large, got '{}'. Check the spelling.",
                      options.version);
  detail::RowSet set{
      {"california_housing", "california_housing.npz",
       "1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f", options.path},
      options.test_split,
      options.seed};
  if (is_small) set.first_rows = 600;
  return set;
}

}  // namespace

ArrayData load_data(const LoadOptions& options) { return detail::load_rows(set_of(options)); }

bool available() { return detail::find_set_file(set_of({}).file).has_value(); }

}  // namespace california_housing

}  // namespace keratin::datasets
