// SPDX-License-Identifier: Apache-2.0
// Layers as programs write them: positional arguments, functions, learned statistics, and misuse.
#include <cmath>
#include <vector>

#include "keratin/keratin.h"
#include "tests/support/misuse.h"

namespace keratin {
namespace {

using testing_support::expect_error;

using Floats = std::vector<float>;

Tensor row(std::initializer_list<float> values) {
  return Tensor::from(values, {1, static_cast<int64_t>(values.size())});
}

TEST(LayerForms, LeadingArgumentsArePositional) {
  const Tensor x = row({-2, 4});
  EXPECT_EQ(layers::LeakyReLU(0.5)(x).to_vector<float>(), (Floats{-1, 4}));
  EXPECT_EQ(layers::ReLU({.max_value = 3})(x).to_vector<float>(), (Floats{0, 3}));
  EXPECT_EQ(layers::RepeatVector(2)(x).shape(), (Shape{1, 2, 2}));
  EXPECT_EQ(layers::Permute({2, 1})(Tensor::ones({1, 2, 3})).shape(), (Shape{1, 3, 2}));
  EXPECT_EQ(layers::Embedding(10, 4)(Tensor::from<int32_t>({1, 2, 3}, {1, 3})).shape(),
            (Shape{1, 3, 4}));
  EXPECT_EQ(layers::EinsumDense("ab,bc->ac", 5)(x).shape(), (Shape{1, 5}));
  EXPECT_EQ(layers::EinsumDense("ab,bcd->acd", {5, 6}, {.bias_axes = "d"})(x).shape(),
            (Shape{1, 5, 6}));
  EXPECT_EQ(layers::GaussianNoise(0.1)(x).to_vector<float>(), (Floats{-2, 4}));
  const Tensor kept = layers::Masking(0.0)(Tensor::from<float>({0, 0, 1, 0}, {1, 2, 2}));
  EXPECT_EQ(kept.mask().to_vector<bool>(), (std::vector<bool>{false, true}));
}

TEST(LayerForms, MergingLayersAreFunctionsToo) {
  const Tensor a = row({1, 2});
  const Tensor b = row({3, 5});
  EXPECT_EQ(layers::subtract({a, b}).to_vector<float>(), (Floats{-2, -3}));
  EXPECT_EQ(layers::multiply({a, b}).to_vector<float>(), (Floats{3, 10}));
  EXPECT_EQ(layers::average({a, b}).to_vector<float>(), (Floats{2, 3.5}));
  EXPECT_EQ(layers::maximum({a, b}).to_vector<float>(), (Floats{3, 5}));
  EXPECT_EQ(layers::minimum({a, b}).to_vector<float>(), (Floats{1, 2}));
  EXPECT_EQ(layers::dot({a, b}).to_vector<float>(), (Floats{13}));
  EXPECT_EQ(layers::Dot({1, 2})({a, Tensor::ones({1, 3, 2})}).to_vector<float>(),
            (Floats{3, 3, 3}));
}

TEST(LayerForms, LambdaTakesAnyFunction) {
  const Tensor x = row({1, 2});
  const Tensor twice = layers::Lambda([](const Tensor& t) { return t * 2; })(x);
  EXPECT_EQ(twice.to_vector<float>(), (Floats{2, 4}));
  const auto by_training = [](const Nest& inputs, const CallArgs& args) {
    return Nest(inputs.tensor() * (*args.training ? 3 : 1));
  };
  const layers::Lambda layer(by_training);
  EXPECT_EQ(layer(x, {.training = true}).to_vector<float>(), (Floats{3, 6}));
  const auto pass_on = [](const Nest&, const Nest& mask) { return mask.tensor(); };
  const layers::Lambda masked([](const Tensor& t) { return t; }, {.mask = pass_on});
  const Tensor mask = Tensor::from<bool>({true}, {1});
  EXPECT_TRUE(masked(x.with_mask(mask)).tensor().mask().is(mask));
  auto input = layers::Input({2});
  auto model = models::Model({.inputs = input, .outputs = layers::Lambda(by_training)(input)});
  EXPECT_EQ(model.predict(x, {.verbose = 0}).to_vector<float>(), (Floats{1, 2}));
  expect_error<ConfigError>([&] { masked.get_config(); },
                            "Lambda: expected a function with a name to write, got a nameless one. "
                            "Give it a name where it is passed.");
  expect_error<ShapeError>(
      [&] {
        layers::Lambda([](const Tensor& t) { return t; },
                       {.output_shape = Shape{3}, .name = "l"})(x);
      },
      "Lambda `l`: expected an output of `output_shape` [3] behind the batch, got [1, 2]. Correct "
      "one of them.");
}

TEST(LayerForms, NormalizationLearnsFromData) {
  const layers::Normalization layer;
  const Tensor data = Tensor::from<float>({1, 10, 3, 30}, {2, 2});
  layer.adapt(data);
  EXPECT_EQ(layer(data).to_vector<float>(), (Floats{-1, -1, 1, 1}));
  layer.adapt(data * 2);
  EXPECT_EQ(layer(data * 2).to_vector<float>(), (Floats{-1, -1, 1, 1}));
  const layers::Normalization back({.mean = 2.0, .variance = 4.0, .invert = true});
  EXPECT_EQ(back(row({-1, 1})).to_vector<float>(), (Floats{0, 4}));
  expect_error<ValueError>([&] { back.adapt(data); },
                           "Normalization `" + back.name() +
                               "`: expected a layer that learns its mean, got one with a `mean`. "
                               "Leave it out to call adapt.");
}

TEST(LayerForms, EmbeddingTakesItsVectors) {
  const Tensor vectors = Tensor::from<float>({1, 2, 3, 4}, {2, 2});
  const layers::Embedding layer(2, 2, {.mask_zero = true, .weights = vectors});
  const Tensor y = layer(Tensor::from<int32_t>({1, 0}, {1, 2}));
  EXPECT_EQ(y.to_vector<float>(), (Floats{3, 4, 1, 2}));
  EXPECT_EQ(y.mask().to_vector<bool>(), (std::vector<bool>{true, false}));
}

TEST(LayerForms, StatisticsMoveInTraining) {
  auto model = models::Sequential({layers::Input({1}), layers::BatchNormalization({.name = "b"})});
  model.compile({.optimizer = optimizers::SGD(0.0), .loss = "mse"});
  const Tensor x = Tensor::from<float>({1, 3}, {2, 1});
  model.train_on_batch(x, x);
  const std::vector<Tensor> weights = model.get_weights();
  EXPECT_FLOAT_EQ(weights[2].item<float>(), 0.02F);
  EXPECT_FLOAT_EQ(weights[3].item<float>(), 1.0F);
  model.get_layer("b").set_trainable(false);
  model.compile({.optimizer = optimizers::SGD(0.0), .loss = "mse"});
  model.train_on_batch(x, x);
  EXPECT_FLOAT_EQ(model.get_weights()[2].item<float>(), 0.02F);
}

TEST(LayerForms, ArgumentsAreChecked) {
  expect_error<ValueError>([] { layers::ReLU({.threshold = -1, .name = "r"}); },
                           "ReLU `r`: expected `threshold` to be 0 or more, got -1. Pass such a "
                           "number.");
  expect_error<ValueError>(
      [] {
        layers::Permute({1, 3}, {.name = "p"});
      },
      "Permute `p`: expected `dims` to hold each of 1 to 2 once, got [1, 3]. "
      "The batch axis does not count.");
  expect_error<ValueError>([] { layers::RepeatVector(0, {.name = "r"}); },
                           "RepeatVector `r`: expected `n` to be a positive integer, got 0. Pass 1 "
                           "or more.");
  expect_error<ValueError>([] { layers::Embedding(0, 3, {.name = "e"}); },
                           "Embedding `e`: expected `input_dim` to be a positive integer, got 0. "
                           "Set the number of tokens and the size of their vectors.");
  expect_error<ValueError>([] { layers::EinsumDense("ab->b", 3, {.name = "e"}); },
                           "EinsumDense `e`: expected an `equation` of the form X,Y->Z, "
                           "...X,Y->...Z or X...,Y->Z..., got 'ab->b'. Use letters for the axes.");
  expect_error<ValueError>([] { layers::GroupNormalization({.groups = 0, .name = "g"}); },
                           "GroupNormalization `g`: expected `groups` to be a positive integer or "
                           "-1, got 0. Use -1 for one group per channel.");
  expect_error<ValueError>([] { layers::BatchNormalization({.synchronized = true, .name = "b"}); },
                           "BatchNormalization `b`: expected `synchronized` to be false, got true. "
                           "Statistics of several machines are not there.");
  expect_error<ValueError>([] { layers::Normalization({.mean = 1.0, .name = "n"}); },
                           "Normalization `n`: expected `mean` and `variance` together, got one of "
                           "them. Pass both.");
  expect_error<ValueError>([] { layers::SpatialDropout2D(1.5, {.name = "s"}); },
                           "SpatialDropout2D `s`: expected `rate` between 0 and 1, got 1.5. Set "
                           "the share of the elements that are dropped.");
  expect_error<ValueError>([] { layers::GaussianNoise(-0.5); },
                           "GaussianNoise: expected `stddev` between 0 and 1, got -0.5. Scale the "
                           "inputs.");
}

TEST(LayerForms, InputsAreChecked) {
  const Tensor x = Tensor::ones({2, 3});
  expect_error<ValueError>(
      [&] {
        layers::Subtract({.name = "s"})({x, x, x});
      },
      "Subtract `s`: expected a list of 2 inputs, got a list of 3. Pass two.");
  expect_error<ShapeError>(
      [&] {
        layers::Dot(1, {.name = "d"})({x, Tensor::ones({2, 4})});
      },
      "Dot `d`: expected axes 1 and 1 of equal size, got shapes [[2, 3], [2, 4]]. Check `axes`.");
  expect_error<ShapeError>(
      [&] {
        layers::RepeatVector(2, {.name = "r"})(Tensor::ones({2, 3, 4}));
      },
      "RepeatVector `r`: expected inputs of rank 2, got shape [2, 3, 4]. "
      "Flatten them first.");
  expect_error<ShapeError>([&] { layers::GroupNormalization({.groups = 2, .name = "g"})(x); },
                           "GroupNormalization `g`: expected `groups` to divide the 3 channels, "
                           "got 2. Choose a divisor.");
  const layers::BatchNormalization norm({.name = "b"});
  norm(x);
  expect_error<ShapeError>(
      [&] {
        norm(Tensor::ones({2, 4}));
      },
      "BatchNormalization `b`: expected inputs like [2, 3], got shape [2, 4]. "
      "The layer was built with them.");
  expect_error<ShapeError>([&] { layers::SpatialDropout1D(0.5, {.name = "s"})(x); },
                           "SpatialDropout1D `s`: expected inputs of rank 3, got shape [2, 3]. "
                           "Use the layer for that rank.");
  expect_error<ValueError>([&] { layers::AlphaDropout(1, {.name = "a"})(x, {.training = true}); },
                           "AlphaDropout `a`: expected `rate` below 1 in training, got 1. Keep a "
                           "share of the elements.");
}

TEST(LayerForms, WeightsHaveNamesOfTheirOwn) {
  const Tensor x = row({-2, 4});
  EXPECT_EQ(layers::ELU(0.5)(x).to_vector<float>()[1], 4.0f);
  EXPECT_NEAR(layers::ELU(0.5)(x).to_vector<float>()[0], 0.5 * std::expm1(-2.0), 1e-6);
  const layers::Dense dense(3, {.bias_initializer = "ones"});
  dense(x);
  EXPECT_EQ(dense.bias().value().to_vector<float>(), (Floats{1, 1, 1}));
  const layers::Embedding words(5, 2);
  words(Tensor::from<int32_t>({1}, {1, 1}));
  EXPECT_EQ(words.embeddings().shape(), (Shape{5, 2}));
  const layers::SpectralNormalization normal(layers::Dense(1, {.kernel_initializer = "ones"}),
                                             {.power_iterations = 2});
  EXPECT_NEAR(normal(x, {.training = true}).to_vector<float>()[0], 2.0 / std::sqrt(2.0), 1e-5);
  expect_error<ValueError>(
      [&] {
        layers::SpectralNormalization(layers::Activation("relu", {.name = "a"}), {.name = "s"})(x);
      },
      "SpectralNormalization `s`: expected a layer with `kernel` or `embeddings`, got Activation "
      "`a`. Wrap another layer.");
}

TEST(LayerForms, ScalesByTheRootOfTheVariance) {
  const layers::LayerNormalization rms({.epsilon = 0.0, .rms_scaling = true});
  // The variance of 1, 3 and 5, 9 is 1 and 4.
  const Tensor x = Tensor::from<float>({1, 3, 5, 9}, {2, 2});
  EXPECT_EQ(rms(x).to_vector<float>(), (Floats{1, 3, 2.5, 4.5}));
  EXPECT_EQ(rms.weights().size(), 1u);  // no beta
}

TEST(LayerForms, UnknownSizesStayUnknown) {
  const Tensor open = layers::Input({None, 3});
  EXPECT_EQ(layers::Flatten()(open).shape(), (Shape{None, None}));
  EXPECT_EQ(layers::Reshape({6, -1})(open).shape(), (Shape{None, 6, -1}));
  EXPECT_EQ(layers::Flatten()(Tensor::ones({4})).shape(), (Shape{4, 1}));
  const Model flat({.inputs = open, .outputs = layers::Flatten()(open)});
  EXPECT_EQ(flat.predict(Tensor::ones({2, 5, 3}), {.verbose = 0}).shape(), (Shape{2, 15}));
}

}  // namespace
}  // namespace keratin
