// SPDX-License-Identifier: Apache-2.0
// A model with two inputs, a layer that both share, and two outputs by name: are two noisy signals
// of the same kind, and how far apart are they?
#include <keratin/keratin.h>

#include <cstdio>
#include <cstdlib>

using namespace keratin;

int main() {
  const bool smoke = std::getenv("KERATIN_EXAMPLE_SMOKE") != nullptr;
  const int64_t count = smoke ? 512 : 8192;
  utils::set_random_seed(1);

  // The data: signal i is of kind i % 4, its partner of kind i / 4 % 4.
  const SeedGenerator seeds(1);
  const auto signal = [&](const Tensor& kind) {
    return ops::one_hot(kind, 16) + ops::random_normal(seeds.next(), {count, 16}, 0.0, 0.1);
  };
  const Tensor kind = ops::arange(count) % 4;
  const Tensor other_kind = ops::floor_divide(ops::arange(count), 4) % 4;
  const Tensor left_data = signal(kind);
  const Tensor right_data = signal(other_kind);
  const Tensor same_data = ops::expand_dims(kind == other_kind, -1);
  const Tensor distance_data = ops::expand_dims(ops::abs(kind - other_kind), -1);

  // The network: one encoder, called twice, has one set of weights.
  const Tensor left = layers::Input({16}, {.name = "left"});
  const Tensor right = layers::Input({16}, {.name = "right"});
  const layers::Dense encoder(8, {.activation = "tanh", .name = "encoder"});
  const Tensor both = layers::concatenate({encoder(left), encoder(right)});
  const Tensor hidden = layers::Dense(32, {.activation = "relu"})(both);
  const Tensor same = layers::Dense(1, {.activation = "sigmoid", .name = "same"})(hidden);
  const Tensor distance = layers::Dense(1, {.name = "distance"})(hidden);
  auto model =
      models::Model({.inputs = {left, right}, .outputs = {{"same", same}, {"distance", distance}}});
  model.summary();

  // Losses, their weights, metrics and targets go by the names of the outputs.
  model.compile({.optimizer = optimizers::Adam(0.01),
                 .loss = {{"same", "binary_crossentropy"}, {"distance", "mse"}},
                 .loss_weights = {{"same", 1.0}, {"distance", 0.5}},
                 .metrics = {{"same", {"accuracy"}}, {"distance", {"mae"}}}});
  const Nest inputs = {left_data, right_data};
  const Nest targets = {{"same", same_data}, {"distance", distance_data}};
  model.fit(inputs, targets, {.epochs = smoke ? 2 : 10, .batch_size = 64, .verbose = 2});

  const Nest answers = model.predict(inputs, {.verbose = 0});
  for (int64_t i : {0, 1, 8}) {
    std::printf("kinds %d and %d: same %.2f, distance %.2f\n", kind[i].item<int>(),
                other_kind[i].item<int>(), answers["same"].tensor()[i].item<double>(),
                answers["distance"].tensor()[i].item<double>());
  }
}
