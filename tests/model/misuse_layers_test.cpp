// SPDX-License-Identifier: Apache-2.0
// Misuse of layers: their arguments, their inputs, and what users' layers do wrong.
#include <cmath>
#include <stdexcept>
#include <vector>

#include "keratin/keratin.h"
#include "tests/support/misuse.h"

namespace keratin {
namespace {

using testing_support::expect_error;
using testing_support::expect_harmless_error;

const double nan = std::nan("");

Tensor x85() { return Tensor::ones({8, 5}); }

TEST(MisuseOfLayers, SizesAndNamesAreChecked) {
  expect_error<ValueError>(
      [] { layers::Dense(0, {.name = "d"}); },
      "Dense `d`: expected `units` to be a positive integer, got 0. Set the size of the output.");
  expect_error<ValueError>(
      [] { layers::Dense(-3, {.name = "d"}); },
      "Dense `d`: expected `units` to be a positive integer, got -3. Set the size of the output.");
  expect_error<ValueError>([] { layers::Dense(3, {.name = "a/b"}); },
                           "Dense: expected a name without '/', got 'a/b'. Choose another name.");
  expect_error<ValueError>(
      [] { layers::Input({3}, {.name = "a/b"}); },
      "InputLayer: expected a name without '/', got 'a/b'. Choose another name.");
  expect_error<ValueError>(
      [] { layers::Input({-4}); },
      "Input: expected sizes of 0 or more, or None, got [None, -4]. Check the shape.");
  expect_error<ValueError>(
      [] { layers::Input({3}, {.batch_size = -2}); },
      "Input: expected sizes of 0 or more, or None, got [-2, 3]. Check the shape.");
  expect_error<ValueError>(
      [] {
        layers::Input({3}, {.batch_shape = Shape{2, 3}});
      },
      "Input: expected `shape` or `batch_shape`, got both. Give one of them.");
  expect_error<ShapeError>(
      [] {
        layers::Input({int64_t{1} << 40, int64_t{1} << 40});
      },
      "Input: expected fewer than 2^59 elements, got [None, 1099511627776, 1099511627776]. Use "
      "smaller axes.");
  expect_error<ShapeError>([] { layers::Input(Shape(std::vector<int64_t>(16, 1))); },
                           "Input: expected at most 16 axes, got 17. Merge some.");
}

TEST(MisuseOfLayers, UnknownNamesComeWithASuggestion) {
  expect_error<ValueError>(
      [] { layers::Dense(3, {.activation = "rleu"}); },
      "activation: expected the name of an activation, got 'rleu'. Did you mean 'relu'?");
  expect_error<ValueError>(
      [] { layers::Activation("threshold"); },
      "activation: expected an activation of one tensor, got 'threshold', which takes two "
      "numbers. Pass a function that calls activations::threshold.");
  expect_error<ValueError>(
      [] { layers::Dense(3, {.kernel_initializer = "glorot_unifrom"}); },
      "initializer: expected the name of an initializer, got 'glorot_unifrom'. Did you mean "
      "'glorot_uniform'?");
  expect_error<ValueError>(
      [] { layers::Dense(3, {.kernel_regularizer = "l3"}); },
      "regularizer: expected the name of a regularizer, got 'l3'. Did you mean 'l1'?");
  expect_error<ValueError>(
      [] { layers::Dense(3, {.dtype = "flaot32"}); },
      "dtype: expected the name of a dtype or policy, got 'flaot32'. Did you mean 'float32'?");
  expect_error<ValueError>(
      [] { layers::Flatten({.data_format = "chanels_last", .name = "f"}); },
      "Flatten `f`: expected `data_format` channels_last or channels_first, got 'chanels_last'. "
      "Check the spelling.");
}

TEST(MisuseOfLayers, NumbersThatAreNoneAreRefused) {
  expect_error<ValueError>(
      [] { layers::Dropout(1.5, {.name = "d"}); },
      "Dropout `d`: expected `rate` between 0 and 1, got 1.5. Set the share of the elements that "
      "are dropped.");
  expect_error<ValueError>(
      [] { layers::Dropout(nan, {.name = "d"}); },
      "Dropout `d`: expected `rate` between 0 and 1, got nan. Set the share of the elements that "
      "are dropped.");
  expect_error<ValueError>(
      [] { layers::Rescaling(nan, {.name = "r"}); },
      "Rescaling `r`: expected `scale` to be a finite number or a list of them, got NaN. Check how "
      "it was computed.");
  expect_error<ValueError>(
      [] { layers::Rescaling(layers::Numbers(std::vector<double>()), {.name = "r"}); },
      "Rescaling `r`: expected `scale` to be a finite number or a list of them, got []. Check how "
      "it was computed.");
  expect_error<ValueError>(
      [] { initializers::RandomNormal({.stddev = nan}); },
      "RandomNormal: expected finite numbers as mean and stddev, got 0 and nan. Check how they "
      "were computed.");
  expect_error<ValueError>([] { initializers::RandomUniform({.minval = 1.0, .maxval = -1.0}); },
                           "RandomUniform: expected minval up to maxval, got 1 and -1. Swap them.");
  expect_error<ValueError>(
      [] { initializers::VarianceScaling({.scale = nan}); },
      "VarianceScaling: expected a positive scale, got nan. Pass a larger one.");
}

TEST(MisuseOfLayers, FunctionsThatAreNoneAreRefused) {
  expect_error<ValueError>(
      [] { Activation("mine", nullptr); },
      "activation: expected a function for the activation 'mine', got none. Pass one.");
  expect_error<ValueError>(
      [] { Initializer("mine", nullptr); },
      "initializer: expected a function for the initializer 'mine', got none. Pass one.");
  expect_error<ValueError>([] { Loss("mine", nullptr); },
                           "loss: expected a function for the loss 'mine', got none. Pass one.");
  expect_error<ValueError>(
      [] { Metric("mine", nullptr); },
      "metric: expected a function for the metric 'mine', got none. Pass one.");
}

TEST(MisuseOfLayers, InitializersThatDoNotFitNameTheLayer) {
  const Tensor x = x85();
  expect_error<ValueError>(
      [&] { layers::Dense(3, {.kernel_initializer = Initializer(), .name = "d"})(x); },
      "Dense `d`: initializer: expected an initializer, got none. Name one, such as 'zeros'.");
  expect_error<ShapeError>(
      [&] {
        layers::Dense(3, {.kernel_initializer = Tensor::ones({8, 3}), .name = "d"})(x);
      },
      "Dense `d`: initializer: expected a weight of the given tensor's shape [8, 3], got [5, 3]. "
      "Reshape the tensor.");
  expect_error<ShapeError>(
      [&] {
        layers::Dense(
            3, {.bias_initializer = initializers::Constant(Tensor::ones({2, 3})), .name = "d"})(x);
      },
      "Dense `d`: Constant: expected a value that broadcasts to the weight's shape [3], got [2, "
      "3]. "
      "Pass a number or reshape the value.");
  expect_error<ValueError>(
      [&] {
        layers::Dense(3, {.kernel_initializer = [](const Shape&, DType) { return Tensor(); },
                          .name = "d"})(x);
      },
      "Dense `d`: initializer: expected a tensor from the function, got an empty handle. Return "
      "the "
      "values.");
  expect_error<DTypeError>([&] { layers::Dense(3, {.name = "d", .dtype = "int32"})(x); },
                           "Dense `d`: initializer: expected a float dtype for random values, got "
                           "int32. Use zeros, ones "
                           "or a constant.");
}

TEST(MisuseOfLayers, DenseWantsAKnownLastAxis) {
  const layers::Dense dense(3, {.name = "d"});
  expect_error<ShapeError>(
      [&] { dense(layers::Input({None})); },
      "Dense `d`: expected a known last axis, got shape [None, None]. Give its size.");
  expect_error<ShapeError>(
      [&] { dense(Tensor::ones({5})); },
      "Dense `d`: expected inputs of rank 2 or more, got shape [5]. Add a batch axis.");
  expect_error<ShapeError>(
      [&] {
        dense.build({2, -7});
      },
      "Dense `d`: expected known sizes for the weight 'kernel', got [-7, 3]. Give the input a "
      "known last axis.");
  expect_error<ShapeError>(
      [] { layers::Dense(int64_t{1} << 62, {.name = "huge"})(x85()); },
      "Dense `huge`: shape: expected fewer than 2^63 elements, got [5, 4611686018427387904]. Use "
      "smaller axes.");
  EXPECT_FALSE(dense.built());
  EXPECT_TRUE(dense.weights().empty());
  dense(x85());
  expect_error<ShapeError>(
      [&] {
        dense(Tensor::ones({8, 3}));
      },
      "Dense `d`: expected the last axis of the input to be 5, got shape [8, 3]. The layer was "
      "built with [8, 5].");
  EXPECT_EQ(dense(x85()).shape(), (Shape{8, 3}));
}

TEST(MisuseOfLayers, InputsOfAnotherStructureNameTheLayer) {
  const Tensor x = x85();
  const layers::Dense dense(3, {.name = "d"});
  expect_error<ValueError>(
      [&] { dense(Tensor()); },
      "Dense `d`: expected tensors, got an empty handle. Assign a tensor to it first.");
  expect_error<ValueError>([&] { dense(Nest()); },
                           "Dense `d`: expected inputs, got none. Pass a tensor.");
  expect_error<ValueError>(
      [&] {
        dense(Nest{x, x});
      },
      "Dense `d`: expected a tensor, got a list of 2. Take one of its items.");
  expect_error<ValueError>(
      [&] {
        dense(Nest{{"a", x}});
      },
      "Dense `d`: expected a tensor, got a dict with the keys [a]. Take one of its items.");
  expect_error<ValueError>(
      [&] { layers::Add({.name = "a"})(Nest::list({x})); },
      "Add `a`: expected a list of 2 or more inputs, got a list of 1. Pass them in braces.");
  expect_error<ValueError>(
      [&] { layers::Add({.name = "a"})(x); },
      "Add `a`: expected a list of 2 or more inputs, got one tensor of shape [8, 5]. Pass them in "
      "braces.");
  expect_error<ValueError>(
      [&] {
        layers::Concatenate({.name = "c"})(Nest{{"a", x}, {"b", x}});
      },
      "Concatenate `c`: expected a list of 1 or more inputs, got a dict. Pass them in braces.");
}

TEST(MisuseOfLayers, ShapesThatDoNotFitNameTheLayer) {
  const Tensor x = x85();
  const Tensor y = Tensor::ones({8, 3});
  expect_error<ShapeError>(
      [&] {
        layers::Add({.name = "a"})(Nest{x, y});
      },
      "Add `a`: expected shapes that broadcast, got [8, 5] and [8, 3]. Axes must be equal or 1.");
  expect_error<ShapeError>(
      [&] {
        layers::Add({.name = "a"})(Nest{x, Tensor::ones({8, 2, 2})});
      },
      "Add `a`: expected shapes that broadcast, got [8, 1, 5] and [8, 2, 2]. Axes must be "
      "equal or 1.");
  expect_error<ShapeError>(
      [&] {
        layers::Concatenate({.name = "c"})(Nest{x, Tensor::ones({7, 5})});
      },
      "Concatenate `c`: expected inputs of equal shapes but for axis -1, got [[8, 5], [7, 5]]. "
      "Reshape them.");
  expect_error<ValueError>(
      [&] {
        layers::Concatenate({.axis = 5, .name = "c"})(Nest{x, x});
      },
      "Concatenate `c`: expected `axis` between -2 and 1, got 5. Check the rank of the input.");
  expect_error<ShapeError>(
      [&] {
        layers::Rescaling(layers::Numbers({1.0, 2.0}), {.name = "r"})(x);
      },
      "Rescaling `r`: multiply: expected shapes that broadcast, got [8, 5] and [2]. Axes must be "
      "equal or 1.");
  expect_error<ShapeError>(
      [] { layers::Flatten({.name = "f"})(Tensor(1.0)); },
      "Flatten `f`: expected inputs of rank 1 or more, got a scalar. Add a batch axis.");
  expect_error<DTypeError>(
      [] {
        layers::Dropout(0.5, {.name = "d"})(Tensor::ones({2, 2}, DType::int32), {.training = true});
      },
      "Dropout `d`: dropout: expected a float input, got int32. Cast it.");
  const Tensor wide = layers::Input({int64_t{1} << 58});
  expect_error<ShapeError>(
      [&] {
        layers::Concatenate({.name = "c"})(Nest{wide, wide});
      },
      "Concatenate `c`: concatenate: expected fewer than 2^59 elements, got [None, "
      "576460752303423488]. Use smaller axes.");
}

TEST(MisuseOfLayers, ReshapeWantsTheSameCount) {
  const Tensor x = x85();
  expect_error<ValueError>(
      [] {
        layers::Reshape({-1, -1}, {.name = "r"});
      },
      "Reshape `r`: expected -1 at most once in `target_shape`, got [None, None]. Give sizes.");
  expect_error<ShapeError>([] { layers::Reshape({-5}, {.name = "r"}); },
                           "Reshape `r`: expected sizes of 0 or more, got [-5]. Check the shape.");
  expect_error<ShapeError>(
      [] {
        layers::Reshape({int64_t{1} << 40, int64_t{1} << 40}, {.name = "r"});
      },
      "Reshape `r`: expected fewer than 2^59 elements, got [1099511627776, 1099511627776]. Use "
      "smaller axes.");
  expect_error<ShapeError>(
      [&] {
        layers::Reshape({2, 2}, {.name = "r"})(x);
      },
      "Reshape `r`: expected a shape of 5 elements for the input [5], got [2, 2]. Check the "
      "sizes.");
  expect_error<ShapeError>(
      [&] {
        layers::Reshape({2, -1}, {.name = "r"})(layers::Input({5}));
      },
      "Reshape `r`: expected a shape of 5 elements for the input [5], got [2, None]. Check the "
      "sizes.");
}

struct Thrower : CustomLayer<Thrower> {
  using CustomLayer::CustomLayer;
  Tensor call(const Tensor&) { throw std::runtime_error("the user's own error"); }
};

struct Forgetful : CustomLayer<Forgetful> {
  using CustomLayer::CustomLayer;
  Tensor call(const Tensor&) { return {}; }
};

struct Silent : CustomLayer<Silent> {
  using CustomLayer::CustomLayer;
  Nest call(const Nest&) { return {}; }
};

struct Peeker : CustomLayer<Peeker> {
  using CustomLayer::CustomLayer;
  Tensor call(const Tensor& x) { return x * x.item<float>(); }
};

struct Unbuilt : CustomLayer<Unbuilt> {
  using CustomLayer::CustomLayer;
  Variable w = weight("w");
  Tensor call(const Tensor& x) { return x * w; }
};

// Makes one weight, and fails at the second unless the input is 5 wide.
struct Picky : CustomLayer<Picky> {
  using CustomLayer::CustomLayer;
  Variable w = weight("w"), b = weight("b");
  void build(const Shape& input) {
    add_weight(w, {.shape = {input[-1]}, .initializer = "ones"});
    if (input[-1] != 5) throw std::invalid_argument("the user's own check");
    add_weight(b, {.shape = {}, .initializer = "zeros"});
  }
  Tensor call(const Tensor& x) { return x * w + b; }
};

const char* const no_output =
    "expected tensors from `call`, got an empty handle. Return what the layer computes.";

TEST(MisuseOfCustomLayers, EmptyResultsAreRefusedWhereverTheLayerIsCalled) {
  const Forgetful layer(CustomLayerOptions{.name = "forgetful"});
  const std::string text = std::string("Forgetful `forgetful`: ") + no_output;
  expect_error<ValueError>([&] { layer(x85()); }, text);
  expect_error<ValueError>([&] { layer(layers::Input({5})); }, text);
  const Sequential model({layer.layer()}, "net");
  expect_error<ValueError>([&] { model.predict(x85(), {.verbose = 0}); }, "model `net`: " + text);
  expect_error<ValueError>([&] { Silent(CustomLayerOptions{.name = "silent"})(x85()); },
                           "Silent `silent`: expected tensors from `call`, got nothing. Return "
                           "what the layer computes.");
}

TEST(MisuseOfCustomLayers, TheirOwnErrorsComeThrough) {
  const Thrower layer;
  expect_error<std::runtime_error>([&] { layer(x85()); }, "the user's own error");
  expect_error<std::runtime_error>([&] { layer(layers::Input({5})); }, "the user's own error");
  const Sequential model({layers::Dense(3, {.name = "d"}), layer.layer()}, "net");
  model.compile({.loss = "mse"});
  expect_error<std::runtime_error>([&] { model.fit(x85(), x85(), {.verbose = 0}); },
                                   "the user's own error");
  EXPECT_FALSE(model.built());
  EXPECT_EQ(layers::Dense(2)(x85()).shape(), (Shape{8, 2})) << "later calls are not disturbed";
}

TEST(MisuseOfCustomLayers, DataCannotBeReadWhileAModelIsDefined) {
  const Peeker layer(CustomLayerOptions{.name = "peeker"});
  expect_error<ValueError>(
      [&] { layer(layers::Input({5})); },
      "Peeker `peeker`: expected data, got a symbolic tensor of shape [None, 5]. Read it where the "
      "model runs, not where it is defined.");
  EXPECT_EQ(layer(Tensor::ones({1, 1})).shape(), (Shape{1, 1})) << "on data it works";
}

TEST(MisuseOfCustomLayers, WeightsThatBuildForgotAreNamed) {
  expect_error<ValueError>(
      [] { Unbuilt(CustomLayerOptions{.name = "u"})(x85()); },
      "Unbuilt `u`: expected a variable with a value, got 'w' before its layer was built. Call the "
      "layer once or build it.");
}

TEST(MisuseOfCustomLayers, ABuildThatFailedCanBeRepeated) {
  const Picky layer(CustomLayerOptions{.name = "picky"});
  for (int i = 0; i < 2; ++i) {
    expect_error<std::invalid_argument>(
        [&] {
          layer(Tensor::ones({8, 4}));
        },
        "the user's own check");
    EXPECT_TRUE(layer.weights().empty());
    EXPECT_FALSE(layer.layer().built());
  }
  EXPECT_EQ(layer(x85()).to_vector<float>(), x85().to_vector<float>());
  EXPECT_EQ(layer.weights().size(), 2u);
  EXPECT_EQ(layer.w.path(), "picky/w");
}

}  // namespace
}  // namespace keratin
