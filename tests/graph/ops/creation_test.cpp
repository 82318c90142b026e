// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/ops/creation.h"

#include <gtest/gtest.h>

#include "keratin/base/error.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/graph/trace.h"
#include "tests/support/message.h"

namespace keratin {
namespace {

using testing_support::message_of;

TEST(Creation, OnlyUnknownShapesBecomeNodes) {
  Trace trace;
  const Tensor known = trace.input({{2, 3}, DType::float32}, "known");
  const Tensor unknown = trace.input({{None, 3}, DType::float16}, "unknown");
  EXPECT_TRUE(ops::zeros_like(known).is_concrete());
  EXPECT_TRUE(ops::axis_size(unknown, {1}, DType::float32).is_concrete());
  EXPECT_TRUE(trace.graph()->nodes().empty());
  EXPECT_EQ(ops::ones_like(unknown).spec(), unknown.spec());
  EXPECT_EQ(ops::axis_size(unknown, {0, 1}, DType::int32).shape(), Shape{});
  ASSERT_EQ(trace.graph()->nodes().size(), 2u);
  EXPECT_EQ(trace.graph()->nodes()[0].op, &ops::full_like_op);
  EXPECT_EQ(trace.graph()->nodes()[1].op, &ops::axis_size_op);
}

TEST(Creation, ValuesKeepTheirPrecision) {
  EXPECT_EQ(ops::full({}, 0.1, DType::float64).item<double>(), 0.1);
  EXPECT_EQ(ops::full_like(Tensor::zeros({1}, DType::float64), 0.1).to_vector<double>()[0], 0.1);
}

TEST(Creation, RangesHaveTheDtypesOfKeras) {
  EXPECT_EQ(ops::arange(3).dtype(), DType::int32);
  EXPECT_EQ(ops::arange(0, 1.5, 0.5).dtype(), DType::float32);
  EXPECT_EQ(ops::arange(0, Tensor::from<uint8_t>({3}, {}), 1).dtype(), DType::uint8);
  EXPECT_EQ(ops::arange(5, 0, -2).to_vector<int>(), (std::vector<int>{5, 3, 1}));
  EXPECT_EQ(ops::arange(3, 0).shape(), Shape{0});
}

TEST(Creation, ErrorsAreSentences) {
  EXPECT_EQ(message_of<ValueError>([] { ops::arange(0, 3, 0); }),
            "arange: expected a step that is not 0, got 0. Give a positive or negative step.");
  EXPECT_EQ(message_of<ValueError>([] { ops::eye(-1); }),
            "eye: expected sizes of 0 or more, got -1 and -1. Check the arguments.");
  EXPECT_EQ(message_of<ValueError>([] { ops::linspace(0, 1, -1); }),
            "linspace: expected `num` of 0 or more, got -1. Check the argument.");
  EXPECT_EQ(message_of<ShapeError>([] { ops::full_like(Tensor::zeros({2}), Tensor::zeros({3})); }),
            "broadcast_to: expected a shape to which [3] broadcasts, got [2]. Axes must be equal "
            "or 1.");
}

}  // namespace
}  // namespace keratin
