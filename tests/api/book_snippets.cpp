// SPDX-License-Identifier: Apache-2.0
// The API lines of the book's programs, compile-only: what keratin.h does not have yet is declared
// in declared.h, and its form is frozen. This file: dense networks, chapters 2 to 5 (E1: 2 to 4).
#include <iostream>

#include "tests/api/declared.h"

using namespace keratin;

namespace book {

using declared::Sequential;
namespace models = declared::models;

Tensor vectorize_sequences(const datasets::Sequences& sequences, int64_t dimension = 10000) {
  std::vector<float> rows(sequences.size() * static_cast<size_t>(dimension), 0.0f);
  for (size_t i = 0; i < sequences.size(); ++i) {
    for (int64_t word : sequences[i]) rows[i * static_cast<size_t>(dimension + word)] = 1.0f;
  }
  return Tensor::from(rows, {-1, dimension});
}

// E1-2.1, 2a: a first look. E1 writes one-hot labels.
void first_look() {
  const auto [x_train, y_train, x_test, y_test] = datasets::mnist::load_data();
  auto network = models::Sequential();
  network.add(layers::Dense(512, {.activation = "relu", .input_shape = {28 * 28}}));
  network.add(layers::Dense(10, {.activation = "softmax"}));
  network.compile(
      {.optimizer = "rmsprop", .loss = "categorical_crossentropy", .metrics = {"accuracy"}});
  const Tensor images = x_train.reshape({60000, 28 * 28}).cast(DType::float32) / 255;
  network.fit(images, utils::to_categorical(y_train), {.epochs = 5, .batch_size = 128});
  const Logs test =
      network.evaluate(x_test.reshape({10000, 28 * 28}) / 255.0, utils::to_categorical(y_test));
  std::cout << "test_acc: " << test["accuracy"] << ' ' << test[1] << '\n';

  Sequential model(
      {layers::Dense(512, {.activation = "relu"}), layers::Dense(10, {.activation = "softmax"})});
  model.compile(
      {.optimizer = "adam", .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
  model.fit(images, y_train, {.epochs = 5, .batch_size = 128});
  const Nest predictions = model.predict(images[Slice(0, 10)]);
  std::cout << predictions[0] << ops::argmax(predictions[0]) << predictions[0][7]
            << to_string(images.shape()) << name_of(images.dtype()) << images.rank() << '\n';
  const Tensor crop = x_train[{All, Slice(14, open), Slice(14, open)}];
  const Tensor centre = x_train[{All, Slice(7, -7), Slice(7, -7)}], tenth = x_train[4];
  std::cout << crop + centre << ops::maximum(tenth, 0) << '\n';
}

// 2b: a network from nothing but variables and a tape.
struct NaiveDense {
  NaiveDense(int64_t input, int64_t output, Activation given)
      : w(random::uniform({input, output}, {.maxval = 1e-1})),
        b(ops::zeros({output})),
        activation(std::move(given)) {}
  Tensor operator()(const Tensor& inputs) const { return activation(ops::matmul(inputs, w) + b); }
  std::vector<Variable> weights() const { return {w, b}; }
  Variable w, b;
  Activation activation;
};

void from_scratch(const Tensor& images, const Tensor& labels) {
  const std::vector<NaiveDense> network{{28 * 28, 512, "relu"}, {512, 10, activations::softmax}};
  std::vector<Variable> weights;
  for (const NaiveDense& layer : network) {
    for (const Variable& weight : layer.weights()) weights.push_back(weight);
  }
  const Optimizer optimizer = optimizers::SGD(1e-3);
  const auto step = keratin::function([&](const Tensor& x, const Tensor& y) {
    GradientTape tape;
    Tensor predictions = x;
    for (const NaiveDense& layer : network) predictions = layer(predictions);
    const Tensor loss = ops::mean(losses::sparse_categorical_crossentropy(y, predictions));
    const std::vector<Tensor> gradients = tape.gradient(loss, weights);
    for (size_t i = 0; i < weights.size(); ++i) weights[i].assign_sub(gradients[i] * 1e-3);
    optimizer.apply(gradients, weights);
    return loss;
  });
  for (int64_t at = 0; at < 60000; at += 128) {
    const Tensor loss = step(images[Slice(at, at + 128)], labels[Slice(at, at + 128)]);
    if (at % 12800 == 0) std::cout << loss.item<float>() << '\n';
  }
}

// 3a: variables, gradients of gradients, a linear classifier.
void linear_classifier(const Tensor& inputs, const Tensor& targets) {
  const Variable x(0.0), time(ops::zeros({1}));
  GradientTape outer(true);
  Tensor position, speed;
  {
    GradientTape inner;
    position = 4.9 * ops::square(time);
    speed = inner.gradient(position, time);
  }
  const Tensor acceleration = outer.gradient(speed, time);
  const Tensor constant = 3.0f;
  outer.watch(constant);
  const std::vector<Tensor> both = outer.gradient(ops::square(constant) + x, {constant, x});

  const Variable w(random::uniform({2, 1}), {.name = "w"}), b(ops::zeros({1}), {.name = "b"});
  for (int step = 0; step < 40; ++step) {
    GradientTape tape;
    const Tensor predictions = ops::matmul(inputs, w) + b;
    const Tensor loss = ops::mean(ops::square(targets - predictions));
    const std::vector<Tensor> gradients = tape.gradient(loss, {w, b});
    w.assign_sub(gradients[0] * 0.1);
    b.assign_sub(0.1 * gradients[1]);
    std::cout << "Loss at step " << step << ": " << loss << acceleration << both[0] << '\n';
  }
}

// 3b: a layer of one's own.
struct SimpleDenseOptions {
  KERATIN_OPTIONS(SimpleDenseOptions);
  KERATIN_FIELD(int64_t, units, "Size of the output.") = 0;
  KERATIN_FIELD(keratin::Activation, activation, "Applied to the output.") = {};
  KERATIN_LAYER_FIELDS;
};

struct SimpleDense : CustomLayer<SimpleDense, SimpleDenseOptions> {
  using CustomLayer::CustomLayer;
  Variable w = weight("w"), b = weight("b");
  void build(const Shape& input) {
    add_weight(w, {.shape = {input[-1], options.units}, .initializer = "random_normal"});
    add_weight(b, {.shape = {options.units}, .initializer = "zeros"});
  }
  Tensor call(const Tensor& inputs) { return options.activation(ops::matmul(inputs, w) + b); }
};

void layers_of_ones_own(const Tensor& inputs, const Tensor& targets) {
  const SimpleDense my_dense({.units = 32, .activation = activations::relu});
  const Tensor outputs = my_dense(ops::ones({2, 784}));
  std::cout << to_string(outputs.shape()) << '\n';
  Sequential model({SimpleDense({.units = 32, .activation = "relu"}), SimpleDense({.units = 1})});
  model = Sequential({layers::Dense(1)});
  model.compile({.optimizer = optimizers::RMSprop({.learning_rate = 0.1}),
                 .loss = losses::MeanSquaredError(),
                 .metrics = {metrics::BinaryAccuracy()}});
  const History history = model.fit(inputs, targets, {.epochs = 5, .batch_size = 16});
  std::cout << history["loss"].back() << model(inputs)[0] << '\n';
}

// E1-3.5, 4a: movie reviews, two classes.
void movie_reviews() {
  const auto data = datasets::imdb::load_data({.num_words = 10000});
  const auto word_index = datasets::imdb::get_word_index();
  const Tensor x_train = vectorize_sequences(data.x_train), y_train = data.y_train;
  Sequential model;
  model.add(layers::Dense(16, {.activation = "relu", .input_shape = {10000}}));
  model.add(layers::Dense(16, {.activation = "relu"}));
  model.add(layers::Dense(1, {.activation = "sigmoid"}));
  model.compile({.optimizer = "rmsprop", .loss = "binary_crossentropy", .metrics = {"acc"}});
  model.compile({.optimizer = optimizers::RMSprop(0.001),
                 .loss = losses::binary_crossentropy,
                 .metrics = {metrics::binary_accuracy}});
  const Tensor x_val = x_train[Slice(open, 10000)], y_val = y_train[Slice(open, 10000)];
  const History history =
      model.fit(x_train[Slice(10000, open)], y_train[Slice(10000, open)],
                {.epochs = 20, .batch_size = 512, .validation_data = {x_val, y_val}});
  for (const std::string& key : history.names()) std::cout << key << '\n';
  const std::vector<double> val_loss = history["val_loss"];
  const Logs results = model.evaluate(vectorize_sequences(data.x_test), data.y_test);
  std::cout << results[0] << model.predict(x_val) << val_loss.size() << word_index.size() << '\n';
}

// E1-3.6, 4b: newswires, many classes.
void newswires() {
  const auto data = datasets::reuters::load_data({.num_words = 10000});
  Sequential model({layers::Dense(64, {.activation = "relu"}),
                    layers::Dense(64, {.activation = "relu"}),
                    layers::Dense(46, {.activation = "softmax"})});
  model.compile({.optimizer = "adam",
                 .loss = "categorical_crossentropy",
                 .metrics = {"accuracy", metrics::TopKCategoricalAccuracy({.k = 3})}});
  const Tensor x = vectorize_sequences(data.x_train);
  model.fit(x, utils::to_categorical(data.y_train, 46), {.epochs = 9, .batch_size = 512});
  model.compile({.optimizer = "rmsprop", .loss = "sparse_categorical_crossentropy"});
  const Nest predictions = model.predict(x);
  std::cout << to_string(predictions[0].shape()) << ops::sum(predictions[0])
            << ops::argmax(predictions[0]).item<int>() << '\n';
}

Sequential build_price_model(int64_t features) {
  Sequential model({layers::Dense(64, {.activation = "relu", .input_shape = {features}}),
                    layers::Dense(64, {.activation = "relu"}), layers::Dense(1)});
  model.compile({.optimizer = "adam", .loss = "mean_squared_error", .metrics = {"mae"}});
  return model;
}

// E1-3.7, 4c: house prices with k folds.
void house_prices() {
  auto [x, y, x_test, y_test] = datasets::california_housing::load_data({.version = "small"});
  const Tensor mean = ops::mean(x, 0), deviation = ops::std(x, 0);
  x -= mean;
  x /= deviation;
  const int64_t fold = x.shape()[0] / 4;
  for (int64_t i = 0; i < 4; ++i) {
    const Tensor x_val = x[Slice(i * fold, (i + 1) * fold)], y_val = y[Slice(i * fold, open)];
    const Tensor rest =
        ops::concatenate({x[Slice(open, i * fold)], x[Slice((i + 1) * fold, open)]});
    utils::clear_session();
    Sequential model = build_price_model(x.shape()[1]);
    const History history = model.fit(
        rest, y,
        {.epochs = 100, .batch_size = 16, .verbose = 0, .validation_data = {x_val, y_val}});
    const std::vector<double> mae = history["val_mean_absolute_error"];
    std::cout << model.evaluate(x_val, y_val, {.verbose = 0})["mae"] << mae[0] << '\n';
  }
  std::cout << build_price_model(8).predict((x_test - mean) / deviation)[0] << y_test << '\n';
}

// E1-3.7 as printed: Boston, with the samples of each fold one by one.
void boston_prices() {
  const auto [x, y, x_test, y_test] = datasets::boston_housing::load_data();
  const Tensor mean = ops::mean(x, 0), deviation = ops::std(x, 0);
  Sequential model = build_price_model(x.shape()[1]);
  model.fit((x - mean) / deviation, y, {.epochs = 80, .batch_size = 16, .verbose = 0});
  const Logs test = model.evaluate((x_test - mean) / deviation, y_test);
  std::cout << test["loss"] << test["mae"] << '\n';
}

// Ops that the programs call on batches of numbers.
Tensor numbers(const Tensor& x, const Tensor& y) {
  const Tensor angle = ops::arccos(ops::clip(ops::divide_no_nan(x, ops::absolute(y)), -1, 1));
  const Tensor turns = ops::sign(x) * ops::linspace(0.0, 1.0, 5) + ops::cos(angle) * ops::sin(x);
  return ops::ravel(turns + ops::square(ops::minimum(x, y)) - ops::sqrt(ops::maximum(x, 0)));
}

// E1-4.4, 5a to 5k: capacity, noise channels, learning rates, weight decay, dropout.
void overfitting(const Tensor& x, const Tensor& y) {
  const auto compiled = [](Sequential model, const Optimizer& optimizer) {
    model.compile({.optimizer = optimizer,
                   .loss = "sparse_categorical_crossentropy",
                   .metrics = {"accuracy"}});
    return model;
  };
  const Tensor with_noise = ops::concatenate({x, random::uniform(x.shape())}, 1);
  const Tensor with_zeros = ops::concatenate({x, ops::zeros(x.shape())}, 1);
  const Tensor shuffled = random::shuffle(y, 1337);
  for (const Optimizer& optimizer : {optimizers::RMSprop(1.), optimizers::RMSprop(1e-2)}) {
    compiled(Sequential({layers::Dense(512, {.activation = "relu"}), layers::Dense(10)}), optimizer)
        .fit(with_noise, shuffled, {.epochs = 10, .batch_size = 128, .validation_split = 0.2});
  }
  const Sequential regularized({
      layers::Dense(16, {.activation = "relu", .kernel_regularizer = regularizers::l2(0.002)}),
      layers::Dense(16, {.activation = "relu", .kernel_regularizer = regularizers::l1(0.001)}),
      layers::Dense(16, {.kernel_regularizer = regularizers::l1_l2({.l1 = 0.001, .l2 = 0.001})}),
      layers::Dropout(0.5),
      layers::Dense(1, {.activation = "sigmoid"}),
  });
  regularized.compile({.loss = "binary_crossentropy", .metrics = {"accuracy"}});
  regularized.fit(with_zeros, y, {.epochs = 20, .batch_size = 512, .validation_split = 0.4});
}

}  // namespace book
