// SPDX-License-Identifier: Apache-2.0
// What merging, normalizing and reshaping layers refuse, with the whole sentence.
#include "keratin/keratin.h"
#include "tests/support/misuse.h"

namespace keratin {
namespace {

using testing_support::expect_error;

const Tensor by_three = Tensor::ones({4, 3});
const Tensor cube = Tensor::ones({2, 3, 4});

TEST(MisuseMerging, Inputs) {
  expect_error<ValueError>([] { layers::Multiply({.name = "m"})(by_three); },
                           "Multiply `m`: expected a list of 2 or more inputs, got one tensor of "
                           "shape [4, 3]. Pass them in braces.");
  expect_error<ValueError>(
      [] { layers::Average({.name = "m"})({by_three}); },
      "Average `m`: expected a list of 2 or more inputs, got a list of 1. Pass them in braces.");
  expect_error<ShapeError>(
      [] {
        layers::Maximum({.name = "m"})({by_three, Tensor::ones({4, 2})});
      },
      "Maximum `m`: expected shapes that broadcast, got [4, 3] and [4, 2]. Axes must be equal or "
      "1.");
  expect_error<ShapeError>(
      [] {
        layers::Minimum({.name = "m"})({by_three, Tensor::ones({5, 3})});
      },
      "Minimum `m`: expected shapes that broadcast, got [4, 3] and [5, 3]. Axes must be equal or "
      "1.");
  expect_error<ValueError>(
      [] { layers::Subtract({.name = "m"})({by_three}); },
      "Subtract `m`: expected a list of 2 inputs, got a list of 1. Pass them in braces.");
  expect_error<ShapeError>(
      [] {
        layers::Concatenate({.name = "m"})({by_three, cube});
      },
      "Concatenate `m`: expected inputs of equal shapes but for axis -1, got [[4, 3], [2, 3, 4]]. "
      "Reshape them.");
  expect_error<ValueError>(
      [] {
        layers::Concatenate({.name = "m"})({by_three, Tensor()});
      },
      "Concatenate `m`: expected tensors, got an empty handle. Assign a tensor to it first.");
  expect_error<ValueError>(
      [] {
        layers::Add({.name = "m"})({{"a", by_three}, {"b", by_three}});
      },
      "Add `m`: expected a list of 2 or more inputs, got a dict. Pass them in braces.");
}

TEST(MisuseMerging, Products) {
  expect_error<ValueError>(
      [] {
        layers::Dot(1, {.name = "m"})({by_three, by_three, by_three});
      },
      "Dot `m`: expected a list of 2 inputs, got a list of 3. Pass two.");
  expect_error<ShapeError>(
      [] {
        layers::Dot(1, {.name = "m"})({by_three, Tensor::ones({4})});
      },
      "Dot `m`: expected inputs of rank 2 or more, got [[4, 3], [4]]. Add an axis.");
  expect_error<ValueError>(
      [] {
        layers::Dot(0, {.name = "m"})({by_three, by_three});
      },
      "Dot `m`: expected axes other than the batch axis, got 0. Count from 1.");
  expect_error<ShapeError>(
      [] {
        layers::Dot({1, 2}, {.name = "m"})({by_three, cube});
      },
      "Dot `m`: expected axes 1 and 2 of equal size, got shapes [[4, 3], [2, 3, 4]]. Check "
      "`axes`.");
  expect_error<ValueError>(
      [] {
        layers::Dot(3, {.name = "m"})({by_three, by_three});
      },
      "Dot `m`: expected `axis` between -2 and 1, got 3. Check the rank of the input.");
}

TEST(MisuseNormalizing, Axes) {
  const Tensor open = layers::Input({None, None});
  expect_error<ShapeError>([&] { layers::BatchNormalization({.name = "n"})(open); },
                           "BatchNormalization `n`: expected a known axis -1, got shape [None, "
                           "None, None]. Give its size.");
  expect_error<ShapeError>([&] { layers::LayerNormalization({.name = "n"})(open); },
                           "LayerNormalization `n`: expected known sizes of the axes [2], got "
                           "shape [None, None, None]. Give them.");
  expect_error<ValueError>([] { layers::BatchNormalization({.axis = 2, .name = "n"})(by_three); },
                           "BatchNormalization `n`: expected `axis` between -2 and 1, got 2. Check "
                           "the rank of the input.");
  expect_error<ValueError>([] { layers::LayerNormalization({.axis = 4, .name = "n"})(by_three); },
                           "LayerNormalization `n`: expected `axis` between -2 and 1, got 4. Check "
                           "the rank of the input.");
  expect_error<ValueError>(
      [] {
        layers::LayerNormalization({.axis = {1, -1}, .name = "n"})(by_three);
      },
      "LayerNormalization `n`: expected each axis once, got [1, -1]. Drop one.");
  expect_error<ValueError>(
      [] { layers::GroupNormalization({.groups = 1, .axis = 0, .name = "n"})(by_three); },
      "GroupNormalization `n`: expected an `axis` behind the batch, got 0. Use -1 for the last "
      "one.");
  expect_error<ShapeError>([] { layers::GroupNormalization({.groups = 2, .name = "n"})(by_three); },
                           "GroupNormalization `n`: expected `groups` to divide the 3 channels, "
                           "got 2. Choose a divisor.");
  expect_error<ValueError>(
      [] { layers::RMSNormalization({.axis = 1, .name = "n"})(cube); },
      "RMSNormalization `n`: expected the last axes, got [1] of rank 3. Permute the input.");
  expect_error<ValueError>([] { layers::UnitNormalization({.axis = 5, .name = "n"})(by_three); },
                           "UnitNormalization `n`: expected `axis` between -2 and 1, got 5. Check "
                           "the rank of the input.");
}

TEST(MisuseNormalizing, Arguments) {
  expect_error<ValueError>(
      [] {
        layers::BatchNormalization(
            {.renorm = true, .renorm_clipping = Config::dict({{"max", 2.0}}), .name = "n"});
      },
      "BatchNormalization `n`: expected rmax, rmin or dmax in `renorm_clipping`, got 'max'. Check "
      "the spelling.");
  expect_error<ValueError>(
      [] {
        layers::BatchNormalization({.renorm = true,
                                    .renorm_clipping = Config::dict({{"rmax", 0.5}, {"rmin", 2.0}}),
                                    .name = "n"});
      },
      "BatchNormalization `n`: expected rmax of `renorm_clipping` to be rmin or more, got 0.5 and "
      "2.0. Swap them.");
  expect_error<ValueError>(
      [] {
        layers::BatchNormalization(
            {.renorm = true, .renorm_clipping = Config::dict({{"dmax", -1.0}}), .name = "n"});
      },
      "BatchNormalization `n`: expected dmax of `renorm_clipping` to be 0 or more, got -1.0. Drop "
      "the sign.");
  expect_error<ValueError>(
      [] {
        layers::Normalization({.mean = {{1.0, 2.0}}, .variance = {{1.0, 1.0, 1.0}}, .name = "n"});
      },
      "Normalization `n`: expected `mean` and `variance` of equal length, got 2 and 3. Correct one "
      "of them.");
  expect_error<ValueError>(
      [] {
        layers::Normalization({.axis = layers::AxisList({}),
                               .mean = {{1.0, 2.0}},
                               .variance = {{1.0, 1.0}},
                               .name = "n"});
      },
      "Normalization `n`: expected one number as `mean` without axes, got a list. Name its axis.");
  expect_error<ShapeError>(
      [] { layers::Normalization({.name = "n"})(layers::Input({None})); },
      "Normalization `n`: expected a known axis 1, got shape [None, None]. Give its size.");
}

TEST(MisuseActivating, AxesAndMasks) {
  expect_error<ShapeError>([] { layers::PReLU({.name = "p"})(Tensor(1.0f)); },
                           "PReLU `p`: expected inputs with a batch axis, got a scalar. Add one.");
  expect_error<ValueError>(
      [] { layers::PReLU({.shared_axes = {{2}}, .name = "p"})(by_three); },
      "PReLU `p`: expected `shared_axes` from 1 to 1, got 2. The batch axis does not count.");
  expect_error<ValueError>(
      [] { layers::Softmax({.axis = layers::AxisList({}), .name = "s"}); },
      "Softmax `s`: expected one axis or more, got none. Use -1 for the last one.");
  expect_error<ValueError>([] { layers::Softmax({.axis = 2, .name = "s"})(by_three); },
                           "Softmax `s`: softmax: expected `axis` between -2 and 1, got 2. Check "
                           "the rank of the input.");
  expect_error<ShapeError>(
      [] {
        layers::Softmax({.name = "s"})(by_three, {.mask = Tensor::ones({4, 2})});
      },
      "Softmax `s`: expected a mask that broadcasts to the input [4, 3], got shape [4, 2]. Reshape "
      "it.");
  expect_error<ValueError>(
      [] { layers::LeakyReLU(-0.1, {.name = "l"}); },
      "LeakyReLU `l`: expected `negative_slope` to be 0 or more, got -0.1. Pass such a number.");
}

TEST(MisuseEinsum, Equations) {
  const Tensor x = Tensor::ones({2, 3});
  expect_error<ShapeError>(
      [&] {
        layers::EinsumDense("abc,cd->abd", {None, 5}, {.name = "e"})(x);
      },
      "EinsumDense `e`: expected an input with the axes of the equation 'abc,cd->abd', got shape "
      "[2, 3]. Name each axis.");
  expect_error<ShapeError>([&] { layers::EinsumDense("ab,bcd->acd", Shape{5}, {.name = "e"})(x); },
                           "EinsumDense `e`: expected an `output_shape` for the equation "
                           "'ab,bcd->acd', got [5]. Give a size for each axis but the batch.");
  expect_error<ShapeError>([&] { layers::EinsumDense("ab,bc->ab", Shape{5}, {.name = "e"})(x); },
                           "EinsumDense `e`: expected the size 5 of the axis 'b' in the input, got "
                           "shape [2, 3]. Correct `output_shape`.");
  expect_error<ValueError>([&] { layers::EinsumDense("ab,bz->a", Shape{}, {.name = "e"})(x); },
                           "EinsumDense `e`: expected each axis of the kernel in the input or the "
                           "output, got 'z' in the kernel of 'ab,bz->a' alone. Rename it.");
  expect_error<ValueError>(
      [&] { layers::EinsumDense("ab,bc->ac", 5, {.bias_axes = "x", .name = "e"})(x); },
      "EinsumDense `e`: expected `bias_axes` of the output of 'ab,bc->ac', got 'x'. Name axes "
      "behind the arrow.");
  expect_error<ValueError>([] { layers::EinsumDense("ab,bc", 5, {.name = "e"}); },
                           "EinsumDense `e`: expected an `equation` of the form X,Y->Z, "
                           "...X,Y->...Z or X...,Y->Z..., got 'ab,bc'. Use letters for the axes.");
}

TEST(MisuseReshaping, RanksAndCounts) {
  expect_error<ShapeError>(
      [] {
        layers::Permute({2, 1}, {.name = "p"})(by_three);
      },
      "Permute `p`: expected inputs of rank 3, got shape [4, 3]. Name each axis behind the batch "
      "in `dims`.");
  expect_error<ValueError>(
      [] {
        layers::Permute({0, 1}, {.name = "p"});
      },
      "Permute `p`: expected `dims` to hold each of 1 to 2 once, got [0, 1]. The batch axis does "
      "not count.");
  expect_error<ShapeError>(
      [] { layers::RepeatVector(2, {.name = "r"})(cube); },
      "RepeatVector `r`: expected inputs of rank 2, got shape [2, 3, 4]. Flatten them first.");
  expect_error<ShapeError>(
      [] {
        layers::Dropout(0.5, {.noise_shape = {{4, 1, 1}}, .name = "d"})(by_three,
                                                                        {.training = true});
      },
      "Dropout `d`: dropout: expected `noise_shape` to broadcast to the input [4, 3], got [4, 1, "
      "1]. Use 1 or the input's size for each axis.");
  expect_error<ValueError>(
      [] { layers::GaussianDropout(1.0, {.name = "g"})(by_three, {.training = true}); },
      "GaussianDropout `g`: expected `rate` below 1 in training, got 1. Its noise would be "
      "infinite.");
  expect_error<ValueError>([] { layers::GaussianDropout(-0.5, {.name = "g"}); },
                           "GaussianDropout `g`: expected `rate` between 0 and 1, got -0.5. Set "
                           "the share of the elements that are dropped.");
  expect_error<ShapeError>([] { layers::SpatialDropout3D(0.5, {.name = "s"})(cube); },
                           "SpatialDropout3D `s`: expected inputs of rank 5, got shape [2, 3, 4]. "
                           "Use the layer for that rank.");
  expect_error<ValueError>(
      [] { layers::SpatialDropout2D(0.5, {.data_format = "last", .name = "s"}); },
      "SpatialDropout2D: expected `data_format` channels_last or channels_first, got 'last'. Check "
      "the spelling.");
  expect_error<ValueError>([] { layers::Lambda(layers::LambdaFunction(), {.name = "l"}); },
                           "Lambda `l`: expected a function, got none. Pass one.");
  expect_error<ShapeError>(
      [] { layers::Masking({.name = "m"})(Tensor(1.0f)); },
      "Masking `m`: expected inputs with an axis of features, got a scalar. Add one.");
  expect_error<ValueError>(
      [] { layers::ActivityRegularization({.l1 = -1, .name = "a"}); },
      "L1L2: expected a non-negative, finite l1, got -1. Pass another factor.");
}

}  // namespace
}  // namespace keratin
