// SPDX-License-Identifier: Apache-2.0
// The four steps: data, network, compile, fit.
#include <keratin/keratin.h>

#include <cstdio>

using namespace keratin;

int main() {
  utils::set_random_seed(1);

  // 1. Define the data: inputs from 0 to 1, and a class for each.
  const auto clothes = datasets::fashion_mnist::load_data();
  const Tensor x_train = clothes.x_train.reshape({-1, 784})[Slice(0, 10000)] / 255.0f;
  const Tensor y_train = clothes.y_train[Slice(0, 10000)];
  const Tensor x_test = clothes.x_test.reshape({-1, 784}) / 255.0f;

  // 2. Define the network: layers that lead from inputs to outputs.
  auto model = models::Sequential();
  model.add(layers::Dense(32, {.activation = "relu", .input_shape = {784}}));
  model.add(layers::Dense(10, {.activation = "softmax"}));

  // 3. Choose a loss, an optimizer and metrics.
  model.compile(
      {.optimizer = "adam", .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});

  // 4. Iterate over the data.
  const History history = model.fit(
      x_train, y_train, {.epochs = 10, .batch_size = 64, .verbose = 0, .validation_split = 0.2});

  const double guess = baseline(model, y_train)["loss"];
  history.plot("four_steps.svg", {.title = "Ten epochs", .baseline = guess});
  const Logs test = model.evaluate(x_test, clothes.y_test, {.verbose = 0});
  std::printf("always the same answer: %.2f of the test pictures are right\n",
              majority_class_baseline(y_train, clothes.y_test)["accuracy"]);
  std::printf("the trained network: %.2f\n", test["accuracy"]);
}
