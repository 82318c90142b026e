// SPDX-License-Identifier: Apache-2.0
// Plans that serve fewer samples than they were made for.
#include "keratin/compiler/row_bound.h"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include "keratin/base/error.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/graph/trace.h"
#include "keratin/runtime/executor.h"
#include "tests/support/message.h"

namespace keratin::testing_support {
namespace {

using runtime::Executor;
using Function = std::function<Tensor(const Tensor&)>;

Tensor numbers(const Shape& shape, DType dtype) {
  return ops::random_uniform(Tensor::from<uint32_t>({7, 3}, {2}), shape).cast(dtype);
}

std::unique_ptr<Executor> compiled(const Function& function, Shape shape, DType dtype,
                                   int threads) {
  Trace trace;
  const Tensor y = function(trace.input({std::move(shape), dtype}, "x"));
  return runtime::compile(*trace.finish({y}), threads);
}

Shape with_rows(Shape shape, int64_t rows) {
  shape[0] = rows;
  return shape;
}

// Returns whether a plan serves fewer samples; each number of them then gives the same bits.
bool serves_fewer(const Function& function, const Shape& shape, DType dtype, int threads) {
  const int64_t most = shape[0];
  const auto exact = compiled(function, shape, dtype, threads);
  const auto other = compiled(function, with_rows(shape, most - 3), dtype, threads);
  const auto bound = runtime::bind_rows(*exact, most, *other, most - 3);
  if (bound == nullptr) return false;
  const Array x = numbers(shape, dtype).array().contiguous();
  for (int64_t samples : {most, int64_t{1}, most / 2, int64_t{2}, most - 1, most}) {
    const auto alone = compiled(function, with_rows(shape, samples), dtype, threads);
    const Array part = x.rows(0, samples);
    alone->run({{part}});
    bound->run({{part}});
    EXPECT_EQ(bound->samples(), samples);
    const Array& expected = alone->outputs()[0];
    const Array& got = bound->outputs()[0];
    EXPECT_EQ(got.shape(), expected.shape());
    EXPECT_EQ(std::memcmp(got.raw(), expected.raw(), expected.bytes()), 0)
        << samples << " samples, " << threads << " threads";
  }
  return true;
}

bool serves_fewer(const Function& function, const Shape& shape = {40, 24}) {
  bool all = true;
  for (DType dtype : {DType::float32, DType::float64, DType::float16}) {
    for (int threads : {1, 2, 3}) all = serves_fewer(function, shape, dtype, threads) && all;
  }
  return all;
}

Tensor constant(const Shape& shape, const Tensor& like) {
  return numbers(shape, DType::float32).cast(like.dtype());
}

TEST(RowBound, RowsOfTheirOwn) {
  const std::vector<Function> functions = {
      [](const Tensor& x) { return ops::tanh(x) + constant({24}, x); },
      [](const Tensor& x) { return ops::tanh(x); },  // alone, and of one sample few elements
      [](const Tensor& x) { return ops::sum(x, 1); },
      [](const Tensor& x) {
        return ops::matmul(x, constant({24, 33}, x));
      },
      [](const Tensor& x) {
        return ops::relu(ops::matmul(x, constant({24, 100}, x)) + 1.0f);
      },
      [](const Tensor& x) {
        return ops::softmax(ops::matmul(x, constant({24, 9}, x)));
      },
      [](const Tensor& x) { return ops::cumsum(x, 1); },
      [](const Tensor& x) {
        return ops::reshape(ops::reshape(x, {-1, 4}) * 2.0f, {-1, 24});
      },
      [](const Tensor& x) {
        return ops::sum(ops::reshape(x, {-1, 4, 6}), 1);
      },
      [](const Tensor& x) {
        const Tensor cubes = ops::reshape(x, {-1, 4, 6});
        return ops::matmul(cubes, ops::reshape(x, {-1, 6, 4}));
      },
      [](const Tensor& x) {
        return ops::matmul(ops::reshape(x, {-1, 4, 6}), constant({6, 5}, x));
      },
      [](const Tensor& x) {
        return ops::concatenate({x, ops::square(x)}, 1);
      },
      [](const Tensor& x) { return ops::max(x, 1); },
      [](const Tensor& x) {
        return ops::transpose(ops::reshape(x, {-1, 4, 6}), {0, 2, 1});
      },
      [](const Tensor& x) {
        return x[{All, Slice(2, 20, 3)}];
      },
      [](const Tensor& x) {
        return ops::pad(ops::flip(x, 1), {{0, 0}, {1, 2}});
      },
      [](const Tensor& x) {
        return x + ops::zeros({x.shape()[0], 1}, x.dtype());
      },
      [](const Tensor& x) {
        return ops::take(constant({9, 5}, x), (ops::absolute(x) * 8.0f).cast(DType::int32), 0);
      },
  };
  for (size_t i = 0; i < functions.size(); ++i) {
    SCOPED_TRACE(i);
    EXPECT_TRUE(serves_fewer(functions[i]));
  }
}

// The number of samples, or a sample behind the last one, is part of what is computed.
TEST(RowBound, RowsThatDependOnOthers) {
  const auto count = [](const Tensor& x) { return x.shape()[0]; };
  const std::vector<Function> functions = {
      [&](const Tensor& x) { return x * static_cast<float>(count(x)); },
      [](const Tensor& x) { return x - ops::mean(x, 0, true); },
      [](const Tensor& x) { return x - ops::max(x, 0, true); },
      [](const Tensor& x) { return ops::flip(x, 0); },
      [](const Tensor& x) { return ops::softmax(x, 0); },
      [](const Tensor& x) { return ops::transpose(x); },
      [](const Tensor& x) { return ops::matmul(ops::matmul(x, ops::transpose(x)), x); },
      [&](const Tensor& x) { return x * ops::sum(ops::ones({count(x)}, x.dtype())); },
      [&](const Tensor& x) {
        return x + ops::flip(ops::arange(count(x)), 0).cast(x.dtype()).reshape({-1, 1});
      },
      [](const Tensor& x) {
        return ops::concatenate({x, x}, 0);
      },
      [](const Tensor& x) {
        return ops::concatenate({constant({1, 24}, x), x}, 0);
      },
      [](const Tensor& x) {
        return ops::reshape(x, {24, -1});
      },
      [](const Tensor& x) { return x[Slice(1, {})]; },
      [](const Tensor& x) { return ops::sum(x); },
      [](const Tensor& x) { return x; },
      [](const Tensor& x) {
        return constant({3, 2}, x);
      },
  };
  for (size_t i = 0; i < functions.size(); ++i) {
    SCOPED_TRACE(i);
    EXPECT_FALSE(serves_fewer(functions[i]));
  }
}

TEST(RowBound, SaysWhatItExpects) {
  const Function function = [](const Tensor& x) { return ops::tanh(x); };
  const auto exact = compiled(function, {8, 3}, DType::float32, 1);
  const auto other = compiled(function, {5, 3}, DType::float32, 1);
  const auto bound = runtime::bind_rows(*exact, 8, *other, 5);
  ASSERT_NE(bound, nullptr);
  const auto run = [&](const Shape& shape) {
    return message_of<ShapeError>([&] { bound->run({{Array::zeros(DType::float32, shape)}}); });
  };
  EXPECT_EQ(run({9, 3}),
            "plan: expected input 0 of shape [8, 3], got [9, 3]. Pass what it was traced with.");
  EXPECT_NE(run({0, 3}), "");
  EXPECT_NE(run({8, 4}), "");
  EXPECT_NE(run({8}), "");
  EXPECT_NE(run({}), "");
  EXPECT_EQ(runtime::bind_rows(*exact, 8, *exact, 8), nullptr);
}

// Variables are the same ones; a plan that changes them has no bound.
TEST(RowBound, Variables) {
  const Variable one(Tensor::from<float>({1, 2}, {2}), {.name = "one"});
  const Variable two(Tensor::from<float>({1, 2}, {2}), {.name = "two"});
  const auto graph = [&](int64_t samples, const Variable& variable, bool updates) {
    Trace trace;
    const Tensor y = trace.input({{samples, 2}, DType::float32}, "x") * variable.value();
    if (updates) variable.assign(variable.value() + 1.0f);
    return runtime::compile(*trace.finish({y}));
  };
  EXPECT_NE(runtime::bind_rows(*graph(8, one, false), 8, *graph(4, one, false), 4), nullptr);
  EXPECT_EQ(runtime::bind_rows(*graph(8, one, false), 8, *graph(4, two, false), 4), nullptr);
  EXPECT_EQ(runtime::bind_rows(*graph(8, one, true), 8, *graph(4, one, true), 4), nullptr);
}

}  // namespace
}  // namespace keratin::testing_support
