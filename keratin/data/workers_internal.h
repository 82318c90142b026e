// SPDX-License-Identifier: Apache-2.0
// Threads that prepare data ahead of who takes it.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

#include "keratin/data/data.h"

namespace keratin {

/// Does jobs on threads of its own and gives their results in the order of the jobs. An exception
/// of a job travels to who takes its result. The destructor waits for jobs that are being done.
class OrderedWorkers {
 public:
  using Job = std::function<Data()>;
  /// Takes a function that gives one job after the other, and an empty one at the end; one thread
  /// at a time calls it. At most `ahead` results are made before they are taken.
  OrderedWorkers(std::function<Job()> next_job, int64_t threads, int64_t ahead);
  OrderedWorkers(const OrderedWorkers&) = delete;
  OrderedWorkers& operator=(const OrderedWorkers&) = delete;
  ~OrderedWorkers() { stop(); }

  /// Returns the next result, nothing after the last; waits for it.
  std::optional<Data> take();
  /// Waits until no job is being done, and begins none until `resume`.
  void pause();
  void resume();

 private:
  struct Slot {
    bool ready = false;
    Data value;
    std::exception_ptr error;
  };

  void work();
  /// Draws a job and does it; false when there is none. Called and left with the lock held.
  bool do_one(std::unique_lock<std::mutex>& lock);
  void stop();

  std::function<Job()> next_job_;
  size_t ahead_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Slot>> slots_;  // in the order of the jobs
  int64_t busy_ = 0;
  bool drawing_ = false;
  bool ended_ = false;
  bool paused_ = false;
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

/// Throws ValueError unless `count` is a number of threads that a process can have.
void check_thread_count(int64_t count, std::string_view where, std::string_view name);

}  // namespace keratin
