// SPDX-License-Identifier: Apache-2.0
// Own parts: a layer, a model, a loss, a metric and a callback, written as small structs. They run
// in the same compiled training step as the built-in ones.
#include <keratin/keratin.h>

#include <cstdio>
#include <cstdlib>

using namespace keratin;

namespace {

struct ScaleOptions {
  KERATIN_OPTIONS(ScaleOptions);
  KERATIN_FIELD(double, start, "The factors before training.") = 1.0;
  KERATIN_LAYER_FIELDS;
};

/// Multiplies each column by a factor that is learned.
struct Scale : CustomLayer<Scale, ScaleOptions> {
  using CustomLayer::CustomLayer;
  Variable factors = weight("factors");

  void build(const Shape& input) {
    add_weight(factors,
               {.shape = {input[-1]}, .initializer = initializers::Constant(options.start)});
  }
  Tensor call(const Tensor& x) { return x * factors; }
};

/// Has two ways from input to output; the longer one drops a tenth of its numbers while it trains.
struct TwoWays : CustomModel<TwoWays> {
  Scale scale = track(Scale({.start = 0.5}));
  layers::Dense hidden = track(layers::Dense(16, {.activation = "relu"}));
  layers::Dropout dropout = track(layers::Dropout(0.1));
  layers::Dense head = track(layers::Dense(1));

  Tensor call(const Tensor& x, const CallArgs& args) {
    const Tensor longer = dropout(hidden(x), args);
    return head(ops::concatenate({scale(x), longer}, -1));
  }
};

/// Squares small errors and takes the size of large ones, so that outliers count less.
struct Careful : CustomLoss<Careful> {
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const {
    const Tensor error = ops::abs(y_true - y_pred);
    return ops::mean(ops::where(error < 1.0f, 0.5f * error * error, error - 0.5f), -1);
  }
};

/// Is the largest error so far in the epoch.
struct Worst : CustomMetric<Worst> {
  Variable worst = add_variable("worst");

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor&) {
    worst.assign(ops::maximum(worst, ops::max(ops::abs(y_true - y_pred))));
  }
  Tensor result() const { return worst; }
};

/// Prints the loss now and then, and ends training when it is small.
struct Watch : Callback {
  void on_epoch_end(int64_t epoch, Logs& logs) override {
    if (epoch % 5 == 0) {
      std::printf("epoch %d: loss %.4f, worst %.3f\n", static_cast<int>(epoch), logs["loss"],
                  logs["worst"]);
    }
    if (logs["loss"] < 0.05) model().set_stop_training(true);
  }
};

}  // namespace

int main() {
  const bool smoke = std::getenv("KERATIN_EXAMPLE_SMOKE") != nullptr;
  utils::set_random_seed(7);
  const Tensor x = ops::random_normal(SeedGenerator(1).next(), {1024, 4});
  const Tensor y = ops::sum(x * Tensor::from({1.f, -2.f, 3.f, 0.5f}, {4}), -1, true);

  TwoWays model;
  model.compile({.optimizer = optimizers::Adam(0.01), .loss = Careful(), .metrics = {Worst()}});
  Watch watch;
  const History history =
      model.fit(x, y, {.epochs = smoke ? 3 : 30, .verbose = 0, .callbacks = {watch}});
  model.summary();
  std::printf("%zu epochs; the last loss is %.4f\n", history.epoch.size(), history["loss"].back());
  std::printf("the factors of the shorter way: %s\n",
              to_string(Tensor(model.scale.factors)).c_str());
}
