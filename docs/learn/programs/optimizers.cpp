// SPDX-License-Identifier: Apache-2.0
// Four optimizers look for the same line, each in its own way.
#include <keratin/keratin.h>

#include <cstdio>
#include <numeric>

using namespace keratin;

int main() {
  // Points around the line 2 x + 1.
  const SeedGenerator seeds(1);
  const Tensor x = ops::random_uniform(seeds.next(), {200, 1}, -1.0, 1.0);
  const Tensor y = 2 * x + 1 + ops::random_normal(seeds.next(), {200, 1}, 0.0, 0.1);

  struct Row {
    const char* name;
    Optimizer optimizer;
  };
  const Row rows[] = {
      {"SGD", optimizers::SGD({.learning_rate = 0.03})},
      {"SGD, momentum 0.9", optimizers::SGD({.learning_rate = 0.03, .momentum = 0.9})},
      {"RMSprop", optimizers::RMSprop({.learning_rate = 0.03})},
      {"Adam", optimizers::Adam({.learning_rate = 0.03})},
  };

  plot::Figure figure({.width = 560, .height = 340});
  plot::Axes& axes = figure.add_axes();
  axes.title = "The loss falls";
  axes.x_label = "epoch";
  axes.log_y = true;
  for (const Row& row : rows) {
    utils::set_random_seed(1);  // the same start for all
    auto model = models::Sequential({layers::Dense(1, {.input_shape = {1}})});
    model.compile({.optimizer = row.optimizer, .loss = "mse"});
    const History history = model.fit(x, y, {.epochs = 25, .batch_size = 20, .verbose = 0});

    const double slope = model.get_weights()[0].item<double>();
    const double offset = model.get_weights()[1].item<double>();
    std::printf("%-18s found %.1f x + %.1f\n", row.name, slope, offset);
    std::vector<double> epochs(history.epoch.size());
    std::iota(epochs.begin(), epochs.end(), 1.0);
    axes.line(epochs, history["loss"], {.label = row.name});
  }
  figure.save("optimizers.svg");
}
