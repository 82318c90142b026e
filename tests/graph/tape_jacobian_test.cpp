// SPDX-License-Identifier: Apache-2.0
// Jacobians, and when a tape records.
#include <gtest/gtest.h>

#include <optional>

#include "keratin/base/error.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/graph/tape.h"
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

TEST(TapeJacobian, AJacobianHasTheShapeOfTargetAndSource) {
  const Variable x(vector({1, 2, 3})), scale(Tensor::from<float>({2}, {}));
  GradientTape tape(true);
  const Tensor y = ops::reshape(ops::concatenate({x * x, x * scale}), {2, 3});
  const Tensor by_x = tape.jacobian(y, x);
  EXPECT_EQ(by_x.shape(), (Shape{2, 3, 3}));
  EXPECT_EQ(floats(by_x), (Floats{2, 0, 0, 0, 4, 0, 0, 0, 6, 2, 0, 0, 0, 2, 0, 0, 0, 2}));
  const Tensors both = tape.jacobian(y, {x, scale});
  EXPECT_EQ(floats(both[0]), floats(by_x));
  EXPECT_EQ(both[1].shape(), (Shape{2, 3}));
  EXPECT_EQ(floats(both[1]), (Floats{0, 0, 0, 1, 2, 3}));
  const Tensor total = ops::sum(y);
  EXPECT_EQ(floats(tape.jacobian(total, x)), floats(tape.gradient(total, x)));
  const Nest nest = vector({3});
  tape.watch(nest);
  EXPECT_EQ(floats(tape.jacobian(ops::square(nest.tensor()), nest)), (Floats{6}));
}

TEST(TapeJacobian, JacobiansNest) {
  const Variable x(vector({1, 2}));
  GradientTape outer;
  Tensor slope;
  {
    GradientTape inner;
    slope = inner.gradient(ops::prod(x * x), x);
  }
  const Tensor hessian = outer.jacobian(slope, x);  // of (x0 x1)^2
  EXPECT_EQ(hessian.shape(), (Shape{2, 2}));
  EXPECT_EQ(floats(hessian), (Floats{8, 8, 8, 2}));
}

TEST(TapeJacobian, AJacobianOfNothingIsEmptyOrZero) {
  const Variable x(vector({1, 2})), unused(vector({3, 4, 5}));
  GradientTape tape(true);
  const Tensor y = x * 2.0;
  unused.value();
  EXPECT_FALSE(tape.jacobian(y, unused).defined());
  const Tensor zero = tape.jacobian(y, unused, {.unconnected_gradients = "zero"});
  EXPECT_EQ(zero.shape(), (Shape{2, 3}));
  EXPECT_EQ(floats(zero), Floats(6, 0.0f));
  const Tensor none = tape.jacobian(y[Slice(0, 0)], x);
  EXPECT_EQ(none.shape(), (Shape{0, 2}));
}

TEST(TapeJacobian, JacobiansInATraceEqualThoseAtOnce) {
  const auto jacobian = [](const Tensor& x) {
    GradientTape tape;
    tape.watch(x);
    return tape.jacobian(ops::sin(x) * ops::sum(x), x);
  };
  const Tensor x = vector({0.5f, -1, 2});
  const Tensor at_once = jacobian(x);
  std::shared_ptr<Graph> graph;
  {
    Trace trace;
    graph = trace.finish({jacobian(trace.input(x.spec(), "x"))});
  }
  const Tensor traced = run_graph(*graph, {x})[0];
  ASSERT_EQ(traced.shape(), at_once.shape());
  for (size_t i = 0; i < 9; ++i) EXPECT_FLOAT_EQ(floats(traced)[i], floats(at_once)[i]);
}

TEST(TapeJacobian, AJacobianRefusesWhatAGradientRefuses) {
  const Variable x(vector({1, 2}));
  GradientTape tape;
  const Tensor y = x * x;
  expect_error<ValueError>([&] { tape.jacobian(Tensor(), x); },
                           "tape.jacobian: expected a target, got an empty handle. Assign a tensor "
                           "to it first.");
  expect_error<ValueError>([&] { tape.jacobian(y, x, {.unconnected_gradients = "zeros"}); },
                           "tape.jacobian: expected \"none\" or \"zero\" as "
                           "unconnected_gradients, got \"zeros\". Did you mean 'zero'?");
  tape.jacobian(y, x);
  expect_error<ValueError>([&] { tape.jacobian(y, x); },
                           "tape.jacobian: expected one call for a tape that is not persistent, "
                           "got a second one. Ask for all gradients at once, or make it "
                           "persistent: GradientTape tape(true).");
}

TEST(TapeJacobian, ABatchJacobianHasTheRowsOfTheTarget) {
  const Variable x(Tensor::from<float>({1, 2, 3, 4}, Shape{2, 2}));
  const Variable unused(Tensor::from<float>({1, 2}, Shape{2, 1}));
  GradientTape tape(true);
  const Tensor y = ops::stack({x * x, x * 5.0, x + 1.0}, 1);
  unused.value();
  const Tensor found = tape.batch_jacobian(y, x);
  EXPECT_EQ(found.shape(), (Shape{2, 3, 2, 2}));
  EXPECT_EQ(floats(found), (Floats{2, 0, 0, 4, 5, 0, 0, 5, 1, 0, 0, 1,  //
                                   6, 0, 0, 8, 5, 0, 0, 5, 1, 0, 0, 1}));
  for (const char* unconnected : {"none", "zero"}) {
    const Tensor zero = tape.batch_jacobian(y, unused, {.unconnected_gradients = unconnected});
    EXPECT_EQ(zero.shape(), (Shape{2, 3, 2, 1}));
    EXPECT_EQ(floats(zero), Floats(12, 0.0f));
  }
  EXPECT_EQ(tape.batch_jacobian(y[{All, Slice(0, 0)}], x).shape(), (Shape{2, 0, 2, 2}));
  EXPECT_EQ(tape.batch_jacobian(y[Slice(0, 0)], x.value()[Slice(0, 0)]).shape(),
            (Shape{0, 3, 2, 2}));
}

TEST(TapeJacobian, ABatchJacobianInATraceLeavesTheBatchOpen) {
  const auto jacobian = [](const Tensor& x) {
    GradientTape tape;
    tape.watch(x);
    return tape.batch_jacobian(ops::sin(x) * ops::sum(x, 1, true), x);
  };
  const Tensor x = Tensor::from<float>({0.5f, -1, 2, 3}, Shape{2, 2});
  std::shared_ptr<Graph> graph;
  {
    Trace trace;
    graph = trace.finish({jacobian(trace.input({Shape{None, 2}, DType::float32}, "x"))});
  }
  const Tensor traced = run_graph(*graph, {x})[0], at_once = jacobian(x);
  ASSERT_EQ(traced.shape(), (Shape{2, 2, 2}));
  for (size_t i = 0; i < 8; ++i) EXPECT_FLOAT_EQ(floats(traced)[i], floats(at_once)[i]);
}

TEST(TapeJacobian, ABatchJacobianRefusesOtherBatches) {
  const Variable x(Tensor::from<float>({1, 2, 3, 4}, Shape{2, 2}));
  GradientTape tape(true);
  const Tensor y = x * x;
  expect_error<ShapeError>(
      [&] {
        tape.batch_jacobian(ops::reshape(y, {1, 4}), x);
      },
      "tape.batch_jacobian: expected a target and a source of at least two "
      "axes, the first of one size, got [1, 4] and [2, 2]. Reshape them, or "
      "ask for the `jacobian`.");
  EXPECT_THROW(tape.batch_jacobian(ops::sum(y, 1), x), ShapeError);
  const Variable flat(vector({1, 2}));
  EXPECT_THROW(tape.batch_jacobian(ops::expand_dims(flat * 2.0, 1), flat), ShapeError);
  expect_error<ValueError>([&] { tape.batch_jacobian(x.value() + 0.0 * y, Tensor()); },
                           "tape.batch_jacobian: expected tensors as sources, got an empty handle. "
                           "Assign a tensor to it first.");
}

TEST(TapeRecording, StopsRecordingForAWhile) {
  const Variable x(vector({3}));
  GradientTape tape(true);
  Tensor y = x * x, unseen;
  {
    const auto stopped = tape.stop_recording();
    unseen = x * x * x;
    const auto twice = tape.stop_recording();
    EXPECT_EQ(floats(tape.gradient(y, x)), (Floats{6}));
  }
  EXPECT_THROW(tape.gradient(unseen, x), ValueError);
  y = y * x;
  EXPECT_EQ(floats(tape.gradient(y, x)), (Floats{27}));
}

TEST(TapeRecording, AStopMayOutliveItsTape) {
  std::optional<GradientTape> tape(std::in_place);
  const auto stopped = tape->stop_recording();
  tape.reset();
  const Variable x(vector({3}));
  GradientTape next;
  EXPECT_EQ(floats(next.gradient(x * x, x)), (Floats{6}));
}

TEST(TapeRecording, IsResetToBeginAnew) {
  const Variable x(vector({3}));
  const Tensor data = vector({2});
  GradientTape tape;
  tape.watch(data);
  const Tensor before = x * data;
  tape.reset();
  EXPECT_THROW(tape.gradient(before, x), ValueError);
  EXPECT_EQ(floats(tape.gradient(x * data, x)), (Floats{2}));
  tape.reset();  // after its one gradient too
  EXPECT_EQ(floats(tape.gradient(x * x, x)), (Floats{6}));
  tape.reset();
  const Tensor after = x * data;
  EXPECT_THROW(tape.gradient(after, data), ValueError);  // not watched any more
}

}  // namespace
}  // namespace keratin
