// SPDX-License-Identifier: Apache-2.0
#include <keratin/keratin.h>

#include <iostream>

using namespace keratin;

int main() {
  utils::set_random_seed(42);
  auto model = models::Sequential();
  model.add(layers::Dense(32, {.activation = "relu", .input_shape = {784}}));
  model.add(layers::Dense(10, {.activation = "softmax"}));

  model.summary();
  std::cout << ops::round(1000 * model.predict(ops::ones({1, 784}), {.verbose = 0})) << "\n";
}
