// SPDX-License-Identifier: Apache-2.0
// Who may use a model at a time: one that changes it, or any number that only read it.
#pragma once

#include <atomic>
#include <mutex>
#include <shared_mutex>
#include <thread>

namespace keratin {

/// Is a lock for one writer or many readers. The writer's thread may take it again, in both ways;
/// a reader may not. Who comes first is served first: readers that keep coming do not keep a writer
/// out. Goes with std::lock_guard and std::shared_lock.
class RunLock {
 public:
  void lock() {
    if (is_own()) {
      ++depth_;
      return;
    }
    const std::lock_guard<std::mutex> turn(turn_);
    mutex_.lock();
    owner_ = std::this_thread::get_id();
    depth_ = 1;
  }
  void unlock() {
    if (--depth_ > 0) return;
    owner_ = std::thread::id();
    mutex_.unlock();
  }
  void lock_shared() {
    if (is_own()) {
      ++depth_;
      return;
    }
    const std::lock_guard<std::mutex> turn(turn_);
    mutex_.lock_shared();
  }
  void unlock_shared() {
    if (is_own()) return unlock();
    mutex_.unlock_shared();
  }

 private:
  bool is_own() const { return owner_.load() == std::this_thread::get_id(); }

  std::mutex turn_;
  std::shared_mutex mutex_;
  std::atomic<std::thread::id> owner_;
  int depth_ = 0;  // of the writer
};

}  // namespace keratin
