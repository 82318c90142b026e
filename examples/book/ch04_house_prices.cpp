// SPDX-License-Identifier: Apache-2.0
// Chapter 4 (first edition: 3.6): prices of homes around Boston, with so few of them that
// validation goes round in four folds.
#include <keratin/keratin.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <numeric>

using namespace keratin;

namespace {

Sequential build_model(int64_t features) {
  auto model = models::Sequential();
  model.add(layers::Dense(64, {.activation = "relu", .input_shape = {features}}));
  model.add(layers::Dense(64, {.activation = "relu"}));
  model.add(layers::Dense(1));
  model.compile({.optimizer = "rmsprop", .loss = "mse", .metrics = {"mae"}});
  return model;
}

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// Trains on the other three quarters, and returns how training went on the fold number `i` of 4.
History train_fold(const Tensor& data, const Tensor& targets, int64_t i, int64_t epochs,
                   int64_t batch_size) {
  const int64_t count = data.shape()[0] / 4;
  const Slice fold(i * count, (i + 1) * count);
  const Slice before(open, i * count), after((i + 1) * count, open);
  return build_model(data.shape()[1])
      .fit(ops::concatenate({data[before], data[after]}, 0),
           ops::concatenate({targets[before], targets[after]}, 0),
           {.epochs = epochs,
            .batch_size = batch_size,
            .verbose = 0,
            .validation_data = {data[fold], targets[fold]}});
}

}  // namespace

int main() try {
  const bool smoke = std::getenv("KERATIN_EXAMPLE_SMOKE") != nullptr;
  if (smoke && !datasets::boston_housing::available()) {
    std::puts("skipped: needs boston_housing.npz in ~/.keras/datasets or $KERATIN_DATA_HOME");
    return 77;
  }
  utils::set_random_seed(1);
  const auto [train_data, train_targets, test_data, test_targets] =
      datasets::boston_housing::load_data();
  const Tensor average = ops::mean(train_data, 0), deviation = ops::std(train_data, 0);
  const Tensor x_train = (train_data - average) / deviation;
  const Tensor x_test = (test_data - average) / deviation;

  std::puts("100 epochs of batches of 1, as the first edition has it:");
  std::vector<double> all_scores;
  for (int64_t i = 0; i < 4; ++i) {
    const History history = train_fold(x_train, train_targets, i, smoke ? 2 : 100, smoke ? 16 : 1);
    all_scores.push_back(history["val_mae"].back());
    std::printf("fold %d: MAE %.4f\n", static_cast<int>(i), all_scores.back());
  }
  std::printf("mean: %.4f\n\n", mean(all_scores));

  std::puts("500 epochs of batches of 16, as the second has it; mean MAE of the folds:");
  const int64_t epochs = smoke ? 4 : 500;
  std::vector<double> average_mae(static_cast<size_t>(epochs), 0.0);
  for (int64_t i = 0; i < 4; ++i) {
    const History history = train_fold(x_train, train_targets, i, epochs, 16);
    const std::vector<double>& mae = history["val_mae"];
    for (size_t epoch = 0; epoch < mae.size(); ++epoch) average_mae[epoch] += mae[epoch] / 4;
  }
  for (size_t epoch = 0; epoch < average_mae.size(); ++epoch) {
    if ((epoch + 1) % 20 == 0 || epoch == 0) {
      std::printf("epoch %3zu: %.3f\n", epoch + 1, average_mae[epoch]);
    }
  }
  const auto best = std::min_element(average_mae.begin(), average_mae.end());
  const auto best_epoch = best - average_mae.begin() + 1;
  std::printf("the best, %.3f, is that of epoch %d\n\n", *best, static_cast<int>(best_epoch));

  // The final model learns from all the training data; the book takes 130 epochs from its curve.
  const Sequential model = build_model(x_train.shape()[1]);
  model.fit(x_train, train_targets, {.epochs = smoke ? 2 : 130, .batch_size = 16, .verbose = 0});
  const Logs test = model.evaluate(x_test, test_targets, {.verbose = 0});
  std::printf("test MAE: %.4f\n", test["mae"]);
  const Tensor predictions = model.predict(x_test, {.verbose = 0});
  std::printf("first home: predicted %.2f, sold for %.1f thousand dollars\n",
              predictions[0].item<double>(), test_targets[0].item<double>());
} catch (const Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
