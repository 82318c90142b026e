// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace keratin::runtime {

/// Sets this thread's floating-point control and OpenMP thread count for the engine while it
/// lives, and gives the host's back: the status flags too. Inside, numbers are rounded to nearest
/// without traps, and denormals are flushed, as XLA does on the CPU, unless
/// `KERATIN_DENORMALS=keep` is set; oneDNN runs on the caller's thread alone.
class HostGuard {
 public:
  HostGuard();
  ~HostGuard();
  HostGuard(const HostGuard&) = delete;
  HostGuard& operator=(const HostGuard&) = delete;

 private:
  uint32_t control_ = 0;
  int threads_ = 0;
};

}  // namespace keratin::runtime
