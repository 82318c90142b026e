// SPDX-License-Identifier: Apache-2.0
// Calls of a model's training from several threads and from its own callbacks, and plans that must
// be made anew.
#include <gtest/gtest.h>

#include <thread>

#include "keratin/keratin.h"

namespace keratin {
namespace {

using Floats = std::vector<float>;

Tensor numbers(const Shape& shape, uint32_t seed) {
  return ops::random_uniform(Tensor::from<uint32_t>({0, seed}, {2}), shape);
}

// Makes the same model and weights for the same seed.
Sequential make_model(int64_t seed) {
  utils::set_random_seed(seed);
  Sequential model({layers::Dense(16, {.activation = "relu", .input_shape = {8}}),
                    layers::Dropout(0.25, {.seed = 3}), layers::Dense(4)});
  model.compile({.optimizer = "adam", .loss = "mse", .metrics = {"mae"}});
  return model;
}

Floats train(const Sequential& model, int64_t epochs) {
  const History history =
      model.fit(numbers({100, 8}, 1), numbers({100, 4}, 2),
                {.epochs = epochs, .verbose = 0, .validation_split = 0.2, .shuffle = false});
  Floats result;
  for (const auto& [name, values] : history.history) {
    for (double value : values) result.push_back(static_cast<float>(value));
  }
  for (const Variable& weight : model.weights()) {
    const Floats values = weight.value().to_vector<float>();
    result.insert(result.end(), values.begin(), values.end());
  }
  return result;
}

TEST(Trainer, TwoThreadsTrainTwoModels) {
  const Floats first_alone = train(make_model(1), 5);
  const Floats second_alone = train(make_model(2), 5);
  EXPECT_NE(first_alone, second_alone);
  const Sequential first = make_model(1);
  const Sequential second = make_model(2);
  Floats first_result;
  Floats second_result;
  std::thread other([&] { first_result = train(first, 5); });
  second_result = train(second, 5);
  other.join();
  EXPECT_EQ(first_result, first_alone);
  EXPECT_EQ(second_result, second_alone);
}

TEST(Trainer, TwoThreadsDefineAndTraceModels) {
  const auto work = [] {
    for (int i = 0; i < 20; ++i) {
      Sequential model({layers::Dense(4 + i, {.activation = "relu", .input_shape = {8}}),
                        layers::Dense(3, {.activation = "softmax"})});
      model.compile({.optimizer = "rmsprop", .loss = "categorical_crossentropy"});
      model.train_on_batch(numbers({4, 8}, 1), numbers({4, 3}, 2));
      EXPECT_EQ(model.predict_on_batch(numbers({4, 8}, 1)).shape(), (Shape{4, 3}));
    }
  };
  std::thread other(work);
  work();
  other.join();
}

TEST(Trainer, ThreadsPredictWithOneModel) {
  const Sequential model = make_model(1);
  std::vector<Tensor> inputs;
  std::vector<Floats> expected;
  for (uint32_t i = 0; i < 4; ++i) {
    inputs.push_back(numbers({10 + 20 * static_cast<int64_t>(i), 8}, i));
    expected.push_back(model.predict(inputs.back(), {.verbose = 0}).tensor().to_vector<float>());
  }
  // A model without plans, so that they are made while others run.
  const Sequential fresh = make_model(1);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < inputs.size(); ++i) {
    threads.emplace_back([&, i] {
      for (int repeat = 0; repeat < 20; ++repeat) {
        EXPECT_EQ(fresh.predict(inputs[i], {.verbose = 0}).tensor().to_vector<float>(),
                  expected[i]);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Trainer, EightThreadsPredictAHundredThousandTimesSlow) {
  const Sequential model = make_model(1);
  constexpr size_t count = 8;
  constexpr int repeats = 12500;
  std::vector<Tensor> inputs;
  std::vector<Floats> expected;
  for (uint32_t i = 0; i < count; ++i) {
    inputs.push_back(numbers({1 + static_cast<int64_t>(i) / 2, 8}, i));
    expected.push_back(model.predict_on_batch(inputs.back()).tensor().to_vector<float>());
  }
  const Sequential fresh = make_model(1);
  std::vector<int> right(count);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      for (int repeat = 0; repeat < repeats; ++repeat) {
        const Nest y = repeat % 2 == 0 ? fresh.predict(inputs[i], {.verbose = 0})
                                       : fresh.predict_on_batch(inputs[i]);
        if (y.tensor().to_vector<float>() == expected[i]) ++right[i];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, std::vector<int>(count, repeats));
}

TEST(Trainer, PredictWaitsForFit) {
  const Sequential model = make_model(1);
  const Tensor x = numbers({50, 8}, 5);
  const Floats before = model.predict(x, {.verbose = 0}).tensor().to_vector<float>();
  Floats during;
  std::thread other;
  class Asker final : public Callback {
   public:
    explicit Asker(std::function<void()> ask) : ask_(std::move(ask)) {}
    void on_train_batch_end(int64_t batch, Logs&) override {
      if (batch == 0) ask_();
    }

   private:
    std::function<void()> ask_;
  };
  Asker asker([&] {
    other =
        std::thread([&] { during = model.predict(x, {.verbose = 0}).tensor().to_vector<float>(); });
  });
  model.fit(numbers({100, 8}, 1), numbers({100, 4}, 2),
            {.epochs = 1, .verbose = 0, .callbacks = {asker}});
  other.join();
  const Floats after = model.predict(x, {.verbose = 0}).tensor().to_vector<float>();
  EXPECT_NE(after, before);
  EXPECT_EQ(during, after);
}

TEST(Trainer, ANameInSharedOptionsMeansAnOptimizerForEachModel) {
  const CompileOptions options{.optimizer = "adam", .loss = "mse"};
  const Tensor x = Tensor::ones({4, 2});
  const Tensor y = Tensor::ones({4, 1});
  const models::Sequential first({layers::Dense(1)});
  const models::Sequential second({layers::Dense(1)});
  for (const Model& model : {Model(first), Model(second)}) {
    model.compile(options);
    model.fit(x, y, {.verbose = 0});
  }
  EXPECT_FALSE(first.optimizer().is(second.optimizer()));
  EXPECT_EQ(second.optimizer().iterations().item<int>(), 1);
  second.compile(options);
  second.fit(x, y, {.verbose = 0});
  EXPECT_EQ(second.optimizer().iterations().item<int>(), 1);
  // It is the same where both are compiled first, and stays where it is given to its model again.
  first.compile(options);
  second.compile(options);
  first.fit(x, y, {.verbose = 0});
  second.fit(x, y, {.verbose = 0});
  first.optimizer().set_learning_rate(0.5);
  first.compile({.optimizer = first.optimizer(), .loss = "mae"});
  EXPECT_EQ(first.optimizer().learning_rate().item<float>(), 0.5f);
  EXPECT_EQ(first.optimizer().iterations().item<int>(), 1);
  // A handle that the user made is one optimizer, which knows the weights of one model.
  const CompileOptions shared{.optimizer = optimizers::Adam(), .loss = "mse"};
  first.compile(shared);
  first.fit(x, y, {.verbose = 0});
  second.compile(shared);
  EXPECT_THROW(second.fit(x, y, {.verbose = 0}), ValueError);
}

TEST(Trainer, CallbacksMayEvaluateAndPredict) {
  class Watcher final : public Callback {
   public:
    void on_epoch_end(int64_t, Logs&) override {
      const Tensor x = numbers({16, 8}, 5);
      losses.push_back(model().evaluate(x, numbers({16, 4}, 6), {.verbose = 0})["loss"]);
      predicted = model().predict(x, {.verbose = 0}).shape();
    }
    std::vector<double> losses;
    Shape predicted;
  };
  const Sequential model = make_model(1);
  Watcher watcher;
  model.fit(numbers({64, 8}, 1), numbers({64, 4}, 2),
            {.epochs = 3, .verbose = 0, .callbacks = {watcher}});
  ASSERT_EQ(watcher.losses.size(), 3u);
  EXPECT_NE(watcher.losses[0], watcher.losses[2]);
  EXPECT_EQ(watcher.predicted, (Shape{16, 4}));
}

TEST(Trainer, AddedAndRemovedLayersMakeNewPlans) {
  Sequential model({layers::Dense(4, {.input_shape = {8}})});
  const Tensor x = numbers({6, 8}, 1);
  EXPECT_EQ(model.predict(x, {.verbose = 0}).shape(), (Shape{6, 4}));
  model.add(layers::Dense(2));
  const Nest longer = model.predict(x, {.verbose = 0});
  EXPECT_EQ(longer.shape(), (Shape{6, 2}));
  model.pop();
  EXPECT_EQ(model.predict(x, {.verbose = 0}).shape(), (Shape{6, 4}));
  // As many layers as before, but others.
  model.add(layers::Dense(2));
  EXPECT_NE(model.predict(x, {.verbose = 0}).tensor().to_vector<float>(),
            longer.tensor().to_vector<float>());
}

// As in Keras, a layer that is added sees what the layers before it give now.
TEST(Trainer, LayersAddedToAModelInsideAreSeenByTheNextLayer) {
  Sequential inner({layers::Dense(3, {.input_shape = {8}})});
  Sequential outer({layers::InputLayer({8}), inner});
  inner.add(layers::Dense(5));
  outer.add(layers::Dense(2));
  EXPECT_EQ(outer.weights()[4].shape(), (Shape{5, 2}));
  EXPECT_EQ(outer.predict(numbers({6, 8}, 1), {.verbose = 0}).shape(), (Shape{6, 2}));
}

// So it does where the user's own code has a model, or gives something else by now.
TEST(Trainer, LayersAddedToAModelInsideALambdaAreSeenByTheNextLayer) {
  Sequential inner({layers::Dense(3, {.input_shape = {8}})});
  Sequential outer({layers::InputLayer({8})});
  outer.add(layers::Lambda([=](const Tensor& x) { return inner(x).tensor(); }));
  inner.add(layers::Dense(5));
  outer.add(layers::Dense(2));
  EXPECT_EQ(outer.predict(numbers({6, 8}, 1), {.verbose = 0}).shape(), (Shape{6, 2}));
}

// Keras makes one functional model of a list, and one for each layer that is added.
TEST(Trainer, AListOfLayersMakesOneFunctionalModel) {
  utils::clear_session();
  const Sequential listed({layers::InputLayer({8}), layers::Dense(2), layers::Dense(2)});
  EXPECT_EQ(Model(listed.inputs(), listed.outputs()).name(), "functional_1");
  Sequential grown({layers::InputLayer({8}), layers::Dense(2)});
  grown.add(layers::Dense(2));
  EXPECT_EQ(Model(grown.inputs(), grown.outputs()).name(), "functional_4");
}

TEST(Trainer, FreezingAndThawingMakesNewPlans) {
  const Sequential model = make_model(1);
  const Tensor x = numbers({16, 8}, 1);
  const Tensor y = numbers({16, 4}, 2);
  const Layer first = model.layers()[0];
  const auto kernel = [&] { return first.weights()[0].value().to_vector<float>(); };
  const Floats start = kernel();
  model.train_on_batch(x, y);
  const Floats moved = kernel();
  EXPECT_NE(moved, start);
  first.set_trainable(false);
  model.train_on_batch(x, y);
  EXPECT_EQ(kernel(), moved);
  first.set_trainable(true);
  first.weights()[0].set_trainable(false);  // one weight alone
  model.train_on_batch(x, y);
  EXPECT_EQ(kernel(), moved);
  first.weights()[0].set_trainable(true);
  model.train_on_batch(x, y);
  EXPECT_NE(kernel(), moved);
}

// Each thread that finds the plan taken gets one of its own.
TEST(Trainer, ThreadsPredictWithOneModelAtOnce) {
  const Sequential model = make_model(4);
  std::vector<Tensor> inputs;
  std::vector<Floats> expected, results(8);
  for (uint32_t i = 0; i < 8; ++i) {
    inputs.push_back(numbers({64, 8}, i));
    expected.push_back(model.predict_on_batch(inputs.back()).to_vector<float>());
  }
  std::vector<std::thread> threads;
  for (size_t i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      for (int k = 0; k < 30; ++k)
        results[i] = model.predict_on_batch(inputs[i]).to_vector<float>();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(results, expected);
}

TEST(Trainer, AStepThatFailsLeavesTheNextOneAlone) {
  const Sequential model = make_model(5), twin = make_model(5);
  const Tensor x = numbers({6, 8}, 1), y = numbers({6, 4}, 2);
  EXPECT_THROW(model.train_on_batch(x, numbers({6, 3}, 2)), Error);
  EXPECT_THROW(model.plan({.step = "test", .y = Nest(keras_tensor({{None, 3}, DType::float32}))}),
               Error);
  EXPECT_EQ(model.train_on_batch(x, y).items(), twin.train_on_batch(x, y).items());
  EXPECT_EQ(model.evaluate(x, y, {.verbose = 0}).items(),
            twin.evaluate(x, y, {.verbose = 0}).items());
}

// An output whose weight is not named counts once, one without a loss not at all.
TEST(Trainer, WeighsTheLossesThatAreNamed) {
  const Tensor input = layers::Input({1});
  const Tensor a = layers::Rescaling(1.0, {.name = "a"})(input);
  const Tensor b = layers::Rescaling(2.0, {.name = "b"})(input);
  const Model model({.inputs = input, .outputs = {{"a", a}, {"b", b}}});
  const Tensor x = Tensor::from({1.0f, 3.0f}, {2, 1}), zero = Tensor::zeros({2, 1});
  const Nest y{{"a", zero}, {"b", zero}};
  const auto loss = [&](const CompileOptions& options) {
    model.compile(options);
    return model.evaluate(x, y, {.verbose = 0})["loss"];
  };
  const Losses both{{"a", "mae"}, {"b", "mse"}};  // 2 and 20
  EXPECT_EQ(loss({.loss = both}), 22.0);
  EXPECT_EQ(loss({.loss = both, .loss_weights = {{"a", 0.5}}}), 21.0);
  EXPECT_EQ(loss({.loss = both, .loss_weights = {{"b", 0.5}}}), 12.0);
  EXPECT_EQ(loss({.loss = {{"b", "mse"}}}), 20.0);
}

}  // namespace
}  // namespace keratin
