// SPDX-License-Identifier: Apache-2.0
// Chapter 3.6: a layer of one's own, and a linear classifier of two clouds of points with `compile`
// and `fit`. The same classifier by hand is examples/tape.cpp.
#include <keratin/keratin.h>

#include <algorithm>
#include <cstdio>
#include <numeric>
#include <random>

using namespace keratin;

namespace {

struct SimpleDenseOptions {
  KERATIN_OPTIONS(SimpleDenseOptions);
  KERATIN_FIELD(int64_t, units, "Size of the output.") = 1;
  KERATIN_FIELD(keratin::Activation, activation, "Is applied in the end.") = {};
  KERATIN_LAYER_FIELDS;
};

struct SimpleDense : CustomLayer<SimpleDense, SimpleDenseOptions> {
  using CustomLayer::CustomLayer;
  Variable w = weight("w");
  Variable b = weight("b");
  void build(const Shape& input) {
    add_weight(w, {.shape = {input[-1], options.units}, .initializer = "random_normal"});
    add_weight(b, {.shape = {options.units}, .initializer = "zeros"});
  }
  Tensor call(const Tensor& inputs) { return options.activation(ops::matmul(inputs, w) + b); }
};

}  // namespace

int main() {
  utils::set_random_seed(1);
  const SimpleDense my_dense({.units = 32, .activation = "relu"});
  std::printf("%s\n", to_string(my_dense(ops::ones({2, 784})).shape()).c_str());
  const Sequential stacked({SimpleDense({.units = 32, .activation = "relu"}),
                            SimpleDense({.units = 64, .activation = "relu"}),
                            SimpleDense({.units = 10, .activation = "softmax"})});
  std::printf("%s\n", to_string(stacked(ops::ones({2, 784})).tensor().shape()).c_str());

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

  // Three tenths of the rows, in random order, are for validation.
  std::vector<int64_t> rows(2 * count);
  std::iota(rows.begin(), rows.end(), int64_t{0});
  std::shuffle(rows.begin(), rows.end(), std::mt19937(1));
  const Tensor order = Tensor::from(rows, {2 * count});
  const Tensor x = ops::take(inputs, order, 0), y = ops::take(targets, order, 0);
  const int64_t held_back = 3 * 2 * count / 10;
  const Slice validation(open, held_back), rest(held_back, open);

  const Sequential model({layers::Dense(1)});
  model.compile({.optimizer = optimizers::RMSprop({.learning_rate = 0.1}),
                 .loss = losses::MeanSquaredError(),
                 .metrics = {metrics::BinaryAccuracy()}});
  const History history = model.fit(x[rest], y[rest],
                                    {.epochs = 5,
                                     .batch_size = 16,
                                     .verbose = 0,
                                     .validation_data = {x[validation], y[validation]}});
  for (const std::string& name : history.names()) {
    std::printf("%s: %.4f\n", name.c_str(), history[name].back());
  }
}
