// SPDX-License-Identifier: Apache-2.0
#include "keratin/core/array.h"

#include <gtest/gtest.h>

#include "keratin/base/error.h"
#include "tests/support/message.h"

namespace keratin {
namespace {

using testing_support::message_of;

Array counting(const Shape& shape) {
  Array array(DType::float32, shape);
  for (int64_t i = 0; i < array.size(); ++i) array.data<float>()[i] = static_cast<float>(i);
  return array;
}

TEST(Array, RowsAreAView) {
  const Array all = counting({4, 3});
  const Array part = all.rows(1, 3);
  EXPECT_EQ(part.shape(), (Shape{2, 3}));
  EXPECT_EQ(part.size(), 6);
  EXPECT_EQ(part.data<const float>()[0], 3.0f);
  part.data<float>()[0] = 9.0f;
  EXPECT_EQ(all.data<const float>()[3], 9.0f);
  EXPECT_EQ(all.rows(2, 4).rows(1, 2).data<const float>()[0], 9.0f + 0.0f);
  EXPECT_EQ(all.rows(4, 4).size(), 0);
  EXPECT_EQ(all.rows(0, 4).size(), 12);
}

TEST(Array, RefusesRowsThatThereAreNot) {
  const Array all = counting({4, 3});
  const auto refused = [](const Array& array, int64_t first, int64_t last) {
    return message_of<ShapeError>([&] { array.rows(first, last); });
  };
  EXPECT_EQ(refused(all, -1, 2),
            "rows: expected a range of rows of [4, 3], got [-1, 2). Check the range.");
  EXPECT_EQ(refused(all, 3, 2),
            "rows: expected a range of rows of [4, 3], got [3, 2). Check the range.");
  EXPECT_EQ(refused(all, 0, 5),
            "rows: expected a range of rows of [4, 3], got [0, 5). Check the range.");
  EXPECT_EQ(refused(Array::scalar<float>(1.0f), 0, 1),
            "rows: expected a range of rows of [], got [0, 1). Check the range.");
}

TEST(Array, AssignsAcrossDtypesAndStrides) {
  const Array target = Array::zeros(DType::int32, {2, 3});
  target.assign(counting({2, 3}));
  EXPECT_EQ(target.data<const int32_t>()[5], 5);
  const Array data = counting({3, 2});
  const Array turned(data.buffer(), DType::float32, {2, 3}, {1, 2}, 0);
  target.assign(turned);
  const int32_t* values = target.data<const int32_t>();
  EXPECT_EQ(std::vector<int32_t>(values, values + 6), (std::vector<int32_t>{0, 2, 4, 1, 3, 5}));
  EXPECT_EQ(message_of<ShapeError>([&] { target.assign(data); }),
            "assign: expected a value of shape [2, 3], got [3, 2]. Reshape the value.");
}

}  // namespace
}  // namespace keratin
