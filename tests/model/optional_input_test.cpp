// SPDX-License-Identifier: Apache-2.0
// Inputs that may be left out: an empty place in the data reaches the layer that handles it.
#include <gtest/gtest.h>

#include "keratin/keratin.h"
#include "tests/support/close.h"
#include "tests/support/misuse.h"

namespace keratin {
namespace {

using testing_support::expect_error;
using testing_support::is_close;

/// Adds its inputs, or gives the first where there is no second.
struct AddIfGiven : CustomLayer<AddIfGiven> {
  Tensor call(const Nest& x) {
    return x[1].empty() ? x[0].tensor() : x[0].tensor() + x[1].tensor();
  }
};

enum class Form { list, dict };

class OptionalInput : public testing::TestWithParam<Form> {
 protected:
  OptionalInput() {
    Tensor joined = AddIfGiven()({a_, b_});
    model_ = Model({.inputs = places(a_, b_), .outputs = head_(joined), .name = "m"});
    model_.compile({.optimizer = "sgd", .loss = "mse"});
    plain_ = Model({.inputs = a_, .outputs = plain_head_(a_)});
    plain_.compile({.optimizer = "sgd", .loss = "mse"});
    plain_.set_weights(model_.get_weights());
  }

  Nest places(const Nest& a, const Nest& b) const {
    if (GetParam() == Form::list) return Nest::list({a, b});
    return Nest::dict({{"b", b}, {"a", a}});
  }

  Tensor a_ = layers::Input({3}, {.name = "a"});
  Tensor b_ = layers::Input({3}, {.name = "b", .optional = true});
  layers::Dense head_ = layers::Dense(2);
  layers::Dense plain_head_ = layers::Dense(2);
  Model model_, plain_;
  Tensor x_ = ops::reshape(ops::arange(0, 30, 1, DType::float32), {10, 3}) / 30;
  Tensor y_ = ops::reshape(ops::arange(0, 20, 1, DType::float32), {10, 2}) / 20;
};

TEST_P(OptionalInput, MayBeLeftOut) {
  const Nest half = places(x_, nullptr);
  EXPECT_TRUE(is_close(model_(half).tensor(), plain_(x_).tensor(), 0));
  EXPECT_TRUE(is_close(model_.predict(half, {.batch_size = 4, .verbose = 0}).tensor(),
                       plain_.predict(x_, {.batch_size = 4, .verbose = 0}).tensor(), 0));
  EXPECT_TRUE(is_close(model_.predict_on_batch(half).tensor(), plain_(x_).tensor(), 2e-6));
  EXPECT_EQ(model_.evaluate(half, y_, {.verbose = 0})["loss"],
            plain_.evaluate(x_, y_, {.verbose = 0})["loss"]);
  const History history =
      model_.fit(half, y_, {.epochs = 3, .batch_size = 4, .verbose = 0, .shuffle = false});
  const History expected =
      plain_.fit(x_, y_, {.epochs = 3, .batch_size = 4, .verbose = 0, .shuffle = false});
  EXPECT_EQ(history["loss"], expected["loss"]);
}

TEST_P(OptionalInput, IsUsedWhereGiven) {
  EXPECT_TRUE(is_close(model_(places(x_, x_)).tensor(), plain_(x_ + x_).tensor(), 0));
  EXPECT_TRUE(is_close(model_.predict(places(x_, nullptr), {.verbose = 0}).tensor(),
                       plain_(x_).tensor(), 2e-6));
  EXPECT_TRUE(is_close(model_.predict(places(x_, x_), {.verbose = 0}).tensor(),
                       plain_(x_ + x_).tensor(), 2e-6));
}

TEST_P(OptionalInput, OthersNeedData) {
  expect_error<ValueError>([&] { model_(places(nullptr, x_)); },
                           "model `m`: expected data for the input 'a', which is not optional, got "
                           "none. Pass a tensor.");
  expect_error<ValueError>([&] { model_.predict(places(nullptr, x_), {.verbose = 0}); },
                           "model `m`: expected data for the input 'a', which is not optional, got "
                           "none. Pass a tensor.");
}

INSTANTIATE_TEST_SUITE_P(Forms, OptionalInput, testing::Values(Form::list, Form::dict),
                         [](const auto& form) {
                           return form.param == Form::list ? std::string("List")
                                                           : std::string("Dict");
                         });

TEST(OptionalInputs, BuiltInLayersAndOpsRefuseNothing) {
  const Tensor a = layers::Input({3}, {.name = "a"});
  const Tensor b = layers::Input({3}, {.name = "b", .optional = true});
  const Tensor x = Tensor::ones({4, 3});
  const Model dense({.inputs = {a, b}, .outputs = layers::Dense(2, {.name = "d"})(b), .name = "m"});
  expect_error<ValueError>(
      [&] {
        dense({x, nullptr});
      },
      "model `m`: Dense `d`: expected inputs, got none. Pass a tensor.");
  const Model sum({.inputs = {a, b}, .outputs = a + b, .name = "m"});
  expect_error<ValueError>(
      [&] {
        sum({x, nullptr});
      },
      "model `m`: expected a tensor for each operand of `add`, got nothing from an optional input. "
      "Use the input in a CustomLayer that handles an empty Nest.");
  const Model added(
      {.inputs = {a, b}, .outputs = layers::Add({.name = "add"})({a, b}), .name = "m"});
  expect_error<ValueError>(
      [&] {
        added({x, nullptr});
      },
      "model `m`: Add `add`: expected a tensor in each place of the inputs, got [[4, 3], None]. "
      "Give data, or use a CustomLayer that handles an empty Nest.");
}

}  // namespace
}  // namespace keratin
