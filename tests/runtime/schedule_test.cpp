// SPDX-License-Identifier: Apache-2.0
#include "keratin/runtime/schedule.h"

#include <gtest/gtest.h>

namespace keratin::runtime {
namespace {

const char memory[256] = {};

Access access(size_t first, size_t bytes, bool writes, Access::By by, int64_t parts = 8) {
  return {.begin = memory + first, .bytes = bytes, .writes = writes, .by = by, .parts = parts};
}

TEST(Barriers, OwnRowsNeedNoWait) {
  Barriers barriers;
  EXPECT_FALSE(barriers.add({access(0, 64, true, Access::By::rows)}));
  EXPECT_FALSE(barriers.add(
      {access(0, 64, false, Access::By::rows), access(64, 64, true, Access::By::rows)}));
  EXPECT_FALSE(barriers.add({access(64, 64, true, Access::By::rows)}));
}

TEST(Barriers, RowsOfOthersMustBeThere) {
  Barriers barriers;
  barriers.add({access(0, 64, true, Access::By::rows)});
  EXPECT_TRUE(barriers.add({access(0, 64, false, Access::By::all)}));
  // Who waited has waited for all that came before.
  EXPECT_FALSE(barriers.add({access(0, 64, false, Access::By::first)}));
  EXPECT_TRUE(barriers.add({access(0, 64, true, Access::By::rows)}));
}

TEST(Barriers, AnotherCutOfTheSameBytesIsNotTheSameRows) {
  Barriers barriers;
  barriers.add({access(0, 64, true, Access::By::rows, 8)});
  EXPECT_TRUE(barriers.add({access(0, 64, false, Access::By::rows, 4)}));
}

TEST(Barriers, MemoryThatIsUsedAnewIsAWrite) {
  Barriers barriers;
  barriers.add({access(0, 64, false, Access::By::rows)});
  EXPECT_TRUE(barriers.add({access(32, 64, true, Access::By::rows)}));
}

TEST(Barriers, OneThreadDoesNotWaitForItself) {
  Barriers barriers;
  barriers.add({access(0, 64, true, Access::By::first)});
  EXPECT_FALSE(barriers.add({access(0, 64, false, Access::By::first)}));
  EXPECT_FALSE(barriers.add({access(64, 64, true, Access::By::rows)}));
  EXPECT_TRUE(barriers.add({access(64, 8, false, Access::By::first)}));
}

TEST(Barriers, OwnColumnsAreNotOwnRows) {
  Barriers barriers;
  EXPECT_FALSE(barriers.add({access(0, 64, true, Access::By::columns)}));
  EXPECT_FALSE(barriers.add({access(0, 64, false, Access::By::columns)}));
  EXPECT_TRUE(barriers.add({access(0, 64, false, Access::By::rows)}));
}

// The columns of wide elements are not those of narrow ones in twice as many rows.
TEST(Barriers, ColumnsOfAnotherWidthAreNotOwn) {
  Barriers barriers;
  Access wide = access(0, 64, false, Access::By::columns);
  Access narrow = access(0, 64, true, Access::By::columns);
  wide.element_size = 4;
  narrow.element_size = 2;
  EXPECT_FALSE(barriers.add({wide}));
  EXPECT_TRUE(barriers.add({narrow}));
}

TEST(Barriers, PartsCoverAllOnce) {
  for (int64_t parts : {1, 7, 8, 100, 785}) {
    for (int threads : {1, 2, 3, 8}) {
      for (int64_t multiple : {1, 4, 32}) {
        EXPECT_EQ(first_part_of(parts, 0, threads, multiple), 0);
        EXPECT_EQ(first_part_of(parts, threads, threads, multiple), parts);
        for (int t = 0; t < threads; ++t) {
          const int64_t first = first_part_of(parts, t, threads, multiple);
          EXPECT_LE(first, first_part_of(parts, t + 1, threads, multiple));
          EXPECT_TRUE(first == parts || first % multiple == 0);
        }
      }
    }
  }
}

}  // namespace
}  // namespace keratin::runtime
