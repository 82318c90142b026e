// SPDX-License-Identifier: Apache-2.0
// Plans of 16-bit values: they compute in float32 tiles and round where eager runs do.
#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>

#include "keratin/graph/ops/ops.h"
#include "keratin/graph/trace.h"
#include "keratin/runtime/eager.h"
#include "keratin/runtime/executor.h"
#include "tests/support/close.h"
#include "tests/support/random_graph.h"

namespace keratin::testing_support {
namespace {

constexpr int64_t rows = 67, columns = 45;

class HalfPlans : public testing::TestWithParam<DType> {
 protected:
  Tensor data(const Shape& shape) {
    Array array(DType::float32, shape);
    for (int64_t i = 0; i < array.size(); ++i) {
      array.data<float>()[i] = static_cast<float>(random_() % 4001) / 500.0f - 4.0f;
    }
    return Tensor(array).cast(GetParam());
  }

  // Returns a random expression over the values: of ops that are exact in float32 but for the one
  // rounding.
  Tensor expression(const std::vector<Tensor>& values, int depth) {
    const auto operand = [&]() -> Tensor {
      if (depth == 0 || random_() % 4 == 0) return values[random_() % values.size()];
      return expression(values, depth - 1);
    };
    const Tensor a = operand();
    const Tensor b = operand();
    switch (random_() % 10) {
      case 0:
        return a + b;
      case 1:
        return a - b;
      case 2:
        return a * b;
      case 3:
        return a / (ops::absolute(b) + 1.0);
      case 4:
        return ops::sqrt(ops::absolute(a)) * 0.3;
      case 5:
        return ops::maximum(a, b * 1.7);
      case 6:
        return ops::where(a > b, a, -b);
      case 7:
        return ops::relu(a) + ops::square(b);
      case 8:  // by way of float32, where nothing is rounded
        return (a.cast(DType::float32) * 1.001f + b.cast(DType::float32)).cast(GetParam());
      default:
        return ops::max(a + values[0], -1, true) - b;
    }
  }

  std::mt19937 random_{5};
};

TEST_P(HalfPlans, ChainsGiveTheBitsOfEagerRuns) {
  for (int turn = 0; turn < 40; ++turn) {
    SCOPED_TRACE("turn " + std::to_string(turn));
    const std::vector<Tensor> inputs = {data({rows, columns}), data({rows, columns}),
                                        data({rows, 1}), data({columns}), data({})};
    random_.seed(static_cast<uint32_t>(turn));
    const Tensor expected = expression(inputs, 4);
    const auto traced = [&] {
      random_.seed(static_cast<uint32_t>(turn));
      Trace trace;
      std::vector<Tensor> values;
      for (const Tensor& input : inputs) {
        values.push_back(trace.input(input.spec(), "x" + std::to_string(values.size())));
      }
      return trace.finish({expression(values, 4)});
    };
    for (int threads : {1, 3}) {
      const auto executor = runtime::compile(*traced(), threads);
      executor->run(arrays_of(inputs));
      ASSERT_TRUE(same_bits(Tensor(executor->outputs()[0]), expected)) << threads << " threads";
    }
  }
}

TEST_P(HalfPlans, ProductsAreRoundedOnce) {
  const runtime::ReferenceScope reference;
  for (const auto& [m, n, k] : {std::array{1, 3, 5}, {33, 17, 64}, {70, 300, 200}, {40, 600, 33}}) {
    for (int turns = 0; turns < 4; ++turns) {
      SCOPED_TRACE(std::to_string(m) + ", turns " + std::to_string(turns));
      const ops::MatmulAttrs attrs{.transpose_a = turns % 2 == 1, .transpose_b = turns > 1};
      const Tensor a = data(attrs.transpose_a ? Shape{k, m} : Shape{m, k});
      const Tensor b = data(attrs.transpose_b ? Shape{n, k} : Shape{k, n});
      const auto product = [&](const Tensor& x, const Tensor& y) {
        return apply_one(ops::batch_matmul_op, {x, y}, attrs);
      };
      const Tensor exact = product(a.cast(DType::float64), b.cast(DType::float64));
      const auto traced = [&] {
        Trace trace;
        const Tensor x = trace.input(a.spec(), "a");
        const Tensor y = trace.input(b.spec(), "b");
        return trace.finish({product(x, y)});
      };
      for (int threads : {1, 2}) {
        const auto executor = runtime::compile(*traced(), threads);
        executor->run(arrays_of({a, b}));
        // Half a unit in the last place, and what the sum itself is off by.
        const double unit = GetParam() == DType::float16 ? 0x1p-11 : 0x1p-8;
        const Tensor actual = Tensor(executor->outputs()[0]).cast(DType::float64);
        EXPECT_LE(largest_difference(actual, exact), (unit + 1e-5) * largest(exact));
        EXPECT_TRUE(is_close(Tensor(executor->outputs()[0]), product(a, b), 1e-6, exact));
      }
    }
  }
}

TEST_P(HalfPlans, SeveralProductsAreThoseOfEach) {
  const runtime::ReferenceScope reference;
  const Tensor a = data({9, 12, 20});
  const Tensor b = data({9, 20, 31});
  const auto traced = [&] {
    Trace trace;
    const Tensor x = trace.input(a.spec(), "a");
    const Tensor y = trace.input(b.spec(), "b");
    return trace.finish({ops::matmul(x, y)});
  };
  const Tensor exact = ops::matmul(a.cast(DType::float64), b.cast(DType::float64));
  for (int threads : {1, 2}) {
    const auto executor = runtime::compile(*traced(), threads);
    executor->run(arrays_of({a, b}));
    EXPECT_TRUE(is_close(Tensor(executor->outputs()[0]), ops::matmul(a, b), 1e-6, exact));
  }
}

INSTANTIATE_TEST_SUITE_P(Types, HalfPlans, testing::Values(DType::float16, DType::bfloat16),
                         [](const auto& type) { return std::string(name_of(type.param)); });

}  // namespace
}  // namespace keratin::testing_support
