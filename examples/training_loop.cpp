// SPDX-License-Identifier: Apache-2.0
// A complete training and evaluation loop, written by hand. The step is a function that is traced
// once for each size of batch and then runs as one plan, as the steps of `fit` do.
#include <keratin/keratin.h>

#include <cstdio>
#include <cstdlib>

using namespace keratin;

namespace {

// Points in the plane, and which of three rings around the middle they lie in.
Data make_rings(int64_t count, int seed) {
  const Tensor points = ops::random_normal(SeedGenerator(seed).next(), {count, 2});
  const Tensor distance = ops::sqrt(ops::sum(ops::square(points), -1));
  const Tensor ring = ops::cast(distance > 0.8f, DType::int32) + (distance > 1.5f);
  return {points, ring};
}

}  // namespace

int main() {
  const bool smoke = std::getenv("KERATIN_EXAMPLE_SMOKE") != nullptr;
  utils::set_random_seed(1);
  const Data train = make_rings(smoke ? 1500 : 15000, 1), test = make_rings(2000, 2);

  const auto inputs = layers::Input({2});
  Tensor x = layers::Dense(32, {.activation = "relu"})(inputs);
  x = layers::Dropout(0.1)(layers::Dense(32, {.activation = "relu"})(x));
  const Model model(inputs, layers::Dense(3, {.activation = "softmax"})(x));

  const Loss loss_fn = losses::SparseCategoricalCrossentropy();
  const Optimizer optimizer = optimizers::Adam(0.01);
  const Metric accuracy = metrics::SparseCategoricalAccuracy({.name = "accuracy"});
  const Metric loss_tracker = metrics::Mean({.name = "loss"});

  const auto train_step = keratin::function([&](const Tensor& points, const Tensor& rings) {
    GradientTape tape;
    const Tensor predictions = model(points, {.training = true});
    const Tensor loss = loss_fn(rings, predictions);
    optimizer.apply(tape.gradient(loss, model.trainable_weights()), model.trainable_weights());
    accuracy.update_state(rings, predictions);
    loss_tracker.update_state(loss);
  });
  const auto test_step = keratin::function([&](const Tensor& points, const Tensor& rings) {
    const Tensor predictions = model(points, {.training = false});
    accuracy.update_state(rings, predictions);
    loss_tracker.update_state(loss_fn(rings, predictions));
  });
  const auto reset = [&] {
    accuracy.reset_state();
    loss_tracker.reset_state();
  };
  const auto report = [&](const char* what) {
    std::printf("%s: loss %.4f, accuracy %.4f\n", what, loss_tracker.result().item<double>(),
                accuracy.result().item<double>());
  };

  const Dataset batches = Dataset::from_tensor_slices(train.x, train.y).shuffle(2000).batch(32);
  for (int epoch = 1; epoch <= (smoke ? 4 : 10); ++epoch) {
    reset();
    for (const auto& [points, rings, weights] : batches) train_step(points, rings);
    std::printf("epoch %d, ", epoch);
    report("training");
  }
  reset();
  for (const auto& [points, rings, weights] :
       Dataset::from_tensor_slices(test.x, test.y).batch(100)) {
    test_step(points, rings);
  }
  report("test");
  return accuracy.result().item<double>() > 0.8 ? 0 : 1;
}
