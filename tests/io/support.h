// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <random>
#include <string>

#include "keratin/base/error.h"
#include "keratin/base/file.h"
#include "keratin/core/array.h"

namespace keratin::tests {

inline std::string golden(const std::string& name) {
  return std::string(KERATIN_GOLDEN_DIR) + "/npy/" + name;
}

/// Is a folder of its own, removed in the end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    static int count = 0;
    path_ = std::filesystem::path(testing::TempDir()) /
            ("keratin_io_" + std::to_string(::getpid()) + "_" + std::to_string(count++));
    std::filesystem::create_directories(path_);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }

  std::string path(const std::string& name = "") const {
    return name.empty() ? path_.string() : (path_ / name).string();
  }
  /// Returns how many files are in the folder.
  size_t count() const {
    size_t found = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(path_)) ++found;
    return found;
  }

 private:
  std::filesystem::path path_;
};

/// Sets an environment variable until the scope is left.
class ScopedVariable {
 public:
  ScopedVariable(const char* name, const std::string& value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    ::setenv(name, value.c_str(), 1);
  }
  ScopedVariable(const ScopedVariable&) = delete;
  ScopedVariable& operator=(const ScopedVariable&) = delete;
  ~ScopedVariable() {
    if (old_) {
      ::setenv(name_, old_->c_str(), 1);
    } else {
      ::unsetenv(name_);
    }
  }

 private:
  const char* name_;
  std::optional<std::string> old_;
};

/// Returns the array that tests/golden/make_npy.py makes of this dtype and shape.
inline Array golden_values(DType dtype, const Shape& shape) {
  Array array(dtype, shape);
  dispatch(dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    for (int64_t k = 0; k < array.size(); ++k) {
      const int64_t number = (37 * k + 11) % 101;
      const int64_t scale = sizeof(T) == 1   ? 1
                            : sizeof(T) == 2 ? 300
                            : sizeof(T) == 4 ? 10'000'000
                                             : int64_t(1e16);
      if constexpr (std::is_same_v<T, bool>) {
        array.data<T>()[k] = k % 3 == 0;
      } else if constexpr (std::is_integral_v<T>) {
        array.data<T>()[k] = static_cast<T>((number - (std::is_signed_v<T> ? 50 : 0)) * scale);
      } else {
        array.data<T>()[k] = static_cast<T>(static_cast<float>(number - 50) / 4);
      }
    }
  });
  return array;
}

/// Tells whether two arrays have the same dtype, shape and bits.
inline testing::AssertionResult same(const Array& a, const Array& b) {
  if (a.dtype() != b.dtype() || a.shape() != b.shape()) {
    return testing::AssertionFailure() << name_of(a.dtype()) << to_string(a.shape()) << " against "
                                       << name_of(b.dtype()) << to_string(b.shape());
  }
  const Array x = a.contiguous();
  const Array y = b.contiguous();
  const ByteView left(static_cast<const std::byte*>(x.raw()), x.bytes());
  const ByteView right(static_cast<const std::byte*>(y.raw()), y.bytes());
  if (!std::equal(left.begin(), left.end(), right.begin())) {
    return testing::AssertionFailure() << "the elements differ";
  }
  return testing::AssertionSuccess();
}

/// Returns the text of the `E` that `call` throws; fails the test when it throws nothing else.
template <class E, class Call>
std::string error_of(Call&& call) {
  try {
    call();
  } catch (const E& error) {
    return error.what();
  } catch (const std::exception& error) {
    ADD_FAILURE() << "another exception was thrown: " << error.what();
    return "";
  }
  ADD_FAILURE() << "nothing was thrown";
  return "";
}

inline void expect_holds(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << "`" << text << "` lacks `" << part << "`";
}

/// Gives `read` every beginning of `bytes`: each must be a FileError.
template <class Read>
void expect_prefixes_refused(const Bytes& bytes, Read&& read) {
  for (size_t length = 0; length < bytes.size(); ++length) {
    const Bytes prefix(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length));
    EXPECT_THROW(read(prefix), FileError) << "of length " << length;
  }
}

/// Gives `read` copies of `bytes` with one byte changed: each must give a value or a FileError.
/// Returns how many gave a FileError.
template <class Read>
int count_refused_mutations(const Bytes& bytes, int count, Read&& read) {
  std::mt19937 random(2024);
  int refused = 0;
  for (int i = 0; i < count; ++i) {
    Bytes mutated = bytes;
    mutated[random() % mutated.size()] ^= static_cast<std::byte>(1 + random() % 255);
    try {
      read(mutated);
    } catch (const FileError&) {
      ++refused;
    }
  }
  return refused;
}

}  // namespace keratin::tests
