// SPDX-License-Identifier: Apache-2.0
// Chapter 5.3 of the second edition: training that does not start, because the learning rate is far
// too large, and a model that can not overfit, because it has too little capacity.
#include "examples/book/digits.h"

using namespace keratin;

namespace {

void train(const book::Digits& data, const char* title, const Sequential& model,
           const Optimizer& optimizer, int64_t epochs) {
  model.compile(
      {.optimizer = optimizer, .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
  const History history = model.fit(data.x_train, data.y_train,
                                    {.epochs = book::is_smoke() ? 1 : epochs,
                                     .batch_size = 128,
                                     .verbose = 0,
                                     .validation_split = 0.2});
  std::printf("%s\n  val_loss:", title);
  for (const double loss : history["val_loss"]) std::printf(" %.3f", loss);
  std::printf("\n  accuracy %.4f, val_accuracy %.4f\n", history["accuracy"].back(),
              history["val_accuracy"].back());
}

Sequential dense_512() {
  return Sequential(
      {layers::Dense(512, {.activation = "relu"}), layers::Dense(10, {.activation = "softmax"})});
}

}  // namespace

int main() try {
  utils::set_random_seed(1);
  const book::Digits data = book::load_digits();

  train(data, "Learning rate 1, far too large:", dense_512(), optimizers::RMSprop(1.), 10);
  train(data, "Learning rate 0.01:", dense_512(), optimizers::RMSprop(1e-2), 10);

  const Sequential small({layers::Dense(10, {.activation = "softmax"})});
  train(data, "Logistic regression, without the capacity to overfit:", small, "rmsprop", 20);
  const Sequential large({
      layers::Dense(96, {.activation = "relu"}),
      layers::Dense(96, {.activation = "relu"}),
      layers::Dense(10, {.activation = "softmax"}),
  });
  train(data, "Two layers of 96, which fit and then overfit:", large, "rmsprop", 20);
} catch (const Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
