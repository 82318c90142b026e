// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/function.h"

#include <gtest/gtest.h>

#include <thread>

#include "keratin/keratin.h"
#include "tests/support/misuse.h"

namespace keratin {
namespace {

using testing_support::expect_error;
using Floats = std::vector<float>;

Tensor vector(const Floats& values) {
  return Tensor::from(values, {static_cast<int64_t>(values.size())});
}

Floats floats(const Tensor& tensor) { return tensor.to_vector<float>(); }

TEST(Function, TracesOnceForEachFormOfItsArguments) {
  int traces = 0;
  const auto twice = function([&](const Tensor& x) {
    ++traces;
    return x * 2.0;
  });
  EXPECT_EQ(floats(twice(vector({1, 2}))), (Floats{2, 4}));
  EXPECT_EQ(floats(twice(vector({3, 4}))), (Floats{6, 8}));
  EXPECT_EQ(traces, 1);
  EXPECT_EQ(floats(twice(vector({1, 2, 3}))), (Floats{2, 4, 6}));
  EXPECT_EQ(twice(Tensor::from<double>({1}, {1})).dtype(), DType::float64);
  EXPECT_EQ(traces, 3);
  const auto copy = twice;
  EXPECT_EQ(floats(copy(vector({5, 6}))), (Floats{10, 12}));
  EXPECT_EQ(traces, 3);
}

TEST(Function, TakesNumbersAsScalars) {
  int traces = 0;
  const auto step = function([&](const Tensor& x, const Tensor& rate, const Tensor& count) {
    ++traces;
    EXPECT_EQ(rate.dtype(), DType::float32);
    EXPECT_EQ(count.dtype(), DType::int32);
    return x + rate * count;
  });
  EXPECT_EQ(floats(step(vector({1}), 0.5, 3)), (Floats{2.5}));
  EXPECT_EQ(floats(step(vector({1}), 20.0f, 4)), (Floats{81}));
  EXPECT_EQ(traces, 1);
}

TEST(Function, TakesAndReturnsStructures) {
  const auto parts = function([](const Nest& x, const Data& data, const std::vector<Tensor>& list) {
    return Nest{{"sum", x["a"].tensor() + x["b"][0].tensor()},
                {"data", Nest::list({data.x, data.y.empty() ? Nest(Tensor(1.0)) : data.y})},
                {"last", list.back()}};
  });
  const Nest x{{"b", Nest{vector({1})}}, {"a", vector({2})}};
  const Nest result = parts(x, Data(vector({7})), std::vector<Tensor>{vector({3}), vector({4})});
  EXPECT_EQ(floats(result["sum"]), (Floats{3}));
  EXPECT_EQ(floats(result["data"][0]), (Floats{7}));
  EXPECT_EQ(result["data"][1].item<float>(), 1.0f);
  EXPECT_EQ(floats(result["last"]), (Floats{4}));
  // A nest goes where a tensor is wanted, and a list comes back as one.
  const auto list = function([](const Tensor& t) { return std::vector<Tensor>{t, t * t}; });
  const std::vector<Tensor> both = list(x["a"]);
  EXPECT_EQ(floats(both[0]), (Floats{2}));
  EXPECT_EQ(floats(both[1]), (Floats{4}));
}

TEST(Function, ReadsAndAssignsState) {
  const Variable total(vector({0, 0}));
  const Metric mean = metrics::Mean();
  const SeedGenerator seeds(3), twin(3);
  const auto step = function([&](const Tensor& x) {
    total.assign_add(x);
    mean.update_state(x);
    return ops::random_uniform(seeds.next(), {2});
  });
  for (int i = 0; i < 3; ++i) {
    const Tensor drawn = step(vector({1, 2}));
    EXPECT_EQ(floats(drawn), floats(ops::random_uniform(twin.next(), {2})));
  }
  EXPECT_EQ(floats(total), (Floats{3, 6}));
  EXPECT_FLOAT_EQ(mean.result().item<float>(), 1.5f);
}

TEST(Function, MayReturnNothingOrWhatItWasGiven) {
  const Variable count(vector({0}));
  const auto next = function([&] { count.assign_add(vector({1})); });
  next();
  next();
  EXPECT_EQ(floats(count), (Floats{2}));
  const auto same = function([](const Tensor& x) { return x; });
  EXPECT_EQ(floats(same(vector({4}))), (Floats{4}));
  const auto constant = function([] { return vector({5}); });
  EXPECT_EQ(floats(constant()), (Floats{5}));
  const auto variable = function([&] { return count.value(); });
  EXPECT_EQ(floats(variable()), (Floats{2}));
}

TEST(Function, TakesVariablesAsTheyAre) {
  const Variable a(vector({1})), b(vector({10}));
  int traces = 0;
  const auto add = function([&](const Variable& to, const Tensor& x) {
    ++traces;
    to.assign_add(x);
    return to.value();
  });
  EXPECT_EQ(floats(add(a, vector({1}))), (Floats{2}));
  EXPECT_EQ(floats(add(b, vector({1}))), (Floats{11}));
  EXPECT_EQ(floats(add(a, vector({1}))), (Floats{3}));
  EXPECT_EQ(traces, 2);
  EXPECT_EQ(floats(a), (Floats{3}));
}

TEST(Function, BuildsLayersAndOptimizersInItsFirstCall) {
  utils::set_random_seed(1);
  const layers::Dense dense(3);
  const Optimizer adam = optimizers::Adam(0.1);
  const auto step = function([&](const Tensor& x) {
    GradientTape tape;
    const Tensor loss = ops::mean(ops::square(dense(x)));
    adam.apply(tape.gradient(loss, dense.trainable_weights()), dense.trainable_weights());
    return loss;
  });
  const Tensor x = Tensor::from({1.f, 2.f, 3.f, 4.f}, {2, 2});
  const float first = step(x).item<float>();
  for (int i = 0; i < 30; ++i) step(x);
  EXPECT_LT(step(x).item<float>(), first / 2);
  EXPECT_EQ(adam.iterations().item<int>(), 32);
}

TEST(Function, TracesAnewWhenALayerIsFrozen) {
  const layers::Dense dense(1);
  const auto gradients = function([&](const Tensor& x) {
    GradientTape tape;
    tape.watch(x);
    const Tensor loss = ops::sum(dense(x));
    std::vector<Tensor> result = tape.gradient(loss, dense.trainable_weights());
    result.push_back(loss);
    return result;
  });
  const Tensor x = Tensor::ones({2, 2});
  EXPECT_EQ(gradients(x).size(), 3u);
  dense.set_trainable(false);
  EXPECT_EQ(gradients(x).size(), 1u);
  dense.set_trainable(true);
  EXPECT_EQ(gradients(x).size(), 3u);
}

TEST(Function, IsPartOfTheTapeThatRecordsAroundIt) {
  const Variable w(vector({3}));
  const auto square = function([&](const Tensor& x) { return x * x * w; });
  const Tensor x = vector({2});
  GradientTape tape;
  tape.watch(x);
  const Tensor y = square(x);
  const std::vector<Tensor> both = tape.gradient(y, {x, w});
  EXPECT_EQ(floats(both[0]), (Floats{12}));
  EXPECT_EQ(floats(both[1]), (Floats{4}));
}

TEST(Function, IsWrittenIntoTheFunctionThatCallsIt) {
  const auto inner = function([](const Tensor& x) { return x + 1.0; });
  const auto outer = function([&](const Tensor& x) { return inner(inner(x)); });
  EXPECT_EQ(floats(outer(vector({1}))), (Floats{3}));
  const auto input = layers::Input({2});
  const Model model(input, inner(input));
  EXPECT_EQ(floats(model(Tensor::ones({1, 2}))), (Floats{2, 2}));
}

TEST(Function, ServesSeveralThreads) {
  const auto square = function([](const Tensor& x) { return ops::sum(x * x); });
  std::vector<std::thread> threads;
  std::vector<float> results(4);
  for (size_t i = 0; i < results.size(); ++i) {
    threads.emplace_back([&, i] {
      const Tensor x = vector(Floats(i + 1, 2.0f));
      for (int k = 0; k < 20; ++k) results[i] = square(x).item<float>();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(results, (Floats{4, 8, 12, 16}));
}

TEST(Function, CarriesMasks) {
  const auto masked = function(
      [](const Tensor& x) { return x.mask().defined() ? ops::where(x.mask(), x, 0.0) : x; });
  const Tensor x = vector({1, 2});
  EXPECT_EQ(floats(masked(x)), (Floats{1, 2}));
  EXPECT_EQ(floats(masked(x.with_mask(Tensor::from({true, false}, {2})))), (Floats{1, 0}));
}

TEST(Function, SaysWhatIsWrong) {
  const auto same = function([](const Tensor& x) { return x; });
  expect_error<ValueError>([&] { same(Tensor()); },
                           "function: expected tensors as arguments, got an empty handle. Assign "
                           "a tensor to it first.");
  const auto nothing = function([](const Tensor&) { return Tensor(); });
  expect_error<ValueError>([&] { nothing(1.0); },
                           "function: expected tensors as results, got an empty handle. Return "
                           "what the function computes.");
  const auto reads = function([](const Tensor& x) { return x * x.item<float>(); });
  expect_error<ValueError>([&] { reads(1.0); },
                           "tensor: expected data, got a symbolic tensor of shape []. Read it "
                           "where the model runs, not where it is defined.");
  // What failed leaves nothing behind.
  EXPECT_EQ(same(2.0).item<float>(), 2.0f);
  EXPECT_FALSE(Tensor(1.0f).is_traced());
}

// The plans of 64 forms are kept, those that were used last.
TEST(Function, ForgetsTheFormThatWasUsedLongestAgo) {
  int traces = 0;
  const auto same = function([&](const Tensor& x) {
    ++traces;
    return x * 1.0;
  });
  for (int64_t size = 1; size <= 64; ++size) same(Tensor::ones({size}));
  same(Tensor::ones({1}));
  EXPECT_EQ(traces, 64);
  same(Tensor::ones({65}));  // takes the place of size 2
  same(Tensor::ones({1}));
  EXPECT_EQ(traces, 65);
  same(Tensor::ones({2}));
  EXPECT_EQ(traces, 66);
}

}  // namespace
}  // namespace keratin
