// SPDX-License-Identifier: Apache-2.0
// The threads that plans run on.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

namespace keratin {

/// Lets a number of threads wait for each other. Waiting spins at first, since the others are
/// usually there within a microsecond, then gives the processor to others.
class Barrier {
 public:
  explicit Barrier(int threads) : threads_(threads) {}
  void wait();

 private:
  const int threads_;
  std::atomic<int> arrived_{0};
  std::atomic<uint32_t> round_{0};
};

/// Is the one persistent pool of the process. Its threads start with the first job that wants them,
/// sleep when there is nothing to do, and are started anew in a forked child. They may use the
/// processors from which `size` counts, also where the caller of a job is bound to some of them.
class ThreadPool {
 public:
  /// Is called once on each thread, with its number; the caller is number 0.
  using Job = void (*)(void* context, int thread);

  /// Returns how many threads jobs may have: KERATIN_THREADS, or the processors of this process.
  static int size();

  /// Runs a job on `threads` threads and returns when all have ended. Returns false, and runs
  /// nothing, while another thread's job has the pool.
  static bool run(int threads, Job job, void* context);
};

}  // namespace keratin
