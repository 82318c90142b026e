// SPDX-License-Identifier: Apache-2.0
#include "keratin/keratin.h"
#include "tests/support/misuse.h"

namespace keratin {
namespace {

using testing_support::expect_error;

struct Shift : CustomLayer<Shift> {
  using CustomLayer::CustomLayer;
  Variable amount = weight("amount");
  void build(const Shape& input) { add_weight(amount, {.shape = {input[-1]}}); }
  Tensor call(const Tensor& x) { return x + amount; }
};

Model shared_twice() {
  const Tensor a = layers::Input({3});
  const Tensor b = layers::Input({3});
  const layers::Dense dense(3, {.activation = "relu"});
  const Tensor y = layers::Add()({dense(a), dense(b)});
  return Model({a, b}, layers::Dense(1)(y));
}

std::vector<float> values(const Variable& variable) { return variable.value().to_vector<float>(); }

TEST(CloneModel, HasTheSameConfigAndWeightsOfItsOwn) {
  const Model model = shared_twice();
  const Model clone = models::clone_model(model);
  EXPECT_EQ(clone.to_json(), model.to_json());
  ASSERT_EQ(clone.weights().size(), 4U);
  for (size_t i = 0; i < 4; ++i) {
    const Variable ours = clone.weights()[i];
    const Variable theirs = model.weights()[i];
    EXPECT_FALSE(ours.is(theirs));
    EXPECT_EQ(ours.shape(), theirs.shape());
  }
  EXPECT_NE(values(clone.weights()[0]), values(model.weights()[0]));  // drawn anew
  const std::vector<float> before = values(model.weights()[0]);
  clone.weights()[0].assign(Tensor::zeros({3, 3}));
  EXPECT_EQ(values(model.weights()[0]), before);
}

TEST(CloneModel, GivesTheSameResultsWithTheSameWeights) {
  const Model model = shared_twice();
  const Model clone = models::clone_model(model);
  clone.set_weights(model.get_weights());
  const Tensor a = Tensor::ones({2, 3});
  const Tensor b = a * -0.5;
  EXPECT_EQ(clone.predict({a, b}, {.verbose = 0}).tensor().to_vector<float>(),
            model.predict({a, b}, {.verbose = 0}).tensor().to_vector<float>());
}

TEST(CloneModel, IsCompiledTheSameWithAnOptimizerOfItsOwn) {
  const Sequential model({layers::Input({3}), layers::Dense(1)});
  model.compile({.optimizer = optimizers::Adam(0.25), .loss = "mse", .metrics = {"mae"}});
  const Tensor x = Tensor::ones({4, 3});
  const Tensor y = Tensor::ones({4, 1});
  model.fit(x, y, {.epochs = 3, .verbose = 0});
  const Model clone = models::clone_model(model);
  EXPECT_EQ(clone.to_json(), model.to_json());
  const std::vector<float> before = values(model.weights()[0]);
  clone.fit(x, y, {.verbose = 0});
  EXPECT_EQ(values(model.weights()[0]), before);
}

TEST(CloneModel, AnUnbuiltModelStaysSo) {
  const Sequential model({layers::Dense(2)});
  const Model clone = models::clone_model(model);
  EXPECT_FALSE(clone.built());
  clone(Tensor::ones({1, 5}));
  EXPECT_FALSE(model.built());
}

TEST(CloneModel, KeepsWhatIsFrozen) {
  const Sequential model({layers::Input({3}), layers::Dense(2), layers::Dense(1)});
  model.layers()[0].set_trainable(false);
  EXPECT_EQ(models::clone_model(model).trainable_weights().size(), 2U);
}

TEST(CloneModel, ClassesOfTheUserAreNamed) {
  const Sequential model({layers::Input({3}), Shift({.name = "s"})}, "net");
  const Model clone = models::clone_model(model, {.custom_objects = {custom_object<Shift>()}});
  EXPECT_EQ(clone.to_json(), model.to_json());
  expect_error<ConfigError>([&] { models::clone_model(model); },
                            "clone_model: layers: expected a class of Keras or one that is "
                            "registered, got 'Shift' of 'Custom>Shift'. Pass it in "
                            "`custom_objects`, or call `saving::register_keras_serializable` "
                            "before.");
}

TEST(CloneModel, LambdasAreRefused) {
  const auto twice = [](const Tensor& x) { return x * 2; };
  const Sequential nameless({layers::Input({3}), layers::Lambda(twice)});
  expect_error<ConfigError>([&] { models::clone_model(nameless); },
                            "clone_model: Lambda: expected a function with a name to write, got a "
                            "nameless one. Give it a name where it is passed.");
  const layers::LambdaFunction function("twice", [](const Nest& x, const CallArgs&) { return x; });
  const Sequential named({layers::Input({3}), layers::Lambda(function)});
  expect_error<UnsupportedError>(
      [&] { models::clone_model(named); },
      "clone_model: layers: expected layers that are data, got 'Lambda', "
      "which holds Python code. Write it as a CustomLayer and save the "
      "model with that.");
}

}  // namespace
}  // namespace keratin
