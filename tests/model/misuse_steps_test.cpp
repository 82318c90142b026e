// SPDX-License-Identifier: Apache-2.0
// Misuse of own steps, losses and metrics of a model, of add_loss and of compile's arguments.
#include <functional>

#include "keratin/keratin.h"
#include "tests/support/misuse.h"

namespace keratin {
namespace {

using testing_support::expect_error;

// A model whose steps return what a test wants.
struct Returns : CustomModel<Returns> {
  explicit Returns(std::function<Nest(const Tensor&)> given) : result(std::move(given)) {}
  layers::Dense head = track(layers::Dense(1));
  std::function<Nest(const Tensor&)> result;
  Tensor call(const Tensor& x) { return head(x); }
  Nest train_step(const Data& data) { return result((*this)(data.x)); }
  Nest test_step(const Data& data) { return result((*this)(data.x)); }
  Nest predict_step(const Data& data) { return result((*this)(data.x)); }
};

const Tensor x = Tensor::ones({4, 2});
const Tensor y = Tensor::ones({4, 1});

void expect_train_error(const std::function<Nest(const Tensor&)>& result, const std::string& text,
                        bool eagerly = false) {
  const Returns model(result);
  model.compile({.optimizer = "sgd", .loss = "mse", .run_eagerly = eagerly});
  const std::string where = "model `" + model.name() + "`: ";
  expect_error<ValueError>([&] { model.fit(x, y, {.verbose = 0}); }, where + "train_step: " + text);
  expect_error<ValueError>([&] { model.evaluate(x, y, {.verbose = 0}); },
                           where + "test_step: " + text);
}

TEST(MisuseOfSteps, AStepReturnsADictOfNumbers) {
  for (bool eagerly : {false, true}) {
    expect_train_error([](const Tensor& out) { return ops::mean(out); },
                       "expected a dict of numbers to report, such as {{\"loss\", loss}}, got a "
                       "tensor. Return one.",
                       eagerly);
    expect_train_error([](const Tensor&) { return Nest(); },
                       "expected a dict of numbers to report, such as {{\"loss\", loss}}, got "
                       "nothing. Return one.",
                       eagerly);
    expect_train_error(
        [](const Tensor& out) {
          return Nest{{"loss", Nest::list({out, out})}};
        },
        "expected a number for 'loss', got a list. Return a scalar tensor.", eagerly);
    expect_train_error(
        [](const Tensor&) {
          return Nest{{"loss", Tensor()}};
        },
        "expected a number for 'loss', got an empty handle. Return a scalar tensor.", eagerly);
  }
  const Returns model([](const Tensor& out) { return Nest{{"loss", out}}; });
  model.compile({.optimizer = "sgd", .loss = "mse"});
  expect_error<ShapeError>([&] { model.fit(x, y, {.verbose = 0}); },
                           "model `" + model.name() +
                               "`: train_step: expected one number for 'loss', got shape [4, 1]. "
                               "Reduce it.");
  const Returns nothing([](const Tensor&) { return Nest(); });
  expect_error<ValueError>([&] { nothing.predict(x, {.verbose = 0}); },
                           "model `" + nothing.name() +
                               "`: predict_step: expected the outputs of the model, got nothing. "
                               "Return them.");
}

struct WrongLoss : CustomModel<WrongLoss> {
  explicit WrongLoss(bool empty) : is_empty(empty) {}
  layers::Dense head = track(layers::Dense(1));
  bool is_empty;
  Tensor call(const Tensor& inputs) { return head(inputs); }
  Tensor compute_loss(const Nest&, const Nest& targets, const Nest& y_pred, const Nest&) {
    return is_empty ? Tensor() : ops::square(targets.tensor() - y_pred.tensor());
  }
};

TEST(MisuseOfSteps, ALossIsOneNumber) {
  for (bool eagerly : {false, true}) {
    const WrongLoss empty(true), large(false);
    empty.compile({.optimizer = "sgd", .run_eagerly = eagerly});
    large.compile({.optimizer = "sgd", .run_eagerly = eagerly});
    expect_error<ValueError>([&] { empty.fit(x, y, {.verbose = 0}); },
                             "model `" + empty.name() +
                                 "`: compute_loss: expected a loss, got an empty handle. Return "
                                 "what shall become smaller.");
    expect_error<ShapeError>([&] { large.evaluate(x, y, {.verbose = 0}); },
                             "model `" + large.name() +
                                 "`: compute_loss: expected one number, got shape [4, 1]. Reduce "
                                 "it, with ops::mean for instance.");
  }
}

struct AddsNothing : CustomLayer<AddsNothing> {
  Tensor call(const Tensor& inputs) {
    add_loss(Tensor());
    return inputs;
  }
};

TEST(MisuseOfSteps, AnAddedLossIsATensor) {
  const AddsNothing layer;
  expect_error<ValueError>([&] { layer(x); },
                           "AddsNothing `" + layer.name() +
                               "`: add_loss: expected a tensor, got an empty handle. Add what "
                               "`call` computes.");
}

TEST(MisuseOfSteps, AnExecutionHasAStep) {
  const Sequential model({layers::Input({2}), layers::Dense(1)});
  expect_error<ValueError>(
      [&] { model.compile({.optimizer = "sgd", .steps_per_execution = 0}); },
      "model `" + model.name() +
          "`: compile: expected `steps_per_execution` of 1 or more, got 0. Leave it out to have "
          "callbacks called for each batch.");
}

TEST(MisuseOfSteps, AGradientForABatchNeedsAWatch) {
  struct Unwatched : CustomModel<Unwatched> {
    layers::Dense head = track(layers::Dense(1));
    Tensor call(const Tensor& inputs) { return head(inputs); }
    Nest train_step(const Data& data) {
      GradientTape tape;
      const Tensor loss = ops::mean((*this)(data.x));
      return {{"slope", ops::sum(tape.gradient(loss, data.x))}};
    }
  };
  const Unwatched model;
  model.compile({.optimizer = "sgd"});
  expect_error<ValueError>([&] { model.fit(x, y, {.verbose = 0}); },
                           "model `" + model.name() +
                               "`: tape.gradient: expected a source that the tape has met, got a "
                               "tensor of shape [4, 2]. Call `watch` with it before it is used.");
}

}  // namespace
}  // namespace keratin
