// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/tape.h"

#include <gtest/gtest.h>

#include <cmath>
#include <optional>

#include "keratin/base/error.h"
#include "keratin/graph/call.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/graph/trace.h"
#include "tests/graph/vectors.h"
#include "tests/support/misuse.h"
#include "tests/support/run_graph.h"

namespace keratin {
namespace {

using testing_support::expect_error;
using testing_support::floats;
using testing_support::Floats;
using testing_support::run_graph;
using testing_support::vector;
using Tensors = std::vector<Tensor>;

TEST(GradientTape, DifferentiatesByAVariable) {
  const Variable x(vector({1, 2, 3}));
  GradientTape tape;
  const Tensor y = ops::sum(ops::square(x) * 3.0);
  EXPECT_EQ(floats(tape.gradient(y, x)), (Floats{6, 12, 18}));
}

TEST(GradientTape, DifferentiatesByAListAndByANest) {
  const Variable w(vector({1, 2})), b(vector({5}));
  GradientTape tape(true);
  const Tensor y = ops::sum(w * w + b);
  const std::vector<Variable> variables{w, b};
  const Tensors named = tape.gradient(y, variables);
  const Tensors listed = tape.gradient(y, {w, b});
  ASSERT_EQ(named.size(), 2u);
  for (const Tensors& gradients : {named, listed}) {
    EXPECT_EQ(floats(gradients[0]), (Floats{2, 4}));
    EXPECT_EQ(floats(gradients[1]), (Floats{2}));
  }
  const Nest x = vector({3});
  tape.watch(x);
  EXPECT_EQ(floats(tape.gradient(ops::square(x), x)), (Floats{6}));
}

TEST(GradientTape, FollowsWatchedConstants) {
  const Tensor number = 3.0f;
  const Tensor data = vector({1, 2});
  GradientTape tape(true);
  tape.watch(number);
  tape.watch(data);
  EXPECT_EQ(tape.gradient(ops::square(number), number).item<float>(), 6.0f);
  EXPECT_EQ(tape.gradient(number * number * number, number).dtype(), DType::float32);
  EXPECT_EQ(floats(tape.gradient(data * number, data)), (Floats{3, 3}));
  EXPECT_EQ(tape.gradient(data * number, number).item<float>(), 3.0f);
}

TEST(GradientTape, GivesTheGradientOfAnIntermediateValue) {
  const Variable x(vector({2}));
  GradientTape tape(true);
  const Tensor middle = x * x;
  const Tensor y = middle * middle;
  EXPECT_EQ(floats(tape.gradient(y, middle)), (Floats{8}));
  EXPECT_EQ(floats(tape.gradient(y, x)), (Floats{32}));
  EXPECT_EQ(floats(tape.gradient(y, y)), (Floats{1}));
}

TEST(GradientTape, NestsForSecondDerivatives) {
  const Variable time(vector({0, 1, 2}));
  GradientTape outer;
  Tensor position, speed;
  {
    GradientTape inner;
    position = 4.9 * ops::square(time);
    speed = inner.gradient(position, time);
  }
  const Tensor acceleration = outer.gradient(speed, time);
  EXPECT_FLOAT_EQ(floats(speed)[2], 19.6f);
  for (float value : floats(acceleration)) EXPECT_FLOAT_EQ(value, 9.8f);
}

TEST(GradientTape, APersistentOneRecordsItsOwnGradients) {
  const Variable x(vector({2}));
  GradientTape tape(true);
  const Tensor first = tape.gradient(x * x * x, x);
  const Tensor second = tape.gradient(first, x);
  EXPECT_EQ(floats(first), (Floats{12}));
  EXPECT_EQ(floats(second), (Floats{12}));
  EXPECT_EQ(floats(tape.gradient(second, x)), (Floats{6}));
}

TEST(GradientTape, UnconnectedGradientsAreEmptyOrZero) {
  const Variable x(vector({1, 2})), unused(vector({3, 4, 5}));
  GradientTape tape(true);
  const Tensor y = x * 2.0;
  unused.value();
  EXPECT_FALSE(tape.gradient(y, unused).defined());
  const Tensor zero = tape.gradient(y, unused, {.unconnected_gradients = "zero"});
  EXPECT_EQ(floats(zero), (Floats{0, 0, 0}));
  const Tensor blocked = ops::sum(ops::stop_gradient(x.value()) * 1.0);
  EXPECT_EQ(floats(tape.gradient(blocked, x, {.unconnected_gradients = "zero"})), (Floats{0, 0}));
}

TEST(GradientTape, FollowsTrainableVariablesOnly) {
  const Variable frozen(vector({1, 2}), {.trainable = false});
  GradientTape tape(true);
  const Tensor before = frozen * frozen;
  EXPECT_FALSE(tape.gradient(before, frozen, {.unconnected_gradients = "zero"}).shape() !=
               frozen.shape());
  tape.watch(frozen);
  EXPECT_EQ(floats(tape.gradient(frozen * frozen, frozen)), (Floats{2, 4}));
}

TEST(GradientTape, AddsUpTheReadsOfAVariableAndNotItsAssignments) {
  const Variable x(vector({3}));
  const auto compute = [&] {
    GradientTape tape;
    Tensor y = ops::square(x);
    x.assign(x * 2.0);
    y = y + ops::square(x);
    return tape.gradient(y, x);
  };
  EXPECT_EQ(floats(compute()), (Floats{6 + 12}));
  x.assign(vector({3}));
  std::shared_ptr<Graph> graph;
  {
    Trace trace;
    graph = trace.finish({compute()});
  }
  EXPECT_EQ(floats(run_graph(*graph, {})[0]), (Floats{18}));
}

TEST(GradientTape, RecordsFromItsBeginningOn) {
  const Variable x(vector({3}));
  const Tensor before = x * x;
  GradientTape tape;
  const Tensor y = before * x;
  EXPECT_EQ(floats(tape.gradient(y, x)), (Floats{9}));
}

TEST(GradientTape, TakesTheGradientOfTheTarget) {
  const Variable x(vector({1, 2}));
  GradientTape tape(true);
  const Tensor y = x * x;
  EXPECT_EQ(floats(tape.gradient(y, x, {.output_gradients = vector({10, 100})})),
            (Floats{20, 400}));
  expect_error<ShapeError>(
      [&] {
        tape.gradient(y, x, {.output_gradients = vector({1, 2, 3})});
      },
      "tape.gradient: expected output_gradients of the target's shape [2], got [3]. Reshape "
      "them.");
}

TEST(GradientTape, KeepsItsWayThroughMasksAndCasts) {
  const Variable x(vector({1, 2}));
  GradientTape tape;
  const Tensor masked = (x * 2.0).with_mask(Tensor::from({true, false}, {2}));
  const Tensor y = ops::sum(masked.cast(DType::float64) * 3.0);
  const Tensor gradient = tape.gradient(y, x);
  EXPECT_EQ(gradient.dtype(), DType::float32);
  EXPECT_EQ(floats(gradient), (Floats{6, 6}));
}

TEST(GradientTape, WorksOnTracedTensors) {
  const Variable w(vector({1, 2, 3}));
  std::shared_ptr<Graph> graph;
  {
    Trace trace;
    const Tensor x = trace.input({{3}, DType::float32}, "x");
    GradientTape outer;
    Tensor slope;
    {
      GradientTape inner;
      inner.watch(x);
      slope = inner.gradient(ops::sum(ops::softmax(x * w)), x);
    }
    const Tensor second = outer.gradient(ops::sum(ops::square(slope + x * w)), w);
    graph = trace.finish({second});
  }
  const Tensor x = vector({1, -1, 2});
  const Tensor traced = run_graph(*graph, {x})[0];
  GradientTape outer;
  Tensor slope;
  {
    GradientTape inner;
    inner.watch(x);
    slope = inner.gradient(ops::sum(ops::softmax(x * w)), x);
  }
  const Tensor at_once = outer.gradient(ops::sum(ops::square(slope + x * w)), w);
  for (size_t i = 0; i < 3; ++i) EXPECT_FLOAT_EQ(floats(traced)[i], floats(at_once)[i]);
}

TEST(GradientTape, LooksAtNothingThatAnInnerTraceDoes) {
  const Variable x(vector({2}));
  GradientTape tape;
  {
    Trace trace;
    trace.finish({x.value() * 2.0});
  }
  const Tensor y = x * x;
  EXPECT_EQ(floats(tape.gradient(y, x)), (Floats{4}));
}

TEST(GradientTape, GivesPlaceholdersWhileSpecsAreInferred) {
  const Trace trace(Trace::Mode::specs);
  const Tensor x = keras_tensor({{4, 2}, DType::float32});
  GradientTape tape;
  tape.watch(x);
  const Tensor gradient = tape.gradient(ops::sum(x * 2.0), x);
  EXPECT_TRUE(gradient.is_keras_tensor());
  EXPECT_EQ(gradient.shape(), (Shape{4, 2}));
}

TEST(GradientTape, ASecondCallNeedsAPersistentOne) {
  const Variable x(vector({2}));
  GradientTape tape;
  const Tensor y = x * x;
  tape.gradient(y, x);
  expect_error<ValueError>(
      [&] { tape.gradient(y, x); },
      "tape.gradient: expected one call for a tape that is not persistent, got a second one. Ask "
      "for all gradients at once, or make it persistent: GradientTape tape(true).");
  expect_error<ValueError>(
      [&] { tape.watch(y); },
      "tape.watch: expected a tape that still records, got one whose gradient has been taken. Make "
      "a new one, or a persistent one: GradientTape tape(true).");
}

TEST(GradientTape, SaysWhatItHasNotSeen) {
  const Variable x(vector({2}));
  const Tensor constant = vector({1, 2, 3});
  const Tensor before = x * x;
  GradientTape tape(true);
  expect_error<ValueError>(
      [&] { tape.gradient(before, x); },
      "tape.gradient: expected a target computed from what the tape watches, got one of shape [1] "
      "that is not. Compute it after the tape is made, from trainable variables or from tensors "
      "given to `watch`.");
  const Tensor y = x * 2.0;
  expect_error<ValueError>(
      [&] { tape.gradient(y, constant); },
      "tape.gradient: expected a source that the tape has met, got a tensor of shape [3]. Call "
      "`watch` with it before it is used.");
  expect_error<ValueError>(
      [&] { tape.gradient(y, x, {.unconnected_gradients = "zeros"}); },
      "tape.gradient: expected \"none\" or \"zero\" as unconnected_gradients, got \"zeros\". Did "
      "you mean 'zero'?");
  expect_error<ValueError>(
      [&] { tape.gradient(Tensor(), x); },
      "tape.gradient: expected a target, got an empty handle. Assign a tensor to it first.");
  expect_error<ValueError>(
      [&] { tape.gradient(y, Tensors{Tensor()}); },
      "tape.gradient: expected tensors as sources, got an empty handle. Assign a tensor to it "
      "first.");
}

TEST(GradientTape, WantsFloats) {
  const Variable x(vector({2})), count(Tensor::from<int32_t>({1}, {1}), {.name = "count"});
  const Tensor whole = Tensor::from<int32_t>({1, 2}, {2});
  GradientTape tape(true);
  expect_error<DTypeError>([&] { tape.watch(whole); },
                           "tape.watch: expected a tensor of a float dtype, got int32. Cast it, "
                           "and watch the result.");
  expect_error<DTypeError>(
      [&] { tape.gradient(ops::argmax(x.value()), x); },
      "tape.gradient: expected a target of a float dtype, got int32. Cast the target.");
  expect_error<DTypeError>([&] { tape.gradient(x * 1.0, count); },
                           "tape.gradient: expected sources of a float dtype, got int32 of the "
                           "variable 'count'. Leave it out.");
}

TEST(GradientTape, BelongsToTheFunctionThatMakesIt) {
  const Variable x(vector({2}));
  GradientTape tape;
  Trace trace;
  const Tensor y = x * x;
  expect_error<ValueError>([&] { tape.gradient(y, x); },
                           "tape.gradient: expected a tape of the function that runs, got one from "
                           "outside of it. Make the tape inside the function.");
}

}  // namespace
}  // namespace keratin
