// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
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

/// Is where Keras takes its sets from.
inline constexpr std::string_view origin_folder =
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/";

/// Says what a file of a set is called and how the right one is known.
struct SetFile {
  std::string set;   ///< name of the set, which is that of its functions and of its folder
  std::string name;  ///< of the file that Keras downloads
  std::string hash;
  std::string path;  ///< name that the user asks for
};

/// Returns the path of a set's file where it is there already.
std::optional<std::string> find_set_file(const SetFile& file);

/// Finds or downloads a set's file; throws FileError that says where to put it.
std::string get_set_file(const SetFile& file);

/// Throw ValueError for a share of test data, and for a seed, out of range.
void check_split(const std::string& set, double test_split);
void check_seed(const std::string& set, int64_t seed);

/// Says what a set of rows in one .npz file is and how it is cut.
struct RowSet {
  SetFile file;
  double test_split = 0.2;
  int64_t seed = 113;
  std::optional<int64_t> first_rows = std::nullopt;  ///< takes no more than these
};

/// Finds or downloads the set's file and returns its rows, shuffled and cut in two.
ArrayData load_rows(const RowSet& set);

/// Shuffles the arrays x and y of an .npz file and cuts them in two.
ArrayData read_row_npz(const std::string& path, const RowSet& set);

}  // namespace keratin::datasets::detail
