// SPDX-License-Identifier: Apache-2.0
// Where the threads of a plan must wait for each other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace keratin::runtime {

/// Says which bytes a step reads or writes, and who of the threads does.
struct Access {
  enum class By : uint8_t {
    first,  ///< the first thread alone
    rows,   ///< each thread its own rows
    all,    ///< each thread all of it
  };
  const char* begin = nullptr;
  size_t bytes = 0;
  bool writes = false;
  By by = By::first;
  int64_t rows = 0;  ///< into which the bytes are cut, for By::rows
};

/// Tells whether two accesses of different steps may meet in different threads, one of them
/// writing.
bool conflict(const Access& a, const Access& b);

/// Finds the steps before which all threads must have ended the steps before: in order of the
/// steps, a wait only where something is at stake since the last one.
class Barriers {
 public:
  /// Adds a step; returns whether there must be a wait before it.
  bool add(const std::vector<Access>& accesses);

 private:
  std::vector<Access> open_;  // since the last wait
};

/// Returns where the part of a thread begins; the same for every step with that many rows.
int64_t first_row_of(int64_t rows, int thread, int threads);

}  // namespace keratin::runtime
