// SPDX-License-Identifier: Apache-2.0
// The same network as in sequential.cpp in the functional form: layers are called on tensors, and a
// model is what lies between inputs and outputs.
#include <keratin/keratin.h>

#include <cstdlib>

using namespace keratin;

int main() {
  const bool smoke = std::getenv("KERATIN_EXAMPLE_SMOKE") != nullptr;

  auto input_tensor = layers::Input({784});
  auto x = layers::Dense(32, {.activation = "relu"})(input_tensor);
  auto output_tensor = layers::Dense(10, {.activation = "softmax"})(x);
  auto model = models::Model({.inputs = input_tensor, .outputs = output_tensor});
  model.summary();

  // Noise in which the number at the place of the class is larger by five.
  const int64_t count = smoke ? 500 : 5000;
  const Tensor labels = ops::arange(count) % 10;
  const Tensor data =
      ops::random_uniform(SeedGenerator(1).next(), {count, 784}) + 5 * ops::one_hot(labels, 784);

  model.compile(
      {.optimizer = "rmsprop", .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
  model.fit(data, labels, {.epochs = smoke ? 2 : 10, .batch_size = 128, .validation_split = 0.2});
}
