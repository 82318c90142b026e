// SPDX-License-Identifier: Apache-2.0
// Threads that share the steps of loops and branches wait for each other's rows: each value here is
// read by columns right after it was written by rows, many times in turn.
#include <gtest/gtest.h>

#include "keratin/graph/ops/ops.h"
#include "keratin/graph/trace.h"
#include "keratin/runtime/executor.h"
#include "tests/support/close.h"

namespace keratin::testing_support {
namespace {

using Tensors = std::vector<Tensor>;

constexpr int64_t side = 64;
constexpr int64_t steps = 60;

// So small that differences fade from step to step.
Tensor numbers(const Shape& shape, int32_t seed) {
  Array key(DType::uint32, {2});
  key.data<uint32_t>()[0] = 0;
  key.data<uint32_t>()[1] = static_cast<uint32_t>(seed);
  return ops::random_uniform(Tensor(key), shape, -0.2, 0.2);
}

// Runs what `make` traces of inputs like these on so many threads.
Tensors run(const std::function<Tensors(const Tensors&)>& make, const Tensors& inputs,
            int threads) {
  Trace trace;
  Tensors symbols;
  for (const Tensor& input : inputs) symbols.push_back(trace.input(input.spec(), "x"));
  const auto executor = runtime::compile(*trace.finish(make(symbols)), threads);
  std::vector<Array> arrays;
  for (const Tensor& input : inputs) arrays.push_back(input.array().contiguous());
  executor->run(arrays);
  Tensors results;
  for (const Array& output : executor->outputs()) results.emplace_back(output.copy());
  return results;
}

// Threads give the bits of one thread, and that gives what is computed at once.
void expect_same(const std::function<Tensors(const Tensors&)>& make, const Tensors& inputs) {
  const Tensors expected = make(inputs);
  const Tensors alone = run(make, inputs, 1);
  ASSERT_EQ(alone.size(), expected.size());
  for (size_t i = 0; i < alone.size(); ++i) {
    EXPECT_TRUE(is_close(alone[i], expected[i], 1e-4)) << "result " << i;
  }
  for (const int threads : {2, 3}) {
    const Tensors shared = run(make, inputs, threads);
    for (size_t i = 0; i < alone.size(); ++i) {
      EXPECT_TRUE(same_bits(shared[i], alone[i])) << threads << " threads, result " << i;
    }
  }
}

Tensor turned(const Tensor& x, const Tensor& w) {
  return ops::tanh(ops::matmul(ops::transpose(x), w));
}

TEST(Control, StepsOfAScanWaitForWhatTheyRead) {
  const auto make = [](const Tensors& in) -> Tensors {
    const auto step = [&](const Nest& carry, const Nest& x) -> std::pair<Nest, Nest> {
      const Tensor y = turned(carry.tensor() + x.tensor(), in[1]);
      return {turned(y, in[1]), y};
    };
    const auto [last, ys] = ops::scan(step, in[0], in[2]);
    return {last.tensor(), ys.tensor()};
  };
  expect_same(
      make, {numbers({side, side}, 1), numbers({side, side}, 2), numbers({steps, side, side}, 3)});
}

TEST(Control, StepsOfALoopWaitForItsCondition) {
  const auto make = [](const Tensors& in) -> Tensors {
    // The count goes on by what the sum of a whole value tells.
    const auto goes_on = [&](const Nest& c) {
      return ops::logical_and(c[0].tensor() < steps, ops::sum(ops::abs(c[1].tensor())) > 0.0);
    };
    const auto next = [&](const Nest& c) {
      const Tensor y = turned(c[1].tensor(), in[1]);
      return Nest::list({Nest(c[0].tensor() + 1), Nest(turned(y, in[1]) + in[0])});
    };
    const Nest last =
        ops::while_loop(goes_on, next, Nest::list({Nest(Tensor(0).cast(DType::int32)), in[0]}));
    return {last[0].tensor(), last[1].tensor()};
  };
  expect_same(make, {numbers({side, side}, 4), numbers({side, side}, 5)});
}

TEST(Control, StepsWaitForTheBranchThatWasTaken) {
  const auto make = [](const Tensors& in) -> Tensors {
    const auto step = [&](const Nest& carry, const Nest& x) -> std::pair<Nest, Nest> {
      const Tensor& c = carry.tensor();
      const Nest chosen = ops::cond(
          x.tensor() > 0.0, [&] { return Nest(turned(c, in[1])); },
          [&] { return Nest(turned(turned(c, in[1]), in[1])); });
      return {turned(chosen.tensor(), in[1]) + in[0], nullptr};
    };
    return {ops::scan(step, in[0], in[2]).first.tensor()};
  };
  expect_same(make, {numbers({side, side}, 6), numbers({side, side}, 7), numbers({steps}, 8)});
}

TEST(Control, LoopsWithoutStepsGiveTheirCarries) {
  const auto make = [](const Tensors& in) -> Tensors {
    const auto step = [&](const Nest& carry, const Nest&) -> std::pair<Nest, Nest> {
      return {turned(carry.tensor(), in[1]), carry.tensor() * 2.0};
    };
    const auto [last, ys] = ops::scan(step, in[0], nullptr, 0);
    const auto never = [&](const Nest& c) { return ops::sum(c[0].tensor()) > 1e9; };
    const auto always = [&](const Nest& c) { return ops::sum(c[0].tensor()) < 1e9; };
    const auto next = [&](const Nest& c) { return Nest::list({turned(c[0].tensor(), in[1])}); };
    const Nest kept = ops::while_loop(never, next, Nest::list({in[0]}));
    const Nest none = ops::while_loop(always, next, Nest::list({in[0]}), 0);
    const Nest once = ops::while_loop(always, next, Nest::list({in[0]}), 1);
    return {last.tensor(), ys.tensor(), kept[0].tensor(), none[0].tensor(), once[0].tensor()};
  };
  const Tensors inputs{numbers({side, side}, 9), numbers({side, side}, 10)};
  expect_same(make, inputs);
  const Tensors results = run(make, inputs, 3);
  EXPECT_TRUE(same_bits(results[0], inputs[0]));
  EXPECT_EQ(results[1].shape(), (Shape{0, side, side}));
  EXPECT_TRUE(same_bits(results[2], inputs[0]));
  EXPECT_TRUE(same_bits(results[3], inputs[0]));
  EXPECT_FALSE(same_bits(results[4], inputs[0]));
}

TEST(Control, ReversedScansReadAndWriteTheLastRowFirst) {
  const auto make = [](const Tensors& in) -> Tensors {
    const auto step = [&](const Nest& carry, const Nest& x) -> std::pair<Nest, Nest> {
      return {carry.tensor() * 0.5 + x.tensor(), carry.tensor() + 1.0};
    };
    const auto [last, ys] = ops::scan(step, in[0], in[1], std::nullopt, true);
    return {last.tensor(), ys.tensor()};
  };
  const Tensors inputs{Tensor(8.0f), Tensor::from({1.0f, 2.0f, 4.0f}, {3})};
  const Tensors results = run(make, inputs, 1);
  EXPECT_EQ(results[0].item<float>(), (8.0f * 0.5f + 4.0f) * 0.25f + 1.0f + 1.0f);
  EXPECT_EQ(results[1].to_vector<float>(), (std::vector<float>{7.0f, 9.0f, 9.0f}));
}

}  // namespace
}  // namespace keratin::testing_support
