// SPDX-License-Identifier: Apache-2.0
// Layers that hold a layer: their misuse, open sizes, and the way through a file.
#include "keratin/keratin.h"
#include "tests/io/support.h"
#include "tests/support/close.h"
#include "tests/support/misuse.h"

namespace keratin {
namespace {

using testing_support::expect_error;
using testing_support::forward_tolerance;
using testing_support::is_close;

TEST(MisuseOfWrappers, ALayerMustBeGiven) {
  expect_error<ValueError>(
      [] { layers::TimeDistributed({.name = "t"}); },
      "TimeDistributed `t`: expected a layer in `layer`, got none. Pass the layer to wrap.");
}

TEST(MisuseOfWrappers, TimeDistributedWantsSteps) {
  const layers::TimeDistributed layer(layers::Dense(2), {.name = "t"});
  expect_error<ShapeError>(
      [&] {
        layer(Tensor::ones({4, 3}));
      },
      "TimeDistributed `t`: expected inputs [batch, steps, ...] of rank 3 or "
      "more, got shape [4, 3]. Add an axis for the steps.");
  expect_error<ShapeError>(
      [&] {
        layer(Tensor::zeros({4, 0, 3}));
      },
      "TimeDistributed `t`: expected one step or more, got shape [4, 0, 3]. "
      "Leave out empty inputs.");
  EXPECT_FALSE(layer.built());
}

TEST(MisuseOfWrappers, MasksMustHaveTheSteps) {
  const layers::TimeDistributed layer(layers::Dense(2), {.name = "t"});
  const Tensor x = Tensor::ones({4, 5, 3});
  for (const Shape& shape : {Shape{4, 6}, Shape{3, 5}, Shape{4}}) {
    expect_error<ShapeError>([&] { layer(x, {.mask = Tensor::ones(shape, DType::bool_)}); },
                             "TimeDistributed `t`: expected a mask whose shape starts with [4, 5] "
                             "like the inputs', got " +
                                 to_string(shape) + ". Pass one value for each step.");
  }
}

TEST(Wrappers, OpenStepsStayOpen) {
  const Tensor x = layers::Input({None, 3});
  EXPECT_EQ(layers::TimeDistributed(layers::Dense(2))(x).shape(), (Shape{None, None, 2}));
}

TEST(Wrappers, OneModelTakesAnyNumberOfSteps) {
  const Tensor x = layers::Input({None, 3});
  const layers::Dense dense(2);
  const Model model(x, layers::TimeDistributed(dense)(x));
  for (const int64_t steps : {1, 4}) {
    const Tensor data = ops::arange(2 * steps * 3).cast(DType::float32).reshape({2, steps, 3});
    EXPECT_TRUE(
        is_close(model.predict(data, {.verbose = 0}).tensor(), dense(data), forward_tolerance));
  }
}

TEST(Wrappers, AModelInAWrapperComesBackFromAFile) {
  const tests::TemporaryFolder folder;
  const models::Sequential inner({layers::Dense(3, {.activation = "relu"}), layers::Dense(2)});
  const models::Sequential model({layers::Input({4, 5}), layers::TimeDistributed(inner)});
  model.save(folder.path("m.keras"));
  const Model read = models::load_model(folder.path("m.keras"));
  const Tensor x = ops::arange(40).cast(DType::float32).reshape({2, 4, 5});
  EXPECT_EQ(read.predict(x, {.verbose = 0}).tensor().to_vector<float>(),
            model.predict(x, {.verbose = 0}).tensor().to_vector<float>());
  EXPECT_EQ(read.to_json(), model.to_json());
}

}  // namespace
}  // namespace keratin
