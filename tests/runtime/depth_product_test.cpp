// SPDX-License-Identifier: Apache-2.0
#include "keratin/runtime/depth_product.h"

#include <gtest/gtest.h>

#include <functional>

#include "keratin/base/determinism.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/graph/trace.h"
#include "keratin/runtime/executor.h"
#include "tests/support/close.h"
#include "tests/support/random_graph.h"

namespace keratin::testing_support {
namespace {

using runtime::Executor;
using runtime::KernelCall;
using runtime::Operand;
using runtime::Step;

Tensor some_matrix(int64_t rows, int64_t columns) {
  Array array(DType::float32, {rows, columns});
  for (int64_t i = 0; i < array.size(); ++i) {
    array.data<float>()[i] = static_cast<float>(i * 7919 % 2003) / 1001.5f - 1.0f;
  }
  return Tensor(array);
}

Operand operand_of(const Shape& shape, DType dtype) {
  return {dtype, shape, row_major_strides(shape)};
}

// Is a product of weights [k, n] as a frame binds it.
struct Product {
  int64_t m = 32, k = 784, n = 32;
  bool weights_change = true;
  bool transpose_b = false;
  DType dtype = DType::float32;

  Step step() const {
    Step step;
    step.op = &ops::batch_matmul_op;
    step.weights_change = weights_change;
    KernelCall call;
    call.attrs = ops::MatmulAttrs{.transpose_b = transpose_b};
    call.inputs = {operand_of({m, k}, dtype),
                   operand_of(transpose_b ? Shape{n, k} : Shape{k, n}, dtype)};
    call.outputs = {operand_of({m, n}, dtype)};
    step.calls = {call};
    return step;
  }
};

bool is_cut(const Product& product, int threads) {
  return runtime::cut_by_depth(product.step(), threads) != nullptr;
}

TEST(DepthProduct, CutsWhereThreadsUpdateWhatTheyRead) {
  EXPECT_TRUE(is_cut({}, 2));
  EXPECT_TRUE(is_cut({}, 4));
  EXPECT_FALSE(is_cut({}, 3)) << "four blocks of the depth are not three equal parts";
  EXPECT_FALSE(is_cut({.k = 200}, 2)) << "one block";
  EXPECT_FALSE(is_cut({.m = 256}, 2)) << "as many sums as weights";
  EXPECT_FALSE(is_cut({.n = 10}, 2)) << "less than a line";
  EXPECT_FALSE(is_cut({.weights_change = false}, 2));
  EXPECT_FALSE(is_cut({.transpose_b = true}, 2));
  EXPECT_FALSE(is_cut({.dtype = DType::float16}, 2));
}

// Runs what a step makes of the data and of variables; returns its result and the first variable
// after each of some steps.
std::vector<Tensor> run(const std::function<Tensor(Trace&, const Tensor&)>& step,
                        const Tensor& data, const Variable& watched, int steps, int threads) {
  const auto traced = [&] {
    Trace trace(Trace::Mode::primitives);
    return trace.finish({step(trace, trace.input(data.spec(), "x"))});
  };
  const auto executor = runtime::compile(*traced(), threads);
  std::vector<Tensor> results;
  for (int i = 0; i < steps; ++i) {
    executor->run(arrays_of({data}));
    results.emplace_back(executor->outputs()[0].copy());
    results.emplace_back(watched.value().array().copy());
  }
  return results;
}

// Two steps of training one layer.
std::vector<Tensor> train(const Product& sizes, int threads) {
  const Variable w(some_matrix(sizes.k, sizes.n), {.name = "w"});
  const auto step = [&](Trace& trace, const Tensor& x) {
    const Tensor y = ops::matmul(x, trace.read(w));
    trace.assign(w, trace.read(w) - ops::matmul(ops::transpose(x), y) * 0.01f);
    return y;
  };
  return run(step, some_matrix(sizes.m, sizes.k), w, 2, threads);
}

// Keeps products from oneDNN, which may give one thread other bits.
struct Determinism {
  Determinism() { config::enable_op_determinism(); }
  ~Determinism() { config::enable_op_determinism(false); }
};

void expect_same(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(same_bits(a[i], b[i])) << "result " << i;
}

TEST(DepthProduct, GivesTheBitsOfTheWhole) {
  const Determinism scope;
  for (int64_t k : {512, 785, 1023, 1030}) {
    for (int64_t m : {1, 5, 64, 200}) {
      for (int64_t n : {16, 33, 40, 100}) {
        const Product sizes{.m = m, .k = k, .n = n};
        const std::vector<Tensor> alone = train(sizes, 1);
        for (int threads : {2, 4}) {
          SCOPED_TRACE(std::to_string(m) + " x " + std::to_string(k) + " x " + std::to_string(n) +
                       " on " + std::to_string(threads));
          expect_same(train(sizes, threads), alone);
        }
        if (HasFailure()) return;
      }
    }
  }
}

// The result goes straight into a variable, which the op before reads by rows.
TEST(DepthProduct, WaitsForWhoReadsWhatItsMemoryHeldBefore) {
  constexpr int64_t rows = 64, depth = 1024, columns = 512;
  const auto results = [&](int threads) {
    const Variable w(some_matrix(depth, columns), {.name = "w"});
    const Variable v(some_matrix(rows, columns), {.name = "v"});
    const auto step = [&](Trace& trace, const Tensor& x) {
      const Tensor y = ops::cumsum(trace.read(v), 1);
      trace.assign(v, ops::matmul(x, trace.read(w)));
      trace.assign(w, trace.read(w) * 0.999f);
      return y;
    };
    return run(step, some_matrix(rows, depth), v, 100, threads);
  };
  const Determinism scope;
  const std::vector<Tensor> alone = results(1);
  for (int threads : {2, 4}) expect_same(results(threads), alone);
}

// Inside a job of the pool a plan has one thread, whatever it was made for.
TEST(DepthProduct, OneThreadComputesTheWhole) {
  const std::vector<Tensor> shared = train({}, 2);
  std::vector<Tensor> inside;
  ThreadPool::run(
      1,
      [](void* results, int /*thread*/) {
        *static_cast<std::vector<Tensor>*>(results) = train({}, 2);
      },
      &inside);
  expect_same(inside, shared);
}

}  // namespace
}  // namespace keratin::testing_support
