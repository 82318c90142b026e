// SPDX-License-Identifier: Apache-2.0
// What optimizers, schedules, regularizers, constraints and initializers refuse, with the whole
// sentence.
#include <limits>

#include "keratin/keratin.h"
#include "tests/support/misuse.h"

namespace keratin {
namespace {

using testing_support::expect_error;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

TEST(MisuseOptimizers, NamesAndConfigs) {
  expect_error<ValueError>(
      [] { Optimizer("adma"); },
      "optimizer: expected the name of an optimizer, got 'adma'. Did you mean 'adam'?");
  expect_error<ValueError>([] { Optimizer("gradient_descent"); },
                           "optimizer: expected the name of an optimizer, got 'gradient_descent'. "
                           "Use one of sgd, rmsprop, adam, adamw, adamax, nadam, adagrad, "
                           "adadelta, adafactor, ftrl, lion, lamb, schedulefreeadamw, muon, "
                           "lossscaleoptimizer, multioptimizer.");
  const auto made = [](const char* name, Config config) {
    return Optimizer::from_config(
        Config::dict({{"class_name", name}, {"config", std::move(config)}}));
  };
  expect_error<ValueError>(
      [&] { made("SDG", Config::dict()); },
      "optimizer: expected the name of an optimizer, got 'sdg'. Did you mean 'sgd'?");
  expect_error<ConfigError>(
      [&] {
        made("SGD", Config::dict({{"momentm", 0.9}}));
      },
      "SGD: expected one of the options [learning_rate, momentum, nesterov, weight_decay, "
      "clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency, "
      "loss_scale_factor, gradient_accumulation_steps, name], got 'momentm'. Did you mean "
      "'momentum'?");
  expect_error<ConfigError>(
      [&] {
        made("SGD", Config::dict({{"learning_rate", "fast"}}));
      },
      "SGD, option 'learning_rate': learning_rate: expected the name of a learning rate schedule, "
      "got 'fast'. Use one of ExponentialDecay, InverseTimeDecay, PiecewiseConstantDecay, "
      "PolynomialDecay, CosineDecay, CosineDecayRestarts.");
  expect_error<ConfigError>(
      [&] {
        made("SGD", Config::dict({{"learning_rate", Config()}}));
      },
      "SGD, option 'learning_rate': learning_rate: expected a number or a schedule, got null. "
      "Check the file.");
  expect_error<ConfigError>(
      [&] {
        made("SGD", Config::dict({{"nesterov", 1.5}}));
      },
      "SGD, option 'nesterov': expected a bool, got a number. Check the value in the "
      "configuration.");
}

TEST(MisuseOptimizers, CommonArguments) {
  expect_error<ValueError>(
      [] { optimizers::SGD(nan); },
      "SGD: expected a finite number as learning_rate, got nan. Check how it was computed.");
  expect_error<ValueError>(
      [] { optimizers::Adam({.weight_decay = infinity}); },
      "Adam: expected a finite number as weight_decay, got inf. Check how it was computed.");
  expect_error<ValueError>(
      [] { optimizers::Adam({.clipnorm = nan}); },
      "Adam: expected a finite number as clipnorm, got nan. Check how it was computed.");
  expect_error<ValueError>(
      [] { optimizers::Adam({.clipvalue = infinity}); },
      "Adam: expected a finite number as clipvalue, got inf. Check how it was computed.");
  expect_error<ValueError>(
      [] { optimizers::Adam({.global_clipnorm = nan}); },
      "Adam: expected a finite number as global_clipnorm, got nan. Check how it was computed.");
  expect_error<ValueError>(
      [] { optimizers::Adam({.clipnorm = 1.0, .clipvalue = 0.5}); },
      "Adam: expected one of clipnorm, clipvalue and global_clipnorm, got 2 of them. Keep one.");
  expect_error<ValueError>(
      [] { optimizers::Adam({.loss_scale_factor = 0.0}); },
      "Adam: expected a loss_scale_factor other than 0, got 0. Leave it out to scale nothing.");
  expect_error<ValueError>(
      [] { optimizers::Adam({.loss_scale_factor = nan}); },
      "Adam: expected a finite number as loss_scale_factor, got nan. Check how it was computed.");
  expect_error<ValueError>([] { optimizers::Adam({.gradient_accumulation_steps = 1}); },
                           "Adam: expected gradient_accumulation_steps of 2 or more, got 1. Leave "
                           "it out to update at every step.");
  expect_error<ValueError>([] { optimizers::Adam({.use_ema = true, .ema_momentum = 1.5}); },
                           "Adam: expected ema_momentum from 0 to 1, got 1.5. Pass such a share.");
  expect_error<ValueError>(
      [] { optimizers::Adam({.use_ema = true, .ema_overwrite_frequency = 0}); },
      "Adam: expected ema_overwrite_frequency of 1 or more, got 0. Leave it out to overwrite at "
      "the end only.");
}

TEST(MisuseOptimizers, OwnArguments) {
  expect_error<ValueError>([] { optimizers::SGD({.momentum = 1.5}); },
                           "SGD: expected a momentum from 0 to 1, got 1.5. Pass such a share.");
  expect_error<ValueError>([] { optimizers::RMSprop({.rho = -0.1}); },
                           "RMSprop: expected rho from 0 to 1, got -0.1. Pass such a share.");
  expect_error<ValueError>([] { optimizers::RMSprop({.epsilon = -1e-7}); },
                           "RMSprop: expected an epsilon of 0 or more, got -1e-07. Use 1e-7.");
  expect_error<ValueError>([] { optimizers::Adam({.beta_1 = 1.0}); },
                           "Adam: expected beta_1 from 0 to below 1, got 1. Pass such a share.");
  expect_error<ValueError>([] { optimizers::Adam({.beta_2 = nan}); },
                           "Adam: expected beta_2 from 0 to below 1, got nan. Pass such a share.");
  expect_error<ValueError>([] { optimizers::AdamW({.weight_decay = {}}); },
                           "AdamW: expected a weight_decay, got none. Use Adam to have none.");
  expect_error<ValueError>([] { optimizers::Adamax({.beta_1 = 2.0}); },
                           "Adamax: expected beta_1 from 0 to below 1, got 2. Pass such a share.");
  expect_error<ValueError>([] { optimizers::Nadam({.beta_1 = -1.0}); },
                           "Nadam: expected beta_1 from 0 to below 1, got -1. Pass such a share.");
  expect_error<ValueError>(
      [] { optimizers::Adagrad({.initial_accumulator_value = -0.1}); },
      "Adagrad: expected initial_accumulator_value of 0 or more, got -0.1. Pass such a number.");
  expect_error<ValueError>([] { optimizers::Adadelta({.rho = 1.5}); },
                           "Adadelta: expected rho from 0 to 1, got 1.5. Pass such a share.");
  expect_error<ValueError>([] { optimizers::Adafactor({.clip_threshold = 0.0}); },
                           "Adafactor: expected a positive clip_threshold, got 0. Use 1.");
  expect_error<ValueError>([] { optimizers::Ftrl({.learning_rate_power = 0.5}); },
                           "Ftrl: expected a learning_rate_power of 0 or less, got 0.5. Use -0.5.");
  expect_error<ValueError>(
      [] { optimizers::Ftrl({.l1_regularization_strength = -1.0}); },
      "Ftrl: expected l1_regularization_strength of 0 or more, got -1. Pass such a number.");
  expect_error<ValueError>([] { optimizers::Lion({.beta_1 = 0.0}); },
                           "Lion: expected beta_1 above 0 to 1, got 0. Use 0.9.");
  expect_error<ValueError>([] { optimizers::Lamb({.epsilon = infinity}); },
                           "Lamb: expected an epsilon of 0 or more, got inf. Use 1e-7.");
  expect_error<ValueError>(
      [] { optimizers::ScheduleFreeAdamW({.warmup_steps = -1}); },
      "ScheduleFreeAdamW: expected warmup_steps of 0 or more, got -1. Pass such a number.");
}

TEST(MisuseOptimizers, Gradients) {
  const Variable weight(Tensor::ones({2, 3}), {.name = "kernel"});
  const Variable other(Tensor::ones({2, 3}), {.name = "other"});
  const Tensor gradient = Tensor::ones({2, 3});
  const Optimizer sgd = optimizers::SGD({.name = "sgd"});
  expect_error<ValueError>(
      [&] {
        sgd.apply({gradient, gradient}, {weight});
      },
      "sgd: expected one gradient for each of 1 variables, got 2. Pass an empty tensor where there "
      "is none.");
  expect_error<ShapeError>(
      [&] {
        sgd.apply({Tensor::ones({3, 2})}, {weight});
      },
      "sgd: expected a gradient of shape [2, 3] for the variable 'kernel', got [3, 2]. Pass "
      "gradients in the order of the variables.");
  expect_error<ValueError>([&] { sgd.apply({Tensor()}, {weight}); },
                           "sgd: expected a gradient for at least one of 1 variables, got none. "
                           "Check that the loss depends on them.");
  sgd.apply({gradient}, {weight});
  expect_error<ValueError>([&] { sgd.apply({gradient}, {other}); },
                           "sgd: expected a variable that the optimizer was built with, got "
                           "'other'. Make a new optimizer for other variables.");
  EXPECT_EQ(other.value().to_vector<float>(), std::vector<float>(6, 1.0f));
}

TEST(MisuseSchedules, Arguments) {
  using namespace optimizers::schedules;
  expect_error<ValueError>(
      [] { ExponentialDecay({.decay_steps = 0}); },
      "ExponentialDecay: expected positive decay_steps, got 0. Pass 1 or more.");
  expect_error<ValueError>(
      [] { InverseTimeDecay({.decay_steps = -1}); },
      "InverseTimeDecay: expected positive decay_steps, got -1. Pass 1 or more.");
  expect_error<ValueError>(
      [] { PolynomialDecay({.decay_steps = nan}); },
      "PolynomialDecay: expected positive decay_steps, got nan. Pass 1 or more.");
  expect_error<ValueError>([] { CosineDecay({.decay_steps = 0}); },
                           "CosineDecay: expected positive decay_steps, got 0. Pass 1 or more.");
  expect_error<ValueError>(
      [] { CosineDecayRestarts({.first_decay_steps = 0}); },
      "CosineDecayRestarts: expected positive decay_steps, got 0. Pass 1 or more.");
  expect_error<ValueError>(
      [] {
        PiecewiseConstantDecay({.boundaries = {10, 20}, .values = {1.0, 0.5}});
      },
      "PiecewiseConstantDecay: expected one value more than boundaries, got 2 values and 2 "
      "boundaries. Add or drop one.");
  expect_error<ValueError>([] { PiecewiseConstantDecay({}); },
                           "PiecewiseConstantDecay: expected one value more than boundaries, got 0 "
                           "values and 0 boundaries. Add or drop one.");
  expect_error<ValueError>(
      [] { LearningRateSchedule("mine", nullptr); },
      "learning_rate: expected a function for the schedule, got none. Pass one.");
  const auto made = [](const char* name, Config config) {
    return LearningRateSchedule::from_config(
        Config::dict({{"class_name", name}, {"config", std::move(config)}}));
  };
  expect_error<ValueError>([&] { made("ExponentialDekay", Config::dict()); },
                           "learning_rate: expected the name of a learning rate schedule, got "
                           "'ExponentialDekay'. Did you mean 'ExponentialDecay'?");
  expect_error<ConfigError>(
      [&] {
        made("CosineDecay", Config::dict({{"decay_step", 10}}));
      },
      "CosineDecay: expected one of the options [initial_learning_rate, decay_steps, alpha, name, "
      "warmup_target, warmup_steps], got 'decay_step'. Did you mean 'decay_steps'?");
  expect_error<ConfigError>(
      [] { LearningRateSchedule::from_config(Config()); },
      "learning_rate: expected a number or a schedule, got null. Check the file.");
}

TEST(MisuseRegularizers, ArgumentsAndWeights) {
  expect_error<ValueError>(
      [] { Regularizer("L3"); },
      "regularizer: expected the name of a regularizer, got 'L3'. Did you mean 'l1'?");
  expect_error<ValueError>(
      [] { regularizers::L1(-0.01); },
      "L1: expected a non-negative, finite l1, got -0.01. Pass another factor.");
  expect_error<ValueError>([] { regularizers::L2(nan); },
                           "L2: expected a non-negative, finite l2, got nan. Pass another factor.");
  expect_error<ValueError>(
      [] { regularizers::L1L2({.l1 = 0.1, .l2 = infinity}); },
      "L1L2: expected a non-negative, finite l2, got inf. Pass another factor.");
  expect_error<ValueError>([] { regularizers::OrthogonalRegularizer({.factor = -1.0}); },
                           "OrthogonalRegularizer: expected a non-negative, finite factor, got -1. "
                           "Pass another factor.");
  expect_error<ValueError>(
      [] { regularizers::OrthogonalRegularizer({.mode = "row"}); },
      "OrthogonalRegularizer: expected the mode rows or columns, got 'row'. Check the spelling.");
  expect_error<ShapeError>([] { regularizers::OrthogonalRegularizer()(Tensor::ones({3})); },
                           "OrthogonalRegularizer: expected a weight of rank 2, got shape [3]. Use "
                           "another regularizer.");
  expect_error<ValueError>(
      [] { Regularizer()(Tensor::ones({3})); },
      "regularizer: expected a regularizer, got none. Name one, such as 'l2'.");
  expect_error<ValueError>(
      [] { regularizers::L2()(Tensor()); },
      "tensor: expected a tensor, got an empty handle. Assign a tensor to it first.");
  const Regularizer nameless([](const Tensor& x) { return ops::sum(x); });
  expect_error<ConfigError>([&] { nameless.to_config(); },
                            "regularizer: expected a function with a name to write, got a nameless "
                            "one. Give it a name where it is passed.");
  expect_error<ConfigError>(
      [] {
        Regularizer::from_config(
            Config::dict({{"class_name", "L2"}, {"config", Config::dict({{"l1", 0.1}})}}));
      },
      "L2: expected one of the options [l2], got 'l1'. Did you mean 'l2'?");
}

TEST(MisuseConstraints, ArgumentsAndWeights) {
  expect_error<ValueError>(
      [] { Constraint("maxnorm"); },
      "constraint: expected the name of a constraint, got 'maxnorm'. Did you mean 'MaxNorm'?");
  expect_error<ValueError>(
      [] { Constraint()(Tensor::ones({3})); },
      "constraint: expected a constraint, got none. Name one, such as 'non_neg'.");
  expect_error<ValueError>(
      [] {
        constraints::MaxNorm({.axis = 2})(Tensor::ones({3, 2}));
      },
      "sum: expected `axis` between -2 and 1, got 2. Check the rank of the input.");
  expect_error<ValueError>(
      [] {
        constraints::UnitNorm({.axis = {0, 0}})(Tensor::ones({3, 2}));
      },
      "sum: expected each axis once, got `axis` [0, 0]. Drop the duplicates.");
  expect_error<ValueError>(
      [] { constraints::NonNeg()(Tensor()); },
      "maximum: expected tensors, got an empty handle. Assign a tensor to it first.");
  expect_error<ConfigError>(
      [] {
        Constraint::from_config(
            Config::dict({{"class_name", "NonNeg"}, {"config", Config::dict({{"axis", 0}})}}));
      },
      "NonNeg: expected no options, got 'axis'. Leave it out.");
  expect_error<ConfigError>(
      [] {
        Constraint::from_config(
            Config::dict({{"class_name", "MaxNorm"}, {"config", Config::dict({{"max", 2}})}}));
      },
      "MaxNorm: expected one of the options [max_value, axis], got 'max'. Use one of them.");
  expect_error<ConfigError>(
      [] {
        Constraint::from_config(Config::dict(
            {{"class_name", "UnitNorm"}, {"config", Config::dict({{"axis", "all"}})}}));
      },
      "UnitNorm, option 'axis': expected an integer, got a string. Check the value in the "
      "configuration.");
}

TEST(MisuseInitializers, ArgumentsAndShapes) {
  expect_error<ValueError>([] { initializers::VarianceScaling({.distribution = "gauss"}); },
                           "VarianceScaling: expected the distribution uniform or truncated_normal "
                           "or untruncated_normal, got 'gauss'. Check the spelling.");
  expect_error<ValueError>([] { initializers::VarianceScaling({.mode = "fan"}); },
                           "VarianceScaling: expected the mode fan_in, fan_out or fan_avg, got "
                           "'fan'. Check the spelling.");
  expect_error<ValueError>([] { initializers::Orthogonal({.gain = nan}); },
                           "Orthogonal: expected a finite gain, got nan. Use 1.");
  expect_error<ValueError>(
      [] { initializers::Orthogonal()({3}); },
      "Orthogonal: expected a weight of rank 2 or more, got shape [3]. Use another initializer.");
  expect_error<ValueError>(
      [] {
        initializers::Identity()({3, 3, 3});
      },
      "Identity: expected a weight of rank 2, got shape [3, 3, 3]. Use another initializer.");
  const Initializer short_one("short", [](const Shape&, DType) { return Tensor::ones({2}); });
  expect_error<ShapeError>([&] { short_one({3}); },
                           "initializer: expected the function to return values of shape [3], got "
                           "[2]. Use the shape that it is given.");
}

}  // namespace
}  // namespace keratin
