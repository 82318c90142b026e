// SPDX-License-Identifier: Apache-2.0
// A network with few pictures, and each of the remedies against over-fitting alone.
#include <keratin/keratin.h>

#include <algorithm>
#include <cstdio>
#include <numeric>

using namespace keratin;

struct Remedy {
  const char* name;
  int64_t pictures = 500, units = 128;
  double l2 = 0.0, dropout = 0.0;
  Callbacks callbacks = {};
};

int main() {
  const auto clothes = datasets::fashion_mnist::load_data();
  const Tensor x = clothes.x_train.reshape({-1, 784}) / 255.0f, y = clothes.y_train;
  const Slice unseen(50000, 51000);  // for validation
  const Remedy remedies[] = {
      {.name = "none"},
      {.name = "more pictures", .pictures = 4000},
      {.name = "a smaller network", .units = 16},
      {.name = "L2 of the weights", .l2 = 0.003},
      {.name = "dropout", .dropout = 0.5},
      {.name = "early stopping", .callbacks = {callbacks::EarlyStopping({.patience = 3})}},
  };

  const std::string metric = "sparse_categorical_crossentropy";  // without the penalty of L2
  plot::Figure figure({.width = 640, .height = 400});
  plot::Axes& axes = figure.add_axes();
  axes.title = "Cross-entropy on validation data";
  axes.x_label = "epoch";
  axes.y_range = {0.3, 1.3};
  std::puts("at the end          training  validation  least");
  for (const Remedy& remedy : remedies) {
    utils::set_random_seed(1);
    auto model = models::Sequential();
    model.add(layers::Dense(remedy.units, {.activation = "relu",
                                           .kernel_regularizer = regularizers::L2(remedy.l2),
                                           .input_shape = {784}}));
    model.add(layers::Dropout(remedy.dropout));
    model.add(layers::Dense(10, {.activation = "softmax"}));
    model.compile({.optimizer = optimizers::Adam(0.003), .loss = metric, .metrics = {metric}});
    const Slice seen(0, remedy.pictures);
    FitOptions fit{.epochs = 60, .batch_size = 128, .verbose = 0};
    fit.validation_data = {x[unseen], y[unseen]};
    fit.callbacks = remedy.callbacks;
    const History history = model.fit(x[seen], y[seen], fit);
    const std::vector<double>& validation = history["val_" + metric];
    std::vector<double> epochs(validation.size());
    std::iota(epochs.begin(), epochs.end(), 1.0);
    axes.line(epochs, validation, {.label = remedy.name});
    std::printf("%-18s  %8.1f  %10.1f  %5.1f\n", remedy.name, history[metric].back(),
                validation.back(), std::ranges::min(validation));
  }
  figure.save("remedies.svg");
}
