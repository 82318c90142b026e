// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/ops/shaping.h"

#include <gtest/gtest.h>

#include "keratin/base/error.h"
#include "keratin/graph/autodiff.h"
#include "keratin/graph/call.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/graph/trace.h"
#include "tests/support/message.h"
#include "tests/support/run_graph.h"

namespace keratin {
namespace {

using testing_support::message_of;

Tensor of(Shape shape, DType dtype = DType::float32) { return keras_tensor({shape, dtype}); }

TEST(Shaping, InferenceKeepsNoneAxes) {
  const Tensor images = of({None, 784});
  EXPECT_EQ(ops::reshape(images, {-1, 28, 28}).shape(), (Shape{None, 28, 28}));
  EXPECT_EQ(ops::ravel(images).shape(), (Shape{None}));
  const Tensor words = of({None, None, 8});
  EXPECT_EQ(ops::expand_dims(words, 1).shape(), (Shape{None, 1, None, 8}));
  EXPECT_EQ(ops::squeeze(of({None, 1, None}), 1).shape(), (Shape{None, None}));
  EXPECT_EQ(ops::squeeze(of({None, 1, 3, 1})).shape(), (Shape{None, 3}));
  EXPECT_EQ(ops::transpose(words, {0, 2, 1}).shape(), (Shape{None, 8, None}));
  EXPECT_EQ(ops::swapaxes(words, -1, 0).shape(), (Shape{8, None, None}));
  EXPECT_EQ(ops::split_axis(words, 2, 2, 4).shape(), (Shape{None, None, 2, 4}));
  EXPECT_EQ(ops::merge_axes(words, 1).shape(), (Shape{None, None}));
  EXPECT_EQ(ops::tile(words, {1, 3, 2}).shape(), (Shape{None, None, 16}));
  EXPECT_EQ(ops::repeat(words, 2, 2).shape(), (Shape{None, None, 16}));
  EXPECT_EQ(ops::concatenate({words, of({None, 5, 8})}, 2).shape(), (Shape{None, 5, 16}));
  EXPECT_EQ(ops::concatenate({words, of({None, 5, 8})}, 1).shape(), (Shape{None, None, 8}));
  EXPECT_EQ(ops::stack({words, words}, -1).shape(), (Shape{None, None, 8, 2}));
  EXPECT_EQ(ops::pad(words, {{0, 0}, {1, 2}, {1, 1}}).shape(), (Shape{None, None, 10}));
  EXPECT_EQ(ops::broadcast_to(of({None, 1}), {None, 4}).shape(), (Shape{None, 4}));
}

// Runs a function and its gradient, traced with all axes None, on data.
std::vector<Tensor> run_with_none(Tensor (*f)(const Tensor&), const Tensor& data) {
  Trace trace;
  const Tensor x =
      trace.input({Shape(std::vector<int64_t>(data.shape().size(), None)), DType::float32}, "x");
  const Tensor y = f(x);
  const Tensor slope = gradients(ops::sum(y * y * 0.5), {x})[0];
  const auto graph = trace.finish({y, slope});
  return testing_support::run_graph(*graph, {data});
}

TEST(Shaping, SeveralNoneAxesHaveGradients) {
  const Tensor data = Tensor::from<float>({1, 2, 3, 4, 5, 6}, {2, 3});
  const auto twice = [](const Tensor& x) { return ops::repeat(x, 2, 1); };
  std::vector<Tensor> results = run_with_none(twice, data);
  EXPECT_EQ(results[0].shape(), (Shape{2, 6}));
  EXPECT_EQ(results[1].to_vector<float>(), (std::vector<float>{2, 4, 6, 8, 10, 12}));
  const auto tiled = [](const Tensor& x) { return ops::tile(x, {3, 2}); };
  results = run_with_none(tiled, data);
  EXPECT_EQ(results[0].shape(), (Shape{6, 6}));
  EXPECT_EQ(results[1].to_vector<float>(), (std::vector<float>{6, 12, 18, 24, 30, 36}));
  const auto joined = [](const Tensor& x) { return ops::concatenate({x, x * 2}, 1); };
  results = run_with_none(joined, data);
  EXPECT_EQ(results[1].to_vector<float>(), (std::vector<float>{5, 10, 15, 20, 25, 30}));
  const auto flat = [](const Tensor& x) { return ops::ravel(x); };
  EXPECT_EQ(run_with_none(flat, data)[1].shape(), (Shape{2, 3}));
  const auto shifted = [](const Tensor& x) { return x[{All, Slice(1, -1)}]; };
  results = run_with_none(shifted, data);
  EXPECT_EQ(results[1].to_vector<float>(), (std::vector<float>{0, 2, 0, 0, 5, 0}));
  const auto averaged = [](const Tensor& x) { return ops::mean(x, 1); };
  results = run_with_none(averaged, data);
  EXPECT_EQ(results[0].to_vector<float>(), (std::vector<float>{2, 5}));
}

TEST(Shaping, ErrorsAreSentences) {
  const Tensor x = Tensor::zeros({2, 3});
  EXPECT_EQ(message_of<ShapeError>([&] {
              ops::reshape(x, {4, 2});
            }),
            "reshape: expected a shape of 6 elements for the input [2, 3], got [4, 2]. Check the "
            "sizes.");
  EXPECT_EQ(message_of<ShapeError>([&] {
              ops::concatenate({x, Tensor::zeros({3, 3})}, 1);
            }),
            "concatenate: expected shapes that are equal but for axis 1, got [2, 3] and [3, 3]. "
            "Reshape or pad one of them.");
  EXPECT_EQ(message_of<ValueError>([&] { ops::concatenate({}, 0); }),
            "concatenate: expected at least one tensor, got none. Check the list.");
  EXPECT_EQ(message_of<ShapeError>([&] { ops::squeeze(x, 0); }),
            "squeeze: expected axis 0 to have size 1, got shape [2, 3]. Name another axis.");
  EXPECT_EQ(message_of<ShapeError>([&] {
              ops::broadcast_to(x, {2, 4});
            }),
            "broadcast_to: expected a shape to which [2, 3] broadcasts, got [2, 4]. Axes must be "
            "equal or 1.");
  EXPECT_EQ(message_of<ValueError>([&] {
              ops::transpose(x, {0, 0});
            }),
            "transpose: expected `axes` to name each axis of [2, 3] once, got [0, 0]. Check the "
            "rank.");
  EXPECT_EQ(message_of<ValueError>([&] { ops::split(x, 2, 1); }),
            "split: expected a number of sections that divides axis 1 of [2, 3], got 2. Give the "
            "positions instead.");
  EXPECT_EQ(message_of<ShapeError>([&] {
              ops::stack({x, Tensor::zeros({2})});
            }),
            "stack: expected equal shapes, got [2, 3] and [2]. Reshape or pad one of them.");
  EXPECT_EQ(message_of<ValueError>([&] {
              ops::pad(x, {{1, 1}});
            }),
            "pad: expected `pad_width` of 2 pairs, one for each axis of [2, 3], got 1. Add or drop "
            "pairs.");
  EXPECT_EQ(message_of<ValueError>([&] { ops::flip(x, 2); }),
            "flip: expected `axis` between -2 and 1, got 2. Check the rank of the input.");
  EXPECT_EQ(message_of<ShapeError>([&] { ops::split_axis(x, 1, 2, None); }),
            "split_axis: expected sizes that multiply to 3, got [2, None]. Check the sizes.");
}

TEST(Shaping, MoreAxesThanTheLimitAreRefused) {
  const Tensor x = Tensor::zeros(Shape(std::vector<int64_t>(max_rank, 1)));
  EXPECT_EQ(message_of<ShapeError>([&] { ops::expand_dims(x, 0).array().copy(); }),
            "array: expected at most 16 axes, got 17. Merge some with reshape.");
}

}  // namespace
}  // namespace keratin
