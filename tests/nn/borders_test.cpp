// SPDX-License-Identifier: Apache-2.0
// The ends of what arguments may be: what is still taken, and what is not any more. The texts of
// the errors stand in the tests of misuse.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "keratin/keratin.h"

namespace keratin {
namespace {

// Is an argument, what makes something of it, and values on both sides of the border.
struct Argument {
  const char* name;
  std::function<void(double)> use;
  std::vector<double> fine, wrong;
};

std::vector<Argument> of_layers() {
  using namespace layers;
  const std::vector<double> shares{0.0, 0.5, 1.0}, beyond{-0.1, 1.1};
  return {
      {"Dropout.rate", [](double x) { layers::Dropout{x}; }, shares, beyond},
      {"AlphaDropout.rate", [](double x) { AlphaDropout({.rate = x}); }, shares, beyond},
      {"SpatialDropout1D.rate", [](double x) { SpatialDropout1D({.rate = x}); }, shares, beyond},
      {"GaussianNoise.stddev", [](double x) { GaussianNoise({.stddev = x}); }, shares, beyond},
      {"GroupNormalization.groups",
       [](double x) { GroupNormalization({.groups = static_cast<int64_t>(x)}); },
       {-1, 1, 32},
       {-2, 0}},
      {"GroupNormalization of 6 channels",
       [](double x) {
         GroupNormalization({.groups = static_cast<int64_t>(x)})(Tensor::ones({1, 6}));
       },
       {-1, 1, 2, 3, 6},
       {4, 5, 7}},
      {"SpectralNormalization.power_iterations",
       [](double x) {
         SpectralNormalization(layers::Dense(1), {.power_iterations = static_cast<int64_t>(x)});
       },
       {1, 2},
       {0, -1}},
  };
}

std::vector<Argument> of_losses() {
  using namespace losses;
  const std::vector<double> shares{0.0, 0.5, 1.0}, beyond{-0.1, 1.1};
  return {
      {"BinaryCrossentropy.label_smoothing",
       [](double x) {
         losses::BinaryCrossentropy({.label_smoothing = x})(Tensor::ones({1, 1}),
                                                            Tensor::ones({1, 1}));
       },
       shares, beyond},
      {"CategoricalCrossentropy.label_smoothing",
       [](double x) {
         losses::CategoricalCrossentropy({.label_smoothing = x})(Tensor::ones({1, 2}),
                                                                 Tensor::ones({1, 2}));
       },
       shares, beyond},
      {"CategoricalGeneralizedCrossEntropy.q",
       [](double x) { CategoricalGeneralizedCrossEntropy({.q = x}); },
       {0.01, 0.99},
       {0.0, 1.0}},
  };
}

std::vector<Argument> of_metrics() {
  using namespace metrics;
  const std::vector<double> shares{0.0, 0.5, 1.0}, beyond{-0.1, 1.1};
  const auto whole = [](double x) { return static_cast<int64_t>(x); };
  return {
      {"Precision.thresholds", [](double x) { Precision({.thresholds = x}); }, shares, beyond},
      {"Recall.thresholds", [](double x) { Recall({.thresholds = x}); }, shares, beyond},
      {"SensitivityAtSpecificity", [](double x) { SensitivityAtSpecificity({.specificity = x}); },
       shares, beyond},
      {"SpecificityAtSensitivity", [](double x) { SpecificityAtSensitivity({.sensitivity = x}); },
       shares, beyond},
      {"PrecisionAtRecall", [](double x) { PrecisionAtRecall({.recall = x}); }, shares, beyond},
      {"RecallAtPrecision", [](double x) { RecallAtPrecision({.precision = x}); }, shares, beyond},
      {"PrecisionAtRecall.num_thresholds",
       [=](double x) { PrecisionAtRecall({.recall = 0.5, .num_thresholds = whole(x)}); },
       {1, 2},
       {0, -1}},
      {"Precision.top_k",
       [=](double x) {
         Precision({.top_k = whole(x)}).update_state(Tensor::ones({1, 3}), Tensor::ones({1, 3}));
       },
       {1, 3},
       {0, 4}},
      {"F1Score.threshold", [](double x) { F1Score({.threshold = x}); }, {0.01, 1.0}, {0.0, 1.1}},
      {"FBetaScore.beta", [](double x) { FBetaScore({.beta = x}); }, {0.01, 2.0}, {0.0, -1.0}},
      {"RecallAtK.k", [=](double x) { RecallAtK({.k = whole(x)}); }, {1}, {0}},
      {"NDCG.k", [=](double x) { NDCG({.k = whole(x)}); }, {1}, {0}},
  };
}

std::vector<Argument> of_optimizers() {
  using namespace optimizers;
  const std::vector<double> shares{0.0, 0.5, 1.0}, beyond{-0.1, 1.1};
  const auto whole = [](double x) { return static_cast<int64_t>(x); };
  return {
      {"SGD.momentum", [](double x) { SGD({.momentum = x}); }, shares, beyond},
      {"SGD.ema_momentum", [](double x) { SGD({.use_ema = true, .ema_momentum = x}); }, shares,
       beyond},
      {"SGD.ema_overwrite_frequency",
       [=](double x) { SGD({.use_ema = true, .ema_overwrite_frequency = whole(x)}); },
       {1, 2},
       {0}},
      {"SGD.gradient_accumulation_steps",
       [=](double x) { SGD({.gradient_accumulation_steps = whole(x)}); },
       {2},
       {1, 0}},
      {"SGD.learning_rate", [](double x) { SGD({.learning_rate = x}); }, {0.5}, {HUGE_VAL, NAN}},
      {"Lion.beta_1", [](double x) { Lion({.beta_1 = x}); }, {0.01, 1.0}, {0.0, 1.1}},
      {"ScheduleFreeAdamW.beta_1",
       [](double x) { ScheduleFreeAdamW({.beta_1 = x}); },
       {0.01, 1.0},
       {0.0, 1.1}},
      {"LossScaleOptimizer.initial_scale",
       [](double x) { LossScaleOptimizer(SGD(), {.initial_scale = x}); },
       {0.5, 32768.0},
       {0.0, -1.0, HUGE_VAL}},
      {"LossScaleOptimizer.dynamic_growth_steps",
       [=](double x) { LossScaleOptimizer(SGD(), {.dynamic_growth_steps = whole(x)}); },
       {1},
       {0}},
  };
}

std::vector<Argument> of_weights() {
  using namespace initializers;
  using namespace regularizers;
  return {
      {"RandomUniform",
       [](double x) { RandomUniform({.minval = 0.0, .maxval = x}); },
       {0.0, 1.0},
       {-0.1, HUGE_VAL, NAN}},
      {"RandomNormal.mean", [](double x) { RandomNormal({.mean = x}); }, {-3.0}, {NAN, HUGE_VAL}},
      {"RandomNormal.stddev",
       [](double x) { RandomNormal({.stddev = x}); },
       {0.0},
       {NAN, HUGE_VAL}},
      {"VarianceScaling.scale",
       [](double x) { VarianceScaling({.scale = x}); },
       {0.01},
       {0.0, -1.0}},
      {"Orthogonal.gain", [](double x) { Orthogonal({.gain = x}); }, {0.0, -2.0}, {NAN, HUGE_VAL}},
      {"L1", [](double x) { L1(x); }, {0.0, 1.0}, {-0.1, NAN, HUGE_VAL}},
      {"L2", [](double x) { L2(x); }, {0.0, 1.0}, {-0.1, NAN, HUGE_VAL}},
      {"L1L2.l2", [](double x) { L1L2({.l1 = 0.0, .l2 = x}); }, {0.0, 1.0}, {-0.1, NAN}},
      {"OrthogonalRegularizer",
       [](double x) { OrthogonalRegularizer({.factor = x}); },
       {0.0},
       {-0.1}},
  };
}

void check(const std::vector<Argument>& all) {
  for (const Argument& argument : all) {
    for (const double value : argument.fine) {
      EXPECT_NO_THROW(argument.use(value)) << argument.name << " of " << value;
    }
    for (const double value : argument.wrong) {
      EXPECT_THROW(argument.use(value), Error) << argument.name << " of " << value;
    }
  }
}

TEST(Borders, OfLayers) { check(of_layers()); }
TEST(Borders, OfLosses) { check(of_losses()); }
TEST(Borders, OfMetrics) { check(of_metrics()); }
TEST(Borders, OfOptimizers) { check(of_optimizers()); }
TEST(Borders, OfWeights) { check(of_weights()); }

}  // namespace
}  // namespace keratin
