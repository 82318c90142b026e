// SPDX-License-Identifier: Apache-2.0
// What a step takes, told before it runs.
#include <gtest/gtest.h>

#include <sstream>

#include "keratin/keratin.h"
#include "tests/support/misuse.h"

namespace keratin {
namespace {

using testing_support::expect_error;

Model classifier(const char* loss) {
  const Sequential model({layers::Input({8}), layers::Dense(4, {.activation = "relu"}),
                          layers::Dense(3, {.activation = "softmax"})},
                         "m");
  model.compile({.optimizer = "rmsprop", .loss = loss, .metrics = {"accuracy"}});
  return model;
}

TEST(PlanReport, CountsWhatAStepHolds) {
  const Model model = classifier("categorical_crossentropy");
  const PlanReport prediction = model.plan({.batch_size = 16, .step = "predict"});
  EXPECT_EQ(prediction.variable_bytes, 4 * (8 * 4 + 4 + 4 * 3 + 3));
  EXPECT_EQ(prediction.input_bytes, 4 * 16 * 8);
  EXPECT_EQ(prediction.output_bytes, 4 * 16 * 3);
  EXPECT_GE(prediction.flop, 2 * 16 * (8 * 4 + 4 * 3));
  const PlanReport training = model.plan({.batch_size = 16});
  EXPECT_EQ(training.step, "train");
  EXPECT_EQ(training.input_bytes, 4 * 16 * (8 + 3));
  // Weights and RMSprop's slot for each, its steps and rate, and the totals of loss and accuracy.
  EXPECT_GE(training.variable_bytes, 2 * prediction.variable_bytes);
  EXPECT_LE(training.variable_bytes, 2 * prediction.variable_bytes + 64);
  EXPECT_GT(training.flop, 2.5 * prediction.flop);
  EXPECT_GT(training.seconds, 0.0);
  EXPECT_LT(training.seconds, 0.01);
  EXPECT_EQ(training.peak_bytes(), training.variable_bytes + training.input_bytes +
                                       training.output_bytes + training.arena_bytes);
}

TEST(PlanReport, WorkGrowsWithTheBatch) {
  const Model model = classifier("categorical_crossentropy");
  const PlanReport small = model.plan({.batch_size = 16});
  const PlanReport large = model.plan({.batch_size = 1600});
  EXPECT_GT(large.flop, 50 * small.flop);
  EXPECT_GT(large.arena_bytes, 50 * small.arena_bytes);
  EXPECT_GT(large.seconds, small.seconds);
  EXPECT_EQ(large.variable_bytes, small.variable_bytes);
}

TEST(PlanReport, KnowsTheTargetsOfTheLoss) {
  EXPECT_EQ(classifier("sparse_categorical_crossentropy").plan({.batch_size = 16}).input_bytes,
            4 * 16 * (8 + 1));
  EXPECT_EQ(classifier("sparse_categorical_crossentropy")
                .plan({.batch_size = 16, .y = Tensor::zeros({5, 1}, DType::uint8)})
                .input_bytes,
            16 * (4 * 8 + 1));
}

TEST(PlanReport, LeavesTheModelAsItWas) {
  utils::set_random_seed(3);
  const Model model = classifier("mse");
  utils::set_random_seed(3);
  const Model other = classifier("mse");
  model.plan({.batch_size = 7});
  const Tensor x = Tensor::ones({20, 8});
  // The first plan took targets like the outputs, and "accuracy" for them; this is another one.
  const Tensor y = Tensor::ones({20, 1});
  const auto losses = [&](const Model& trained) {
    return trained.fit(x, y, {.epochs = 2, .verbose = 0})["loss"];
  };
  utils::set_random_seed(4);
  const std::vector<double> expected = losses(other);
  utils::set_random_seed(4);
  EXPECT_EQ(losses(model), expected);
}

TEST(PlanReport, IsWrittenALineEach) {
  std::ostringstream text;
  PlanReport report;
  report.step = "train";
  report.batch_size = 128;
  report.seconds = 93e-6;
  text << report;
  EXPECT_TRUE(text.str().starts_with("step           train\nbatch size     128\n")) << text.str();
  EXPECT_TRUE(text.str().ends_with("about          93 us\n")) << text.str();
}

TEST(PlanReport, MisuseIsNamed) {
  const Model model = classifier("mse");
  expect_error<ValueError>([&] { model.plan({.step = "trian"}); },
                           "model `m`: plan: expected `step` to be \"train\", \"test\" or "
                           "\"predict\", got \"trian\". Did you mean 'train'?");
  expect_error<ValueError>([&] { model.plan({.batch_size = 0}); },
                           "model `m`: plan: expected a positive `batch_size`, got 0. Use 32.");
  const Sequential plain({layers::Input({8}), layers::Dense(4)}, "p");
  EXPECT_EQ(plain.plan().step, "predict");
  expect_error<ValueError>(
      [&] { plain.plan({.step = "train"}); },
      "model `p`: plan: expected a compiled model, got one without optimizer and loss. Call "
      "`compile` before `plan`.");
  const Sequential unknown({layers::Dense(4)}, "u");
  expect_error<ValueError>([&] { unknown.plan(); },
                           "model `u`: plan: expected `x` for a model whose inputs are not known, "
                           "got none. Pass a batch or Keras tensors of its shape.");
  EXPECT_EQ(unknown.plan({.batch_size = 2, .x = layers::Input({5})}).input_bytes, 2 * 5 * 4);
}

}  // namespace
}  // namespace keratin
