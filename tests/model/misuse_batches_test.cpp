// SPDX-License-Identifier: Apache-2.0
// What is wrong with data that comes in batches: exact sentences, and nothing is changed.
#include <gtest/gtest.h>

#include "keratin/keratin.h"
#include "tests/support/misuse.h"

namespace keratin::tests {
namespace {

using testing_support::expect_error;
using testing_support::expect_harmless_error;

struct Samples {
  Tensor x = ops::arange(148).cast(DType::float32).reshape({37, 4}) / 100;
  Tensor y = ops::cast(ops::sum(x, 1) > 3, DType::int32);
  Tensor weights = ops::ones({37});
};

Sequential classifier() {
  const Sequential model({layers::Input({4}), layers::Dense(2)});
  model.compile(
      {.optimizer = "adam", .loss = losses::SparseCategoricalCrossentropy({.from_logits = true})});
  return model;
}

struct Numbers : utils::PyDataset {
  explicit Numbers(int64_t batches, const utils::PyDatasetOptions& options = {})
      : PyDataset(options), count(batches) {}
  std::optional<int64_t> num_batches() const override { return count; }
  Data get_item(int64_t) override { return {ops::zeros({2, 4}), ops::zeros({2, 1})}; }
  int64_t count;
};

TEST(BatchesMisuse, SaysWhatDoesNotFit) {
  const Samples s;
  const Model model = classifier();
  const std::string name = "model `" + model.name() + "`: ";
  const Dataset pairs = Dataset::from_tensor_slices(s.x, s.y).batch(8);
  const auto fails = [&](const Dataset& data, FitOptions options, const std::string& text) {
    options.verbose = 0;
    expect_harmless_error<ValueError>(
        model, [&] { model.fit(data, options); }, name + text);
  };
  FitOptions weighted;
  weighted.sample_weight = s.weights;
  fails(pairs, weighted,
        "fit: expected weights inside the batches of a Dataset, got `sample_weight`. Give them "
        "with each batch.");
  fails(pairs, {.validation_split = 0.2},
        "fit: expected `validation_data` with a Dataset, got `validation_split`. Give the "
        "validation data.");
  fails(pairs, {.steps_per_epoch = 0},
        "fit: expected a positive number of steps, got 0. Leave it out to use all data.");
  fails(pairs, {.validation_data = pairs.repeat()},
        "fit, validation_data: expected `validation_steps` with data that has no end, got none. "
        "Give the number of batches.");
  fails(pairs.take(0), {}, "fit: expected at least one batch, got no data. Check it.");
  fails(Dataset::from_tensor_slices(s.x, s.y, s.weights).batch(8), {.class_weight = {{1, 2.0}}},
        "fit: expected `class_weight` or weights in the batches, got both. Give one of them.");
  fails(Dataset::from_tensor_slices(s.x).batch(8), {.class_weight = {{1, 2.0}}},
        "class_weight: expected targets `y` whose classes are weighted, got none. Pass `y`.");
  expect_harmless_error<ShapeError>(
      model, [&] { model.fit(Dataset::range(3), {.verbose = 0}); },
      name + "fit: expected data with a batch axis in `x`, got a scalar. Add an axis.");
  EvaluateOptions evaluation{.verbose = 0};
  evaluation.sample_weight = s.weights;
  expect_harmless_error<ValueError>(
      model, [&] { model.evaluate(pairs, evaluation); },
      name +
          "evaluate: expected weights inside the batches of a Dataset, got `sample_weight`. "
          "Give them with each batch.");
  expect_harmless_error<ValueError>(
      model, [&] { model.predict(pairs.repeat(), {.verbose = 0}); },
      name +
          "predict: expected `steps` with data that has no end, got none. Give the number of "
          "batches.");
}

TEST(BatchesMisuse, SaysWhatIsWrongWithAPyDataset) {
  expect_error<ValueError>(
      [&] { Numbers(3, {.workers = -1}); },
      "PyDataset: expected `workers` from 1 to 1024, got -1. Use the number of "
      "processors.");
  expect_error<ValueError>([&] { Numbers(3, {.max_queue_size = 0}); },
                           "PyDataset: expected `max_queue_size` to be positive, got 0. Use 10.");
  const Sequential model = classifier();
  Numbers negative(-2), none(0);
  expect_error<ValueError>(
      [&] { model.fit(negative, {.verbose = 0}); },
      "model `" + model.name() +
          "`: PyDataset: expected `num_batches` of 0 or more, got -2. Check it.");
  expect_error<ValueError>(
      [&] { model.fit(none, {.verbose = 0}); },
      "model `" + model.name() + "`: fit: expected at least one batch, got no data. Check it.");
}

}  // namespace
}  // namespace keratin::tests
