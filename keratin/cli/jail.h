// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace keratin::cli {

/// Is how a child process ended, and what it had to say.
struct JailResult {
  bool succeeded = false;
  std::string text;
};

/// Are what a child may use.
struct JailLimits {
  uint64_t memory_bytes = uint64_t{8} << 30;
  uint64_t seconds = 60;
};

/// Runs `work` in a child process that may read the file or folder at `path` and do nothing else:
/// it can write no file, start no program, reach no network. Returns its text or, where it throws
/// or dies, what happened. Needs Linux; parts that the kernel lacks are left out (Landlock before
/// Linux 5.13), system calls are always filtered.
JailResult run_in_jail(const std::string& path, const JailLimits& limits,
                       const std::function<std::string()>& work);

}  // namespace keratin::cli
