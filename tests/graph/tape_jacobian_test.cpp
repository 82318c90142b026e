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
