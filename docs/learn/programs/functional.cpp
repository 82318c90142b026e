// SPDX-License-Identifier: Apache-2.0
#include <keratin/keratin.h>

#include <iostream>

using namespace keratin;

int main() {
  utils::set_random_seed(42);
  auto input_tensor = layers::Input({784});
  auto x = layers::Dense(32, {.activation = "relu"})(input_tensor);
  auto output_tensor = layers::Dense(10, {.activation = "softmax"})(x);
  auto model = models::Model({.inputs = input_tensor, .outputs = output_tensor});

  model.summary();
  std::cout << ops::round(1000 * model.predict(ops::ones({1, 784}), {.verbose = 0})) << "\n";
}
