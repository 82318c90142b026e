// SPDX-License-Identifier: Apache-2.0
// The sets of rows: one .npz file with x and y, shuffled and cut as Keras does.
#include <algorithm>
#include <cstring>
#include <filesystem>
#include <limits>
#include <numeric>
#include <span>

#include "keratin/base/check.h"
#include "keratin/core/mersenne.h"
#include "keratin/data/datasets_internal.h"
#include "keratin/io/checksum.h"
#include "keratin/io/download.h"
#include "keratin/io/npz.h"

namespace keratin::datasets {

namespace detail {

namespace {

namespace fs = std::filesystem;

std::vector<std::string> folders_to_search(const RowSet& set) {
  std::vector<std::string> folders = own_folders(set.name);
  folders.push_back((fs::path(keras_home()) / "datasets").string());
  return folders;
}

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

void check(const RowSet& set) {
  require<ValueError>(set.test_split >= 0.0 && set.test_split < 1.0, set.name,
                      "expected `test_split` from 0 to below 1, got {}. Set the share of the rows "
                      "to test with.",
                      set.test_split);
  require<ValueError>(set.seed >= 0 && set.seed <= std::numeric_limits<uint32_t>::max(), set.name,
                      "expected `seed` from 0 to 4294967295, got {}. Choose another seed.",
                      set.seed);
}

}  // namespace

std::optional<std::string> find_row_file(const RowSet& set) {
  for (const std::string& folder : folders_to_search(set)) {
    const std::string path = (fs::path(folder) / set.path).string();
    std::error_code problem;
    if (!fs::is_regular_file(path, problem)) continue;
    // In Keras' own folder a file counts only if it is the one that Keras downloads.
    const bool needs_hash = folder == folders_to_search(set).back();
    if (!needs_hash || validate_file(path, set.file_hash)) return path;
  }
  return std::nullopt;
}

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
  check(set);
  if (const auto path = find_row_file(set)) return read_row_npz(*path, set);
  const std::string origin =
      "https://storage.googleapis.com/tensorflow/tf-keras-datasets/" + set.name + ".npz";
  std::string path;
  try {
    path = utils::get_file(set.path, origin, {.file_hash = set.file_hash});
  } catch (const FileError& error) {
    const std::vector<std::string> folders = folders_to_search(set);
    fail<FileError>(set.name,
                    "expected {} in one of the folders {}, got none, and the download failed ({}). "
                    "Fetch {} by other means into {}, or set KERATIN_DATA_HOME to a folder that "
                    "has the file.",
                    set.path, fmt::join(folders, ", "), error.what(), origin, folders.back());
  }
  return read_row_npz(path, set);
}

}  // namespace detail

namespace boston_housing {

namespace {

detail::RowSet set_of(const LoadOptions& options) {
  return {"boston_housing", "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5",
          options.path, options.test_split, options.seed};
}

}  // namespace

ArrayData load_data(const LoadOptions& options) { return detail::load_rows(set_of(options)); }

bool available() { return detail::find_row_file(set_of({})).has_value(); }

}  // namespace boston_housing

namespace california_housing {

namespace {

detail::RowSet set_of(const LoadOptions& options) {
  const bool is_small = options.version == "small";
  require<ValueError>(is_small || options.version == "large", "california_housing",
                      "expected `version` small or large, got '{}'. Check the spelling.",
                      options.version);
  detail::RowSet set{"california_housing",
                     "1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f",
                     options.path, options.test_split, options.seed};
  if (is_small) set.first_rows = 600;
  return set;
}

}  // namespace

ArrayData load_data(const LoadOptions& options) { return detail::load_rows(set_of(options)); }

bool available() { return detail::find_row_file(set_of({})).has_value(); }

}  // namespace california_housing

}  // namespace keratin::datasets
