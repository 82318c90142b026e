// SPDX-License-Identifier: Apache-2.0
// The last layer and the loss for each task, and what a wrong pair does.
#include <keratin/keratin.h>

#include <cstdio>

using namespace keratin;

int main() {
  std::printf("%-20s %-12s %s\n", "task", "activation", "loss");
  for (const TaskAdvice& row : advise("all")) {
    std::printf("%-20s %-12s %s\n", row.task.c_str(), row.activation.c_str(), row.loss.c_str());
  }

  // A binary task: does a point lie inside a circle that holds half of all points?
  const Tensor x = ops::random_normal(SeedGenerator(1).next(), {2000, 2});
  const Tensor y = (ops::sum(ops::square(x), 1, true) < 1.386).cast(DType::float32);
  utils::set_advice(false);  // compile would say it too
  for (const char* activation : {"sigmoid", "softmax"}) {
    utils::set_random_seed(1);
    auto model = models::Sequential({layers::Dense(16, {.activation = "relu", .input_shape = {2}}),
                                     layers::Dense(1, {.activation = activation})});
    model.compile({.optimizer = optimizers::Adam({.learning_rate = 0.01}),
                   .loss = "binary_crossentropy",
                   .metrics = {"accuracy"}});
    model.fit(x, y, {.epochs = 10, .verbose = 0});
    const double accuracy = model.evaluate(x, y, {.verbose = 0})["accuracy"];
    std::printf("\n%s: accuracy %.1f\n", activation, accuracy);
    for (const Finding& finding : advise(model)) std::puts(finding.sentence.c_str());
  }
}
