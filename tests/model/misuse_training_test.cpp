// SPDX-License-Identifier: Apache-2.0
// What compile, fit, evaluate and predict refuse, with the whole sentence; the model stays as it
// was.
#include <limits>

#include "keratin/keratin.h"
#include "tests/support/misuse.h"

namespace keratin {
namespace {

using testing_support::expect_error;
using testing_support::expect_harmless_error;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
const Tensor x = Tensor::ones({8, 3});
const Tensor y = Tensor::ones({8, 1});

Model make_one(const Losses& loss = "mse", const Metrics& metrics = {}) {
  const Sequential model({layers::Input({3}, {.name = "in"}), layers::Dense(1, {.name = "d"})},
                         "net");
  model.compile({.optimizer = "sgd", .loss = loss, .metrics = metrics});
  return model;
}

Model make_two() {
  const Tensor in = layers::Input({3}, {.name = "in"});
  const Tensor age = layers::Dense(1, {.name = "age"})(in);
  const Tensor kind = layers::Dense(4, {.activation = "softmax", .name = "kind"})(in);
  return Model(in, {age, kind}, "two");
}

TEST(MisuseCompile, LossesAndWeights) {
  const Model model = make_two();
  const auto fit = [&](CompileOptions options) {
    model.compile(std::move(options));
    model.fit(x, Nest{y, Tensor::zeros({8, 1})}, {.verbose = 0});
  };
  expect_error<ValueError>(
      [&] {
        fit({.loss = {{"agee", "mse"}}});
      },
      "model `two`: compile: expected the names of outputs [age, kind] in `loss`, got 'agee'. Did "
      "you mean 'age'?");
  expect_error<ValueError>(
      [&] {
        fit({.loss = {"mse", "mse", "mse"}});
      },
      "model `two`: compile: expected 2 losses, one for each output, got 3. Use nullptr for an "
      "output without a loss.");
  expect_error<ValueError>(
      [&] {
        fit({.loss = "mse", .loss_weights = {1.0, 2.0, 3.0}});
      },
      "model `two`: compile: expected 2 numbers in `loss_weights`, got 3. Pass one for each loss.");
  expect_error<ValueError>(
      [&] {
        fit({.loss = "mse", .loss_weights = {1.0, nan}});
      },
      "model `two`: compile: expected finite numbers in `loss_weights`, got nan. Check how they "
      "were computed.");
  expect_error<ValueError>(
      [&] {
        fit({.loss = "mse", .loss_weights = {{"kinds", 1.0}}});
      },
      "model `two`: compile: expected the names of outputs [age, kind] in `loss_weights`, got "
      "'kinds'. Did you mean 'kind'?");
  expect_error<ValueError>(
      [&] { fit({.loss = "mse", .metrics = {"mae"}}); },
      "model `two`: compile: expected `metrics` for each of the 2 outputs, as a list with 2 "
      "entries or a dict, got 1. Use the outputs' names as keys.");
  expect_error<ValueError>(
      [&] {
        fit({.loss = "mse", .metrics = {{"kinde", {"accuracy"}}}});
      },
      "model `two`: compile: expected the names of outputs [age, kind] in `metrics`, got 'kinde'. "
      "Did you mean 'kind'?");
  expect_error<ValueError>(
      [&] {
        fit({.loss = "mse", .metrics = {{"mae"}, {"mae"}, {"mae"}}});
      },
      "model `two`: compile: expected `metrics` for each of the 2 outputs, as a list with 2 "
      "entries or a dict, got 3. Use the outputs' names as keys.");
  expect_error<ValueError>(
      [&] {
        fit({.loss = "mse", .weighted_metrics = {{"ages", {"mae"}}}});
      },
      "model `two`: compile: expected the names of outputs [age, kind] in `weighted_metrics`, got "
      "'ages'. Did you mean 'age'?");
  expect_error<ValueError>([&] { model.compile({.loss = "mze"}); },
                           "loss: expected the name of a loss, got 'mze'. Did you mean 'mse'?");
  expect_error<ValueError>(
      [&] {
        model.compile({.loss = "mse", .metrics = {{"age", {"accurate"}}}});
      },
      "metric: expected the name of a metric, got 'accurate'. Did you mean 'accuracy'?");
  expect_error<ValueError>(
      [&] { model.compile({.optimizer = Optimizer(), .loss = "mse"}); },
      "model `two`: compile: expected an optimizer, got none. Use \"rmsprop\".");
}

TEST(MisuseCompile, WhatIsNotOneNumber) {
  const Model by_sample = make_one(losses::MeanSquaredError({.reduction = "none"}));
  expect_harmless_error<ShapeError>(
      by_sample, [&] { by_sample.fit(x, y, {.verbose = 0}); },
      "model `net`: output `d`: expected one number from the loss 'mean_squared_error', got shape "
      "[8]. Use a reduction other than none.");
  struct Pair : CustomMetric<Pair> {
    Pair() : CustomMetric("pair") {}
    Variable values = add_variable("values", {2});
    void update_state(const Tensor&, const Tensor&, const Tensor&) {}
    Tensor result() const { return values; }
  };
  const Model model = make_one("mse", {Pair()});
  expect_error<ShapeError>([&] { model.fit(x, y, {.verbose = 0}); },
                           "model `net`: metrics: expected one number from the metric 'pair', got "
                           "shape [2]. Reduce it.");
}

TEST(MisuseFit, BeforeCompile) {
  const Sequential model({layers::Input({3}, {.name = "in"}), layers::Dense(1)}, "net");
  expect_error<ValueError>([&] { model.fit(x, y); },
                           "model `net`: fit: expected a compiled model, got one without optimizer "
                           "and loss. Call `compile` before `fit`.");
  expect_error<ValueError>([&] { model.evaluate(x, y); },
                           "model `net`: evaluate: expected a compiled model, got one without "
                           "optimizer and loss. Call `compile` before `evaluate`.");
  expect_error<ValueError>([&] { model.train_on_batch(x, y); },
                           "model `net`: train_on_batch: expected a compiled model, got one "
                           "without optimizer and loss. Call `compile` before `train_on_batch`.");
  expect_error<ValueError>([&] { model.optimizer(); },
                           "model `net`: optimizer: expected a compiled model, got one without "
                           "optimizer and loss. Call `compile` before `optimizer`.");
  model.compile({.optimizer = "sgd"});
  expect_error<ValueError>([&] { model.fit(x, y, {.verbose = 0}); },
                           "model `net`: compile: expected a loss, got none. Give `loss` to "
                           "compile, or call add_loss in a layer.");
}

TEST(MisuseFit, Data) {
  const Model model = make_one();
  const auto refused = [&](auto type, const Nest& given_x, const Nest& given_y,
                           const std::string& text, int line = __builtin_LINE()) {
    expect_harmless_error<decltype(type)>(
        model, [&] { model.fit(given_x, given_y, {.verbose = 0}); }, text, __FILE__, line);
  };
  refused(ValueError(""), Nest(), y, "model `net`: fit: expected inputs `x`, got none. Pass data.");
  refused(ValueError(""), x, Nest(),
          "model `net`: output `d`: expected targets, got none. Pass `y`.");
  refused(ValueError(""), Tensor(), y,
          "model `net`: fit: expected data in `x`, got an empty handle. Pass tensors with data.");
  refused(ValueError(""), x, Tensor::ones({7, 1}),
          "model `net`: fit: expected the same number of samples in x [8, 3], y [7, 1] and "
          "sample_weight None, got 8, 7. Cut them to equal lengths.");
  refused(
      ValueError(""), Tensor::ones({0, 3}), Tensor::ones({0, 1}),
      "model `net`: fit: expected at least one sample, got none. Check how the data was loaded.");
  refused(ShapeError(""), Tensor(1.0f), y,
          "model `net`: fit: expected data with a batch axis in `x`, got a scalar. Add an axis.");
  refused(ShapeError(""), Tensor::ones({8, 4}), y,
          "model `net`: expected the input `in` of shape [None, 3], got [8, 4]. Reshape the data.");
  refused(ValueError(""), Nest{x, x}, y,
          "model `net`: expected 1 inputs (in), got 2. Pass one for each Input.");
  refused(ValueError(""), x, Nest{y, y},
          "model `net`: y: expected one tensor for each of the outputs [d], got 2. Pass them as a "
          "list or a dict.");
  refused(ValueError(""), x, Nest{{"e", y}},
          "model `net`: y: expected the names of outputs [d], got 'e'. Did you mean 'd'?");
  refused(ValueError(""), layers::Input({3}), y,
          "model `net`: fit: expected data in `x`, got a symbolic tensor of shape [None, 3]. Pass "
          "tensors with data.");
}

TEST(MisuseFit, Numbers) {
  const Model model = make_one();
  const auto refused = [&](FitOptions options, const std::string& text,
                           int line = __builtin_LINE()) {
    options.verbose = 0;
    expect_harmless_error<ValueError>(
        model, [&] { model.fit(x, y, std::move(options)); }, text, __FILE__, line);
  };
  refused({.epochs = -1},
          "model `net`: fit: expected `epochs` and `initial_epoch` of 0 or more, got -1 and 0. "
          "Check them.");
  refused({.initial_epoch = -2},
          "model `net`: fit: expected `epochs` and `initial_epoch` of 0 or more, got 1 and -2. "
          "Check them.");
  refused({.batch_size = 0},
          "model `net`: fit: expected `batch_size` to be positive, got 0. Use 32.");
  refused({.validation_split = 1.5},
          "model `net`: fit: expected `validation_split` between 0 and 1, got 1.5. Use 0.2 for a "
          "fifth.");
  refused({.validation_split = nan},
          "model `net`: fit: expected `validation_split` between 0 and 1, got nan. Use 0.2 for a "
          "fifth.");
  refused({.validation_split = 0.999},
          "model `net`: fit: expected samples on both sides of `validation_split`, got 8 samples "
          "and 0.999. Use more data or another share.");
  refused(
      {.class_weight = {{0, 1.0}}, .sample_weight = Tensor::ones({8})},
      "model `net`: fit: expected `class_weight` or `sample_weight`, got both. Give one of them.");
  refused({.class_weight = {{0, nan}}},
          "model `net`: class_weight: expected finite weights, got nan for the class 0. Check how "
          "they were computed.");
  refused({.steps_per_epoch = 0},
          "model `net`: fit: expected a positive number of steps, got 0. Leave it out to use all "
          "data.");
  refused(
      {.validation_data = {x, y}, .validation_batch_size = 0},
      "model `net`: fit, validation_data: expected `batch_size` to be positive, got 0. Use 32.");
  expect_error<ValueError>(
      [] { return FitOptions{.verbose = "loud"}; },
      "verbose: expected \"auto\", 0, 1 or 2, got 'loud'. Check the spelling.");
  expect_error<ValueError>(
      [] { return FitOptions{.shuffle = "batches"}; },
      "shuffle: expected true, false or \"batch\", got 'batches'. Check the spelling.");
  expect_error<ValueError>(
      [] { return FitOptions{.validation_freq = 0}; },
      "validation_freq: expected a positive number of epochs, got 0. Use 1 for every epoch.");
  expect_error<ValueError>(
      [&] { model.fit(x, y, {.verbose = 0, .sample_weight = Tensor::ones({7})}); },
      "model `net`: fit: expected the same number of samples in x [8, 3], y [8, 1] and "
      "sample_weight [7], got 8, 8, 7. Cut them to equal lengths.");
  expect_error<ValueError>(
      [&] {
        model.fit(x, y, {.verbose = 0, .validation_data = {x, Tensor::ones({7, 1})}});
      },
      "model `net`: fit, validation_data: expected the same number of samples in x [8, 3], y [7, "
      "1] and sample_weight None, got 8, 7. Cut them to equal lengths.");
  expect_error<ShapeError>(
      [&] {
        model.fit(x, y, {.verbose = 0, .validation_data = {Tensor::ones({8, 2}), y}});
      },
      "model `net`: expected the input `in` of shape [None, 3], got [8, 2]. Reshape the data.");
}

TEST(MisuseFit, Labels) {
  const Sequential model({layers::Input({3}, {.name = "in"}),
                          layers::Dense(4, {.activation = "softmax", .name = "kind"})},
                         "net");
  model.compile({.optimizer = "sgd", .loss = "sparse_categorical_crossentropy"});
  expect_harmless_error<ValueError>(
      model, [&] { model.fit(x, ops::full({8}, 4.0f), {.verbose = 0}); },
      "model `net`: output `kind`: expected class numbers from 0 to 3, got 4. Check the labels and "
      "the size of the output.");
  expect_harmless_error<ValueError>(
      model, [&] { model.fit(x, ops::full({8}, -1.0f), {.verbose = 0}); },
      "model `net`: output `kind`: expected class numbers from 0 to 3, got -1. Check the labels "
      "and the size of the output.");
  expect_error<ValueError>(
      [&] {
        model.fit(x, ops::full({8}, nan), {.verbose = 0, .class_weight = {{0, 1.0}}});
      },
      "model `net`: class_weight: expected class numbers in `y`, got nan. Check the labels.");
  const Model two = make_two();
  two.compile({.optimizer = "sgd", .loss = {"mse", "sparse_categorical_crossentropy"}});
  expect_error<ValueError>(
      [&] {
        two.fit(x, Nest{y, y}, {.verbose = 0, .class_weight = {{0, 1.0}}});
      },
      "model `two`: class_weight: expected a model with a single output, got targets [[8, 1], [8, "
      "1]]. Use sample_weight.");
  expect_error<ValueError>([&] { two.fit(x, y, {.verbose = 0}); },
                           "model `two`: y: expected one tensor for each of the outputs [age, "
                           "kind], got 1. Pass them as a list or a dict.");
  expect_error<ValueError>(
      [&] {
        two.fit(x, Nest{{"age", y}}, {.verbose = 0});
      },
      "model `two`: output `kind`: expected targets, got none. Pass `y`.");
}

TEST(MisusePredict, DataAndSteps) {
  const Model model = make_one();
  expect_error<ValueError>([&] { model.predict(Nest(), {.verbose = 0}); },
                           "model `net`: predict: expected inputs `x`, got none. Pass data.");
  expect_error<ShapeError>(
      [&] {
        model.predict(Tensor::ones({8, 2}), {.verbose = 0});
      },
      "model `net`: expected the input `in` of shape [None, 3], got [8, 2]. Reshape the data.");
  expect_error<ValueError>(
      [&] { model.predict(x, {.batch_size = 0, .verbose = 0}); },
      "model `net`: predict: expected `batch_size` to be positive, got 0. Use 32.");
  expect_error<ValueError>([&] { model.predict(x, {.verbose = 0, .steps = 0}); },
                           "model `net`: predict: expected a positive number of steps, got 0. "
                           "Leave it out to use all data.");
  expect_error<ValueError>(
      [&] { model.evaluate(x, y, {.batch_size = -1, .verbose = 0}); },
      "model `net`: evaluate: expected `batch_size` to be positive, got -1. Use 32.");
  expect_error<ValueError>([&] { model.evaluate(x, Nest(), {.verbose = 0}); },
                           "model `net`: output `d`: expected targets, got none. Pass `y`.");
  expect_error<ValueError>(
      [&] { model.evaluate(x, y, {.verbose = 0, .sample_weight = Tensor::ones({3})}); },
      "model `net`: evaluate: expected the same number of samples in x [8, 3], y [8, 1] and "
      "sample_weight [3], got 8, 8, 3. Cut them to equal lengths.");
  const Tensor in = layers::Input({3});
  const Model total(in, ops::sum(in), "total");
  expect_error<ShapeError>([&] { total.predict(x, {.verbose = 0}); },
                           "model `total`: predict: expected outputs with a row for each of 8 "
                           "samples, got shape []. Call the model itself instead.");
}

}  // namespace
}  // namespace keratin
