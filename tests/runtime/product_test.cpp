// SPDX-License-Identifier: Apache-2.0
// Matrix products in plans: alone, and in front of fused ops.
#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <random>

#include "keratin/base/determinism.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/graph/trace.h"
#include "keratin/runtime/eager.h"
#include "keratin/runtime/executor.h"
#include "keratin/runtime/simd/simd.h"
#include "tests/support/close.h"
#include "tests/support/random_graph.h"

namespace keratin::testing_support {
namespace {

using runtime::Executor;

Array random_matrix(int64_t rows, int64_t columns, uint32_t seed) {
  std::mt19937 random(seed);
  Array array(DType::float32, {rows, columns});
  for (int64_t i = 0; i < array.size(); ++i) {
    array.data<float>()[i] = static_cast<float>(random() % 2001) / 1000.0f - 1.0f;
  }
  return array;
}

void expect_product(int64_t m, int64_t n, int64_t k, bool transpose_a, bool transpose_b) {
  SCOPED_TRACE(std::to_string(m) + " x " + std::to_string(n) + " x " + std::to_string(k) +
               (transpose_a ? ", a transposed" : "") + (transpose_b ? ", b transposed" : ""));
  const Tensor a(transpose_a ? random_matrix(k, m, 1) : random_matrix(m, k, 1));
  const Tensor b(transpose_b ? random_matrix(n, k, 2) : random_matrix(k, n, 2));
  const ops::MatmulAttrs attrs{.transpose_a = transpose_a, .transpose_b = transpose_b};
  Graph graph;
  const ValueId x = graph.add_input(a.spec(), "a");
  const ValueId y = graph.add_input(b.spec(), "b");
  graph.outputs = graph.add_node(ops::batch_matmul_op, attrs, {x, y}, {{{m, n}, DType::float32}});
  Executor executor(compiler::make_plan(graph));
  executor.run(arrays_of({a, b}));
  const Tensor actual(executor.outputs()[0].copy());
  const Tensor at_once = apply_one(ops::batch_matmul_op, {a, b}, attrs);
  const runtime::ReferenceScope reference;
  const Tensor expected = apply_one(ops::batch_matmul_op, {a, b}, attrs);
  const auto wide = [](const Tensor& matrix) { return matrix.cast(DType::float64); };
  const Tensor exact = apply_one(ops::batch_matmul_op, {wide(a), wide(b)}, attrs);
  ASSERT_TRUE(is_close(actual, expected, forward_tolerance, exact));
  // On data products are the project's own, as they are in plans unless they are large.
  ASSERT_TRUE(is_close(at_once, expected, forward_tolerance, exact));
  const bool is_large = m * n * k >= (int64_t{1} << 22);
  ASSERT_TRUE(is_large || same_bits(at_once, actual));
  executor.run(arrays_of({a, b}));
  ASSERT_TRUE(same_bits(Tensor(executor.outputs()[0]), actual));
  if (k == 0) {
    EXPECT_EQ(actual.to_vector<float>(),
              std::vector<float>(static_cast<size_t>(actual.array().size())));
  }
}

TEST(Products, ProductsAreThoseOfTheReferenceKernel) {
  for (int64_t m : {1, 3, 16, 33, 300}) {
    for (int64_t n : {1, 3, 16, 33, 300}) {
      for (int64_t k : {1, 3, 16, 33, 300}) {
        for (int turns = 0; turns < 4; ++turns) expect_product(m, n, k, turns % 2 == 1, turns > 1);
        if (HasFailure()) return;
      }
    }
  }
}

// One layer of 200 x 300 x 400 and its gradients: each product is large enough for oneDNN.
std::vector<Tensor> results_of_large_products(int threads) {
  const std::vector<Tensor> data{Tensor(random_matrix(200, 400, 1)),
                                 Tensor(random_matrix(400, 300, 2)),
                                 Tensor(random_matrix(200, 300, 3))};
  Trace trace(Trace::Mode::primitives);
  const Tensor x = trace.input(data[0].spec(), "x");
  const Tensor w = trace.input(data[1].spec(), "w");
  const Tensor d = trace.input(data[2].spec(), "d");
  const auto graph = trace.finish(
      {ops::matmul(x, w), ops::matmul(ops::transpose(x), d), ops::matmul(d, ops::transpose(w))});
  const auto executor = runtime::compile(*graph, threads);
  executor->run(arrays_of(data));
  std::vector<Tensor> results;
  for (const Array& output : executor->outputs()) results.emplace_back(output.copy());
  return results;
}

TEST(Products, WithDeterminismAnyNumberOfThreadsGivesTheSameBits) {
  config::enable_op_determinism();
  const std::vector<Tensor> alone = results_of_large_products(1);
  for (int threads : {2, 3, 4}) {
    const std::vector<Tensor> shared = results_of_large_products(threads);
    for (size_t i = 0; i < alone.size(); ++i) {
      EXPECT_TRUE(same_bits(alone[i], shared[i])) << threads << " threads, product " << i;
    }
  }
  config::enable_op_determinism(false);
}

// Products are left to oneDNN on processors with AVX-512 only.
TEST(Products, WithoutAvx512AnyNumberOfThreadsGivesTheSameBits) {
  if (runtime::simd::level().lanes == 16) GTEST_SKIP() << "oneDNN may compute them on one thread";
  const std::vector<Tensor> alone = results_of_large_products(1);
  const std::vector<Tensor> shared = results_of_large_products(2);
  for (size_t i = 0; i < alone.size(); ++i) {
    EXPECT_TRUE(same_bits(alone[i], shared[i])) << "product " << i;
  }
}

TEST(Products, ProductsOfThinAndEmptyMatricesAreThoseOfTheReferenceKernel) {
  for (int turns = 0; turns < 4; ++turns) {
    for (const auto& [m, n, k] : std::initializer_list<std::array<int64_t, 3>>{{1, 5000, 1},
                                                                               {5000, 1, 1},
                                                                               {1, 1, 5000},
                                                                               {1, 128, 1000},
                                                                               {128, 1, 1000},
                                                                               {64, 64, 0},
                                                                               {1, 1, 0},
                                                                               {0, 64, 64},
                                                                               {64, 0, 64},
                                                                               {0, 0, 0}}) {
      expect_product(m, n, k, turns % 2 == 1, turns > 1);
    }
  }
}

// A fused op takes the product in front of it along; it writes `w` in place, row by row.
void expect_product_in_front(int64_t m, int64_t n, int64_t k, bool transpose_a) {
  SCOPED_TRACE(std::to_string(m) + " x " + std::to_string(n) + " x " + std::to_string(k) +
               (transpose_a ? ", a transposed" : ""));
  const Tensor a(transpose_a ? random_matrix(k, m, 1) : random_matrix(m, k, 1));
  const Tensor b(random_matrix(k, n, 2));
  const Tensor bias(random_matrix(1, n, 3));
  const Tensor start(random_matrix(m, n, 4));
  const Variable w(start, {.name = "w"});
  const auto step = [&](const Tensor& x, const Tensor& y, const Tensor& z, const Tensor& old) {
    const ops::MatmulAttrs attrs{.transpose_a = transpose_a};
    return old - (apply_one(ops::batch_matmul_op, {x, y}, attrs) + z) * 0.5f;
  };
  const auto wide = [](const Tensor& matrix) { return matrix.cast(DType::float64); };
  const Tensor expected = step(a, b, bias, start);
  const Tensor exact = step(wide(a), wide(b), wide(bias), wide(start));
  std::optional<Tensor> first;
  for (int threads : {1, 2, 3}) {
    const auto traced = [&] {
      Trace trace;
      const Tensor x = trace.input(a.spec(), "a");
      const Tensor y = trace.input(b.spec(), "b");
      const Tensor z = trace.input(bias.spec(), "bias");
      trace.assign(w, step(x, y, z, trace.read(w)));
      return trace.finish({});
    };
    const auto executor = runtime::compile(*traced(), threads);
    ASSERT_EQ(executor->describe().size(), 1u);
    w.assign(start);
    executor->run(arrays_of({a, b, bias}));
    const Tensor actual(w.value().array().copy());
    ASSERT_TRUE(is_close(actual, expected, forward_tolerance, exact)) << threads << " threads";
    if (!first) first = actual;
    ASSERT_TRUE(same_bits(actual, *first)) << threads << " threads";
  }
}

TEST(Products, ProductsInFrontOfFusedOpsJoinThem) {
  for (int64_t m : {2, 5, 50, 300}) {
    for (int64_t n : {1, 7, 32, 200}) {
      for (int64_t k : {1, 40, 300}) {
        if (n > m && n * k >= (1 << 15)) continue;  // threads share its columns
        for (const bool transpose_a : {false, true}) expect_product_in_front(m, n, k, transpose_a);
        if (HasFailure()) return;
      }
    }
  }
}

TEST(Products, AProductOfAVariableIsNotOverwrittenWhileItIsRead) {
  for (int threads : {1, 2}) {
    const Tensor start(random_matrix(24, 24, 5));
    const Variable w(start, {.name = "w"});
    const auto step = [](const Tensor& x) {
      return x - apply_one(ops::batch_matmul_op, {x, x}, ops::MatmulAttrs{}) * 0.5f;
    };
    const auto traced = [&] {
      Trace trace;
      trace.assign(w, step(trace.read(w)));
      return trace.finish({});
    };
    const auto executor = runtime::compile(*traced(), threads);
    executor->run({});
    EXPECT_TRUE(is_close(w.value(), step(start), 1e-5));
  }
}

}  // namespace
}  // namespace keratin::testing_support
