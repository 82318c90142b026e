// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/op.h"

#include <gtest/gtest.h>

#include "keratin/base/error.h"
#include "keratin/graph/call.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/graph/trace.h"
#include "tests/support/message.h"

namespace keratin::testing_support {
namespace {

Tensor of(DType dtype) { return Tensor::ones({2}, dtype); }

// ---- Promotion ----------------------------------------------------------------------------------

TEST(Op, TensorsMeetInOneDtype) {
  struct Row {
    DType a, b, sum, quotient;
  };
  const std::vector<Row> rows{
      {DType::float32, DType::float32, DType::float32, DType::float32},
      {DType::int32, DType::float32, DType::float32, DType::float32},
      {DType::int32, DType::float16, DType::float16, DType::float16},
      {DType::float16, DType::bfloat16, DType::float32, DType::float32},
      {DType::float16, DType::float64, DType::float64, DType::float64},
      {DType::uint8, DType::int8, DType::int16, DType::float32},
      {DType::uint8, DType::int32, DType::int32, DType::float32},
      {DType::bool_, DType::uint8, DType::uint8, DType::float32},
      {DType::bool_, DType::bool_, DType::bool_, DType::float32},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(std::string(name_of(row.a)) + " and " + std::string(name_of(row.b)));
    for (const auto& [a, b] : {std::pair(row.a, row.b), std::pair(row.b, row.a)}) {
      EXPECT_EQ((of(a) + of(b)).dtype(), row.sum);
      EXPECT_EQ((of(a) / of(b)).dtype(), row.quotient);
      EXPECT_EQ((of(a) < of(b)).dtype(), DType::bool_);
      EXPECT_EQ(ops::where(of(DType::bool_), of(a), of(b)).dtype(), row.sum);
    }
  }
}

TEST(Op, PlainNumbersTakeTheTensorsDtype) {
  const auto sum = [](DType dtype, const Tensor& number) { return (of(dtype) + number).dtype(); };
  EXPECT_EQ(sum(DType::float16, 0.5), DType::float16);
  EXPECT_EQ(sum(DType::bfloat16, 2), DType::bfloat16);
  EXPECT_EQ(sum(DType::float64, 1), DType::float64);
  EXPECT_EQ(sum(DType::uint8, 1), DType::uint8);
  EXPECT_EQ(sum(DType::int64, 1), DType::int64);
  EXPECT_EQ(sum(DType::int32, 0.5), DType::float32);
  EXPECT_EQ(sum(DType::uint8, 0.5), DType::float32);
  EXPECT_EQ(sum(DType::bool_, 1), DType::int32);
  EXPECT_EQ(sum(DType::bool_, 0.5), DType::float32);
  EXPECT_EQ(sum(DType::int32, true), DType::int32);
  EXPECT_EQ((of(DType::uint8) / 2).dtype(), DType::float32);
  EXPECT_EQ((of(DType::float16) / 2).dtype(), DType::float16);
  EXPECT_EQ((of(DType::float16) * 0.1).to_vector<float>()[0], static_cast<float>(float16(0.1f)));
}

TEST(Op, PlainNumbersAloneBecomeUsualTensors) {
  EXPECT_EQ((Tensor(1) + Tensor(2)).dtype(), DType::int32);
  EXPECT_EQ((Tensor(1) + Tensor(0.5)).dtype(), DType::float32);
  EXPECT_EQ((Tensor(1) / Tensor(2)).dtype(), DType::float32);
  EXPECT_EQ(ops::exp(1).dtype(), DType::float32);
  EXPECT_EQ((Tensor(true) & Tensor(false)).dtype(), DType::bool_);
  EXPECT_FALSE((Tensor(1) + Tensor(2)).is_weak());
  EXPECT_EQ(ops::reshape(0.5, {1}).dtype(), DType::float32);
}

TEST(Op, WeakNumbersMeetTensorsInTracesAsWell) {
  Trace trace;
  const Tensor half = trace.input({{2}, DType::float16}, "half");
  const Tensor whole = trace.input({{2}, DType::int32}, "whole");
  EXPECT_EQ((half * 0.5).dtype(), DType::float16);
  EXPECT_EQ((whole * 0.5).dtype(), DType::float32);
  EXPECT_EQ((1 - half).dtype(), DType::float16);
  EXPECT_EQ((whole + half).dtype(), DType::float16);
  trace.finish({});
  verify(*trace.graph(), "trace");
}

// ---- What is called on what ---------------------------------------------------------------------

TEST(Op, CountsItsInputs) {
  const Tensor x = of(DType::float32);
  EXPECT_EQ(message_of<ValueError>([&] { apply(ops::add_op, {x}); }),
            "add: expected 2 inputs, got 1. Check the call.");
  EXPECT_EQ(message_of<ValueError>([&] { apply(ops::concatenate_op, {}, ops::AxisAttrs()); }),
            "concatenate: expected at least 1 inputs, got 0. Check the call.");
  EXPECT_EQ(message_of<ValueError>([&] {
              apply(ops::add_op, {x, Tensor()});
            }),
            "add: expected tensors, got an empty handle. Assign a tensor to it first.");
}

TEST(Op, RefusesShapesThatDoNotFit) {
  EXPECT_EQ(message_of<ShapeError>([] {
              Tensor::ones({2, 3}) + Tensor::ones({4});
            }),
            "add: expected shapes that broadcast, got [2, 3] and [4]. Axes must be equal or 1.");
}

TEST(Op, IsFoundByItsName) {
  EXPECT_EQ(&find_op("matmul"), &ops::matmul_op);
  EXPECT_EQ(message_of<ValueError>([] { find_op("matmull"); }),
            "ops: expected the name of an op, got 'matmull'. Did you mean 'matmul'?");
}

TEST(Op, CompositesInferByTheirExpansion) {
  const std::vector<TensorSpec> inputs{{{None, 4}, DType::float32}, {{4}, DType::float32}};
  EXPECT_EQ(infer(ops::squared_difference_op, inputs, {}),
            (std::vector<TensorSpec>{{{None, 4}, DType::float32}}));
  const std::vector<TensorSpec> wrong{{{None, 4}, DType::float32}, {{3}, DType::float32}};
  EXPECT_THROW(infer(ops::squared_difference_op, wrong, {}), ShapeError);
}

TEST(Op, CallsOnKerasTensorsAreRecorded) {
  auto node = std::make_shared<CallNode>();
  node->output_template = Nest(keras_tensor({{None, 3}, DType::int32}));
  node->output_masks.resize(1);
  const Tensor x = node->outputs().tensor();
  const Tensor y = x * 0.5;
  EXPECT_TRUE(y.is_keras_tensor());
  EXPECT_EQ(y.spec(), (TensorSpec{{None, 3}, DType::float32}));
  ASSERT_NE(y.origin(), nullptr);
  const auto* call = dynamic_cast<const OpOperation*>(y.origin()->operation.get());
  ASSERT_NE(call, nullptr);
  EXPECT_EQ(&call->op(), &ops::multiply_op);
  // The inputs are those of the call; promotion happens again when the model runs.
  const std::vector<Tensor> inputs = y.origin()->inputs.flatten();
  ASSERT_EQ(inputs.size(), 2u);
  EXPECT_TRUE(inputs[0].is(x));
  EXPECT_TRUE(inputs[1].is_weak());
  EXPECT_THROW(y.array(), ValueError);
  Trace trace;
  const Tensor traced = trace.input({{1, 3}, DType::float32}, "x");
  EXPECT_EQ(message_of<ValueError>([&] { x + traced; }),
            "add: expected Keras tensors and data, got a tensor of a function that is being "
            "traced, of shape [1, 3]. Call a layer or model on it instead.");
}

TEST(Op, PlaceholdersWithoutHistoryGiveSpecsAlone) {
  const Tensor y = ops::sum(keras_tensor({{None, 3}, DType::float32}), 0);
  EXPECT_TRUE(y.is_keras_tensor());
  EXPECT_EQ(y.origin(), nullptr);
  EXPECT_EQ(y.shape(), (Shape{3}));
}

TEST(Op, AttributesCompareByTheirValues) {
  const Attrs a = ops::ReduceAttrs{.axis = {0, 1}, .keepdims = true};
  const Attrs b = ops::ReduceAttrs{.axis = {0, 1}, .keepdims = true};
  const Attrs c = ops::ReduceAttrs{.axis = {0, 1}, .keepdims = false};
  EXPECT_TRUE(a == b);
  EXPECT_FALSE(a == c);
  EXPECT_FALSE(a == Attrs());
  EXPECT_FALSE(a == Attrs(ops::AxisAttrs{.axis = 0}));
  EXPECT_THROW(a.as<ops::AxisAttrs>(), InternalError);
}

}  // namespace
}  // namespace keratin::testing_support
