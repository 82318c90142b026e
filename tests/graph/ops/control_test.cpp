// SPDX-License-Identifier: Apache-2.0
// Loops and branches: what becomes of the functions, and which are refused.
#include "keratin/graph/ops/control.h"

#include <gtest/gtest.h>

#include "keratin/base/error.h"
#include "keratin/graph/autodiff.h"
#include "keratin/graph/call.h"
#include "keratin/graph/ops/control_ops.h"
#include "keratin/graph/ops/ops.h"
#include "tests/support/message.h"
#include "tests/support/run_graph.h"

namespace keratin::testing_support {
namespace {

using Floats = std::vector<float>;
using Pair = std::pair<Nest, Nest>;

Tensor floats(const Floats& values) {
  return Tensor::from(values, {static_cast<int64_t>(values.size())});
}

Pair sum_step(const Nest& c, const Nest& x) {
  const Tensor sum = c.tensor() + x.tensor();
  return {sum, sum};
}

// Traces a function of one vector and runs the graph.
template <class F>
Floats traced(const F& f, const Floats& x) {
  std::shared_ptr<Graph> graph;
  {
    Trace trace;
    const Tensor result = f(trace.input(floats(x).spec(), "x"));
    graph = trace.finish({result});
  }
  verify(*graph, "test");
  return run_graph(*graph, {floats(x)})[0].template to_vector<float>();
}

TEST(Control, FunctionsAreCalledOnceInATrace) {
  int calls = 0;
  const auto step = [&](const Nest& c, const Nest& x) {
    ++calls;
    return sum_step(c, x);
  };
  ops::scan(step, Tensor::zeros({}), floats({1, 2, 3}));
  EXPECT_EQ(calls, 3);
  const auto sums = [&](const Tensor& x) -> Tensor {
    return ops::scan(step, Tensor::zeros({}), x).second;
  };
  EXPECT_EQ(traced(sums, {1, 2, 3}), (Floats{1, 3, 6}));
  EXPECT_EQ(calls, 4);
}

TEST(Control, ACondOfDataRunsOneFunction) {
  const auto fails = []() -> Nest { throw ValueError("never"); };
  const Nest one = ops::cond(
      Tensor(true), [] { return Nest(Tensor(1.0f)); }, fails);
  EXPECT_EQ(one.item<float>(), 1.0f);
}

TEST(Control, WhatIsReadFromAroundIsPassedIn) {
  const Variable scale(Tensor(Array::scalar(3.0f)), {.name = "scale"});
  const Tensor large = ops::arange(100.0);
  size_t inputs = 0;
  const auto run = [&](const Tensor& x) {
    const auto step = [&](const Nest& c, const Nest&) -> Pair {
      return {c.tensor() * scale + x * ops::max(large + x[0] * 0), nullptr};
    };
    const Tensor last = ops::scan(step, Tensor::zeros({2}), nullptr, 2).first;
    inputs = Trace::current()->graph()->nodes().back().inputs.size();
    return last;
  };
  EXPECT_EQ(traced(run, {1, 2}), (Floats{396, 792}));
  EXPECT_EQ(inputs, 4u);  // the carry, x, the variable, the large constant
}

TEST(Control, VariablesAssignedInsideTravelAlong) {
  const Variable count(Tensor(Array::scalar(0.0f)), {.name = "count"});
  const auto step = [&](const Nest& c, const Nest& x) {
    count.assign_add(x.tensor());
    return sum_step(c, x);
  };
  const auto run = [&](const Tensor& x) -> Tensor {
    ops::scan(step, Tensor::zeros({}), x);
    const auto raised = [&] {
      count.assign(count * 10);
      return Nest(x);
    };
    ops::cond(ops::sum(x) > 0, raised, [&] { return Nest(x); });
    const auto body = [&](const Nest& i) {
      count.assign_add(1);
      return Nest(i.tensor() + 1);
    };
    ops::while_loop([](const Nest& i) { return Nest(i.tensor() < 2); }, body, Tensor(0));
    return count.value();
  };
  EXPECT_EQ(traced(run, {1, 2, 3}), (Floats{62}));
  EXPECT_EQ(count.value().item<float>(), 62.0f);
  run(floats({1, 2, 3}));
  EXPECT_EQ(count.value().item<float>(), 682.0f);
}

TEST(Control, GradientsFlowToWhatIsReadFromAround) {
  const Variable w(floats({2, 3}), {.name = "w"});
  const auto gradient = [&](const Tensor& x) {
    const auto step = [&](const Nest& c, const Nest& row) -> Pair {
      return {c.tensor() + row.tensor() * w * w, nullptr};
    };
    const Tensor last = ops::scan(step, Tensor::zeros({2}), ops::stack({x, x})).first;
    return gradients(ops::sum(last), {w.value()})[0];
  };
  EXPECT_EQ(traced(gradient, {1, 10}), (Floats{8, 120}));
}

TEST(Control, LargeConstantsBecomeInputs) {
  Graph body;
  const TensorSpec spec{{100}, DType::float32};
  const ValueId c = body.add_input(spec, "x0");
  const ValueId constant = body.add_constant(ops::arange(100.0).array());
  body.outputs = body.add_node(find_op("add"), {}, {c, constant}, {spec});
  Graph graph;
  const ValueId init = graph.add_input(spec, "x");
  graph.outputs = graph.add_node(
      ops::scan_op,
      ops::ScanAttrs{.carries = 1, .length = 2, .body = {std::make_shared<Graph>(body)}}, {init},
      {spec});
  EXPECT_TRUE(ops::lift_constants(graph));
  EXPECT_FALSE(ops::lift_constants(graph));
  verify(graph, "test");
  const Tensor result = run_graph(graph, {Tensor::ones({100})})[0];
  EXPECT_EQ(result.to_vector<float>()[99], 199.0f);
}

template <class E, class F>
void expect_refused(const F& f, const std::string& message) {
  EXPECT_EQ(message_of<E>(f), message);
}

TEST(Control, MisuseOfScanIsExplained) {
  const Tensor zero = Tensor::zeros({});
  const Tensor xs = floats({1, 2, 3});
  expect_refused<ValueError>(
      [&] { ops::scan(sum_step, zero); },
      "scan: expected xs or a length, got neither. Say how many steps there are.");
  expect_refused<ShapeError>(
      [&] { ops::scan(sum_step, zero, xs, 4); },
      "scan: expected xs of 4 rows, got 3. Give all xs, and length, one size.");
  expect_refused<ShapeError>(
      [&] { ops::scan(sum_step, zero, zero); },
      "scan: expected xs with an axis to go along, got a scalar. Add an axis.");
  expect_refused<ValueError>(
      [&] { ops::scan(sum_step, zero, xs, std::nullopt, false, 0); },
      "scan: expected an unroll of 1 or more, or a bool, got 0. Leave it out.");
  const auto integer = [](const Nest& c, const Nest& x) -> Pair {
    return {ops::cast(c.tensor() + x.tensor(), DType::int32), nullptr};
  };
  expect_refused<DTypeError>([&] { ops::scan(integer, zero, xs); },
                             "scan: expected a carry that stays float32[], got int32[]. Cast what "
                             "the function returns.");
  const auto grows = [](const Nest& c, const Nest&) -> Pair {
    return {ops::stack({c.tensor(), c.tensor()}), nullptr};
  };
  expect_refused<ShapeError>([&] { ops::scan(grows, zero, xs); },
                             "scan: expected a carry that stays float32[], got float32[2]. Return "
                             "the shape that was given.");
  const auto pairs = [](const Nest& c, const Nest&) -> Pair {
    return {Nest::list({c, c}), nullptr};
  };
  expect_refused<ValueError>([&] { ops::scan(pairs, zero, xs); },
                             "scan: expected a carry of the structure [], got [[], []]. Return the "
                             "same structure.");
}

TEST(Control, MisuseOfBranchesAndLoopsIsExplained) {
  Trace trace;
  const Tensor x = trace.input({{2}, DType::float32}, "x");
  const auto give = [](const Tensor& tensor) { return [tensor] { return Nest(tensor); }; };
  expect_refused<ShapeError>([&] { ops::cond(x > 0, give(x), give(x)); },
                             "cond: expected a scalar as pred, got shape [2]. Reduce it first.");
  expect_refused<ValueError>(
      [&] { ops::cond(ops::sum(x) > 0, give(x), give(ops::sum(x))); },
      "cond: expected branches that give the same shapes and dtypes, got [float32[]] and "
      "[float32[2]]. Cast or reshape what they return.");
  const auto twice = [](const Nest& v) { return Nest(v.tensor() * 2); };
  expect_refused<DTypeError>(
      [&] { ops::while_loop([](const Nest& v) { return Nest(ops::sum(v)); }, twice, x); },
      "while_loop: expected a condition of dtype bool, got float32. Compare it with something.");
  const Tensor last =
      ops::while_loop([](const Nest& v) { return Nest(ops::sum(v) < 9); }, twice, x);
  expect_refused<ValueError>(
      [&] { gradients(ops::sum(last), {x}); },
      "gradients: expected ops that have a gradient, got a while_loop, which has none in reverse "
      "mode. Use scan, or fori_loop with numbers as bounds.");
  const Variable v(Tensor::ones({}), {.name = "v"});
  const auto assigns = [&](const Nest& now) {
    v.assign(Tensor::zeros({}));
    return Nest(ops::sum(now) < 9);
  };
  expect_refused<ValueError>([&] { ops::while_loop(assigns, twice, x); },
                             "while_loop: expected a condition that assigns no variable, got one "
                             "that assigns 'v'. Assign it in the body.");
}

TEST(Control, LossesInsideAreRefused) {
  Trace trace;
  const Tensor x = trace.input({{2}, DType::float32}, "x");
  const auto step = [](const Nest& c, const Nest& row) {
    Trace::current()->add_loss(row);
    return sum_step(c, row);
  };
  expect_refused<ValueError>([&] { ops::scan(step, Tensor::zeros({}), x); },
                             "add_loss: expected a loss outside of the functions of cond, "
                             "while_loop and scan, got one inside. Return it from the function.");
}

TEST(Control, KerasTensorsGoThroughAllWays) {
  const Tensor x = keras_tensor({{None, 3}, DType::float32});
  const Tensor flag = keras_tensor({{}, DType::bool_});
  const Nest chosen = ops::cond(
      flag,
      [&] {
        return Nest::list({x + 1.0f, x});
      },
      [&] {
        return Nest::list({x * 2.0f, x});
      });
  EXPECT_EQ(chosen.size(), 2u);
  EXPECT_TRUE(chosen[0].tensor().is_keras_tensor());
  EXPECT_EQ(chosen[0].shape(), (Shape{None, 3}));
  EXPECT_EQ(message_of<ValueError>([&] {
              ops::cond(
                  flag, [&] { return Nest(x); },
                  [&] {
                    return Nest::list({x, x});
                  });
            }).substr(0, 5),
            "cond:");
  const Nest looped = ops::while_loop([](const Nest& c) { return ops::sum(c[1].tensor()) < 3.0f; },
                                      [](const Nest& c) {
                                        return Nest::list({c[0].tensor(), c[1].tensor() * 2.0f});
                                      },
                                      Nest::list({keras_tensor({{}, DType::int32}), x}));
  EXPECT_EQ(looped[0].tensor().dtype(), DType::int32);
  EXPECT_EQ(looped[1].shape(), (Shape{None, 3}));
  EXPECT_EQ(message_of<DTypeError>([&] {
              ops::while_loop([](const Nest& c) { return ops::sum(c.tensor()); },
                              [](const Nest& c) { return c; }, x);
            }),
            "while_loop: expected a condition of dtype bool, got float32. Compare it with "
            "something.");
}

}  // namespace
}  // namespace keratin::testing_support
