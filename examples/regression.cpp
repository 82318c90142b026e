// SPDX-License-Identifier: Apache-2.0
// Regression: how far a ball flies that is thrown with some speed at some angle. The targets are
// any numbers, so the last layer has no activation, the loss is the mean squared error, and the
// mean absolute error says in metres how good the network is.
#include <keratin/keratin.h>

#include <cstdio>
#include <cstdlib>
#include <numbers>

using namespace keratin;

namespace {

// Returns speeds (m/s) and angles (degrees) of throws, and distances (m) as measured: the wind and
// the tape add some noise.
Data make_throws(int64_t count, int seed) {
  const SeedGenerator seeds(seed);
  const Tensor speed = ops::random_uniform(seeds.next(), {count, 1}, 5.0, 25.0);
  const Tensor angle = ops::random_uniform(seeds.next(), {count, 1}, 10.0, 80.0);
  const Tensor distance = ops::square(speed) * ops::sin(angle * (std::numbers::pi / 90)) / 9.81;
  return {ops::concatenate({speed, angle}, 1),
          distance + ops::random_normal(seeds.next(), {count, 1}, 0.0, 0.5)};
}

}  // namespace

int main() {
  const bool smoke = std::getenv("KERATIN_EXAMPLE_SMOKE") != nullptr;
  utils::set_random_seed(1);
  const Data train = make_throws(smoke ? 500 : 4000, 1), test = make_throws(1000, 2);

  // Inputs of different sizes learn badly: each gets mean 0 and deviation 1, by the training data
  // alone.
  const Tensor mean = ops::mean(train.x.tensor(), 0), deviation = ops::std(train.x.tensor(), 0);
  const auto scaled = [&](const Tensor& x) { return (x - mean) / deviation; };

  auto model = models::Sequential();
  model.add(layers::Dense(64, {.activation = "relu", .input_shape = {2}}));
  model.add(layers::Dense(64, {.activation = "relu"}));
  model.add(layers::Dense(1));
  model.compile(
      {.optimizer = optimizers::Adam({.learning_rate = 0.003}), .loss = "mse", .metrics = {"mae"}});
  model.fit(scaled(train.x.tensor()), train.y,
            {.epochs = smoke ? 2 : 40, .verbose = 2, .validation_split = 0.2});

  const Logs scores = model.evaluate(scaled(test.x.tensor()), test.y, {.verbose = 0});
  const Logs guess = mean_baseline(train.y.tensor(), test.y.tensor());
  std::printf("off by %.2f m on average (the mean for all: %.2f m)\n", scores["mae"], guess["mae"]);
  const Tensor throws = Tensor::from({20.0f, 45.0f, 20.0f, 70.0f}, {2, 2});
  const auto metres = model.predict(scaled(throws), {.verbose = 0}).to_vector<double>();
  std::printf("20 m/s: %.1f m at 45 degrees, %.1f m at 70 degrees; without wind 40.8 and 26.2\n",
              metres[0], metres[1]);
}
