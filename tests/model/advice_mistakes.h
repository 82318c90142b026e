// SPDX-License-Identifier: Apache-2.0
// The seeded mistakes of the advisor's tests.
#pragma once

#include <cmath>
#include <limits>

#include "tests/model/advice_cases.h"

namespace keratin::testing_support {

inline constexpr int64_t count = 64;
inline constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();

inline const Tensor& inputs() {
  static const Tensor x = noise({count, 4});
  return x;
}
inline Tensor one_hot(int64_t classes) {
  return utils::to_categorical(turns(count, classes), classes);
}
inline Tensor halves() { return turns(count, 2).cast(DType::float32); }
inline Tensor numbers() { return ops::sum(inputs(), -1); }

inline FitOptions quiet() { return {.epochs = 1, .verbose = 0}; }

inline Training setup(const Model& model, CompileOptions compile, const Nest& y,
                      const Nest& x = inputs()) {
  return {model, std::move(compile), x, y, quiet()};
}

// A mistake: how it is made, the code of what is found, and what the sentence says to use.
struct Mistake {
  const char* name;
  std::function<Training()> make;
  const char* code;
  const char* use;
};

inline Loss bce_logits() { return losses::BinaryCrossentropy({.from_logits = true}); }
inline Loss cce_logits() { return losses::CategoricalCrossentropy({.from_logits = true}); }
inline Loss scce_logits() { return losses::SparseCategoricalCrossentropy({.from_logits = true}); }

inline Training plain(int64_t units, const Activation& last, const Loss& loss, const Nest& y,
                      const Metrics& metrics = {}) {
  return setup(network(units, last), {.loss = loss, .metrics = metrics}, y);
}

inline Tensor with_value(const Tensor& tensor, double value) {
  auto values = tensor.to_vector<float>();
  values[values.size() / 2] = static_cast<float>(value);
  return Tensor::from(values, tensor.shape());
}

inline Training split_of_sorted(const Tensor& y, int64_t units, const Activation& last,
                                const Loss& loss) {
  Training s = plain(units, last, loss, y);
  s.fit.validation_split = 0.25;
  return s;
}

inline Tensor sorted_classes(int64_t classes) {
  return ops::floor_divide(ops::arange(count), count / classes);
}

inline Training dead(const Initializer& kernel, const Initializer& bias) {
  const auto model = models::Sequential({layers::Input({4}),
                                         layers::Dense(16, {.activation = "relu",
                                                            .kernel_initializer = kernel,
                                                            .bias_initializer = bias,
                                                            .name = "hidden"}),
                                         layers::Dense(1, {.name = "head"})});
  Training s = setup(model, {.optimizer = "sgd", .loss = "mse"}, numbers());
  s.fit.batch_size = 4;
  return s;
}

inline Training wild(const Optimizer& optimizer) {
  Training s = setup(network(1, "linear"), {.optimizer = optimizer, .loss = "mse"}, numbers());
  s.fit.batch_size = 4;
  s.fit.epochs = 2;
  return s;
}

inline const char* const sigmoid_bce = R"(activation "sigmoid" with loss "binary_crossentropy")";

inline std::vector<Mistake> loss_mistakes() {
  return {
      {"softmax over one unit", [] { return plain(1, "softmax", "binary_crossentropy", halves()); },
       "softmax-one-unit", sigmoid_bce},
      {"softmax over one unit for a number", [] { return plain(1, "softmax", "mse", numbers()); },
       "softmax-one-unit", sigmoid_bce},
      {"linear with binary", [] { return plain(1, "linear", "binary_crossentropy", halves()); },
       "linear-cross-entropy", R"(activation "sigmoid")"},
      {"linear with categorical",
       [] { return plain(3, "linear", "categorical_crossentropy", one_hot(3)); },
       "linear-cross-entropy", R"(activation "softmax")"},
      {"linear with sparse",
       [] { return plain(3, "linear", "sparse_categorical_crossentropy", turns(count, 3)); },
       "linear-cross-entropy", R"(activation "softmax")"},
      {"linear with a loss object",
       [] { return plain(3, "linear", losses::CategoricalCrossentropy(), one_hot(3)); },
       "linear-cross-entropy", "from_logits = true"},
      {"linear with focal",
       [] { return plain(1, "linear", losses::BinaryFocalCrossentropy(), halves()); },
       "linear-cross-entropy", R"(activation "sigmoid")"},
      {"softmax with logits", [] { return plain(3, "softmax", cce_logits(), one_hot(3)); },
       "logits-of-probabilities", "no activation"},
      {"softmax with sparse logits",
       [] { return plain(3, "softmax", scce_logits(), turns(count, 3)); },
       "logits-of-probabilities", "from_logits = false"},
      {"sigmoid with logits", [] { return plain(1, "sigmoid", bce_logits(), halves()); },
       "logits-of-probabilities", "no activation"},
      {"relu with binary", [] { return plain(1, "relu", "binary_crossentropy", halves()); },
       "relu-cross-entropy", R"(activation "sigmoid")"},
      {"relu with categorical",
       [] { return plain(3, "relu", "categorical_crossentropy", one_hot(3)); },
       "relu-cross-entropy", R"(activation "softmax")"},
      {"relu with logits", [] { return plain(1, "relu", bce_logits(), halves()); },
       "relu-cross-entropy", "no activation"},
      {"tanh with binary", [] { return plain(1, "tanh", "binary_crossentropy", halves()); },
       "range-cross-entropy", R"(activation "sigmoid")"},
      {"tanh with logits", [] { return plain(3, "tanh", cce_logits(), one_hot(3)); },
       "range-cross-entropy", "no activation"},
      {"softmax with binary", [] { return plain(3, "softmax", "binary_crossentropy", one_hot(3)); },
       "softmax-binary", R"(loss "categorical_crossentropy")"},
      {"softmax with mse", [] { return plain(3, "softmax", "mse", one_hot(3)); },
       "softmax-regression", R"(loss "categorical_crossentropy")"},
      {"sigmoid with categorical",
       [] { return plain(3, "sigmoid", "categorical_crossentropy", one_hot(3)); },
       "sigmoid-categorical", "\"softmax\" for one class"},
      {"sigmoid with sparse",
       [] { return plain(3, "sigmoid", "sparse_categorical_crossentropy", turns(count, 3)); },
       "sigmoid-categorical", "several labels"},
      {"one unit with categorical",
       [] { return plain(1, "sigmoid", "categorical_crossentropy", halves()); },
       "one-unit-categorical", sigmoid_bce},
      {"an activation layer",
       [] {
         const auto model =
             models::Sequential({layers::Input({4}), layers::Dense(3), layers::Activation("relu")});
         return setup(model, {.loss = "categorical_crossentropy"}, one_hot(3));
       },
       "relu-cross-entropy", R"(activation "softmax")"},
      {"one of two outputs",
       [] {
         const Tensor input = layers::Input({4});
         const Tensor a = layers::Dense(1, {.activation = "sigmoid", .name = "a"})(input);
         const Tensor b = layers::Dense(3, {.name = "b"})(input);
         const Model model({.inputs = input, .outputs = {{"a", a}, {"b", b}}});
         return setup(model,
                      {.loss = {{"a", "binary_crossentropy"}, {"b", "categorical_crossentropy"}}},
                      {{"a", halves()}, {"b", one_hot(3)}});
       },
       "linear-cross-entropy", R"(activation "softmax")"},
  };
}

inline std::vector<Mistake> data_mistakes() {
  return {
      {"one-hot with sparse",
       [] { return plain(3, "softmax", "sparse_categorical_crossentropy", one_hot(3)); },
       "one-hot-sparse-loss", R"(loss "categorical_crossentropy")"},
      {"classes with categorical",
       [] { return plain(3, "softmax", "categorical_crossentropy", turns(count, 3)); },
       "labels-categorical-loss", R"(loss "sparse_categorical_crossentropy")"},
      {"labels from one",
       [] { return plain(3, "softmax", "sparse_categorical_crossentropy", turns(count, 3) + 1); },
       "labels-outside-units", "labels that count from 0"},
      {"too few units",
       [] { return plain(3, "softmax", "sparse_categorical_crossentropy", turns(count, 7)); },
       "labels-outside-units", "a unit for each class, 7 in all"},
      {"negative labels",
       [] { return plain(3, "softmax", "sparse_categorical_crossentropy", turns(count, 3) - 1); },
       "labels-outside-units", "whole numbers from 0"},
      {"several labels in a softmax",
       [] {
         return plain(3, "softmax", "categorical_crossentropy",
                      ops::maximum(one_hot(3), ops::flip(one_hot(3), 0)));
       },
       "several-labels-softmax", sigmoid_bce},
      {"one-hot for one unit",
       [] { return plain(1, "sigmoid", "binary_crossentropy", one_hot(2)); }, "one-hot-one-unit",
       "labels 0 and 1"},
      {"signs with binary",
       [] { return plain(1, "sigmoid", "binary_crossentropy", halves() * 2 - 1); },
       "targets-outside-loss", "labels 0 and 1"},
      {"classes with binary",
       [] { return plain(1, "sigmoid", "binary_crossentropy", turns(count, 3)); },
       "targets-outside-loss", "sparse_categorical_crossentropy"},
      {"numbers with binary", [] { return plain(1, "sigmoid", "binary_crossentropy", numbers()); },
       "targets-outside-loss", "loss \"mse\""},
      {"numbers out of a sigmoid", [] { return plain(1, "sigmoid", "mse", numbers() * 10); },
       "targets-outside-activation", "without activation"},
      {"numbers out of a tanh", [] { return plain(1, "tanh", "mae", numbers() * 10); },
       "targets-outside-activation", "without activation"},
      {"negative numbers out of a relu", [] { return plain(1, "relu", "mse", numbers()); },
       "targets-outside-activation", "without activation"},
      {"negative counts", [] { return plain(1, "exponential", "poisson", numbers()); },
       "targets-outside-loss", "loss \"mse\""},
      {"bytes as inputs",
       [] {
         return setup(network(1, "sigmoid"), {.loss = "binary_crossentropy"}, halves(),
                      ops::arange(count * 4).reshape({count, 4}) % 256);
       },
       "inputs-not-scaled", "layers::Rescaling(1.0 / 255)"},
      {"large inputs",
       [] { return setup(network(1, "linear"), {.loss = "mse"}, numbers(), inputs() * 5000); },
       "inputs-not-scaled", "layers::Normalization"},
      {"NaN in x",
       [] {
         return setup(network(1, "linear"), {.loss = "mse"}, numbers(),
                      with_value(inputs(), nan_value));
       },
       "not-finite", "ops::isfinite"},
      {"infinity in y", [] { return plain(1, "linear", "mse", with_value(numbers(), HUGE_VAL)); },
       "not-finite", "drop or fill"},
      {"a split of sorted classes",
       [] {
         return split_of_sorted(sorted_classes(4), 4, "softmax", "sparse_categorical_crossentropy");
       },
       "split-of-sorted-data", "shuffled data"},
      {"a split of sorted rows",
       [] {
         return split_of_sorted(utils::to_categorical(sorted_classes(4), 4), 4, "softmax",
                                "categorical_crossentropy");
       },
       "split-of-sorted-data", "validation_data"},
      {"a split of sorted halves",
       [] { return split_of_sorted(1 - sorted_classes(2), 1, "sigmoid", "binary_crossentropy"); },
       "split-of-sorted-data", "shuffled data"},
  };
}

inline std::vector<Mistake> other_mistakes() {
  return {
      {"accuracy of numbers", [] { return plain(1, "linear", "mse", numbers(), {"accuracy"}); },
       "metric-accuracy-regression", R"(the metric "mae")"},
      {"accuracy of signs",
       [] { return plain(1, "tanh", "hinge", halves() * 2 - 1, {"accuracy"}); },
       "metric-accuracy-regression", "labels 0 and 1"},
      {"binary accuracy of classes",
       [] {
         return plain(3, "softmax", "categorical_crossentropy", one_hot(3), {"binary_accuracy"});
       },
       "metric-binary-accuracy", R"(the metric "accuracy")"},
      {"accuracy of logits",
       [] { return plain(1, "linear", bce_logits(), halves(), {"accuracy"}); },
       "metric-threshold-logits", "threshold = 0"},
      {"area of logits", [] { return plain(1, "linear", bce_logits(), halves(), metrics::AUC()); },
       "metric-threshold-logits", "from_logits = true"},
      {"precision of logits",
       [] { return plain(1, "linear", bce_logits(), halves(), metrics::Precision()); },
       "metric-threshold-logits", R"(the activation "sigmoid")"},
      {"categorical accuracy of one unit",
       [] {
         return plain(1, "sigmoid", "binary_crossentropy", halves(), {"categorical_accuracy"});
       },
       "metric-one-unit", R"(the metric "binary_accuracy")"},
      {"the five best of three",
       [] {
         return plain(3, "softmax", "categorical_crossentropy", one_hot(3),
                      {"top_k_categorical_accuracy"});
       },
       "metric-top-k", "a smaller k"},
      {"a sparse metric of rows",
       [] {
         return plain(3, "softmax", "categorical_crossentropy", one_hot(3),
                      {"sparse_categorical_accuracy"});
       },
       "metric-label-form", R"(the metric "accuracy")"},
      {"a metric of rows for classes",
       [] {
         return plain(3, "softmax", "sparse_categorical_crossentropy", turns(count, 3),
                      {"categorical_accuracy"});
       },
       "metric-label-form", R"(the metric "accuracy")"},
      {"a learning rate of 10", [] { return wild(optimizers::SGD(10.0)); },
       "learning-rate-too-large", "a tenth of it"},
      {"momentum and a large rate",
       [] { return wild(optimizers::SGD({.learning_rate = 3.0, .momentum = 0.9})); },
       "learning-rate-too-large", "a tenth of it"},
      {"a large rate with a cross-entropy",
       [] {
         Training s = setup(
             network(3, "softmax", "linear"),
             {.optimizer = optimizers::SGD(300.0), .loss = "categorical_crossentropy"}, one_hot(3));
         s.fit.batch_size = 4;
         s.fit.epochs = 3;
         return s;
       },
       "learning-rate-too-large", "a tenth of it"},
      {"kernels of zeros", [] { return dead("zeros", "zeros"); }, "units-never-fire",
       R"(kernel_initializer "he_normal")"},
      {"biases far below zero",
       [] { return dead("glorot_uniform", initializers::Constant(-50.0)); }, "units-never-fire",
       R"("leaky_relu")"},
  };
}

inline std::vector<Mistake> mistakes() {
  std::vector<Mistake> all = loss_mistakes();
  for (const auto& more : {data_mistakes(), other_mistakes()}) {
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

}  // namespace keratin::testing_support
