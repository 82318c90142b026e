// SPDX-License-Identifier: Apache-2.0
// Chapter 7.1 of the first edition: graphs of layers. Two inputs through one layer (a siamese
// model), connections that skip layers, and a model that is called like a layer.
#include <keratin/keratin.h>

#include <cstdio>
#include <cstdlib>

using namespace keratin;

namespace {

// Trains a model and prints how far its loss got.
void train(const char* title, const Model& model, const Nest& x, const Tensor& y,
           const char* loss) {
  const int epochs = std::getenv("KERATIN_EXAMPLE_SMOKE") != nullptr ? 2 : 30;
  model.compile({.optimizer = "rmsprop", .loss = loss});
  const History history = model.fit(x, y, {.epochs = epochs, .verbose = 0});
  std::printf("%s: %lld parameters, loss %.4f, after %d epochs %.4f\n", title,
              static_cast<long long>(model.count_params()), history["loss"].front(), epochs,
              history["loss"].back());
}

// Returns x and what two layers make of it, added up.
Tensor residual_block(const Tensor& x, int64_t units) {
  Tensor y = layers::Dense(units, {.activation = "relu"})(x);
  y = layers::Dense(units)(y);
  // Where the sizes differ, a layer without an activation brings x to the size of y.
  const bool same = x.shape()[-1] == units;
  const Tensor shortcut = same ? x : layers::Dense(units, {.use_bias = false})(x);
  return layers::add({y, shortcut});
}

}  // namespace

int main() try {
  utils::set_random_seed(1);
  const SeedGenerator seeds(1);
  const int64_t samples = 1024;
  const Tensor left_data = ops::random_normal(seeds.next(), {samples, 16});
  const Tensor other = ops::random_normal(seeds.next(), {samples, 16});
  const Tensor is_same = ops::floor(ops::random_uniform(seeds.next(), {samples, 1}, 0, 2));

  // Are the two the same thing, up to noise? The layer's weights are those for both sides.
  const Tensor right_data = is_same * left_data + (1.0f - 0.9f * is_same) * other;
  const layers::Dense encoder(32, {.activation = "relu", .name = "encoder"});
  const Tensor left_input = layers::Input({16}), right_input = layers::Input({16});
  const Tensor left_output = encoder(left_input), right_output = encoder(right_input);
  const Tensor merged = layers::concatenate(
      {left_output, right_output, ops::abs(left_output - right_output)}, {.axis = -1});
  const Tensor predictions = layers::Dense(1, {.activation = "sigmoid"})(merged);
  const Model siamese({left_input, right_input}, predictions);
  train("siamese", siamese, {left_data, right_data}, is_same, "binary_crossentropy");

  const Tensor target = ops::sum(ops::sin(left_data), -1, true);
  const Tensor input = layers::Input({16});
  Tensor x = input;
  for (const int64_t units : {16, 32, 32, 32}) x = residual_block(x, units);
  const Model deep(input, layers::Dense(1)(x), "residual");
  train("residual connections", deep, left_data, target, "mse");

  // Two cameras, one model that understands what either sees.
  const Sequential camera(
      {layers::Input({16}), layers::Dense(32, {.activation = "relu"}), layers::Dense(8)}, "camera");
  const Tensor left_view = layers::Input({16}), right_view = layers::Input({16});
  const Tensor left_features = camera(left_view), right_features = camera(right_view);
  const Tensor distance = layers::Dense(1)(layers::concatenate({left_features, right_features}));
  const Model both({left_view, right_view}, distance, "two_cameras");
  train("a model as a layer", both, {left_data, right_data},
        ops::sum(left_data * right_data, -1, true), "mse");
  both.summary({.expand_nested = true});
} catch (const Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
