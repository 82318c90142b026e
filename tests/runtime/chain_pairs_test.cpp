// SPDX-License-Identifier: Apache-2.0
// Instructions of chains that are done in one pass give the bits of one op after the other.
#include "keratin/runtime/chain_pairs.h"

#include <gtest/gtest.h>

#include <functional>

#include "keratin/graph/ops/ops.h"
#include "keratin/graph/trace.h"
#include "keratin/runtime/eager.h"
#include "keratin/runtime/executor.h"
#include "tests/support/close.h"
#include "tests/support/random_graph.h"

namespace keratin::testing_support {
namespace {

using runtime::Instruction;
using runtime::Slot;

// With 3 rows of 171 tiles end where vectors do not.
const Shape shape{3, 171};

Tensor some(uint32_t seed, float low, float high) {
  Array array(DType::float32, shape);
  for (int64_t i = 0; i < array.size(); ++i) {
    const auto part = static_cast<float>((static_cast<uint32_t>(i) * 7919 + seed) % 1009) / 1009.0f;
    array.data<float>()[i] = low + (high - low) * part;
  }
  return Tensor(array);
}

using Formula = std::function<std::vector<Tensor>(const std::vector<Tensor>&)>;

// g, v, m, w: the forms in which optimizers write their steps.
std::vector<Formula> formulas() {
  const auto by_root = [](const Tensor& g, const Tensor& v) {
    return 0.01f * g / ops::sqrt(v + 1e-7f);
  };
  const auto by_sum = [](const Tensor& g, const Tensor& v) {
    return g * 0.01f / (ops::sqrt(v) + 1e-7f);
  };
  const auto average = [](const Tensor& g, const Tensor& v) {
    return 0.9f * v + 0.1f * ops::square(g);
  };
  const auto approach = [](const Tensor& from, const Tensor& to) {
    return from + (to - from) * 0.1f;
  };
  return {
      [=](const auto& x) -> std::vector<Tensor> {  // RMSprop
        const Tensor v = average(x[0], x[1]);
        return {v, x[3] - by_root(x[0], v)};
      },
      [=](const auto& x) -> std::vector<Tensor> {  // Adam
        const Tensor m = approach(x[2], x[0]);
        const Tensor v = approach(x[1], ops::square(x[0]));
        return {m, v, x[3] - by_sum(m, v)};
      },
      [=](const auto& x) -> std::vector<Tensor> { return {by_root(x[0], x[1])}; },
      [=](const auto& x) -> std::vector<Tensor> { return {by_sum(x[0], x[1])}; },
      [=](const auto& x) -> std::vector<Tensor> {  // the step is taken twice: it is no part of one
        const Tensor step = by_root(x[0], x[1]);
        return {x[3] - step, x[2] - step};
      },
      [=](const auto& x) -> std::vector<Tensor> {  // so is the root
        const Tensor root = ops::sqrt(x[1] + 1e-7f);
        return {x[3] - 0.01f * x[0] / root, x[2] + root};
      },
      [=](const auto& x) -> std::vector<Tensor> { return {by_root(x[0], x[1]) - x[3]}; },
      [=](const auto& x) -> std::vector<Tensor> { return {approach(x[0], x[0])}; },
  };
}

TEST(ChainPairs, GiveTheBitsOfOneOpAfterTheOther) {
  const std::vector<Tensor> data{some(1, -1.0f, 1.0f), some(2, 0.0f, 2.0f), some(3, -3.0f, 3.0f),
                                 some(4, -1.0f, 1.0f)};
  const std::vector<Formula> all = formulas();
  for (size_t k = 0; k < all.size(); ++k) {
    SCOPED_TRACE("formula " + std::to_string(k));
    const auto traced = [&] {
      Trace trace(Trace::Mode::primitives);
      std::vector<Tensor> inputs;
      for (size_t i = 0; i < data.size(); ++i) {
        inputs.push_back(trace.input(data[i].spec(), "x" + std::to_string(i)));
      }
      return trace.finish(all[k](inputs));
    };
    const auto executor = runtime::compile(*traced(), 1);
    executor->run(arrays_of(data));
    const runtime::ReferenceScope reference;
    const std::vector<Tensor> expected = all[k](data);
    for (size_t i = 0; i < expected.size(); ++i) {
      EXPECT_TRUE(same_bits(Tensor(executor->outputs()[i]), expected[i])) << "result " << i;
    }
  }
}

// Builds instructions as chains do, with a slot for each value.
class Program {
 public:
  int input() { return add({.kind = Slot::Kind::input}); }
  int output() { return add({.kind = Slot::Kind::output}); }
  int one() { return add({.kind = Slot::Kind::scratch, .extent = compiler::Extent::one}); }
  int compute(runtime::simd::Micro micro, int a, int b, int single = 0, int to = -1) {
    if (to < 0) to = add({});
    instructions.push_back({runtime::simd::level().micro[static_cast<int>(micro)][single], micro,
                            single, compiler::Extent::full, to, a, b, -1});
    return to;
  }
  void join() {
    runtime::join_pairs(instructions, slots);
    runtime::join_groups(instructions, slots);
  }

  std::vector<Instruction> instructions;
  std::vector<Slot> slots;

 private:
  int add(Slot slot) {
    slots.push_back(slot);
    return static_cast<int>(slots.size()) - 1;
  }
};

// w - r g / root(v + e) becomes one instruction, whose operands are in the order of its parts.
TEST(ChainPairs, AStepOfAnOptimizerIsOneInstruction) {
  using runtime::simd::Micro;
  for (const bool is_shared : {false, true}) {
    Program program;
    const int v = program.input(), g = program.input(), w = program.input();
    const int e = program.one(), r = program.one();
    const int sum = program.compute(Micro::add, v, e, runtime::simd::single_second);
    const int root = program.compute(Micro::sqrt, sum, -1);
    const int scaled = program.compute(Micro::multiply, r, g, runtime::simd::single_first);
    const int step = program.compute(Micro::divide, scaled, root);
    const int to = program.compute(Micro::subtract, w, step, 0, program.output());
    if (is_shared) program.compute(Micro::add, root, g, 0, program.output());
    program.join();
    if (is_shared) {
      EXPECT_GT(program.instructions.size(), 2u) << "the root is wanted elsewhere";
      continue;
    }
    ASSERT_EQ(program.instructions.size(), 1u);
    EXPECT_EQ(program.instructions[0].to, to);
    EXPECT_EQ(program.instructions[0].operands(), (std::array<int, 5>{v, e, r, g, w}));
  }
}

}  // namespace
}  // namespace keratin::testing_support
