// SPDX-License-Identifier: Apache-2.0
// Data that comes in batches: windows of a long series, a pipeline that changes them on threads,
// and a class whose batches are made by number. The task is the next value of a noisy wave.
#include <keratin/keratin.h>

#include <cstdio>
#include <cstdlib>

using namespace keratin;

// Makes each batch when it is asked for, so that nothing has to fit into memory.
struct Waves : utils::PyDataset {
  explicit Waves(int64_t batches) : PyDataset({.workers = 2}), count(batches) {}
  std::optional<int64_t> num_batches() const override { return count; }
  Data get_item(int64_t index) override {
    const Tensor starts = ops::arange(32).cast(DType::float32) + static_cast<float>(32 * index);
    const Tensor times = ops::expand_dims(starts, -1) + ops::arange(24).cast(DType::float32);
    return {ops::sin(times * 0.1), ops::sin((starts + 24) * 0.1)};
  }
  int64_t count;
};

int main() {
  const bool smoke = std::getenv("KERATIN_EXAMPLE_SMOKE") != nullptr;
  const int64_t count = smoke ? 600 : 6000, length = 24;
  utils::set_random_seed(1);
  const Tensor time = ops::arange(count).cast(DType::float32);
  const Tensor series =
      ops::sin(time * 0.1) + ops::random_normal(SeedGenerator(1).next(), {count}, 0.0, 0.05);

  // Windows of 24 values, each with the value behind it; the last fifth is for validation.
  const Tensor targets = series[Slice(length, open)];
  const auto windows = [&](int64_t first, int64_t last, bool shuffle) {
    return utils::timeseries_dataset_from_array(series, targets,
                                                {.sequence_length = length,
                                                 .batch_size = 32,
                                                 .shuffle = shuffle,
                                                 .start_index = first,
                                                 .end_index = last});
  };
  const Dataset validation = windows(count * 4 / 5, count - length, false);
  // A function that changes batches on two threads, while the model trains on those before.
  const Dataset train =
      windows(0, count * 4 / 5, true)
          .map([](const Nest& x, const Nest& y) { return Data(ops::clip(x, -1.0, 1.0), y); },
               {.num_parallel_calls = 2})
          .prefetch();
  std::printf("%lld batches for training, %lld for validation\n",
              static_cast<long long>(train.cardinality()),
              static_cast<long long>(validation.cardinality()));

  auto model = models::Sequential(
      {layers::Input({length}), layers::Dense(16, {.activation = "relu"}), layers::Dense(1)});
  model.compile({.optimizer = optimizers::Adam(0.003), .loss = "mse", .metrics = {"mae"}});
  model.fit(train, {.epochs = smoke ? 2 : 10, .verbose = 2, .validation_data = validation});

  Waves clean(8);
  std::printf("without noise: mae %.3f\n", model.evaluate(clean, {.verbose = 0})["mae"]);
}
