// SPDX-License-Identifier: Apache-2.0
// Where the files of the built-in sets lie, and where they come from.
#include <filesystem>
#include <limits>

#include "keratin/base/check.h"
#include "keratin/data/datasets_internal.h"
#include "keratin/io/checksum.h"
#include "keratin/io/download.h"

namespace keratin::datasets::detail {

namespace {

namespace fs = std::filesystem;

std::vector<std::string> folders_to_search(const SetFile& file) {
  std::vector<std::string> folders = own_folders(file.set);
  folders.push_back((fs::path(keras_home()) / "datasets").string());
  return folders;
}

}  // namespace

std::optional<std::string> find_set_file(const SetFile& file) {
  const std::vector<std::string> folders = folders_to_search(file);
  for (const std::string& folder : folders) {
    const std::string path = (fs::path(folder) / file.path).string();
    std::error_code problem;
    if (!fs::is_regular_file(path, problem)) continue;
    // In Keras' own folder a file counts only if it is the one that Keras downloads.
    const bool needs_hash = folder == folders.back();
    if (!needs_hash || validate_file(path, file.hash)) return path;
  }
  return std::nullopt;
}

std::string get_set_file(const SetFile& file) {
  if (const auto path = find_set_file(file)) return *path;
  const std::string origin = fmt::format("{}{}", origin_folder, file.name);
  try {
    return utils::get_file(file.path, origin, {.file_hash = file.hash});
  } catch (const FileError& error) {
    const std::vector<std::string> folders = folders_to_search(file);
    fail<FileError>(file.set,
                    "expected {} in one of the folders {}, got none, and the download failed ({}). "
                    "Fetch {} by other means into {}, or set KERATIN_DATA_HOME to a folder that "
                    "has the file.",
                    file.path, fmt::join(folders, ", "), error.what(), origin, folders.back());
  }
}

void check_split(const std::string& set, double test_split) {
  require<ValueError>(test_split >= 0.0 && test_split < 1.0, set,
                      "expected `test_split` from 0 to below 1, got {}. Set the share of the rows "
                      "to test with.",
                      test_split);
}

void check_seed(const std::string& set, int64_t seed) {
  require<ValueError>(seed >= 0 && seed <= std::numeric_limits<uint32_t>::max(), set,
                      "expected `seed` from 0 to 4294967295, got {}. Choose another seed.", seed);
}

}  // namespace keratin::datasets::detail
