// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/check.h"
#include "keratin/data/py_dataset.h"
#include "keratin/data/workers_internal.h"

namespace keratin {

namespace {

constexpr int64_t most_threads = 1024;

}  // namespace

OrderedWorkers::OrderedWorkers(std::function<Job()> next_job, int64_t threads, int64_t ahead)
    : next_job_(std::move(next_job)), ahead_(static_cast<size_t>(ahead)) {
  try {
    for (int64_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
  } catch (...) {
    stop();
    throw;
  }
}

void OrderedWorkers::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void OrderedWorkers::work() {
  std::unique_lock lock(mutex_);
  do {
    changed_.wait(lock, [&] {
      return stopped_ || ended_ || (!paused_ && !drawing_ && slots_.size() < ahead_);
    });
  } while (!stopped_ && !ended_ && do_one(lock));
}

bool OrderedWorkers::do_one(std::unique_lock<std::mutex>& lock) {
  const auto slot = slots_.emplace_back(std::make_shared<Slot>());
  drawing_ = true;
  ++busy_;
  lock.unlock();
  Job job;
  std::exception_ptr error;
  try {
    job = next_job_();
  } catch (...) {
    error = std::current_exception();
  }
  lock.lock();
  drawing_ = false;
  ended_ = ended_ || job == nullptr;
  if (job == nullptr && !error)
    slots_.pop_back();  // the last one, since one thread draws at a time
  changed_.notify_all();
  if (job != nullptr) {
    lock.unlock();
    try {
      slot->value = job();
    } catch (...) {
      error = std::current_exception();
    }
    job = nullptr;  // what it holds is let go before anybody may think that it is done
    lock.lock();
  }
  slot->error = std::move(error);
  slot->ready = true;
  --busy_;
  changed_.notify_all();
  return !ended_;
}

std::optional<Data> OrderedWorkers::take() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] {
    if (slots_.empty()) return ended_;
    return slots_.front()->ready;
  });
  if (slots_.empty()) return std::nullopt;
  const std::shared_ptr<Slot> slot = std::move(slots_.front());
  slots_.pop_front();
  lock.unlock();
  changed_.notify_all();
  if (slot->error) std::rethrow_exception(slot->error);
  return std::move(slot->value);
}

void OrderedWorkers::pause() {
  std::unique_lock lock(mutex_);
  paused_ = true;
  changed_.wait(lock, [&] { return busy_ == 0; });
}

void OrderedWorkers::resume() {
  {
    const std::lock_guard lock(mutex_);
    paused_ = false;
  }
  changed_.notify_all();
}

void check_thread_count(int64_t count, std::string_view where, std::string_view name) {
  require<ValueError>(count >= 1 && count <= most_threads, where,
                      "expected `{}` from 1 to {}, got {}. Use the number of processors.", name,
                      most_threads, count);
}

namespace utils {

PyDataset::PyDataset(const PyDatasetOptions& options) : options_(options) {
  if (options.workers != 0) check_thread_count(options.workers, "PyDataset", "workers");
  require<ValueError>(options.max_queue_size >= 1, "PyDataset",
                      "expected `max_queue_size` to be positive, got {}. Use 10.",
                      options.max_queue_size);
}

}  // namespace utils

}  // namespace keratin
