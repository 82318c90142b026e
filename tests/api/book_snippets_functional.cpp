// SPDX-License-Identifier: Apache-2.0
// The API lines of the book's programs, compile-only: what keratin.h does not have yet is declared
// in declared.h, and its form is frozen. This file: chapter 7, ways to define and to train models.
#include <iostream>

#include "tests/api/declared.h"

using namespace keratin;

namespace book {

using declared::Model;
using declared::Sequential;
namespace models = declared::models;

// 7a: Sequential in all its forms.
void sequential_models() {
  Sequential model;
  model.add(layers::Dense(64, {.activation = "relu"}));
  model.add(layers::Dense(10, {.activation = "softmax"}));
  model.build({None, 3});
  for (const Variable& variable : model.weights()) std::cout << variable.path() << '\n';
  Sequential named("my_example_model");
  named.add(layers::Input({3}));
  named.add(layers::Dense(64, {.activation = "relu", .name = "my_first_layer"}));
  named.summary({.line_length = 80});
}

// 7b, 7c: several inputs and outputs; lists and dicts of data, losses and metrics.
void tickets(const Tensor& title_data, const Tensor& body_data, const Tensor& tags_data,
             const Tensor& priority_data, const Tensor& department_data) {
  const int64_t vocabulary_size = 10000, num_tags = 100, num_departments = 4;
  const auto title = layers::Input({vocabulary_size}, {.name = "title"});
  const auto text_body = layers::Input({vocabulary_size}, {.name = "text_body"});
  const auto tags = layers::Input({num_tags}, {.name = "tags"});
  auto features = layers::Concatenate()({title, text_body, tags});
  features = layers::Dense(64, {.activation = "relu", .name = "dense_features"})(features);
  const auto priority = layers::Dense(1, {.activation = "sigmoid", .name = "priority"})(features);
  const auto department =
      layers::Dense(num_departments, {.activation = "softmax", .name = "department"})(features);
  const Model model({.inputs = {title, text_body, tags}, .outputs = {priority, department}});

  model.compile({.optimizer = "adam",
                 .loss = {"mean_squared_error", "sparse_categorical_crossentropy"},
                 .metrics = {{"mean_absolute_error"}, {"accuracy"}}});
  model.fit({title_data, body_data, tags_data}, {priority_data, department_data}, {.epochs = 1});
  model.evaluate({title_data, body_data, tags_data}, {priority_data, department_data});
  const Nest list = model.predict({title_data, body_data, tags_data});
  std::cout << list[0] << list[1] << '\n';

  model.compile({.optimizer = "adam",
                 .loss = {{"priority", "mean_squared_error"},
                          {"department", "sparse_categorical_crossentropy"}},
                 .metrics = {{"priority", {"mean_absolute_error"}}, {"department", {"accuracy"}}}});
  const Nest inputs = {{"title", title_data}, {"text_body", body_data}, {"tags", tags_data}};
  model.fit(inputs, {{"priority", priority_data}, {"department", department_data}}, {.epochs = 1});
  model.evaluate({{"title", title_data}, {"text_body", body_data}, {"tags", tags_data}},
                 {{"priority", priority_data}, {"department", department_data}});
  model.predict(inputs);

  // 7d: a new head on an inner layer.
  utils::plot_model(model, "ticket_classifier.png", {.show_shapes = true});
  std::cout << to_string(model.layers()[3].input()) << to_string(model.layers()[3].output());
  const Nest inner = model.layers()[4].output();
  const auto difficulty = layers::Dense(3, {.activation = "softmax", .name = "difficulty"})(inner);
  const Model extended(
      {.inputs = {title, text_body, tags}, .outputs = {priority, department, difficulty}});
}

// 7d, 7e: a model as a class, and classes, functional and sequential models in each other.
struct CustomerTicketModel : CustomModel<CustomerTicketModel> {
  explicit CustomerTicketModel(int64_t num_departments)
      : department_classifier(track(layers::Dense(num_departments, {.activation = "softmax"}))) {}
  layers::Concatenate concat_layer = track(layers::Concatenate());
  layers::Dense mixing_layer = track(layers::Dense(64, {.activation = "relu"}));
  layers::Dense priority_scorer = track(layers::Dense(1, {.activation = "sigmoid"}));
  layers::Dense department_classifier;
  Nest call(const Nest& inputs) {
    auto features = concat_layer({inputs["title"], inputs["text_body"], inputs["tags"]});
    features = mixing_layer(features);
    return {priority_scorer(features), department_classifier(features)};
  }
};

struct Classifier : CustomModel<Classifier> {
  explicit Classifier(int64_t num_classes = 2)
      : dense(track(layers::Dense(num_classes == 2 ? 1 : num_classes,
                                  {.activation = num_classes == 2 ? "sigmoid" : "softmax"}))) {}
  layers::Dense dense;
  Tensor call(const Tensor& inputs) { return dense(inputs); }
};

struct Around : CustomModel<Around> {
  explicit Around(Model given) : classifier(track(std::move(given))) {}
  layers::Dense dense = track(layers::Dense(64, {.activation = "relu"}));
  Model classifier;
  Tensor call(const Tensor& inputs) { return classifier(dense(inputs)); }
};

void subclassed(const Nest& inputs, const Tensor& priority, const Tensor& department) {
  const CustomerTicketModel model(4);
  const Nest outputs = model(inputs);
  model.compile({.optimizer = "adam",
                 .loss = {"mean_squared_error", "sparse_categorical_crossentropy"},
                 .metrics = {{"mean_absolute_error"}, {"accuracy"}}});
  model.fit(inputs, {priority, department}, {.epochs = 1});
  const Nest predictions = model.predict(inputs);
  std::cout << outputs[0] + predictions[0] << '\n';

  const auto x = layers::Input({64});
  const Model binary({.inputs = x, .outputs = Classifier()(x)});
  const Model mixed(x, Classifier(10)(layers::Dense(64, {.activation = "relu"})(x)));
  const Around around(binary);
  around.fit(inputs, priority);
  mixed.save("mixed.keras");
}

Model get_mnist_model() {
  const auto inputs = layers::Input({28 * 28});
  auto features = layers::Dense(512, {.activation = "relu"})(inputs);
  features = layers::Dropout(0.5)(features);
  const auto outputs = layers::Dense(10, {.activation = "softmax"})(features);
  return Model(inputs, outputs);
}

// 7g: a metric of one's own.
struct RootMeanSquaredError : CustomMetric<RootMeanSquaredError> {
  RootMeanSquaredError() : CustomMetric("rmse") {}
  Variable mse_sum = add_variable("mse_sum", {}, "zeros");
  Variable total_samples = add_variable("total_samples");
  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& /*weights*/) {
    const Tensor labels = ops::one_hot(y_true, y_pred.shape()[1]);
    mse_sum.assign_add(ops::sum(ops::square(labels - y_pred)));
    total_samples.assign_add(y_pred.shape()[0]);
  }
  Tensor result() const { return ops::sqrt(mse_sum / total_samples); }
  void reset_state() {
    mse_sum.assign(0.);
    total_samples.assign(0.);
  }
};

// 7i: a callback of one's own.
struct LossHistory : Callback {
  std::vector<double> per_batch_losses;
  void on_train_begin(Logs&) override { per_batch_losses.clear(); }
  void on_batch_end(int64_t, Logs& logs) override { per_batch_losses.push_back(logs["loss"]); }
  void on_epoch_end(int64_t epoch, Logs& logs) override {
    std::cout << epoch << ' ' << logs.has("val_loss") << ' ' << model().name() << '\n';
  }
};

// E1-7.2: what the layers give, after each epoch.
struct ActivationLogger : Callback {
  explicit ActivationLogger(Tensor given) : sample(std::move(given)) {}
  Tensor sample;
  Model activations;
  void set_model(keratin::Model* model) override {
    Callback::set_model(model);
    std::vector<Nest> outputs;
    for (const Layer& layer : model->layers()) outputs.push_back(layer.output());
    activations = Model(model->inputs(), Nest::list(outputs));
  }
  void on_epoch_end(int64_t epoch, Logs&) override {
    const Array values = activations.predict(sample)[0].tensor().array();
    write_npz("activations_at_epoch_" + std::to_string(epoch) + ".npz", {{"layer", values}});
  }
};

// 7f to 7j, E1-7.2: fit with metrics and callbacks.
void built_in_loops() {
  const auto [images, labels, test_images, test_labels] = datasets::mnist::load_data();
  const Tensor x = images.reshape({60000, 28 * 28}) / 255.0f;
  const Tensor train_images = x[Slice(10000, open)], val_images = x[Slice(open, 10000)];
  const Tensor train_labels = labels[Slice(10000, open)], val_labels = labels[Slice(open, 10000)];
  Model model = get_mnist_model();
  model.compile({.optimizer = "rmsprop",
                 .loss = "sparse_categorical_crossentropy",
                 .metrics = {"accuracy", RootMeanSquaredError()}});
  const Callbacks callbacks_list{
      callbacks::EarlyStopping({.monitor = "accuracy", .patience = 1}),
      callbacks::ModelCheckpoint(
          {.filepath = "checkpoint_path.keras", .monitor = "val_loss", .save_best_only = true}),
  };
  model.fit(
      train_images, train_labels,
      {.epochs = 10, .validation_data = {val_images, val_labels}, .callbacks = callbacks_list});
  LossHistory history;
  callbacks::TensorBoard tensorboard({.log_dir = "logs", .histogram_freq = 1});
  model.fit(train_images, train_labels,
            {.epochs = 10,
             .validation_data = {val_images, val_labels},
             .callbacks = {history, tensorboard, ActivationLogger(val_images[Slice(0, 1)]),
                           callbacks::ReduceLROnPlateau({.factor = 0.1, .patience = 10}),
                           callbacks::LambdaCallback(
                               {.on_epoch_end = [](int64_t, Logs& logs) { logs.set("x", 1); }})}});
  const Logs test_metrics = model.evaluate(test_images.reshape({-1, 784}), test_labels);
  model = models::load_model("checkpoint_path.keras");
  std::cout << history.per_batch_losses.size() << test_metrics["rmse"] << '\n';
}

// 7k: steps written by hand; metrics at a low level. E3 writes the step for three backends: here it
// is one.
void hand_written_steps(const Tensor& images, const Tensor& labels) {
  const Model model = get_mnist_model();
  const Loss loss_fn = losses::SparseCategoricalCrossentropy();
  const Optimizer optimizer = optimizers::Adam();
  const std::vector<Metric> metrics = {metrics::SparseCategoricalAccuracy()};
  const Metric loss_tracking_metric = metrics::Mean();
  const auto train_step = keratin::function([&](const Tensor& inputs, const Tensor& targets) {
    GradientTape tape;
    const Tensor predictions = model(inputs, {.training = true});
    const Tensor loss = loss_fn(targets, predictions);
    optimizer.apply(tape.gradient(loss, model.trainable_weights()), model.trainable_weights());
    for (const Metric& metric : metrics) metric.update_state(targets, predictions);
    loss_tracking_metric.update_state(loss);
    return loss;
  });
  for (int epoch = 0; epoch < 3; ++epoch) {
    for (const Metric& metric : metrics) metric.reset_state();
    for (int64_t at = 0; at < images.shape()[0]; at += 32) {
      train_step(images[Slice(at, at + 32)], labels[Slice(at, at + 32)]);
    }
    std::cout << metrics[0].name() << ' ' << metrics[0].result().item<float>() << '\n';
  }
  const Dataset batches = Dataset::from_tensor_slices(images, labels).batch(32);
  for (const auto& [inputs, targets, weights] : batches) train_step(inputs.tensor(), targets);
}

// 7l: train_step, compute_loss and the metrics of a model of one's own.
struct OwnStep : CustomModel<OwnStep> {
  Metric loss_tracker = track(metrics::Mean({.name = "loss"}));
  Loss loss_fn = losses::SparseCategoricalCrossentropy();
  layers::Dense head = track(layers::Dense(10, {.activation = "softmax"}));
  Tensor call(const Tensor& inputs) { return head(inputs); }
  Nest train_step(const Data& data) {
    GradientTape tape;
    const Tensor predictions = (*this)(data.x, {.training = true});
    const Tensor loss = loss_fn(data.y, predictions);
    optimizer().apply(tape.gradient(loss, trainable_weights()), trainable_weights());
    loss_tracker.update_state(loss);
    return {{"loss", loss_tracker.result()}};
  }
};

struct CompiledStep : CustomModel<CompiledStep> {
  layers::Dense head = track(layers::Dense(10, {.activation = "softmax"}));
  Tensor call(const Tensor& inputs) { return head(inputs); }
  Nest train_step(const Data& data) {
    GradientTape tape;
    const Nest predictions = (*this)(data.x, {.training = true});
    const Tensor loss = compute_loss(data.x, data.y, predictions, data.sample_weight);
    optimizer().apply(tape.gradient(loss, trainable_weights()), trainable_weights());
    for (const Metric& metric : metrics()) {
      if (metric.name() == "loss") {
        metric.update_state(loss);
      } else {
        metric.update_state(data.y, predictions);
      }
    }
    return get_metrics_result();
  }
};

void own_steps(const Tensor& images, const Tensor& labels) {
  const OwnStep own;
  own.compile({.optimizer = optimizers::Adam()});
  own.fit(images, labels, {.epochs = 3});
  const CompiledStep compiled;
  compiled.compile({.optimizer = optimizers::Adam(),
                    .loss = losses::SparseCategoricalCrossentropy(),
                    .metrics = {metrics::SparseCategoricalAccuracy()}});
  compiled.fit(images, labels, {.epochs = 3});
  compiled.save("compiled.keras");
}

}  // namespace book
