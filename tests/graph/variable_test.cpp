// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/variable.h"

#include <gtest/gtest.h>

#include "keratin/base/error.h"
#include "keratin/base/naming.h"
#include "keratin/graph/call.h"
#include "keratin/graph/nest.h"
#include "keratin/graph/ops/ops.h"
#include "tests/support/message.h"

namespace keratin::testing_support {
namespace {

using Floats = std::vector<float>;

Tensor floats(const Floats& values) {
  return Tensor::from(values, {static_cast<int64_t>(values.size())});
}

TEST(Variable, HoldsACopyOfItsFirstValue) {
  const Tensor initial = floats({1, 2});
  const Variable w(initial, {.name = "kernel", .path = "dense/kernel", .trainable = false});
  initial.array().data<float>()[0] = 9;
  EXPECT_EQ(w.value().to_vector<float>(), (Floats{1, 2}));
  EXPECT_EQ(w.name(), "kernel");
  EXPECT_EQ(w.path(), "dense/kernel");
  EXPECT_FALSE(w.trainable());
  EXPECT_EQ(w.spec(), (TensorSpec{{2}, DType::float32}));
  EXPECT_EQ(w.version(), 0u);
}

TEST(Variable, ValuesAreCopiesToo) {
  const Variable w(floats({1, 2}));
  const Tensor value = w.value();
  value.array().data<float>()[0] = 9;
  EXPECT_EQ(w.value().to_vector<float>(), (Floats{1, 2}));
  const Tensor before = w.value();
  w.assign(floats({3, 4}));
  EXPECT_EQ(before.to_vector<float>(), (Floats{1, 2}));
}

TEST(Variable, CountsItsNamesWithoutOne) {
  reset_names();
  const Variable first(floats({1}));
  const Variable second(floats({1}));
  EXPECT_EQ(first.name(), "variable");
  EXPECT_EQ(second.name(), "variable_1");
  EXPECT_EQ(second.path(), "variable_1");
}

TEST(Variable, CopiesMeanTheSame) {
  const Variable w(floats({1, 2}));
  const Variable same = w;
  same.assign(floats({5, 6}));
  same.set_trainable(false);
  same.set_path("model/w");
  EXPECT_EQ(w.value().to_vector<float>(), (Floats{5, 6}));
  EXPECT_FALSE(w.trainable());
  EXPECT_EQ(w.path(), "model/w");
  EXPECT_TRUE(w.is(same));
  EXPECT_FALSE(w.is(Variable(floats({5, 6}))));
}

TEST(Variable, AssignmentsKeepTheMemoryAndCount) {
  const Variable w(floats({1, 2}));
  const void* address = w.body().data.raw();
  w.assign(floats({3, 4}));
  w.assign_add(floats({10, 20}));
  w.assign_sub(1);
  EXPECT_EQ(w.value().to_vector<float>(), (Floats{12, 23}));
  EXPECT_EQ(w.version(), 3u);
  EXPECT_EQ(w.body().data.raw(), address);
}

TEST(Variable, AssignmentsCastToItsDtype) {
  const Variable n(Tensor::from<int32_t>({1, 2}, {2}));
  n.assign(floats({3.9f, -4.9f}));
  EXPECT_EQ(n.value().dtype(), DType::int32);
  EXPECT_EQ(n.value().to_vector<int32_t>(), (std::vector<int32_t>{3, -4}));
  n.assign_add(0.75);
  EXPECT_EQ(n.value().to_vector<int32_t>(), (std::vector<int32_t>{3, -3}));
}

TEST(Variable, AssignmentsRefuseOtherShapes) {
  const Variable w(floats({1, 2}), {.name = "w"});
  EXPECT_EQ(message_of<ShapeError>([&] {
              w.assign(floats({1, 2, 3}));
            }),
            "assign: expected a value of shape [2] for the variable 'w', got [3]. Reshape the "
            "value.");
  EXPECT_THROW(w.assign(1.0), ShapeError);
  EXPECT_THROW(w.assign_add(Tensor::ones({3, 2})), ShapeError);
  EXPECT_THROW(w.assign(keras_tensor({{2}, DType::float32})), ValueError);
  EXPECT_EQ(w.value().to_vector<float>(), (Floats{1, 2}));
  EXPECT_EQ(w.version(), 0u);
}

TEST(Variable, MeetsTensorsAndNumbersInArithmetic) {
  const Variable a(floats({8, 6}));
  const Variable b(floats({2, 3}));
  const Tensor x = floats({1, 1});
  EXPECT_EQ((a + b).to_vector<float>(), (Floats{10, 9}));
  EXPECT_EQ((a - b).to_vector<float>(), (Floats{6, 3}));
  EXPECT_EQ((a * b).to_vector<float>(), (Floats{16, 18}));
  EXPECT_EQ((a / b).to_vector<float>(), (Floats{4, 2}));
  EXPECT_EQ((a + x).to_vector<float>(), (Floats{9, 7}));
  EXPECT_EQ((x - a).to_vector<float>(), (Floats{-7, -5}));
  EXPECT_EQ((a * 2).to_vector<float>(), (Floats{16, 12}));
  EXPECT_EQ((1.0 / b).to_vector<float>(), (Floats{0.5f, 1.0f / 3}));
  EXPECT_EQ((-a).to_vector<float>(), (Floats{-8, -6}));
  EXPECT_EQ((a > b).to_vector<bool>(), (std::vector<bool>{true, true}));
  EXPECT_EQ(ops::sum(a).item<float>(), 14);
  EXPECT_EQ(Nest(a).tensor().to_vector<float>(), (Floats{8, 6}));
}

TEST(Variable, IsDeclaredBeforeItHasAValue) {
  const Variable w = Variable::declare("kernel");
  EXPECT_TRUE(w.defined());
  EXPECT_FALSE(w.initialized());
  EXPECT_EQ(w.name(), "kernel");
  EXPECT_EQ(message_of<ValueError>([&] { w.value(); }),
            "variable: expected a variable with a value, got 'kernel' before its layer was built. "
            "Call the layer once or build it.");
  w.initialize(floats({1, 2}), {.name = "kernel", .path = "dense/kernel", .trainable = true});
  EXPECT_TRUE(w.initialized());
  EXPECT_EQ(w.path(), "dense/kernel");
  EXPECT_EQ(w.value().to_vector<float>(), (Floats{1, 2}));
  EXPECT_EQ(message_of<ValueError>([&] { w.initialize(floats({1}), {}); }),
            "variable: expected a variable without a value, got 'dense/kernel', which has one. Use "
            "assign.");
}

TEST(Variable, AnEmptyHandleSaysSo) {
  const Variable none;
  EXPECT_FALSE(none.defined());
  EXPECT_FALSE(none.initialized());
  EXPECT_EQ(message_of<ValueError>([&] { none.name(); }),
            "variable: expected a variable that has been made, got an empty handle. Build the "
            "layer first.");
  EXPECT_THROW(none.value(), ValueError);
  EXPECT_THROW(none.assign(floats({1})), ValueError);
}

}  // namespace
}  // namespace keratin::testing_support
