// SPDX-License-Identifier: Apache-2.0
// The same network as in functional.cpp as a stack of layers, trained for a moment on made-up data.
#include <keratin/keratin.h>

#include <cstdlib>

using namespace keratin;

int main() {
  const bool smoke = std::getenv("KERATIN_EXAMPLE_SMOKE") != nullptr;

  auto model = models::Sequential();
  model.add(layers::Dense(32, {.activation = "relu", .input_shape = {784}}));
  model.add(layers::Dense(10, {.activation = "softmax"}));
  model.summary();

  // Noise in which the number at the place of the class is larger by five.
  const int64_t count = smoke ? 500 : 5000;
  const Tensor y = ops::arange(count) % 10;
  const Tensor x =
      ops::random_uniform(SeedGenerator(1).next(), {count, 784}) + 5 * ops::one_hot(y, 784);

  model.compile(
      {.optimizer = "rmsprop", .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
  model.fit(x, y, {.epochs = smoke ? 2 : 10, .batch_size = 128, .validation_split = 0.2});
}
