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

}  // namespace keratin::datasets::detail
