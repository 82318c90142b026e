// SPDX-License-Identifier: Apache-2.0
// Loops that users write with a tape, against Keras on TensorFlow: at once, and through a function.
#include "tests/model/training_golden.h"

namespace keratin {
namespace {

using namespace testing_support;

// Runs the loop of the book's chapter 7, with steps at once or through a function.
void expect_hand_loop(const TrainingCase& golden, bool compiled) {
  const Model model = classifier();
  model.set_weights(golden.tensors("weights"));
  const Loss loss_fn = losses::SparseCategoricalCrossentropy();
  const Optimizer optimizer = optimizers::Adam(0.01);
  const Metric accuracy = metrics::SparseCategoricalAccuracy();
  const Metric tracker = metrics::Mean();
  const auto train_step = [&](const Tensor& inputs, const Tensor& targets) {
    GradientTape tape;
    const Tensor predictions = model(inputs, {.training = true});
    const Tensor loss = loss_fn(targets, predictions);
    optimizer.apply(tape.gradient(loss, model.trainable_weights()), model.trainable_weights());
    accuracy.update_state(targets, predictions);
    tracker.update_state(loss);
    return loss;
  };
  const auto compiled_step = keratin::function(train_step);
  const Tensor x = golden.x(), y = golden.labels();
  std::vector<double> losses, accuracies, means;
  for (int64_t i = 0; i < 20; ++i) {
    const int64_t at = i * batch_size % x.shape()[0];
    const Tensor inputs = x[Slice(at, at + batch_size)], targets = y[Slice(at, at + batch_size)];
    const Tensor loss = compiled ? compiled_step(inputs, targets) : train_step(inputs, targets);
    losses.push_back(loss.item<double>());
    accuracies.push_back(accuracy.result().item<double>());
    means.push_back(tracker.result().item<double>());
  }
  golden.expect_numbers(losses, "losses");
  golden.expect_numbers(accuracies, "accuracies");
  golden.expect_numbers(means, "means");
  golden.expect_tensors(model.get_weights(), "final_weights");
}

TEST(CustomLoops, ALoopWrittenByHandAtOnce) { expect_hand_loop(TrainingCase("hand_loop"), false); }
TEST(CustomLoops, ALoopWrittenByHandCompiled) { expect_hand_loop(TrainingCase("hand_loop"), true); }

TEST(CustomLoops, ALinearClassifierOfVariables) {
  const TrainingCase golden("linear_classifier");
  const Tensor inputs = golden.x(), targets = golden.target();
  const Variable w(golden.tensors("weights")[0]), b(ops::zeros({1}));
  std::vector<double> losses;
  for (int step = 0; step < 40; ++step) {
    GradientTape tape;
    const Tensor predictions = ops::matmul(inputs, w) + b;
    const Tensor loss = ops::mean(ops::square(targets - predictions));
    const std::vector<Tensor> gradients = tape.gradient(loss, {w, b});
    w.assign_sub(gradients[0] * 0.1);
    b.assign_sub(0.1 * gradients[1]);
    losses.push_back(loss.item<double>());
  }
  golden.expect_numbers(losses, "losses");
  golden.expect_tensors({w, b}, "final_weights");
}

// Returns the first three derivatives of sin(t)^3 exp(t) + softplus(t).
std::vector<Tensor> three_derivatives(const Variable& t) {
  GradientTape third;
  Tensor d1, d2;
  {
    GradientTape second;
    {
      GradientTape first;
      const Tensor value = ops::power(ops::sin(t), 3.0) * ops::exp(t) + ops::softplus(t);
      d1 = first.gradient(value, t);
    }
    d2 = second.gradient(d1, t);
  }
  return {d1, d2, third.gradient(d2, t)};
}

TEST(CustomLoops, DerivativesOfDerivatives) {
  const TrainingCase golden("derivatives");
  const Variable t(golden.tensor(golden.at("t")));
  const auto compiled = keratin::function([&] { return three_derivatives(t); });
  for (const std::vector<Tensor>& all : {three_derivatives(t), compiled()}) {
    golden.expect_tensor(all[0], "d1");
    golden.expect_tensor(all[1], "d2");
    golden.expect_tensor(all[2], "d3");
  }
}

TEST(CustomLoops, TheGradientOfAGradientPenalty) {
  const TrainingCase golden("derivatives");
  const Model model = classifier();
  model.set_weights(golden.tensors("weights"));
  const Loss loss_fn = losses::SparseCategoricalCrossentropy();
  const auto step = [&](const Tensor& inputs, const Tensor& labels) {
    GradientTape outer;
    Tensor slope;
    {
      GradientTape inner;
      inner.watch(inputs);
      slope = inner.gradient(loss_fn(labels, model(inputs)), inputs);
    }
    const Tensor penalty = ops::sum(ops::square(slope));
    std::vector<Tensor> results{slope, penalty};
    for (const Tensor& gradient :
         outer.gradient(penalty, model.trainable_weights(), {.unconnected_gradients = "zero"})) {
      results.push_back(gradient);
    }
    return results;
  };
  const auto compiled = keratin::function(step);
  const Tensor inputs = golden.x()[Slice(0, batch_size)];
  const Tensor labels = golden.labels()[Slice(0, batch_size)];
  for (const std::vector<Tensor>& all : {step(inputs, labels), compiled(inputs, labels)}) {
    golden.expect_tensor(all[0], "slope");
    EXPECT_NEAR(all[1].item<double>(), golden.at("penalty").as_number(), 1e-6);
    golden.expect_tensors({all.begin() + 2, all.end()}, "penalty_gradients");
  }
}

}  // namespace
}  // namespace keratin
