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
    first,    ///< the first thread alone
    rows,     ///< each thread its own rows
    columns,  ///< each thread its own columns
    all,      ///< each thread all of it
  };
  const char* begin = nullptr;
  size_t bytes = 0;
  bool writes = false;
  By by = By::first;
  int64_t parts = 0;  ///< the rows or columns, of which each thread has some
  size_t element_size = 0;
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

/// Returns where a thread's part of rows (or columns) begins; the same for every step with that
/// many. It is a multiple of `multiple`, since kernels compute several at a time.
int64_t first_part_of(int64_t parts, int thread, int threads, int64_t multiple);

}  // namespace keratin::runtime
