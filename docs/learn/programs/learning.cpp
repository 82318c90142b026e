// SPDX-License-Identifier: Apache-2.0
// The loop of learning, by hand: two weights find a rule from examples.
#include <keratin/keratin.h>

#include <cstdio>

using namespace keratin;

int main() {
  // A hundred inputs of two numbers a and b. The expected outputs are 3 a - 2 b, which the loop
  // below is not told.
  const Tensor inputs = ops::random_normal(SeedGenerator(1).next(), {100, 2});
  const Tensor expected = ops::matmul(inputs, Tensor::from({3.0f, -2.0f}, {2, 1}));

  const Variable weights(ops::random_normal(SeedGenerator(2).next(), {2, 1}));
  for (int step = 0; step <= 40; ++step) {
    GradientTape tape;
    const Tensor answers = ops::matmul(inputs, weights);             // 1. the answers
    const Tensor loss = ops::mean(ops::square(answers - expected));  // 2. how wrong they are
    const Tensor gradient = tape.gradient(loss, weights);            // 3. where it rises
    weights.assign_sub(0.1 * gradient);                              // 4. a step the other way
    if (step % 10 == 0) std::printf("step %2d: loss %.3f\n", step, loss.item<double>());
  }
  const auto found = weights.value().to_vector<double>();
  std::printf("found: %.2f a %+.2f b\n", found[0], found[1]);
}
