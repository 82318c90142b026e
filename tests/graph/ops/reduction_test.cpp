// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/ops/reduction.h"

#include <gtest/gtest.h>

#include "keratin/base/error.h"
#include "keratin/graph/call.h"
#include "keratin/graph/ops/ops.h"
#include "tests/support/message.h"

namespace keratin {
namespace {

using testing_support::message_of;

TEST(Reduction, DtypesAreThoseOfJax) {
  const auto dtype_of_sum = [](DType dtype) {
    return ops::sum(keras_tensor({{3}, dtype})).dtype();
  };
  EXPECT_EQ(dtype_of_sum(DType::bool_), DType::int32);
  EXPECT_EQ(dtype_of_sum(DType::int8), DType::int32);
  EXPECT_EQ(dtype_of_sum(DType::uint16), DType::uint32);
  EXPECT_EQ(dtype_of_sum(DType::int64), DType::int64);
  EXPECT_EQ(dtype_of_sum(DType::float16), DType::float16);
  EXPECT_EQ(ops::mean(keras_tensor({{3}, DType::int64})).dtype(), DType::float32);
  EXPECT_EQ(ops::argmax(keras_tensor({{3}, DType::float64})).dtype(), DType::int32);
}

TEST(Reduction, AxesAreWrittenOutFromTheFront) {
  const Tensor x = keras_tensor({{None, 3, 4}, DType::float32});
  EXPECT_EQ(ops::sum(x, {-1, 1}).shape(), (Shape{None}));
  EXPECT_EQ(ops::sum(x).shape(), Shape{});
  EXPECT_EQ(ops::sum(x, ops::Axes(std::vector<int64_t>{})).shape(), x.shape());
  EXPECT_EQ(ops::mean(x, 0, true).shape(), (Shape{1, 3, 4}));
}

TEST(Reduction, ErrorsAreSentences) {
  const Tensor x = Tensor::zeros({2, 0});
  EXPECT_EQ(message_of<ValueError>([&] { ops::sum(x, 2); }),
            "sum: expected `axis` between -2 and 1, got 2. Check the rank of the input.");
  EXPECT_EQ(message_of<ValueError>([&] {
              ops::sum(x, {0, -2});
            }),
            "sum: expected each axis once, got `axis` [0, -2]. Drop the duplicates.");
  EXPECT_EQ(message_of<ValueError>([&] { ops::max(x, 1); }),
            "max: expected at least one element along axis 1, got shape [2, 0]. Give it data or "
            "another axis.");
}

}  // namespace
}  // namespace keratin
