// SPDX-License-Identifier: Apache-2.0
// K-fold validation, for data that is too little to set a part of it aside: prices of homes around
// Boston, 404 rows. Each row validates once; the mean over the folds says how good the network is,
// and the baseline what that is worth. Takes a seed.
#include <keratin/keratin.h>

#include <cstdio>
#include <cstdlib>

using namespace keratin;

int main(int argc, char** argv) {
  const bool smoke = std::getenv("KERATIN_EXAMPLE_SMOKE") != nullptr;
  if (!datasets::boston_housing::available()) {
    std::puts("skipped: put boston_housing.npz into ~/.keras/datasets");
    return 77;
  }
  utils::set_random_seed(argc > 1 ? std::atoi(argv[1]) : 1);
  const auto homes = datasets::boston_housing::load_data();
  // Each feature with mean 0 and deviation 1, by the training data alone.
  const Tensor mean = ops::mean(homes.x_train, 0), deviation = ops::std(homes.x_train, 0);
  const Tensor x = (homes.x_train - mean) / deviation;
  const Tensor x_test = (homes.x_test - mean) / deviation;

  const auto leaks = leak_check({x, homes.y_train}, {x_test, homes.y_test});
  std::puts(leaks.sentence().c_str());

  const auto build = [] {
    auto model = models::Sequential({layers::Dense(64, {.activation = "relu", .input_shape = {13}}),
                                     layers::Dense(64, {.activation = "relu"}), layers::Dense(1)});
    model.compile({.optimizer = "rmsprop", .loss = "mse", .metrics = {"mae"}});
    return model;
  };
  const auto report =
      validate(build, x, homes.y_train,
               {.folds = 4,
                .shuffle = false,
                .fit = {.epochs = smoke ? 2 : 100, .batch_size = smoke ? 16 : 1, .verbose = 0}});
  for (const auto& fold : report.folds) {
    std::printf("fold %d: mae %.3f\n", static_cast<int>(fold.fold) + 1, fold.scores["mae"]);
  }
  std::printf("%s", report.text().c_str());
  report.mean_history().plot("k_fold.png", {.baseline = report.baseline["loss"]});
  std::puts("wrote k_fold.png");
}
