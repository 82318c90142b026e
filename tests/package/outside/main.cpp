// SPDX-License-Identifier: Apache-2.0
#include <keratin/keratin.h>

using namespace keratin;

int main() {
  auto x = Tensor::from({0.f, 0.f, 0.f, 1.f, 1.f, 0.f, 1.f, 1.f}, {4, 2});
  auto y = Tensor::from({0.f, 1.f, 1.f, 2.f}, {4, 1});
  auto model = models::Sequential();
  model.add(layers::Dense(1, {.input_shape = {2}}));
  model.compile({.optimizer = "sgd", .loss = "mse"});
  auto history = model.fit(x, y, {.epochs = 20, .batch_size = 4, .verbose = 0});
  const auto& losses = history["loss"];
  return losses.back() < losses.front() ? 0 : 1;
}
