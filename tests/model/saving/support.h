// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <string>

#include "keratin/io/hdf5.h"
#include "keratin/keratin.h"
#include "tests/support/close.h"
#include "tests/support/message.h"

namespace keratin::tests {

using testing_support::message_of;

inline std::string golden_saving(const std::string& name) {
  return std::string(KERATIN_GOLDEN_DIR) + "/saving/" + name;
}

/// Is a folder of its own, removed in the end.
class SavingFolder {
 public:
  SavingFolder() {
    static int count = 0;
    path_ = std::filesystem::path(testing::TempDir()) /
            ("keratin_saving_" + std::to_string(::getpid()) + "_" + std::to_string(count++));
    std::filesystem::create_directories(path_);
  }
  SavingFolder(const SavingFolder&) = delete;
  SavingFolder& operator=(const SavingFolder&) = delete;
  ~SavingFolder() { std::filesystem::remove_all(path_); }
  std::string path(const std::string& name) const { return (path_ / name).string(); }
  size_t count() const {
    return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(path_),
                                             std::filesystem::directory_iterator()));
  }

 private:
  std::filesystem::path path_;
};

/// Tells whether variables have the same values, bit for bit.
inline testing::AssertionResult same_values(const std::vector<Variable>& a,
                                            const std::vector<Variable>& b) {
  if (a.size() != b.size()) return testing::AssertionFailure() << "other counts";
  for (size_t i = 0; i < a.size(); ++i) {
    const Array x = a[i].value().array();
    const Array y = b[i].value().array();
    const bool same = x.shape() == y.shape() && x.dtype() == y.dtype() &&
                      std::memcmp(x.raw(), y.raw(), x.bytes()) == 0;
    if (!same) return testing::AssertionFailure() << a[i].path() << " differs";
  }
  return testing::AssertionSuccess();
}

/// Tells whether two models have the same weights.
inline testing::AssertionResult same_weights(const Model& a, const Model& b) {
  return same_values(a.weights(), b.weights());
}

}  // namespace keratin::tests
