// SPDX-License-Identifier: Apache-2.0
// A network that learns its pictures by heart, and what its curves say.
#include <keratin/keratin.h>

#include <cstdio>

using namespace keratin;

int main() {
  utils::set_random_seed(1);
  const auto clothes = datasets::fashion_mnist::load_data();
  const Tensor x = clothes.x_train.reshape({-1, 784})[Slice(0, 2000)] / 255.0f;
  const Tensor y = clothes.y_train[Slice(0, 2000)];

  auto model = models::Sequential({layers::Dense(128, {.activation = "relu", .input_shape = {784}}),
                                   layers::Dense(10, {.activation = "softmax"})});
  model.compile(
      {.optimizer = "adam", .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
  const History history =
      model.fit(x, y, {.epochs = 60, .batch_size = 128, .verbose = 0, .validation_split = 0.5});

  const Verdict verdict = history.verdict({.baseline = baseline(model, y)["loss"]});
  std::printf("%s\n", to_string(verdict.kind).c_str());
  for (const std::string& next : verdict.next) std::printf("- %s\n", next.c_str());
  history.plot("over_fitting.svg");
}
