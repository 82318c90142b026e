// SPDX-License-Identifier: Apache-2.0
// A model with a training step of its own, used with `fit`: it learns where noise was added to its
// inputs, so that it can be taken away again. Callbacks, the progress bar, validation and metrics
// work as with any model.
#include <keratin/keratin.h>

#include <cstdio>
#include <cstdlib>

using namespace keratin;

namespace {

struct Denoiser : CustomModel<Denoiser> {
  layers::Dense hidden = track(layers::Dense(64, {.activation = "gelu"}));
  layers::Dense head = track(layers::Dense(16));
  SeedGenerator seeds = track(SeedGenerator(1));
  Metric noise_loss = track(keratin::metrics::Mean({.name = "noise_loss"}));

  /// Returns the noise that the model sees in its inputs.
  Tensor call(const Tensor& noisy) { return head(hidden(noisy)); }

  Tensor loss_of(const Tensor& clean, bool training) {
    const Tensor noise = 0.3 * ops::random_normal(seeds.next(), clean.shape());
    const Tensor seen = (*this)(clean + noise, {.training = training});
    return ops::mean(ops::square(noise - seen));
  }
  Nest train_step(const Data& data) {
    GradientTape tape;
    const Tensor loss = loss_of(data.x, true);
    optimizer().apply(tape.gradient(loss, trainable_weights()), trainable_weights());
    noise_loss.update_state(loss);
    return {{"noise_loss", noise_loss.result()}};
  }
  Nest test_step(const Data& data) {
    noise_loss.update_state(loss_of(data.x, false));
    return {{"noise_loss", noise_loss.result()}};
  }
  /// Lists what starts anew in each epoch.
  std::vector<Metric> metrics() const { return {noise_loss}; }
};

}  // namespace

int main() {
  const bool smoke = std::getenv("KERATIN_EXAMPLE_SMOKE") != nullptr;
  utils::set_random_seed(1);
  // Waves of different phases.
  const int64_t count = 4096;
  const Tensor phases = 6.28 * ops::random_uniform(SeedGenerator(2).next(), {count, 1});
  const Tensor waves = ops::sin(phases + 0.4 * ops::arange(16).cast(DType::float32));

  Denoiser model;
  model.compile({.optimizer = optimizers::Adam(0.003)});
  callbacks::EarlyStopping stopping({.monitor = "val_noise_loss", .patience = 3, .mode = "min"});
  const History history = model.fit(waves[Slice(512, open)], nullptr,
                                    {.epochs = smoke ? 3 : 30,
                                     .batch_size = 64,
                                     .verbose = 2,
                                     .validation_data = {waves[Slice(0, 512)], nullptr},
                                     .callbacks = {stopping}});

  const Tensor noise = 0.3 * ops::random_normal(SeedGenerator(3).next(), {512, 16});
  const Tensor noisy = waves[Slice(0, 512)] + noise;
  const Tensor left = noise - model.predict(noisy, {.verbose = 0});
  const double before = ops::mean(ops::square(noise)).item<double>();
  const double after = ops::mean(ops::square(left)).item<double>();
  std::printf("after %zu epochs: %.0f%% of the noise is left\n", history.epoch.size(),
              100 * after / before);
  return after < before ? 0 : 1;
}
