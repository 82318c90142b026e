// SPDX-License-Identifier: Apache-2.0
#include "keratin/data/datasets.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>

#include "keratin/base/check.h"
#include "keratin/data/datasets_internal.h"
#include "keratin/io/checksum.h"
#include "keratin/io/download.h"
#include "keratin/io/idx.h"
#include "keratin/io/npz.h"

namespace keratin::datasets {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view mnist_hash =
    "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1";
constexpr std::string_view debian_folder = "/usr/share/datasets/fashion-mnist";

// In the order of ImageData.
constexpr std::array<std::string_view, 4> idx_names = {
    "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte"};
constexpr std::array<std::string_view, 4> npz_names = {"x_train", "y_train", "x_test", "y_test"};
constexpr std::array<std::string_view, 6> set_names = {
    "mnist", "fashion-mnist", "boston_housing", "california_housing", "imdb", "reuters"};

bool is_file(const fs::path& path) {
  std::error_code problem;
  return fs::is_regular_file(path, problem);
}

/// Returns the path of an idx file, packed or not; empty when there is none.
std::string idx_path(const std::string& folder, std::string_view name) {
  const fs::path plain = fs::path(folder) / name;
  const fs::path packed = plain.string() + ".gz";
  if (is_file(packed)) return packed.string();
  return is_file(plain) ? plain.string() : "";
}

std::string cached(std::string_view folder) { return (fs::path(keras_home()) / folder).string(); }

void check_images(const Array& x, const Array& y, const std::string& where) {
  const bool fits = x.dtype() == DType::uint8 && x.rank() == 3 && x.shape()[1] == 28 &&
                    x.shape()[2] == 28 && y.dtype() == DType::uint8 && y.rank() == 1 &&
                    y.shape()[0] == x.shape()[0];
  require<FileError>(fits, where,
                     "expected uint8 images [n, 28, 28] and classes [n], got {} {} and {} {}. "
                     "Download the files anew.",
                     name_of(x.dtype()), to_string(x.shape()), name_of(y.dtype()),
                     to_string(y.shape()));
}

ImageData checked(std::array<Array, 4> arrays, const std::string& where) {
  check_images(arrays[0], arrays[1], where);
  check_images(arrays[2], arrays[3], where);
  return {Tensor(arrays[0]), Tensor(arrays[1]), Tensor(arrays[2]), Tensor(arrays[3])};
}

}  // namespace

namespace detail {

std::vector<std::string> own_folders(const std::string& name) {
  const char* home = std::getenv("KERATIN_DATA_HOME");
  if (home == nullptr || *home == '\0') return {};
  const fs::path folder(home);
  std::vector<std::string> folders = {(folder / name).string()};
  // A path may end in a slash, which leaves the last name empty.
  const fs::path last = folder.has_filename() ? folder.filename() : folder.parent_path().filename();
  const bool is_other = last != name && std::find(set_names.begin(), set_names.end(),
                                                  last.string()) != set_names.end();
  if (!is_other) folders.push_back(folder.string());
  return folders;
}

std::optional<std::string> find_idx_folder(const std::vector<std::string>& folders) {
  for (const std::string& folder : folders) {
    const bool complete = std::all_of(idx_names.begin(), idx_names.end(),
                                      [&](auto name) { return !idx_path(folder, name).empty(); });
    if (complete) return folder;
  }
  return std::nullopt;
}

ImageData read_idx_folder(const std::string& folder) {
  std::array<Array, 4> arrays;
  for (size_t i = 0; i < arrays.size(); ++i) arrays[i] = read_idx(idx_path(folder, idx_names[i]));
  return checked(std::move(arrays), folder);
}

ImageData read_image_npz(const std::string& path) {
  const NamedArrays items = read_npz(path);
  std::array<Array, 4> arrays;
  for (size_t i = 0; i < arrays.size(); ++i) {
    const auto found = std::find_if(items.begin(), items.end(),
                                    [&](const auto& item) { return item.first == npz_names[i]; });
    require<FileError>(found != items.end(), path,
                       "expected the arrays {}, got no '{}'. Download the file anew.",
                       fmt::join(npz_names, ", "), npz_names[i]);
    arrays[i] = found->second;
  }
  return checked(std::move(arrays), path);
}

ImageData load_fashion_mnist(const std::string& packaged_folder) {
  std::vector<std::string> folders = own_folders("fashion-mnist");
  folders.push_back(cached("datasets/fashion-mnist"));
  folders.push_back(packaged_folder);
  if (const auto folder = find_idx_folder(folders)) return read_idx_folder(*folder);
  std::string folder;
  try {
    for (std::string_view name : idx_names) {
      const std::string file = std::string(name) + ".gz";
      const std::string path = utils::get_file(file, std::string(detail::origin_folder) + file,
                                               {.cache_subdir = "datasets/fashion-mnist"});
      folder = fs::path(path).parent_path().string();
    }
  } catch (const FileError& error) {
    fail<FileError>("fashion_mnist",
                    "expected the four files {}.gz in one of the folders {}, got none, and the "
                    "download failed ({}). Install the Debian package dataset-fashion-mnist, "
                    "whose folder is {}, or set KERATIN_DATA_HOME to a folder that has the files.",
                    fmt::join(idx_names, ".gz, "), fmt::join(folders, ", "), error.what(),
                    debian_folder);
  }
  return read_idx_folder(folder);
}

}  // namespace detail

namespace mnist {

namespace {

/// Is a place that has the digits: an .npz file or a folder of idx files.
struct Place {
  std::string path;
  bool is_npz = false;
};

std::vector<std::string> folders_to_search() {
  std::vector<std::string> folders = detail::own_folders("mnist");
  folders.push_back(cached("datasets"));
  folders.push_back(cached("datasets/mnist"));
  return folders;
}

std::optional<Place> find_place(const std::string& name) {
  for (const std::string& folder : folders_to_search()) {
    const std::string npz = (fs::path(folder) / name).string();
    // In Keras' own folder a file counts only if it is the one that Keras downloads.
    const bool needs_hash = folder == cached("datasets");
    if (is_file(npz) && (!needs_hash || validate_file(npz, mnist_hash))) return Place{npz, true};
    if (detail::find_idx_folder({folder})) return Place{folder, false};
  }
  return std::nullopt;
}

}  // namespace

ImageData load_data(const LoadOptions& options) {
  if (const auto place = find_place(options.path)) {
    return place->is_npz ? detail::read_image_npz(place->path)
                         : detail::read_idx_folder(place->path);
  }
  std::string path;
  try {
    path = utils::get_file(options.path, std::string(detail::origin_folder) + "mnist.npz",
                           {.file_hash = std::string(mnist_hash)});
  } catch (const FileError& error) {
    fail<FileError>("mnist",
                    "expected {} or the four files {}.gz in one of the folders {}, got none, and "
                    "the download failed ({}). Fetch {}mnist.npz by other means into {}, or set "
                    "KERATIN_DATA_HOME to a folder that has the files.",
                    options.path, fmt::join(idx_names, ".gz, "),
                    fmt::join(folders_to_search(), ", "), error.what(), detail::origin_folder,
                    cached("datasets"));
  }
  return detail::read_image_npz(path);
}

bool available() { return find_place(LoadOptions{}.path).has_value(); }

}  // namespace mnist

namespace fashion_mnist {

ImageData load_data() { return detail::load_fashion_mnist(std::string(debian_folder)); }

bool available() {
  std::vector<std::string> folders = detail::own_folders("fashion-mnist");
  folders.push_back(cached("datasets/fashion-mnist"));
  folders.emplace_back(debian_folder);
  return detail::find_idx_folder(folders).has_value();
}

}  // namespace fashion_mnist

}  // namespace keratin::datasets
