// SPDX-License-Identifier: Apache-2.0
// Chapter 2, a first look: a network learns to read digits.
#include "examples/book/digits.h"

using namespace keratin;

int main() try {
  utils::set_random_seed(1);
  const auto [train_images, train_labels, test_images, test_labels] = book::load_digits();

  auto network = models::Sequential();
  network.add(layers::Dense(512, {.activation = "relu", .input_shape = {28 * 28}}));
  network.add(layers::Dense(10, {.activation = "softmax"}));
  network.compile(
      {.optimizer = "rmsprop", .loss = "categorical_crossentropy", .metrics = {"accuracy"}});

  network.fit(train_images, utils::to_categorical(train_labels, 10),
              {.epochs = book::is_smoke() ? 1 : 5, .batch_size = 128});
  const Logs test = network.evaluate(test_images, utils::to_categorical(test_labels, 10));
  std::printf("test_acc: %.4f\n", test["accuracy"]);

  // The second edition asks for the answers to the first ten digits.
  const Tensor predictions = network.predict(test_images[Slice(0, 10)]);
  std::printf("%s\n", to_string(predictions[0]).c_str());
  const int64_t digit = ops::argmax(predictions[0]).item<int64_t>();
  std::printf("It is a %d, with probability %.6f; the label says %d.\n", static_cast<int>(digit),
              predictions[0][digit].item<double>(), test_labels[0].item<int>());
} catch (const Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
