// SPDX-License-Identifier: Apache-2.0
// Predictions of many numbers of samples: few plans serve them all, and each gives the bits of a
// plan made for its number.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <thread>

#include "keratin/base/check.h"
#include "keratin/base/error.h"
#include "keratin/graph/trace.h"
#include "keratin/keratin.h"
#include "keratin/model/train/step_cache.h"

namespace keratin {
namespace {

Tensor numbers(const Shape& shape, uint32_t seed) {
  return ops::random_uniform(Tensor::from<uint32_t>({7, seed}, {2}), shape);
}

std::string bytes_of(const Tensor& tensor) {
  const Array array = tensor.array().contiguous();
  return {static_cast<const char*>(array.raw()), array.bytes()};
}

using Make = std::function<Model()>;
using Data = std::function<Tensor(int64_t samples)>;

Tensor predict(const Model& model, const Tensor& x) { return model.predict_on_batch(x).tensor(); }

// Each number of samples is the first of a model of its own, which so makes a plan for it.
void expect_bits_of_exact_plans(const Make& make, const Data& data) {
  const Model model = make();
  for (int64_t samples : {5, 9, 3, 1, 64, 2, 17, 65, 9, 200, 4, 130, 7, 1}) {
    SCOPED_TRACE(samples);
    const Tensor x = data(samples);
    const Tensor expected = predict(make(), x);
    const Tensor got = predict(model, x);
    ASSERT_EQ(got.shape(), expected.shape());
    ASSERT_EQ(bytes_of(got) == bytes_of(expected), true);
  }
}

Make sequential(std::function<std::vector<Layer>()> layers) {
  return [layers = std::move(layers)] {
    utils::set_random_seed(3);
    return Sequential(layers());
  };
}

Data rows(Shape shape) {
  return [shape](int64_t samples) {
    std::vector<int64_t> dims = {samples};
    dims.insert(dims.end(), shape.dims().begin(), shape.dims().end());
    return numbers(Shape(dims), static_cast<uint32_t>(samples));
  };
}

TEST(PredictionSizes, DenseNets) {
  expect_bits_of_exact_plans(sequential([] {
                               return std::vector<Layer>{
                                   layers::Dense(32, {.activation = "relu", .input_shape = {40}}),
                                   layers::Dropout(0.5),
                                   layers::Dense(10, {.activation = "softmax"})};
                             }),
                             rows({40}));
}

// So much work that threads share it, and for one thread oneDNN does.
TEST(PredictionSizes, LargeNets) {
  expect_bits_of_exact_plans(sequential([] {
                               return std::vector<Layer>{
                                   layers::Dense(512, {.activation = "tanh", .input_shape = {300}}),
                                   layers::Dense(700, {.activation = "gelu"}),
                                   layers::LayerNormalization(), layers::Dense(33)};
                             }),
                             rows({300}));
}

TEST(PredictionSizes, NormalizedAndReshapedRows) {
  expect_bits_of_exact_plans(sequential([] {
                               return std::vector<Layer>{
                                   layers::Dense(24, {.activation = "elu", .input_shape = {6, 5}}),
                                   layers::BatchNormalization(),
                                   layers::Reshape({12, 12}),
                                   layers::Dense(7),
                                   layers::UnitNormalization(),
                                   layers::Flatten(),
                                   layers::Dense(3)};
                             }),
                             rows({6, 5}));
}

Tensor mean_of_words(const Tensor& x) { return ops::mean(x, 1); }

TEST(PredictionSizes, Embeddings) {
  expect_bits_of_exact_plans(
      sequential([] {
        return std::vector<Layer>{layers::InputLayer({12}, {.dtype = DType::int32}),
                                  layers::Embedding(50, 16), layers::Lambda(mean_of_words),
                                  layers::Dense(1, {.activation = "sigmoid"})};
      }),
      [](int64_t samples) {
        return ops::floor(numbers({samples, 12}, 5) * 50.0f).cast(DType::int32);
      });
}

// What looks at other samples is computed as ever.
TEST(PredictionSizes, SamplesThatDependOnEachOther) {
  const std::vector<std::function<Tensor(const Tensor&)>> functions = {
      [](const Tensor& x) { return x - ops::mean(x, 0, true); },
      [](const Tensor& x) { return ops::flip(x, 0); },
      [](const Tensor& x) { return ops::cumsum(x, 0); },
      [](const Tensor& x) { return ops::matmul(ops::matmul(x, ops::transpose(x)), x); },
      [](const Tensor& x) { return ops::softmax(x, 0); },
  };
  for (size_t i = 0; i < functions.size(); ++i) {
    SCOPED_TRACE(i);
    expect_bits_of_exact_plans(sequential([&] {
                                 return std::vector<Layer>{layers::Dense(6, {.input_shape = {5}}),
                                                           layers::Lambda(functions[i]),
                                                           layers::Dense(4)};
                               }),
                               rows({5}));
  }
}

// Two numbers of samples do not show what a function does for a third.
TEST(PredictionSizes, FunctionsOfTheNumberOfSamples) {
  const auto count = [](const Tensor& x) { return x.shape()[0]; };
  const std::vector<std::function<Tensor(const Tensor&)>> functions = {
      [&](const Tensor& x) { return count(x) == 1 ? x * 5.0f : x + 1.0f; },
      [&](const Tensor& x) { return count(x) > 100 ? x * 2.0f : x + 1.0f; },
      [&](const Tensor& x) { return count(x) % 2 == 0 ? x * 2.0f : x + 1.0f; },
      [&](const Tensor& x) { return x * static_cast<float>(std::min<int64_t>(count(x), 4)); },
      [](const Tensor& x) {
        return ops::squeeze(ops::reshape(x, {-1, 1, 5}) * 2.0f);
      },
  };
  for (size_t i = 0; i < functions.size(); ++i) {
    SCOPED_TRACE(i);
    expect_bits_of_exact_plans(
        sequential([&] {
          return std::vector<Layer>{layers::InputLayer({5}), layers::Lambda(functions[i])};
        }),
        rows({5}));
  }
}

// Weights that change and layers that are added are seen by plans of all sizes.
TEST(PredictionSizes, ChangedModels) {
  Sequential model({layers::Dense(3, {.input_shape = {4}})});
  const auto check = [&] {
    for (int64_t samples : {3, 8, 2, 7, 30}) {
      const Tensor x = numbers({samples, 4}, 1);
      const Tensor expected = predict(Sequential(model.layers()), x);
      EXPECT_EQ(bytes_of(predict(model, x)) == bytes_of(expected), true) << samples;
    }
  };
  check();
  model.layers()[0].weights()[0].assign(numbers({4, 3}, 2));
  check();
  model.add(layers::Dense(2));
  check();
}

TEST(PredictionSizes, LoopsOfPredict) {
  const Sequential model({layers::Dense(3, {.activation = "relu", .input_shape = {4}})});
  const Tensor x = numbers({100, 4}, 1);
  const std::string all = bytes_of(model.predict(x, {.batch_size = 100, .verbose = 0}).tensor());
  for (int64_t size : {32, 7, 1, 99, 64, 3}) {
    const Nest predicted = model.predict(x, {.batch_size = size, .verbose = 0});
    EXPECT_EQ(bytes_of(predicted.tensor()) == all, true) << size;
  }
}

TEST(PredictionSizes, ManyThreadsAtOnce) {
  const Sequential model(
      {layers::Dense(8, {.activation = "relu", .input_shape = {4}}), layers::Dense(3)});
  const Tensor x = numbers({40, 4}, 1);
  const std::string all = bytes_of(predict(model, x));
  const size_t row = all.size() / 40;
  (void)predict(model, x[Slice(0, 10)]);
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int64_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int64_t i = 0; i < 300; ++i) {
        const int64_t samples = 1 + (i * (t + 3)) % 40;
        const std::string got = bytes_of(predict(model, x[Slice(0, samples)]));
        wrong += got != all.substr(0, row * static_cast<size_t>(samples));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

// Counts the plans that are made.
class Counted {
 public:
  explicit Counted(std::function<Tensor(const Tensor&)> function)
      : function_(std::move(function)) {}

  void use(int64_t size) {
    const StepKey key{StepKind::predict, form_, state_};
    if (cache_.use(key, size) == nullptr) {
      (void)cache_.add(key, size, [&](int64_t own) { return trace(own); });
    }
    const Tensor x = numbers({size, 4}, 1);
    const Nest got = cache_.find(key, size)->predict({x.array()});
    EXPECT_EQ(bytes_of(got.tensor()) == bytes_of(function_(x)), true) << size;
  }
  size_t plans() const { return cache_.plans(); }

 private:
  TracedStep trace(int64_t size) {
    Trace trace;
    const Tensor y = function_(trace.input({{size, 4}, DType::float32}, "x"));
    return {.graph = trace.finish({y}),
            .result = {.log_names = {}, .output_form = y, .tensors = {y}}};
  }

  std::function<Tensor(const Tensor&)> function_;
  const std::string form_ = "x";
  const StepState state_;
  StepCache cache_;
};

TEST(StepCache, FewPlansServeAllSizes) {
  Counted plans([](const Tensor& x) { return ops::relu(x * 2.0f - 1.0f); });
  for (int64_t size = 1; size <= 200; ++size) plans.use(size);
  EXPECT_EQ(plans.plans(), 9u);  // 1, 2, 4, 8, ..., 256
  for (int64_t size : {1, 256, 77, 3, 255}) plans.use(size);
  EXPECT_EQ(plans.plans(), 9u);
  plans.use(2000);  // where memory counts, as many as there are
  plans.use(1999);
  EXPECT_EQ(plans.plans(), 10u);
}

// A plan for more samples than there are is not made where the model refuses them.
TEST(StepCache, SizesThatAreRefused) {
  Counted plans([](const Tensor& x) {
    require<ValueError>(x.shape()[0] <= 100, "test", "expected 100 samples or fewer, got more.");
    return ops::relu(x * 2.0f - 1.0f);
  });
  for (int64_t size : {5, 9, 65, 100, 70, 99}) plans.use(size);
  EXPECT_THROW(plans.use(101), ValueError);
  plans.use(66);
}

// A function may do something else for some numbers of samples, and not for those whose plans have
// been compared.
TEST(StepCache, FunctionsThatAskForTheNumber) {
  Counted plans([](const Tensor& x) {
    const int64_t samples = x.shape()[0];
    return samples % 2 == 1 || samples > 40 ? x * 2.0f : x + 2.0f;
  });
  for (int64_t size : {2, 4, 3, 6, 7, 16, 30, 64, 50, 39, 38, 1, 64, 3, 5}) plans.use(size);
  EXPECT_LT(plans.plans(), 13u);
}

TEST(StepCache, APlanForEachSizeWhereItMatters) {
  Counted plans([](const Tensor& x) { return x * static_cast<float>(x.shape()[0]); });
  for (int64_t size = 1; size <= 12; ++size) plans.use(size);
  EXPECT_EQ(plans.plans(), 12u);
}

}  // namespace
}  // namespace keratin
