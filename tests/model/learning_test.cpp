// SPDX-License-Identifier: Apache-2.0
// Whole trainings on real images reach the accuracy that Keras reaches.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <numeric>
#include <vector>

#include "keratin/keratin.h"

namespace keratin {
namespace {

using MakeModel = Sequential (*)();

// Returns the test accuracy after five epochs of 128 images a batch.
double train(const datasets::ImageData& data, MakeModel make_model, int64_t seed) {
  utils::set_random_seed(seed);
  const Sequential model = make_model();
  model.compile(
      {.optimizer = "rmsprop", .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
  model.fit(data.x_train.reshape({-1, 784}), data.y_train,
            {.epochs = 5, .batch_size = 128, .verbose = 0});
  return model.evaluate(data.x_test.reshape({-1, 784}), data.y_test, {.verbose = 0})["accuracy"];
}

// Returns the mean over seeds 1 to 5; after a training that takes more than two minutes (large
// models without oneDNN, slow machines) it is content with the seeds it has.
double mean_accuracy(const datasets::ImageData& data, MakeModel make_model) {
  std::vector<double> accuracies;
  for (int64_t seed = 1; seed <= 5; ++seed) {
    const auto start = std::chrono::steady_clock::now();
    accuracies.push_back(train(data, make_model, seed));
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    std::printf("seed %d: test accuracy %.4f after %.1f s\n", static_cast<int>(seed),
                accuracies.back(), time.count());
    std::fflush(stdout);
    if (time > std::chrono::minutes(2)) break;
  }
  const double mean = std::accumulate(accuracies.begin(), accuracies.end(), 0.0) /
                      static_cast<double>(accuracies.size());
  std::printf("mean of %zu seeds: %.4f\n", accuracies.size(), mean);
  return mean;
}

TEST(Learning, SlowFashionMnistWith32UnitsReaches84Percent) {
  if (!datasets::fashion_mnist::available()) {
    GTEST_SKIP() << "install the Debian package dataset-fashion-mnist";
  }
  const auto make_model = [] {
    return Sequential({layers::Rescaling(1.0 / 255, {.input_shape = {784}}),
                       layers::Dense(32, {.activation = "relu"}),
                       layers::Dense(10, {.activation = "softmax"})});
  };
  EXPECT_GE(mean_accuracy(datasets::fashion_mnist::load_data(), make_model), 0.84);
}

TEST(Learning, SlowMnistWith512UnitsReaches976Permille) {
  if (!datasets::mnist::available()) {
    GTEST_SKIP() << "put mnist.npz or the four idx files of MNIST into ~/.keras/datasets, or name "
                    "their folder in KERATIN_DATA_HOME";
  }
  const auto make_model = [] {
    return Sequential({layers::Rescaling(1.0 / 255, {.input_shape = {784}}),
                       layers::Dense(512, {.activation = "relu"}),
                       layers::Dense(10, {.activation = "softmax"})});
  };
  EXPECT_GE(mean_accuracy(datasets::mnist::load_data(), make_model), 0.976);
}

}  // namespace
}  // namespace keratin
