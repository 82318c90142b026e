// SPDX-License-Identifier: Apache-2.0
// The built-in optimizers: `Adam()`, `Adam(1e-4)` or `Adam({.learning_rate = 1e-4})`.
#pragma once

#include <concepts>

#include "keratin/nn/optimizer.h"
#include "keratin/nn/optimizer_wrappers.h"

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

struct AdamaxOptions {
  KERATIN_OPTIONS(AdamaxOptions);
  KERATIN_FIELD(LearningRate, learning_rate, "Step size, or a schedule.") = 0.001;
  KERATIN_FIELD(double, beta_1, "Share that the average of gradients keeps.") = 0.9;
  KERATIN_FIELD(double, beta_2, "Share that the largest size keeps.") = 0.999;
  KERATIN_FIELD(double, epsilon, "Added to the largest size.") = 1e-7;
  KERATIN_OPTIMIZER_FIELDS({});
};

struct NadamOptions {
  KERATIN_OPTIONS(NadamOptions);
  KERATIN_FIELD(LearningRate, learning_rate, "Step size, or a schedule.") = 0.001;
  KERATIN_FIELD(double, beta_1, "Share that the average of gradients keeps.") = 0.9;
  KERATIN_FIELD(double, beta_2, "Share that the average of squares keeps.") = 0.999;
  KERATIN_FIELD(double, epsilon, "Added to the root.") = 1e-7;
  KERATIN_OPTIMIZER_FIELDS({});
};

struct AdagradOptions {
  KERATIN_OPTIONS(AdagradOptions);
  KERATIN_FIELD(LearningRate, learning_rate, "Step size, or a schedule.") = 0.001;
  KERATIN_FIELD(double, initial_accumulator_value, "What sums of squares start with.") = 0.1;
  KERATIN_FIELD(double, epsilon, "Added under the root.") = 1e-7;
  KERATIN_OPTIMIZER_FIELDS({});
};

struct AdadeltaOptions {
  KERATIN_OPTIONS(AdadeltaOptions);
  KERATIN_FIELD(LearningRate, learning_rate, "Step size, or a schedule.") = 0.001;
  KERATIN_FIELD(double, rho, "Share that the averages keep.") = 0.95;
  KERATIN_FIELD(double, epsilon, "Added under the roots.") = 1e-7;
  KERATIN_OPTIMIZER_FIELDS({});
};

struct AdafactorOptions {
  KERATIN_OPTIONS(AdafactorOptions);
  KERATIN_FIELD(LearningRate, learning_rate, "Step size, or a schedule.") = 0.001;
  KERATIN_FIELD(double, beta_2_decay, "Power of the step by which averages forget less.") = -0.8;
  KERATIN_FIELD(double, epsilon_1, "Added to squares of gradients.") = 1e-30;
  KERATIN_FIELD(double, epsilon_2, "Least size of a weight that counts.") = 1e-3;
  KERATIN_FIELD(double, clip_threshold, "Largest root mean square of a step.") = 1.0;
  KERATIN_FIELD(bool, relative_step, "Keep the rate below 1 / sqrt(step).") = true;
  KERATIN_OPTIMIZER_FIELDS({});
};

struct FtrlOptions {
  KERATIN_OPTIONS(FtrlOptions);
  KERATIN_FIELD(LearningRate, learning_rate, "Step size, or a schedule.") = 0.001;
  KERATIN_FIELD(double, learning_rate_power, "How the rate falls: 0 or less.") = -0.5;
  KERATIN_FIELD(double, initial_accumulator_value, "What sums of squares start with.") = 0.1;
  KERATIN_FIELD(double, l1_regularization_strength, "Draws weights to 0.") = 0.0;
  KERATIN_FIELD(double, l2_regularization_strength, "Draws weights towards 0.") = 0.0;
  KERATIN_FIELD(double, l2_shrinkage_regularization_strength, "Penalty of size.") = 0.0;
  KERATIN_FIELD(double, beta, "Added to the rate's root.") = 0.0;
  KERATIN_OPTIMIZER_FIELDS({});
};

struct LionOptions {
  KERATIN_OPTIONS(LionOptions);
  KERATIN_FIELD(LearningRate, learning_rate, "Step size, or a schedule.") = 0.001;
  KERATIN_FIELD(double, beta_1, "Share that the direction takes from the average.") = 0.9;
  KERATIN_FIELD(double, beta_2, "Share that the average keeps.") = 0.99;
  KERATIN_OPTIMIZER_FIELDS({});
};

struct LambOptions {
  KERATIN_OPTIONS(LambOptions);
  KERATIN_FIELD(LearningRate, learning_rate, "Step size, or a schedule.") = 0.001;
  KERATIN_FIELD(double, beta_1, "Share that the average of gradients keeps.") = 0.9;
  KERATIN_FIELD(double, beta_2, "Share that the average of squares keeps.") = 0.999;
  KERATIN_FIELD(double, epsilon, "Added to the root.") = 1e-7;
  KERATIN_OPTIMIZER_FIELDS({});
};

struct ScheduleFreeAdamWOptions {
  KERATIN_OPTIONS(ScheduleFreeAdamWOptions);
  KERATIN_FIELD(LearningRate, learning_rate, "Step size, or a schedule.") = 0.0025;
  KERATIN_FIELD(double, beta_1, "Between the average and the last point.") = 0.9;
  KERATIN_FIELD(double, beta_2, "Share that the average of squares keeps.") = 0.999;
  KERATIN_FIELD(double, epsilon, "Added to the root.") = 1e-8;
  KERATIN_FIELD(int64_t, warmup_steps, "Steps in which the rate rises.") = 0;
  KERATIN_OPTIMIZER_FIELDS({});
};

struct MuonOptions {
  KERATIN_OPTIONS(MuonOptions);
  KERATIN_FIELD_AT(40, LearningRate, learning_rate, "Step size, or a schedule.") = 0.001;
  KERATIN_FIELD_AT(1, double, adam_beta_1, "Share that Adam's average keeps.") = 0.9;
  KERATIN_FIELD_AT(2, double, adam_beta_2, "Share that Adam's squares keep.") = 0.999;
  KERATIN_FIELD_AT(14, std::optional<double>, adam_weight_decay, "Decay where Adam steps.") = 0.004;
  KERATIN_FIELD_AT(3, double, epsilon, "Added to Adam's root.") = 1e-7;
  KERATIN_OPTIMIZER_FIELDS(0.004);
  KERATIN_FIELD_AT(4, std::vector<std::string>, exclude_layers, "Paths where Adam steps.") = {};
  KERATIN_FIELD_AT(13, bool, exclude_embeddings, "Whether Adam steps for embeddings.") = true;
  KERATIN_FIELD_AT(5, double, muon_a, "First coefficient of the iteration.") = 3.4445;
  KERATIN_FIELD_AT(6, double, muon_b, "Second coefficient.") = -4.775;
  KERATIN_FIELD_AT(7, double, muon_c, "Third coefficient.") = 2.0315;
  KERATIN_FIELD_AT(8, Number, adam_lr_ratio, "Rate of Adam over that of Muon.") = 1;
  KERATIN_FIELD_AT(9, double, momentum, "Share of the average that goes on.") = 0.95;
  KERATIN_FIELD_AT(10, int64_t, ns_steps, "Number of iterations.") = 5;
  KERATIN_FIELD_AT(11, bool, nesterov, "Look ahead along the average.") = true;
  KERATIN_FIELD_AT(15, std::optional<double>, rms_rate, "Size of a step.") = 0.2;
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

/// Is Adam with the largest size in place of the root (Kingma and Ba, 2014;
/// keras.io/api/optimizers/adamax).
KERATIN_OPTIMIZER(Adamax)
/// Is Adam with Nesterov's look ahead (Dozat, 2015; keras.io/api/optimizers/Nadam).
KERATIN_OPTIMIZER(Nadam)
/// Divides by the root of all squares so far (Duchi et al., 2011; keras.io/api/optimizers/adagrad).
KERATIN_OPTIMIZER(Adagrad)
/// Divides by the size of late gradients, times that of late steps (Zeiler, 2012;
/// keras.io/api/optimizers/adadelta).
KERATIN_OPTIMIZER(Adadelta)
/// Keeps squares by rows and columns only (Shazeer and Stern, 2018;
/// keras.io/api/optimizers/adafactor).
KERATIN_OPTIMIZER(Adafactor)
/// Follows the regularized leader (McMahan et al., 2013; keras.io/api/optimizers/ftrl). Throws
/// ValueError for a positive learning_rate_power and negative strengths.
KERATIN_OPTIMIZER(Ftrl)
/// Steps by the sign of an average (Chen et al., 2023; keras.io/api/optimizers/lion). Throws
/// ValueError unless 0 < beta_1 <= 1.
KERATIN_OPTIMIZER(Lion)
/// Is Adam with steps as long as the weights are (You et al., 2019; keras.io/api/optimizers/lamb).
KERATIN_OPTIMIZER(Lamb)
/// Averages instead of decaying its rate (Defazio et al., 2024;
/// keras.io/api/optimizers/schedule_free_adamw).
KERATIN_OPTIMIZER(ScheduleFreeAdamW)
/// Makes the steps of matrices orthogonal, and is Adam for the rest (Jordan, 2024;
/// keras.io/api/optimizers/muon).
KERATIN_OPTIMIZER(Muon)

#undef KERATIN_OPTIMIZER

}  // namespace keratin::optimizers
