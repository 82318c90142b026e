// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "keratin/data/datasets.h"

namespace keratin::datasets::detail {

/// Returns `$KERATIN_DATA_HOME/<name>` and `$KERATIN_DATA_HOME`, as far as they may hold the set
/// `name`: a folder that bears the name of another set holds that one.
std::vector<std::string> own_folders(const std::string& name);

/// Returns the first folder that has all four idx files.
std::optional<std::string> find_idx_folder(const std::vector<std::string>& folders);

/// Reads the four idx files of a folder; throws FileError when they do not fit together.
ImageData read_idx_folder(const std::string& folder);

/// Reads x_train, y_train, x_test and y_test of an .npz file.
ImageData read_image_npz(const std::string& path);

/// Is fashion_mnist::load_data with another folder in place of Debian's.
ImageData load_fashion_mnist(const std::string& packaged_folder);

/// Says what a set of rows in one .npz file is called, where it comes from and how it is cut.
struct RowSet {
  std::string name;       ///< of the set, which is that of its functions and of its folder
  std::string file_hash;  ///< of the file that Keras downloads
  std::string path;
  double test_split = 0.2;
  int64_t seed = 113;
  std::optional<int64_t> first_rows = std::nullopt;  ///< takes no more than these
};

/// Returns the path of the set's file where it is there already.
std::optional<std::string> find_row_file(const RowSet& set);

/// Finds or downloads the set's file and returns its rows, shuffled and cut in two.
ArrayData load_rows(const RowSet& set);

/// Shuffles the arrays x and y of an .npz file and cuts them in two.
ArrayData read_row_npz(const std::string& path, const RowSet& set);

}  // namespace keratin::datasets::detail
