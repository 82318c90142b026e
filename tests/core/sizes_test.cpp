// SPDX-License-Identifier: Apache-2.0
#include "keratin/core/sizes.h"

#include <gtest/gtest.h>

#include <numeric>

namespace keratin {
namespace {

std::vector<int64_t> first_numbers(size_t count) {
  std::vector<int64_t> values(count);
  std::iota(values.begin(), values.end(), 10);
  return values;
}

// Up to five lie in place, more in memory of their own: both must look the same.
TEST(Sizes, AnyNumberBehavesAsAVector) {
  for (size_t count = 0; count <= 12; ++count) {
    SCOPED_TRACE(count);
    const std::vector<int64_t> values = first_numbers(count);
    Sizes sizes = values;
    EXPECT_EQ(sizes.size(), count);
    EXPECT_EQ(sizes.empty(), count == 0);
    EXPECT_EQ(std::vector<int64_t>(sizes), values);
    EXPECT_EQ(Sizes(values.begin(), values.end()), sizes);
    Sizes pushed;
    for (int64_t value : values) pushed.push_back(value);
    EXPECT_EQ(pushed, sizes);
    pushed.push_back(-1);
    EXPECT_EQ(pushed.size(), count + 1);
    EXPECT_EQ(pushed.back(), -1);
    EXPECT_FALSE(pushed == sizes);
    EXPECT_EQ(std::vector<int64_t>(Sizes(count)), std::vector<int64_t>(count, 0));
    if (count == 0) continue;
    Sizes other = sizes;
    other[count - 1] = -1;
    EXPECT_FALSE(other == sizes);
    EXPECT_EQ(sizes[count - 1], values.back());
    EXPECT_EQ(other.data()[count - 1], -1);
  }
}

TEST(Sizes, CopiesAndMovesKeepTheValues) {
  for (size_t count : {0, 3, 5, 6, 9}) {
    SCOPED_TRACE(count);
    const Sizes sizes = first_numbers(count);
    for (size_t before : {0, 2, 8}) {
      Sizes target = first_numbers(before);
      target = sizes;
      EXPECT_EQ(target, sizes);
      Sizes moved = std::move(target);
      EXPECT_EQ(moved, sizes);
      target = Sizes{7};  // what was moved from can be used again
      target.push_back(8);
      EXPECT_EQ(target, (Sizes{7, 8}));
    }
  }
}

}  // namespace
}  // namespace keratin
