// SPDX-License-Identifier: Apache-2.0
// The built-in optimizers: `Adam()`, `Adam(1e-4)` or `Adam({.learning_rate = 1e-4})`.
#pragma once

#include <concepts>

#include "keratin/nn/optimizer.h"

namespace keratin::optimizers {

struct SGDOptions {
  KERATIN_OPTIONS(SGDOptions);
  KERATIN_FIELD(LearningRate, learning_rate, "Step size, or a schedule.") = 0.01;
  KERATIN_FIELD(double, momentum, "Share of the last step that goes on, 0 to 1.") = 0.0;
  KERATIN_FIELD(bool, nesterov, "Look ahead along the momentum.") = false;
  KERATIN_OPTIMIZER_FIELDS({});
};

struct RMSpropOptions {
  KERATIN_OPTIONS(RMSpropOptions);
  KERATIN_FIELD(LearningRate, learning_rate, "Step size, or a schedule.") = 0.001;
  KERATIN_FIELD(double, rho, "Share that the average of squares keeps.") = 0.9;
  KERATIN_FIELD(double, momentum, "Share of the last step that goes on.") = 0.0;
  KERATIN_FIELD(double, epsilon, "Added under the root.") = 1e-7;
  KERATIN_FIELD(bool, centered, "Divide by the variance, not by the mean of squares.") = false;
  KERATIN_OPTIMIZER_FIELDS({});
};

struct AdamOptions {
  KERATIN_OPTIONS(AdamOptions);
  KERATIN_FIELD(LearningRate, learning_rate, "Step size, or a schedule.") = 0.001;
  KERATIN_FIELD(double, beta_1, "Share that the average of gradients keeps.") = 0.9;
  KERATIN_FIELD(double, beta_2, "Share that the average of squares keeps.") = 0.999;
  KERATIN_FIELD(double, epsilon, "Added to the root.") = 1e-7;
  KERATIN_FIELD(bool, amsgrad, "Divide by the largest average so far.") = false;
  KERATIN_OPTIMIZER_FIELDS({});
};

struct AdamWOptions {
  KERATIN_OPTIONS(AdamWOptions);
  KERATIN_FIELD(LearningRate, learning_rate, "Step size, or a schedule.") = 0.001;
  KERATIN_FIELD(double, beta_1, "Share that the average of gradients keeps.") = 0.9;
  KERATIN_FIELD(double, beta_2, "Share that the average of squares keeps.") = 0.999;
  KERATIN_FIELD(double, epsilon, "Added to the root.") = 1e-7;
  KERATIN_FIELD(bool, amsgrad, "Divide by the largest average so far.") = false;
  KERATIN_OPTIMIZER_FIELDS(0.004);
};

// The learning rate alone is a template, since no brace list can become one: `SGD({...})` is never
// taken for a number.
#define KERATIN_OPTIMIZER(Name)                           \
  Optimizer Name(Name##Options options = {});             \
  template <std::convertible_to<LearningRate> Rate>       \
  Optimizer Name(Rate rate, Name##Options options = {}) { \
    options.learning_rate = LearningRate(rate);           \
    return Name(std::move(options));                      \
  }

/// Is gradient descent, with momentum if wanted (keras.io/api/optimizers/sgd). Throws ValueError
/// for a momentum outside of [0, 1].
KERATIN_OPTIMIZER(SGD)
/// Divides by a moving root mean square of gradients (keras.io/api/optimizers/rmsprop).
KERATIN_OPTIMIZER(RMSprop)
/// Follows moving averages of gradients and their squares (Kingma and Ba, 2014;
/// keras.io/api/optimizers/adam).
KERATIN_OPTIMIZER(Adam)
/// Is Adam with weight decay (Loshchilov and Hutter, 2019; keras.io/api/optimizers/adamw).
KERATIN_OPTIMIZER(AdamW)

#undef KERATIN_OPTIMIZER

}  // namespace keratin::optimizers
