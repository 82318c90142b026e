// SPDX-License-Identifier: Apache-2.0
// Chapter 5.1 of the second edition: what a network does with 784 columns of noise beside the
// image, and with labels that mean nothing.
#include <algorithm>
#include <random>

#include "examples/book/digits.h"

using namespace keratin;

namespace {

Sequential get_model() {
  Sequential model(
      {layers::Dense(512, {.activation = "relu"}), layers::Dense(10, {.activation = "softmax"})});
  model.compile(
      {.optimizer = "rmsprop", .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
  return model;
}

}  // namespace

int main() try {
  utils::set_random_seed(1);
  const book::Digits data = book::load_digits();
  const Shape shape = data.x_train.shape();
  const Tensor noise = ops::random_uniform(SeedGenerator(1).next(), shape);
  const int epochs = book::is_smoke() ? 1 : 10;

  std::puts("Validation accuracy by epoch, with noise channels and with channels of zeros:");
  const auto train = [&](const Tensor& channels) {
    const Tensor x = ops::concatenate({data.x_train, channels}, 1);
    return get_model().fit(
        x, data.y_train,
        {.epochs = epochs, .batch_size = 128, .verbose = 0, .validation_split = 0.2});
  };
  const History with_noise = train(noise);
  const History with_zeros = train(ops::zeros(shape));
  for (size_t i = 0; i < with_noise.epoch.size(); ++i) {
    std::printf("epoch %2zu: noise %.4f  zeros %.4f\n", i + 1, with_noise["val_accuracy"][i],
                with_zeros["val_accuracy"][i]);
  }

  std::puts("\nLabels in random order: the network learns them by heart, and nothing else.");
  auto labels = data.y_train.to_vector<uint8_t>();
  std::shuffle(labels.begin(), labels.end(), std::mt19937(1337));
  const int rounds = book::is_smoke() ? 2 : 100;
  const History shuffled =
      get_model().fit(data.x_train, Tensor::from(labels, {shape[0]}),
                      {.epochs = rounds, .batch_size = 128, .verbose = 0, .validation_split = 0.2});
  for (size_t i = 0; i < shuffled.epoch.size(); ++i) {
    if (i == 0 || (i + 1) % 10 == 0) {
      std::printf("epoch %3zu: accuracy %.4f  val_accuracy %.4f\n", i + 1, shuffled["accuracy"][i],
                  shuffled["val_accuracy"][i]);
    }
  }
} catch (const Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
