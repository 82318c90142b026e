// SPDX-License-Identifier: Apache-2.0
// Inputs, expected outputs and a measure, for pictures that get tags.
#include <keratin/keratin.h>

#include <cstdio>

using namespace keratin;

int main() {
  const auto clothes = datasets::fashion_mnist::load_data();
  const Slice first(0, 1000), second(1000, 2000);

  // The inputs: a thousand pictures with two garments each, as numbers from 0 to 1.
  const Tensor inputs =
      ops::concatenate({clothes.x_train[first], clothes.x_train[second]}, 2) / 255.0f;

  // The expected outputs: ten tags for each picture, 1 for each kind of garment in it.
  const Tensor outputs = ops::maximum(ops::one_hot(clothes.y_train[first], 10),
                                      ops::one_hot(clothes.y_train[second], 10));

  // The measure: the share of the pictures of which all tags are right.
  const auto measure = [&](const Tensor& answers) {
    return ops::mean(ops::all(answers == outputs, 1).cast(DType::float32)).item<double>();
  };

  std::printf("inputs  %s\n", to_string(inputs.spec()).c_str());
  std::printf("outputs %s\n", to_string(outputs.spec()).c_str());
  const Tensor none = ops::zeros_like(outputs);
  const Tensor shirt_and_bag = none + Tensor::from({0, 0, 0, 0, 0, 0, 1, 0, 1, 0}, {10});
  std::printf("no tags at all: %.2f\n", measure(none));
  std::printf("a shirt and a bag in each picture: %.2f\n", measure(shirt_and_bag));
  std::printf("the expected outputs themselves: %.2f\n", measure(outputs));

  const char* names[] = {"T-shirt", "trouser", "pullover", "dress", "coat",
                         "sandal",  "shirt",   "sneaker",  "bag",   "boot"};
  plot::Figure figure({.width = 900, .height = 160, .columns = 4});
  for (int i = 0; i < 4; ++i) {
    plot::Axes& axes = figure.add_axes();
    axes.heat_map(inputs[i].to_vector<double>(), 28, 56,
                  {.show_values = false, .color = plot::colors::black});
    for (int tag = 0; tag < 10; ++tag) {
      if (outputs[{i, tag}].item<int>() == 0) continue;
      axes.title += (axes.title.empty() ? "" : ", ") + std::string(names[tag]);
    }
  }
  figure.save("three_things.png", 1.0);
}
