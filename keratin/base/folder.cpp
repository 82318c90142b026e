// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/folder.h"

#include <filesystem>
#include <system_error>

#include "keratin/base/check.h"

namespace keratin {

void make_folder(const std::string& path) {
  if (path.empty()) return;
  std::error_code problem;
  std::filesystem::create_directories(path, problem);
  if (!problem && std::filesystem::is_directory(path, problem)) return;
  fail<FileError>(
      path,
      "expected a folder that is there or can be made, got '{}'. Check the path and its "
      "access rights.",
      problem ? problem.message() : "not a folder");
}

void make_parent_folder(const std::string& path) {
  make_folder(std::filesystem::path(path).parent_path().string());
}

}  // namespace keratin
