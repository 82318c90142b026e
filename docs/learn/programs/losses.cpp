// SPDX-License-Identifier: Apache-2.0
// What a loss says of an answer, where accuracy only says right or wrong.
#include <keratin/keratin.h>

#include <cstdio>

using namespace keratin;

int main() {
  // The expected output is 1; the model answers with a probability.
  const Tensor answers = ops::linspace(0.01, 0.99, 99).reshape({99, 1});
  const Tensor expected = ops::ones_like(answers);

  struct Row {
    const char* name;
    Tensor values;
  };
  const Row rows[] = {
      {"binary cross-entropy", losses::binary_crossentropy(expected, answers)},
      {"mean squared error", losses::mean_squared_error(expected, answers)},
      {"wrong (1 - accuracy)", 1 - metrics::binary_accuracy(expected, answers)},
  };

  plot::Figure figure({.width = 560, .height = 340});
  plot::Axes& axes = figure.add_axes();
  axes.title = "What an answer costs when 1 is expected";
  axes.x_label = "answer of the model";
  axes.y_range = {0.0, 4.0};
  std::puts("answer                0.10   0.40   0.60   0.90");
  for (const Row& row : rows) {
    const auto values = row.values.to_vector<double>();
    axes.line(answers.to_vector<double>(), values, {.label = row.name});
    std::printf("%-20s %5.2f  %5.2f  %5.2f  %5.2f\n", row.name, values[9], values[39], values[59],
                values[89]);
  }
  figure.save("losses.svg");
}
