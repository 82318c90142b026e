// SPDX-License-Identifier: Apache-2.0
// The four steps of every Keras program, here with the handwritten digits of MNIST: define the
// data, define the network, choose how it learns (compile), iterate over the data (fit).
#include <keratin/keratin.h>

#include <cstdio>
#include <cstdlib>

using namespace keratin;

int main() {
  const bool smoke = std::getenv("KERATIN_EXAMPLE_SMOKE") != nullptr;
  if (!datasets::mnist::available()) {
    std::puts("skipped: put mnist.npz or the four idx files of MNIST into ~/.keras/datasets");
    return 77;
  }

  // 1. The data: images as rows of floats from 0 to 1, classes as rows with a single 1.
  const int64_t count = smoke ? 2000 : 60000;
  const auto digits = datasets::mnist::load_data();
  const Tensor train_images = digits.x_train[{Slice(0, count)}].reshape({-1, 28 * 28}) / 255.0f;
  const Tensor test_images = digits.x_test.reshape({-1, 28 * 28}) / 255.0f;
  const Tensor train_labels = utils::to_categorical(digits.y_train[{Slice(0, count)}], 10);
  const Tensor test_labels = utils::to_categorical(digits.y_test, 10);

  // 2. The network: layers that lead from an image to ten probabilities.
  auto network = models::Sequential();
  network.add(layers::Dense(smoke ? 32 : 512, {.activation = "relu", .input_shape = {28 * 28}}));
  network.add(layers::Dense(10, {.activation = "softmax"}));

  // 3. How it learns: an optimizer, a loss, and the metrics to watch.
  network.compile(
      {.optimizer = "rmsprop", .loss = "categorical_crossentropy", .metrics = {"accuracy"}});

  // 4. Iterate over the data.
  network.fit(train_images, train_labels, {.epochs = smoke ? 1 : 5, .batch_size = 128});

  const Logs test = network.evaluate(test_images, test_labels, {.verbose = 0});
  std::printf("test accuracy: %.4f\n", test["accuracy"]);
}
