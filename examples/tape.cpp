// SPDX-License-Identifier: Apache-2.0
// Variables and a tape alone: the acceleration of a falling apple as the derivative of a
// derivative, and a linear classifier of two clouds of points, trained by hand.
#include <keratin/keratin.h>

#include <cstdio>

using namespace keratin;

namespace {

void falling_apple() {
  const Variable time(2.0f);
  GradientTape outer;
  Tensor position, speed;
  {
    GradientTape inner;
    position = 4.9 * ops::square(time);
    speed = inner.gradient(position, time);
  }
  const Tensor acceleration = outer.gradient(speed, time);
  std::printf("after 2 s: fallen %.1f m, %.1f m/s fast, %.1f m/s^2 faster\n",
              position.item<double>(), speed.item<double>(), acceleration.item<double>());
}

}  // namespace

int main() {
  falling_apple();

  // A thousand points around (0, 3), and a thousand around (3, 0).
  const int64_t count = 1000;
  const SeedGenerator seeds(1);
  const Tensor spread = Tensor::from({1.0f, 0.5f, 0.5f, 1.0f}, {2, 2});
  const auto cloud = [&](float x, float y) {
    return ops::matmul(ops::random_normal(seeds.next(), {count, 2}), spread) +
           Tensor::from({x, y}, {2});
  };
  const Tensor inputs = ops::concatenate({cloud(0, 3), cloud(3, 0)});
  const Tensor targets = ops::concatenate({ops::zeros({count, 1}), ops::ones({count, 1})});

  const Variable w(ops::random_uniform(seeds.next(), {2, 1}), {.name = "w"});
  const Variable b(ops::zeros({1}), {.name = "b"});
  const double learning_rate = 0.1;
  Tensor predictions;
  for (int step = 0; step < 40; ++step) {
    GradientTape tape;
    predictions = ops::matmul(inputs, w) + b;
    const Tensor loss = ops::mean(ops::square(targets - predictions));
    const std::vector<Tensor> gradients = tape.gradient(loss, {w, b});
    w.assign_sub(gradients[0] * learning_rate);
    b.assign_sub(gradients[1] * learning_rate);
    if (step % 10 == 9) std::printf("loss at step %d: %.4f\n", step + 1, loss.item<double>());
  }
  const Tensor correct = (predictions > 0.5f) == (targets > 0.5f);
  const double accuracy = ops::mean(correct.cast(DType::float32)).item<double>();
  std::printf("%.1f%% of the points are on their side of the line\n", 100 * accuracy);
  return accuracy > 0.95 ? 0 : 1;
}
