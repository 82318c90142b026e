// SPDX-License-Identifier: Apache-2.0
// Where tests of data sets find files.
#pragma once

#include <string>

#include "tests/io/support.h"

namespace keratin::tests {

/// Starts with empty folders, and with a proxy that refuses every connection at once.
class DatasetFolders : public testing::Test {
 protected:
  /// Copies a file to a folder, which is made.
  static void copy_to(const std::string& folder, const std::string& name, const std::string& from) {
    std::filesystem::create_directories(folder);
    std::filesystem::copy_file(from, folder + "/" + name);
  }

  TemporaryFolder folder_;
  std::string own_folder_ = folder_.path("own");
  std::string cached_ = folder_.path("keras/datasets");
  ScopedVariable own_{"KERATIN_DATA_HOME", own_folder_};
  ScopedVariable keras_{"KERAS_HOME", folder_.path("keras")};
  ScopedVariable proxy_{"https_proxy", "http://127.0.0.1:1"};
  ScopedVariable no_proxy_{"no_proxy", ""};
  ScopedVariable no_proxy_upper_{"NO_PROXY", ""};
};

}  // namespace keratin::tests
