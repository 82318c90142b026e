// SPDX-License-Identifier: Apache-2.0
// Chapter 7.3 of the second edition: a metric and a callback of one's own, training that stops when
// it no longer pays, the best model in a file, and logs for TensorBoard.
#include "examples/book/digits.h"

using namespace keratin;

namespace {

Model get_mnist_model(const Metrics& metrics) {
  const Tensor inputs = layers::Input({28 * 28});
  Tensor features = layers::Dense(512, {.activation = "relu"})(inputs);
  features = layers::Dropout(0.5)(features);
  const Model model(inputs, layers::Dense(10, {.activation = "softmax"})(features));
  model.compile(
      {.optimizer = "rmsprop", .loss = "sparse_categorical_crossentropy", .metrics = metrics});
  return model;
}

struct RootMeanSquaredError : CustomMetric<RootMeanSquaredError> {
  RootMeanSquaredError() : CustomMetric("rmse") {}
  Variable mse_sum = add_variable("mse_sum");
  Variable total_samples = add_variable("total_samples");

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor&) {
    const Tensor labels = ops::one_hot(y_true, y_pred.shape()[1]);
    mse_sum.assign_add(ops::sum(ops::square(labels - y_pred)));
    total_samples.assign_add(y_pred.shape()[0]);
  }
  Tensor result() const { return ops::sqrt(mse_sum / total_samples); }
};

struct LossHistory : Callback {
  std::vector<double> per_batch_losses;
  void on_train_begin(Logs&) override { per_batch_losses.clear(); }
  void on_batch_end(int64_t, Logs& logs) override { per_batch_losses.push_back(logs["loss"]); }
  void on_epoch_end(int64_t epoch, Logs&) override {
    std::printf("epoch %d: %zu batches, loss from %.3f to %.3f\n", static_cast<int>(epoch) + 1,
                per_batch_losses.size(), per_batch_losses.front(), per_batch_losses.back());
    per_batch_losses.clear();
  }
};

}  // namespace

int main() try {
  utils::set_random_seed(1);
  const auto [x, y, test_images, test_labels] = book::load_digits();
  const int64_t held = x.shape()[0] / 6;
  const Tensor train_images = x[Slice(held, open)], val_images = x[Slice(open, held)];
  const Tensor train_labels = y[Slice(held, open)], val_labels = y[Slice(open, held)];
  const bool smoke = book::is_smoke();

  std::puts("A metric of one's own:");
  Model model = get_mnist_model({"accuracy", RootMeanSquaredError()});
  model.fit(train_images, train_labels,
            {.epochs = smoke ? 1 : 3, .validation_data = {val_images, val_labels}});
  const Logs test = model.evaluate(test_images, test_labels, {.verbose = 0});
  std::printf("test accuracy %.4f, rmse %.4f\n", test["accuracy"], test["rmse"]);

  std::puts("\nStopping early, and keeping the best model:");
  model = get_mnist_model({"accuracy"});
  const Callbacks callbacks_list = {
      callbacks::EarlyStopping({.monitor = "accuracy", .patience = 1, .verbose = 1}),
      callbacks::ModelCheckpoint("checkpoint_path.keras",
                                 {.monitor = "val_loss", .save_best_only = true})};
  const History history = model.fit(train_images, train_labels,
                                    {.epochs = smoke ? 2 : 10,
                                     .verbose = 2,
                                     .validation_data = {val_images, val_labels},
                                     .callbacks = callbacks_list});
  const Model best = models::load_model("checkpoint_path.keras");
  const Logs of_best = best.evaluate(val_images, val_labels, {.verbose = 0});
  std::printf("%zu epochs; the model of the file has val_loss %.4f\n", history.epoch.size(),
              of_best["loss"]);

  std::puts("\nA callback of one's own, and logs that `tensorboard --logdir logs` shows:");
  model = get_mnist_model({"accuracy"});
  LossHistory losses;
  callbacks::TensorBoard tensorboard("logs");
  model.fit(train_images, train_labels,
            {.epochs = smoke ? 1 : 10,
             .verbose = 0,
             .validation_data = {val_images, val_labels},
             .callbacks = {losses, tensorboard}});
} catch (const Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
