// SPDX-License-Identifier: Apache-2.0
// The API lines of the book's programs, compile-only: what keratin.h does not have yet is declared
// in declared.h, and its form is frozen. This file: search, precision and templates, E2 chapters 13
// and 14, E3 chapter 18.
#include <algorithm>
#include <iostream>

#include "tests/api/declared.h"

using namespace keratin;

namespace book {

using declared::Model;
using declared::Sequential;

// 13, 18: a search over models.
keratin::Model build_model(tuner::HyperParameters& hp) {
  const int64_t units = hp.Int("units", {.min_value = 16, .max_value = 64, .step = 16});
  Sequential model(
      {layers::Dense(units, {.activation = "relu"}), layers::Dense(10, {.activation = "softmax"})});
  const std::string optimizer = hp.Choice("optimizer", {"rmsprop", "adam"});
  model.compile(
      {.optimizer = optimizer, .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
  return model;
}

struct SimpleMLP {
  int64_t num_classes = 10;
  keratin::Model operator()(tuner::HyperParameters& hp) const {
    return Sequential({layers::Dense(hp.Int("units", {.min_value = 16, .max_value = 64})),
                       layers::Dense(num_classes)});
  }
};

void search(const Tensor& x, const Tensor& y, const Tensor& x_val, const Tensor& y_val) {
  tuner::BayesianOptimization tuner(build_model, {.objective = "val_accuracy",
                                                  .max_trials = 100,
                                                  .executions_per_trial = 2,
                                                  .directory = "mnist_kt_test",
                                                  .overwrite = true});
  tuner::BayesianOptimization other(SimpleMLP{.num_classes = 10}, {.max_trials = 4});
  tuner.search_space_summary();
  const Callbacks callbacks{callbacks::EarlyStopping({.monitor = "val_loss", .patience = 5})};
  tuner.search(x, y,
               {.epochs = 100,
                .batch_size = 128,
                .verbose = 2,
                .validation_data = {x_val, y_val},
                .callbacks = callbacks});
  for (tuner::HyperParameters& hp : tuner.get_best_hyperparameters(4)) {
    const Model model = build_model(hp);
    const History history = model.fit(x, y,
                                      {.epochs = 100,
                                       .batch_size = 128,
                                       .validation_data = {x_val, y_val},
                                       .callbacks = callbacks});
    const std::vector<double>& losses = history["val_loss"];
    const auto best = std::min_element(losses.begin(), losses.end()) - losses.begin() + 1;
    model.fit(x, y, {.epochs = static_cast<int64_t>(1.2 * static_cast<double>(best))});
  }
  Tensor ensemble = 0.0;
  for (const keratin::Model& model : tuner.get_best_models(4)) {
    ensemble += 0.25 * model.predict(x_val);
  }
  std::cout << ensemble << '\n';
}

// 13, 18: precision.
std::pair<Tensor, Tensor> abs_max_quantize(const Tensor& value) {
  const Tensor abs_max = ops::max(ops::abs(value), {}, true);
  const Tensor scale = ops::divide(127, abs_max + 1e-7);
  return {ops::clip(ops::round(value * scale), -127, 127).cast(DType::int8), scale};
}

void precision() {
  config::set_dtype_policy("mixed_float16");
  config::enable_op_determinism();
  utils::set_random_seed(42);
  const layers::Dense half(10, {.dtype = "float16"}), whole(10, {.dtype = DType::float32});
  const Tensor x = Tensor::from({0.1f, 0.9f, 1.2f, -0.8f}, {2, 2});
  const Tensor kernel = Tensor::from({-0.1f, -2.2f, 1.1f, 0.7f}, {2, 2});
  const auto [int_x, x_scale] = abs_max_quantize(x);
  const auto [int_kernel, kernel_scale] = abs_max_quantize(kernel);
  const Tensor int_y = ops::matmul(int_x, int_kernel);
  std::cout << int_y.cast(DType::float32) / (x_scale * kernel_scale) << ops::matmul(x, kernel)
            << config::epsilon() << half.name() << whole.name() << '\n';
}

// 14: one template for each kind of data.
void templates(int64_t num_inputs, int64_t num_classes, int64_t num_values) {
  const auto inputs = layers::Input({num_inputs});
  const auto x = layers::Dense(32, {.activation = "relu"})(inputs);
  const Model binary(inputs, layers::Dense(1, {.activation = "sigmoid"})(x));
  binary.compile({.optimizer = "rmsprop", .loss = "binary_crossentropy"});
  const Model single(inputs, layers::Dense(num_classes, {.activation = "softmax"})(x));
  single.compile({.optimizer = "rmsprop", .loss = "categorical_crossentropy"});
  const Model multi(inputs, layers::Dense(num_classes, {.activation = "sigmoid"})(x));
  multi.compile({.optimizer = "rmsprop", .loss = "binary_crossentropy"});
  const Model regression(inputs, layers::Dense(num_values)(x));
  regression.compile({.optimizer = "rmsprop", .loss = "mse"});

  const auto image = layers::Input({64, 64, 3});
  auto y = layers::SeparableConv2D(32, 3, {.activation = "relu"})(image);
  y = layers::MaxPooling2D(2)(layers::SeparableConv2D(64, 3)(y));
  const Model convnet(image, layers::Dense(num_classes)(layers::GlobalAveragePooling2D()(y)));

  const auto series = layers::Input({None, num_values});
  auto z = layers::LSTM(32, {.return_sequences = true})(series);
  z = layers::LSTM(32)(z);
  const Model sequence(series, layers::Dense(num_classes, {.activation = "sigmoid"})(z));
}

}  // namespace book
