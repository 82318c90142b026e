// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "keratin/base/text.h"
#include "keratin/plot/ticks_internal.h"

namespace keratin::plot {
namespace {

std::string texts(const std::vector<Tick>& ticks) {
  std::vector<std::string> all;
  for (const Tick& tick : ticks) all.push_back(tick.text);
  return text::join(all, " ");
}

TEST(Ticks, StandAtNiceNumbersWithEqualDecimals) {
  EXPECT_EQ(texts(linear_ticks(0.0, 1.0, 5)), "0 0.2 0.4 0.6 0.8 1.0");
  EXPECT_EQ(texts(linear_ticks(0.13, 0.87, 5)), "0.2 0.4 0.6 0.8");
  EXPECT_EQ(texts(linear_ticks(-3.0, 12.0, 6)), "-2.5 0 2.5 5.0 7.5 10.0");
  EXPECT_EQ(texts(linear_ticks(0.0, 1000.0, 4)), "0 250 500 750 1000");
  EXPECT_EQ(texts(linear_ticks(0.9512, 0.9687, 4)), "0.955 0.960 0.965");
}

TEST(Ticks, OfEpochsStandAtWholeNumbers) {
  EXPECT_EQ(texts(linear_ticks(1.0, 5.0, 10, true)), "1 2 3 4 5");
  EXPECT_EQ(texts(linear_ticks(1.0, 22.0, 9, true)), "5 10 15 20");
  EXPECT_EQ(texts(linear_ticks(0.98, 1.02, 8, true)), "1");
}

TEST(Ticks, AreShortForSmallAndLargeNumbers) {
  EXPECT_EQ(texts(linear_ticks(0.0, 4e-7, 4)), "0 1e-07 2e-07 3e-07 4e-07");
  EXPECT_EQ(texts(linear_ticks(0.0, 4e9, 4)), "0 1e+09 2e+09 3e+09 4e+09");
}

TEST(Ticks, AreFewForValuesThatAStepDoesNotChange) {
  EXPECT_LE(linear_ticks(1e300, 1.0000000001e300, 5).size(), 101u);
}

TEST(Ticks, OfLogarithmsStandAtPowersOfTen) {
  EXPECT_EQ(texts(log_ticks(0.9, 60.0)), "1 2 5 10 20 50");
  EXPECT_EQ(texts(log_ticks(1e-4, 1e3)), "1e-04 0.001 0.01 0.1 1 10 100 1000");
  EXPECT_EQ(texts(log_ticks(0.02, 0.3)), "0.02 0.05 0.1 0.2");
}

}  // namespace
}  // namespace keratin::plot
