// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/thread_pool.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#if defined(__x86_64__)
#include <emmintrin.h>
#endif

namespace keratin {

namespace {

constexpr int largest_size = 64;

void relax() {
#if defined(__x86_64__)
  _mm_pause();
#endif
}

// Waits until `value` is no longer `old`: spins for some time, then sleeps in the kernel.
void wait_for_change(std::atomic<uint32_t>& value, uint32_t old, std::chrono::microseconds spin) {
  constexpr int checks = 64;  // between two looks at the clock
  const auto start = std::chrono::steady_clock::now();
  do {
    for (int i = 0; i < checks; ++i) {
      if (value.load(std::memory_order_acquire) != old) return;
      relax();
    }
  } while (std::chrono::steady_clock::now() - start < spin);
  while (value.load(std::memory_order_acquire) == old) value.wait(old, std::memory_order_acquire);
}

// A partner that has lost its processor would be waited for in vain for longer than this.
constexpr std::chrono::microseconds barrier_spin{50};
// Between two steps of a training the next batch is gathered.
constexpr std::chrono::microseconds idle_spin{150};

// The processors that were allowed when they were first asked for: all threads of the pool may use
// them, whatever the thread that starts a job is bound to by then.
struct Processors {
  Processors() : is_known(sched_getaffinity(0, sizeof allowed, &allowed) == 0) {
    count = is_known ? CPU_COUNT(&allowed) : static_cast<int>(std::thread::hardware_concurrency());
  }

  cpu_set_t allowed;
  bool is_known;
  int count;
};

const Processors& processors() {
  static const Processors instance;
  return instance;
}

// Tells each thread of a pool where the others were last, and moves those that share a processor:
// the kernel wakes a thread beside the one that wakes it and may leave it there for long, since the
// two wait in turns. On a machine with nothing else to do, a barrier between them would take as
// long as a thread spins.
class Seats {
 public:
  Seats() {
    for (std::atomic<int>& seat : seats_) seat.store(-1, std::memory_order_relaxed);
  }

  // Notes where the calling thread is, one of `count`; moves it where one of a lower number is too.
  void take(int number, int count) {
    if (count > largest_size) return;
    const int here = sched_getcpu();
    seats_[number].store(here, std::memory_order_relaxed);
    if (here < 0 || count > processors().count) return;
    for (int other = 0; other < number; ++other) {
      if (seat(other) == here) return move(number, count);
    }
  }

 private:
  int seat(int number) const { return seats_[number].load(std::memory_order_relaxed); }

  void move(int number, int count) {
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
    cpu_set_t free = allowed;
    for (int other = 0; other < count; ++other) {
      if (seat(other) >= 0) CPU_CLR(static_cast<size_t>(seat(other)), &free);
    }
    if (CPU_COUNT(&free) == 0 || sched_setaffinity(0, sizeof free, &free) != 0) return;
    sched_setaffinity(0, sizeof allowed, &allowed);  // from here the kernel may choose again
    seats_[number].store(sched_getcpu(), std::memory_order_relaxed);
  }

  std::atomic<int> seats_[largest_size];
};

// The threads of the process: each waits for the number of the job to change.
struct Pool {
  std::mutex busy;
  std::vector<std::thread> threads;  // numbers 1 and up
  std::atomic<uint32_t> round{0};
  std::atomic<uint32_t> left{0};  // threads that still work
  std::atomic<bool> stops{false};
  ThreadPool::Job job = nullptr;
  void* context = nullptr;
  int wanted = 0;
  Seats seats;

  void work(int number, uint32_t seen) {
    // Where this fails, it has what it has from the thread that started it.
    const cpu_set_t& allowed = processors().allowed;
    if (processors().is_known) sched_setaffinity(0, sizeof allowed, &allowed);
    for (;;) {
      wait_for_change(round, seen, idle_spin);
      ++seen;
      if (stops.load(std::memory_order_acquire)) return;
      if (number < wanted) {
        seats.take(number, wanted);
        job(context, number);
      }
      if (left.fetch_sub(1, std::memory_order_acq_rel) == 1) left.notify_one();
    }
  }

  void start(int count) {
    while (static_cast<int>(threads.size()) < count - 1) {
      const int number = static_cast<int>(threads.size()) + 1;
      const uint32_t seen = round.load(std::memory_order_relaxed);
      threads.emplace_back([this, number, seen] { work(number, seen); });
    }
  }

  void run(int count, ThreadPool::Job what, void* with) {
    start(count);
    job = what;
    context = with;
    wanted = count;
    seats.take(0, count);
    left.store(static_cast<uint32_t>(threads.size()), std::memory_order_relaxed);
    round.fetch_add(1, std::memory_order_acq_rel);
    round.notify_all();
    job(context, 0);
    for (uint32_t now = left.load(std::memory_order_acquire); now != 0;
         now = left.load(std::memory_order_acquire)) {
      wait_for_change(left, now, barrier_spin);
    }
  }

  ~Pool() {
    stops.store(true, std::memory_order_release);
    round.fetch_add(1, std::memory_order_acq_rel);
    round.notify_all();
    for (std::thread& thread : threads) thread.join();
  }
};

// A forked child has none of its parent's threads. The parent's pool stays where it is, since its
// threads can be neither joined nor destroyed.
Pool* pool_now = nullptr;
Pool* pool_of_parent = nullptr;
std::mutex pool_mutex;

void before_fork() { pool_mutex.lock(); }
void in_parent() { pool_mutex.unlock(); }
void in_child() {
  pool_of_parent = pool_now;
  pool_now = nullptr;
  pool_mutex.unlock();
}

Pool& pool() {
  [[maybe_unused]] static const int watches = pthread_atfork(before_fork, in_parent, in_child);
  static struct Owner {
    ~Owner() { delete pool_now; }
  } owner;
  const std::lock_guard lock(pool_mutex);
  if (pool_now == nullptr) pool_now = new Pool;
  return *pool_now;
}

}  // namespace

void Barrier::wait() {
  const uint32_t round = round_.load(std::memory_order_acquire);
  if (arrived_.fetch_add(1, std::memory_order_acq_rel) == threads_ - 1) {
    arrived_.store(0, std::memory_order_relaxed);
    round_.fetch_add(1, std::memory_order_acq_rel);
    round_.notify_all();
    return;
  }
  wait_for_change(round_, round, barrier_spin);
}

int ThreadPool::size() {
  static const int count = [] {
    const char* value = std::getenv("KERATIN_THREADS");
    const int allowed = processors().count;
    const int wanted = value == nullptr ? allowed : std::atoi(value);
    return std::min(std::max(wanted, 1), largest_size);
  }();
  return count;
}

bool ThreadPool::run(int threads, Job job, void* context) {
  Pool& shared = pool();
  const std::unique_lock lock(shared.busy, std::try_to_lock);
  if (!lock.owns_lock()) return false;
  shared.run(threads, job, context);
  return true;
}

}  // namespace keratin
