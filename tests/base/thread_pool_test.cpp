// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/thread_pool.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

namespace keratin {
namespace {

struct Counts {
  explicit Counts(int threads) : barrier(threads), calls(static_cast<size_t>(threads)) {}
  Barrier barrier;
  std::vector<std::atomic<int>> calls;
  std::atomic<bool> was_early{false};
};

// Each thread counts, waits for the others, and looks whether all have counted.
void count(void* context, int thread) {
  auto& counts = *static_cast<Counts*>(context);
  const int own = ++counts.calls[static_cast<size_t>(thread)];
  counts.barrier.wait();
  for (const std::atomic<int>& other : counts.calls) {
    if (other.load() < own) counts.was_early = true;
  }
  counts.barrier.wait();
}

void expect_runs(int threads, int times) {
  Counts counts(threads);
  for (int i = 0; i < times; ++i) ASSERT_TRUE(ThreadPool::run(threads, count, &counts));
  for (const std::atomic<int>& calls : counts.calls) EXPECT_EQ(calls.load(), times);
  EXPECT_FALSE(counts.was_early.load());
}

TEST(ThreadPool, EveryThreadRunsOnceAndBarriersHold) {
  expect_runs(2, 2000);
  expect_runs(4, 200);
  expect_runs(1, 10);
  expect_runs(3, 200);
}

TEST(ThreadPool, ThreadsThatSleepWakeUp) {
  for (int i = 0; i < 5; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    expect_runs(2, 3);
  }
}

std::array<int, 2> processors_of_a_job() {
  std::array<int, 2> result{};
  const auto note = [](void* context, int thread) {
    static_cast<int*>(context)[thread] = sched_getcpu();
  };
  EXPECT_TRUE(ThreadPool::run(2, note, result.data()));
  return result;
}

// Two threads that wait for each other in turns on one processor would be left there.
TEST(ThreadPool, AThreadLeavesTheProcessorOfItsCaller) {
  cpu_set_t allowed;
  ASSERT_EQ(sched_getaffinity(0, sizeof allowed, &allowed), 0);
  if (CPU_COUNT(&allowed) < 2) GTEST_SKIP() << "a single processor";
  int apart = 0;
  for (int i = 0; i < 100; ++i) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<size_t>(processors_of_a_job()[1]), &one);
    ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);  // comes to where the other thread was
    const auto [caller, other] = processors_of_a_job();
    apart += caller != other;
    ASSERT_EQ(sched_setaffinity(0, sizeof allowed, &allowed), 0);
  }
  EXPECT_GE(apart, 90);  // a busy machine may move it back at once
}

TEST(ThreadPool, ASecondJobIsRefusedWhileOneRuns) {
  struct Outcome {
    bool second = true;
  } outcome;
  const auto job = [](void* context, int thread) {
    if (thread != 0) return;
    std::thread([context] {
      const auto nothing = [](void*, int) {};
      static_cast<Outcome*>(context)->second = ThreadPool::run(2, nothing, nullptr);
    }).join();
  };
  ASSERT_TRUE(ThreadPool::run(2, job, &outcome));
  EXPECT_FALSE(outcome.second);
}

TEST(ThreadPool, AForkedChildHasAPoolOfItsOwn) {
  expect_runs(2, 3);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    Counts counts(2);
    const bool ran = ThreadPool::run(2, count, &counts);
    _exit(ran && counts.calls[1].load() == 1 ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  expect_runs(2, 3);
}

// In a child, whose pool has no threads yet.
TEST(ThreadPool, ItsThreadsAreNotBoundToTheProcessorOfTheirFirstCaller) {
  cpu_set_t allowed;
  ASSERT_EQ(sched_getaffinity(0, sizeof allowed, &allowed), 0);
  if (CPU_COUNT(&allowed) < 2) GTEST_SKIP() << "a single processor";
  ThreadPool::size();
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<size_t>(sched_getcpu()), &one);
    bool same = sched_setaffinity(0, sizeof one, &one) == 0;
    std::array<cpu_set_t, 2> seen{};
    const auto note = [](void* context, int thread) {
      sched_getaffinity(0, sizeof(cpu_set_t), static_cast<cpu_set_t*>(context) + thread);
    };
    same = ThreadPool::run(2, note, seen.data()) && same;
    _exit(same && CPU_EQUAL(&seen[0], &one) && CPU_EQUAL(&seen[1], &allowed) ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(ThreadPool, AJobMayHaveMoreThreadsThanPlans) { expect_runs(70, 3); }

}  // namespace
}  // namespace keratin
