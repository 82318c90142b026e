// SPDX-License-Identifier: Apache-2.0
// What the tests of callbacks share: an empty folder to work in, and text that is printed.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "keratin/base/config.h"
#include "keratin/base/file.h"

namespace keratin::testing_support {

/// Makes an empty folder and works in it until the end of the scope.
class WorkingFolder {
 public:
  WorkingFolder() : before_(std::filesystem::current_path()) {
    std::string name = (std::filesystem::temp_directory_path() / "keratin_XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    std::filesystem::current_path(folder_);
  }
  WorkingFolder(const WorkingFolder&) = delete;
  WorkingFolder& operator=(const WorkingFolder&) = delete;
  ~WorkingFolder() {
    std::filesystem::current_path(before_);
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  std::string path() const { return folder_.string(); }

 private:
  std::filesystem::path before_;
  std::filesystem::path folder_;
};

/// Returns the paths of all files in the working folder and below it, sorted.
inline std::vector<std::string> files_here() {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(".")) {
    if (entry.is_regular_file()) paths.push_back(entry.path().lexically_normal().string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

inline std::string text_in(const std::string& path) {
  return std::string(text_of(read_file(path)));
}

/// Takes what is printed to standard output and standard error.
class Captured {
 public:
  Captured() {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
  }
  Captured(const Captured&) = delete;
  Captured& operator=(const Captured&) = delete;
  ~Captured() { stop(); }
  void stop() {
    if (stopped_) return;
    stopped_ = true;
    out = testing::internal::GetCapturedStdout();
    err = testing::internal::GetCapturedStderr();
  }
  std::string out, err;

 private:
  bool stopped_ = false;
};

/// Returns the golden file `tests/golden/callbacks/<name>`.
inline Config golden_callbacks(const std::string& name) {
  const std::string path = std::string(KERATIN_GOLDEN_DIR) + "/callbacks/" + name;
  return parse_json(text_of(read_file(path)), path);
}

}  // namespace keratin::testing_support
