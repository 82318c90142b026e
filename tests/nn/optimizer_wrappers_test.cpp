// SPDX-License-Identifier: Apache-2.0
// Beside what optimizer_test.cpp checks of all optimizers.
#include "keratin/nn/optimizer_wrappers.h"

#include <gtest/gtest.h>

#include <limits>

#include "keratin/base/error.h"
#include "keratin/base/naming.h"
#include "keratin/nn/optimizers.h"
#include "tests/support/message.h"

namespace keratin {
namespace {

using namespace testing_support;
using optimizers::Adam;
using optimizers::LossScaleOptimizer;
using optimizers::MultiOptimizer;
using optimizers::OptimizerMap;
using optimizers::SGD;

Variable variable(const std::string& path) {
  return Variable(Tensor::from<float>({1, 1}, {2}), {.name = path, .path = path});
}

float first(const Tensor& tensor) { return tensor.to_vector<float>()[0]; }

TEST(LossScaleOptimizer, LeavesOutAStepThatOverflows) {
  const Optimizer optimizer = LossScaleOptimizer(SGD(0.5), {.initial_scale = 4.0});
  const Variable v = variable("v");
  EXPECT_EQ(optimizer.scale_loss(3.0).item<float>(), 12.0F);
  const float infinity = std::numeric_limits<float>::infinity();
  optimizer.apply({Tensor::from<float>({4, infinity}, {2})}, {v});
  EXPECT_EQ(v.value().to_vector<float>(), (std::vector<float>{1, 1}));
  EXPECT_EQ(optimizer.scale_loss(3.0).item<float>(), 6.0F);
  EXPECT_EQ(optimizer.iterations().item<int>(), 0);
  optimizer.apply({Tensor::from<float>({2, 4}, {2})}, {v});
  EXPECT_EQ(v.value().to_vector<float>(), (std::vector<float>{0.5F, 0}));
  EXPECT_EQ(optimizer.iterations().item<int>(), 1);
}

TEST(LossScaleOptimizer, HasTheRateOfTheInnerOptimizer) {
  reset_names();
  const Optimizer inner = SGD({.learning_rate = 0.25, .loss_scale_factor = 8.0});
  const Optimizer optimizer = LossScaleOptimizer(inner);
  EXPECT_EQ(optimizer.name(), "loss_scale_optimizer");
  EXPECT_TRUE(optimizer.inner_optimizer().is(inner));
  EXPECT_TRUE(inner.get_config().at("loss_scale_factor").is_null());
  optimizer.set_learning_rate(0.5);
  EXPECT_EQ(inner.learning_rate().item<float>(), 0.5F);
  EXPECT_EQ(optimizer.learning_rate().item<float>(), 0.5F);
  EXPECT_EQ(LossScaleOptimizer("adam").inner_optimizer().class_name(), "Adam");
}

TEST(LossScaleOptimizer, PassesSettingsOn) {
  const Variable kernel = variable("kernel");
  const Variable bias = variable("bias");
  const Optimizer optimizer =
      LossScaleOptimizer(SGD({.learning_rate = 1.0, .weight_decay = 0.5}), {.initial_scale = 1.0});
  optimizer.exclude_from_weight_decay({}, {"bias"});
  optimizer.set_constraint(kernel, "non_neg");
  const Tensor none = Tensor::zeros({2});
  optimizer.apply({Tensor::from<float>({3, 0}, {2}), none}, {kernel, bias});
  EXPECT_EQ(kernel.value().to_vector<float>(), (std::vector<float>{0, 0.5F}));
  EXPECT_EQ(first(bias), 1.0F);
}

// Of the two slots without use that Adafactor has for a bias, Keras knows none in here.
TEST(LossScaleOptimizer, LeavesOutTheUnusedSlotsOfAdafactor) {
  const std::vector<Variable> variables = {
      Variable(Tensor::ones({3, 2}), {.name = "kernel", .path = "kernel"}), variable("bias")};
  const auto shapes = [&](const Optimizer& optimizer) {
    optimizer.build(variables);
    std::string text;
    for (const Variable& one : optimizer.variables()) text += to_string(one.shape()) + " ";
    return text;
  };
  EXPECT_EQ(shapes(optimizers::Adafactor()), "[] [] [3] [2] [3, 2] [] [] [2] ");
  const Optimizer scaled = LossScaleOptimizer(optimizers::Adafactor());
  EXPECT_EQ(shapes(scaled), "[] [] [] [] [] [] [3] [2] [3, 2] [2] ");
  scaled.apply({Tensor::ones({3, 2}), Tensor::ones({2})}, variables);
  EXPECT_LT(first(variables[1].value()), 1.0F);
}

TEST(LossScaleOptimizer, ReadsWhatOldFilesHold) {
  Config config = LossScaleOptimizer(SGD(0.5), {.name = "old"}).to_config();
  const std::string now = to_json(config);
  Config arguments = config.at("config");
  arguments.set("clipnorm", nullptr);
  arguments.set("ema_momentum", 0.99);
  arguments.set("dynamic", true);
  config.set("config", arguments);
  EXPECT_EQ(to_json(Optimizer::from_config(config).to_config()), now);
  arguments.set("clipnorm", 1.0);
  config.set("config", arguments);
  EXPECT_EQ(message_of<ValueError>([&] { Optimizer::from_config(config); }),
            "LossScaleOptimizer: expected `clipnorm` on the inner_optimizer, got it for the "
            "optimizer around it. Move it there.");
}

TEST(LossScaleOptimizer, MisuseIsExplained) {
  EXPECT_EQ(message_of<ValueError>([] { Optimizer("LossScaleOptimizer"); }),
            "LossScaleOptimizer: expected an inner_optimizer, got none. Pass the one to wrap, such "
            "as Adam().");
  EXPECT_EQ(message_of<ValueError>([] { LossScaleOptimizer(LossScaleOptimizer(Adam())); }),
            "LossScaleOptimizer: expected an inner_optimizer that does not scale the loss so "
            "itself, got a LossScaleOptimizer. Pass the one in it.");
  EXPECT_EQ(message_of<ValueError>([] { LossScaleOptimizer(Adam(), {.initial_scale = 0}); }),
            "LossScaleOptimizer: expected a positive initial_scale, got 0. Use 32768.");
  EXPECT_EQ(message_of<ValueError>([] { LossScaleOptimizer(Adam(), {.dynamic_growth_steps = 0}); }),
            "LossScaleOptimizer: expected dynamic_growth_steps of 1 or more, got 0. Use 2000.");
  const Optimizer scaled = LossScaleOptimizer(Adam(), {.name = "scaled"});
  EXPECT_EQ(message_of<ValueError>([&] { scaled.set_loss_scale_factor(2.0); }),
            "scaled: expected no loss_scale_factor for a LossScaleOptimizer, whose scale changes "
            "by itself, got one. Set it on an optimizer that is not wrapped.");
  EXPECT_EQ(message_of<ValueError>([] { Adam({.name = "plain"}).inner_optimizer(); }),
            "plain: expected a LossScaleOptimizer for inner_optimizer, got Adam. Use the optimizer "
            "itself.");
}

TEST(OptimizerMap, ChoosesByPathThenByPattern) {
  const Optimizer rest = Adam({.name = "rest"});
  const Optimizer exact = SGD({.name = "exact"});
  const Optimizer pattern = SGD({.name = "pattern"});
  OptimizerMap map(rest, {{"encoder/.*", pattern}});
  map.set("encoder/dense/kernel", exact);
  EXPECT_TRUE(map.at("encoder/dense/kernel").is(exact));
  EXPECT_TRUE(map.at("encoder/dense/bias").is(pattern));
  EXPECT_TRUE(map.at("my/encoder/dense/bias").is(rest));
  EXPECT_TRUE(map(variable("encoder/x")).is(pattern));
  map.set(".*/x", exact);
  EXPECT_EQ(message_of<ValueError>([&] { map.at("encoder/x"); }),
            "OptimizerMap: expected one key that fits the variable 'encoder/x', got several. Make "
            "the keys narrower.");
  EXPECT_EQ(message_of<ValueError>([&] { map.set(".*/x", exact); }),
            "OptimizerMap: expected each key once, got '.*/x' again. Use another key.");
  EXPECT_EQ(message_of<ValueError>([&] { map.set("(x", exact); }),
            "OptimizerMap: expected regular expressions as keys, got '(x'. Check the brackets.");
  EXPECT_EQ(message_of<ValueError>([&] { map.set("z", LossScaleOptimizer(SGD())); }),
            "OptimizerMap: expected an optimizer that moves variables itself for 'z', got "
            "LossScaleOptimizer. Pass another one.");
  EXPECT_EQ(message_of<ValueError>([] { OptimizerMap(nullptr); }),
            "OptimizerMap: expected a default_optimizer, got none. Pass one, such as Adam().");
}

TEST(MultiOptimizer, VariablesCanShareAnOptimizer) {
  const Optimizer shared = SGD(0.5, {.momentum = 0.9});
  const Optimizer optimizer =
      MultiOptimizer(OptimizerMap(SGD(1.0), {{"a", shared}, {"b", shared}}));
  EXPECT_EQ(optimizer.optimizers().size(), 2U);
  const std::vector<Variable> variables{variable("a"), variable("b"), variable("c")};
  const Tensor ones = Tensor::ones({2});
  optimizer.apply({ones, ones, ones}, variables);
  EXPECT_EQ(first(variables[0]), 0.5F);
  EXPECT_EQ(first(variables[1]), 0.5F);
  EXPECT_EQ(first(variables[2]), 0.0F);
  EXPECT_EQ(shared.variables().size(), 4U);
  EXPECT_EQ(optimizer.variables().size(), 8U);
  EXPECT_EQ(optimizer.iterations().item<int>(), 1);
}

TEST(MultiOptimizer, TakesAFunctionOfTheVariable) {
  const Optimizer slow = SGD(0.5);
  const Optimizer fast = SGD(1.0);
  const Optimizer optimizer =
      MultiOptimizer([=](const Variable& v) { return v.name() == "slow" ? slow : fast; });
  const std::vector<Variable> variables{variable("slow"), variable("other")};
  optimizer.apply({Tensor::ones({2}), Tensor::ones({2})}, variables);
  EXPECT_EQ(first(variables[0]), 0.5F);
  EXPECT_EQ(first(variables[1]), 0.0F);
  EXPECT_EQ(message_of<ConfigError>([&] { optimizer.to_config(); }),
            "MultiOptimizer: expected an OptimizerMap with keys to write, got a function. Name the "
            "variables by their paths.");
}

TEST(MultiOptimizer, MisuseIsExplained) {
  EXPECT_EQ(message_of<ValueError>([] { Optimizer("MultiOptimizer"); }),
            "MultiOptimizer: expected an optimizer_map, got none. Pass one, such as "
            "OptimizerMap(Adam(), {{\"embedding/.*\", SGD(0.1)}}).");
  const Optimizer optimizer = MultiOptimizer(OptimizerMap(SGD()), {.name = "many"});
  EXPECT_EQ(message_of<ValueError>([&] { optimizer.learning_rate(); }),
            "many: expected an optimizer with a learning rate of its own, got a MultiOptimizer. "
            "Ask one of `optimizers()`.");
  EXPECT_EQ(message_of<ValueError>([&] { optimizer.set_learning_rate(0.1); }),
            "many: expected an optimizer with a learning rate of its own, got a MultiOptimizer. "
            "Ask one of `optimizers()`.");
  const Optimizer wrong = MultiOptimizer([](const Variable&) { return Optimizer(); });
  EXPECT_EQ(message_of<ValueError>([&] { wrong.build({variable("v")}); }),
            "MultiOptimizer: expected an optimizer that moves variables itself for each of them, "
            "got none. Change the map.");
  EXPECT_EQ(message_of<ConfigError>([] {
              Optimizer::from_config(
                  Config::dict({{"class_name", "MultiOptimizer"},
                                {"config", Config::dict({{"optimizer_map", "adam"}})}}));
            }),
            "MultiOptimizer, option 'optimizer_map': optimizer_map: expected an OptimizerMap, got "
            "\"adam\". Check the file.");
}

}  // namespace
}  // namespace keratin
