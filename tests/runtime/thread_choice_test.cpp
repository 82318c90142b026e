// SPDX-License-Identifier: Apache-2.0
#include "keratin/runtime/thread_choice.h"

#include <gtest/gtest.h>

#include <functional>

namespace keratin::runtime {
namespace {

struct Total {
  double seconds = 0.0;
  int shared = 0;
};

// Runs a plan that takes as long as `cost` says of run i, shared or not.
Total run(ThreadChoice& choice, int runs, const std::function<double(int, bool)>& cost) {
  Total total;
  for (int i = 0; i < runs; ++i) {
    const bool shared = choice.shares();
    const double seconds = cost(i, shared);
    choice.took(shared, seconds);
    total.seconds += seconds;
    total.shared += shared;
  }
  return total;
}

double quiet(int /*run*/, bool shared) { return shared ? 1.0 : 1.9; }
double crowded(int run, bool shared) { return !shared ? 1.9 : run % 3 == 0 ? 1.0 : 200.0; }

TEST(ThreadChoice, SharesOnAMachineOfItsOwn) {
  ThreadChoice choice;
  EXPECT_LT(run(choice, 10000, quiet).seconds, 10000 * 1.003);
}

TEST(ThreadChoice, OneSlowRunChangesNothingForLong) {
  ThreadChoice choice;
  const auto cost = [](int run, bool shared) {
    return run == 500 && shared ? 500.0 : quiet(run, shared);
  };
  EXPECT_GT(run(choice, 5000, cost).shared, 4900);
}

// As every process of a machine is now and then.
TEST(ThreadChoice, SharesThoughRunsAreInterrupted) {
  ThreadChoice choice;
  const auto cost = [](int run, bool shared) { return run % 50 == 7 ? 20.0 : shared ? 1.0 : 1.45; };
  EXPECT_GT(run(choice, 10000, cost).shared, 9800);
}

TEST(ThreadChoice, IsAloneWhereThreadsWaitForEachOther) {
  ThreadChoice choice;
  const Total total = run(choice, 10000, crowded);
  EXPECT_LT(total.shared, 200);
  EXPECT_LT(total.seconds, 2.5 * 10000 * 1.9);
}

TEST(ThreadChoice, SharesAgainWhenTheOthersHaveGone) {
  ThreadChoice choice;
  run(choice, 2000, crowded);
  EXPECT_FALSE(choice.shares());
  EXPECT_GT(run(choice, 10000, quiet).shared, 5000);
}

// The first shared runs wake the threads and fetch what one thread had in its cache.
TEST(ThreadChoice, SharesAgainWhereTheFirstRunsAreSlow) {
  ThreadChoice choice;
  const auto slow = [](int /*run*/, bool shared) { return shared ? 2.0 : 1.5; };
  run(choice, 1000, slow);
  EXPECT_FALSE(choice.shares());
  int since = 0;
  const auto cost = [&](int /*run*/, bool shared) {
    since = shared ? since + 1 : 0;
    return !shared ? 1.5 : since <= 3 ? 4.0 : 1.0;
  };
  EXPECT_GT(run(choice, 2000, cost).shared, 1300);
}

TEST(ThreadChoice, SharesAgainWhereThatGainsLittle) {
  ThreadChoice choice;
  run(choice, 200, crowded);
  EXPECT_FALSE(choice.shares());
  const auto cost = [](int /*run*/, bool shared) { return shared ? 1.0 : 1.1; };
  EXPECT_GT(run(choice, 10000, cost).shared, 5000);
}

TEST(ThreadChoice, LearnsThatOneThreadIsFasterForThisPlan) {
  ThreadChoice choice;
  const auto cost = [](int /*run*/, bool shared) { return shared ? 1.5 : 1.0; };
  EXPECT_LT(run(choice, 1000, cost).shared, 100);
}

// One thread is faster, but for a run of a thousand that is interrupted.
TEST(ThreadChoice, SharesOnlyAfterATry) {
  ThreadChoice choice;
  const auto cost = [](int run, bool shared) {
    return (shared ? 1.3 : 1.0) * (run % 1000 == 999 ? 20.0 : 1.0);
  };
  EXPECT_LT(run(choice, 20000, cost).shared, 600);
}

TEST(ThreadChoice, RunsThatTakeNoTime) {
  ThreadChoice choice;
  for (int i = 0; i < 5000; ++i) choice.took(choice.shares(), i % 3 == 0 ? 1e-9 : 0.0);
  EXPECT_GT(run(choice, 10000, quiet).shared, 5000);
}

TEST(ThreadChoice, RunsOfTheOtherKindDoNotCount) {
  ThreadChoice choice;
  for (int i = 0; i < 100; ++i) choice.took(false, 0.001);
  EXPECT_TRUE(choice.shares());
}

}  // namespace
}  // namespace keratin::runtime
