// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <string>

#include "keratin/io/hdf5.h"
#include "keratin/io/zip.h"
#include "keratin/keratin.h"
#include "tests/support/close.h"
#include "tests/support/message.h"

namespace keratin::tests {

using testing_support::message_of;

inline std::string golden_saving(const std::string& name) {
  return std::string(KERATIN_GOLDEN_DIR) + "/saving/" + name;
}

/// Returns a member of an archive as text.
inline std::string text_of_member(const std::string& path, const std::string& name) {
  const Bytes bytes = ZipReader(path).read(name);
  return std::string(text_of(bytes));
}

/// Leaves out the ids by which Keras marks shared objects, and sorts the keys.
inline Config comparable(const Config& config) {
  if (config.is_list()) {
    Config list = Config::list();
    for (const Config& item : config.as_list()) list.push_back(comparable(item));
    return list;
  }
  if (!config.is_dict()) return config;
  Config::Dict items;
  for (const auto& [key, value] : config.as_dict()) {
    if (key != "shared_object_id") items.emplace_back(key, comparable(value));
  }
  std::sort(items.begin(), items.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  return Config::dict(std::move(items));
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
