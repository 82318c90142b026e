// SPDX-License-Identifier: Apache-2.0
// Three networks for the same noisy points: too small, about right, too large.
#include <keratin/keratin.h>

#include <cstdio>

using namespace keratin;

int main() {
  const SeedGenerator seeds(5);
  const auto truth = [](const Tensor& x) { return ops::sin(3 * x); };
  const Tensor x = ops::linspace(-1.0, 1.0, 20).reshape({20, 1});
  const Tensor y = truth(x) + ops::random_normal(seeds.next(), {20, 1}, 0.0, 0.3);
  const Tensor x_new = ops::linspace(-1.0, 1.0, 250).reshape({250, 1});
  const Tensor y_new = truth(x_new) + ops::random_normal(seeds.next(), {250, 1}, 0.0, 0.3);

  struct Row {
    const char* name;
    std::vector<int64_t> hidden;
  };
  const Row rows[] = {{"too small", {}}, {"about right", {8}}, {"too large", {128, 128}}};
  plot::Figure figure({.width = 960, .height = 320, .columns = 3});
  std::puts("mean squared error    the 20 points   new points");
  for (const Row& row : rows) {
    utils::set_random_seed(1);
    auto model = models::Sequential();
    model.add(layers::Input({1}));
    for (const int64_t units : row.hidden) model.add(layers::Dense(units, {.activation = "tanh"}));
    model.add(layers::Dense(1));
    model.compile(
        {.optimizer = optimizers::Adam({.learning_rate = 0.005, .epsilon = 0.001}), .loss = "mse"});
    model.fit(x, y, {.epochs = 2000, .batch_size = 20, .verbose = 0, .shuffle = false});

    std::printf("%-20s %14.2f %12.2f\n", row.name, model.evaluate(x, y, {.verbose = 0})["loss"],
                model.evaluate(x_new, y_new, {.verbose = 0})["loss"]);
    const auto line = x_new.to_vector<double>();
    plot::Axes& axes = figure.add_axes();
    axes.title = row.name;
    axes.y_range = {-2.0, 2.0};
    axes.line(line, truth(x_new).to_vector<double>(),
              {.label = "truth", .color = plot::colors::grey, .dash = plot::Dash::dashed});
    axes.line(line, model.predict(x_new, {.verbose = 0}).to_vector<double>(), {.label = "network"});
    axes.points(x.to_vector<double>(), y.to_vector<double>(), {.label = "points"});
  }
  figure.save("capacity.svg");
}
