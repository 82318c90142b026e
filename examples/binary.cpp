// SPDX-License-Identifier: Apache-2.0
// Binary classification: on which of two moons does a point lie? One output with a sigmoid is the
// probability of the second one, and the loss is binary cross-entropy.
#include <keratin/keratin.h>

#include <cstdio>
#include <cstdlib>
#include <numbers>

using namespace keratin;

namespace {

// Returns points around two half circles that reach into each other, and the moon of each.
Data make_moons(int64_t count, int seed) {
  const SeedGenerator seeds(seed);
  const Tensor angle = ops::random_uniform(seeds.next(), {count, 1}, 0.0, std::numbers::pi);
  const Tensor moon = (ops::arange(count) % 2).reshape({count, 1}).cast(DType::float32);
  const Tensor sign = 1 - 2 * moon;
  const Tensor x = sign * ops::cos(angle) + moon;
  const Tensor y = sign * ops::sin(angle) + 0.5 * moon;
  const Tensor noise = ops::random_normal(seeds.next(), {count, 2}, 0.0, 0.2);
  return {ops::concatenate({x, y}, 1) + noise, moon};
}

}  // namespace

int main() {
  const bool smoke = std::getenv("KERATIN_EXAMPLE_SMOKE") != nullptr;
  utils::set_random_seed(1);
  const Data train = make_moons(smoke ? 500 : 4000, 1), test = make_moons(2000, 2);

  auto model = models::Sequential();
  model.add(layers::Dense(16, {.activation = "relu", .input_shape = {2}}));
  model.add(layers::Dense(16, {.activation = "relu"}));
  model.add(layers::Dense(1, {.activation = "sigmoid"}));
  model.compile({.optimizer = optimizers::Adam({.learning_rate = 0.01}),
                 .loss = "binary_crossentropy",
                 .metrics = {"accuracy", metrics::AUC()}});
  model.fit(train.x, train.y, {.epochs = smoke ? 2 : 20, .verbose = 2, .validation_split = 0.2});

  const Logs scores = model.evaluate(test.x, test.y, {.verbose = 0});
  const Logs guess = majority_class_baseline(train.y.tensor(), test.y.tensor());
  std::printf("test accuracy %.3f (one answer for all: %.3f), AUC %.3f\n", scores["accuracy"],
              guess["accuracy"], scores["auc"]);
  const Tensor points = Tensor::from({0.0f, 1.0f, 1.0f, -0.5f}, {2, 2});
  const auto shares = model.predict(points, {.verbose = 0}).to_vector<double>();
  std::printf("(0, 1) is on the second moon with %.1f %%, (1, -0.5) with %.1f %%\n",
              100 * shares[0], 100 * shares[1]);
}
