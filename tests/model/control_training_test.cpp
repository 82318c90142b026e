// SPDX-License-Identifier: Apache-2.0
// A layer of the user that goes over time with ops::scan, trained as Keras trains it.
#include <gtest/gtest.h>

#include "keratin/keratin.h"
#include "tests/support/close.h"
#include "tests/support/golden.h"

namespace keratin::testing_support {
namespace {

struct SimpleCell : CustomLayer<SimpleCell> {
  using CustomLayer::CustomLayer;
  static constexpr int64_t units = 6;
  Variable kernel = weight("kernel");
  Variable recurrent = weight("recurrent");
  Variable bias = weight("bias");

  void build(const Shape& input) {
    add_weight(kernel, {.shape = {input[-1], units}});
    add_weight(recurrent, {.shape = {units, units}});
    add_weight(bias, {.shape = {units}, .initializer = "zeros"});
  }
  Tensor call(const Tensor& x) {
    const Tensor xs = ops::transpose(x, {1, 0, 2});
    const auto step = [&](const Nest& h, const Nest& row) -> std::pair<Nest, Nest> {
      const Tensor sum = ops::matmul(row, kernel) + ops::matmul(h, recurrent) + bias;
      return {ops::tanh(sum), nullptr};
    };
    const Tensor init = ops::zeros_like(ops::matmul(xs[0], kernel));
    return ops::scan(step, init, xs).first;
  }
};

TEST(ControlTraining, ALayerThatScansTrainsAsInKeras) {
  const Golden golden("control_training.npz");
  Sequential model({layers::Input({7, 4}), SimpleCell(), layers::Dense(2)});
  std::vector<Tensor> weights;
  for (const Config& name : golden.at("weights").as_list()) weights.push_back(golden.tensor(name));
  model.set_weights(weights);
  model.compile({.optimizer = optimizers::Adam(0.01), .loss = "mean_squared_error"});
  const History history = model.fit(golden.tensor(golden.at("x")), golden.tensor(golden.at("y")),
                                    {.epochs = 20, .batch_size = 8, .verbose = 0});
  std::vector<float> losses;
  for (double loss : history["loss"]) losses.push_back(static_cast<float>(loss));
  expect_close(Tensor::from(losses, {20}), golden.tensor(golden.at("losses")), training_tolerance,
               golden.exact(golden.at("losses")));
  const std::vector<Tensor> trained = model.get_weights();
  const Config& final_weights = golden.at("final_weights");
  ASSERT_EQ(trained.size(), final_weights.size());
  for (size_t i = 0; i < trained.size(); ++i) {
    expect_close(trained[i], golden.tensor(final_weights[i]), training_tolerance,
                 golden.exact(final_weights[i]));
  }
}

// Counts its calls in a variable, from inside of the scan.
struct Counting : CustomLayer<Counting> {
  using CustomLayer::CustomLayer;
  Variable steps = weight("steps");
  void build(const Shape&) {
    add_weight(steps, {.shape = {}, .initializer = "zeros", .trainable = false});
  }
  Tensor call(const Tensor& x) {
    const auto step = [&](const Nest& c, const Nest& row) -> std::pair<Nest, Nest> {
      steps.assign_add(1);
      return {c.tensor() + row.tensor(), nullptr};
    };
    return ops::scan(step, ops::zeros_like(x[0]), x).first.tensor() + x * 0;
  }
};

TEST(ControlTraining, VariablesThatAScanAssignsTravelAlong) {
  Counting layer;
  Sequential model({layers::Input({3}), layer});
  model.predict(Tensor::ones({4, 3}), {.batch_size = 4, .verbose = 0});
  EXPECT_EQ(layer.steps.value().item<float>(), 4.0f);
  layer(Tensor::ones({5, 3}));
  EXPECT_EQ(layer.steps.value().item<float>(), 9.0f);
}

TEST(ControlTraining, FunctionalModelsHoldScansOfTensors) {
  const Tensor x = layers::Input({3, 2});
  const auto step = [](const Nest& c, const Nest& row) -> std::pair<Nest, Nest> {
    const Tensor sum = c + row;
    return {sum, sum};
  };
  const Tensor ys = ops::scan(step, ops::sum(x, 0), x).second;
  const Model model(x, ys);
  const Tensor data = ops::reshape(ops::arange(12.0), {2, 3, 2});
  EXPECT_TRUE(same_bits(model(data).tensor(), ops::scan(step, ops::sum(data, 0), data).second));
}

}  // namespace
}  // namespace keratin::testing_support
