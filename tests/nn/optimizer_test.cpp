// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/optimizer.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "keratin/base/error.h"
#include "keratin/base/naming.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/graph/trace.h"
#include "keratin/nn/optimizers.h"
#include "tests/support/close.h"
#include "tests/support/golden_model.h"
#include "tests/support/message.h"
#include "tests/support/run_graph.h"

namespace keratin {
namespace {

using namespace testing_support;

// One optimizer with its variables, stepped at once or through a graph traced once.
class Stepper {
 public:
  Stepper(const Golden& golden, const Config& c, bool traced)
      : optimizer(Optimizer::from_config(c.at("optimizer"))), traced_(traced) {
    for (size_t i = 0; i < c.at("initial").size(); ++i) {
      variables.emplace_back(golden.tensor(c.at("initial")[i]),
                             VariableOptions{.name = "v" + std::to_string(i)});
    }
    if (c.has("excluded_from_weight_decay")) {
      optimizer.exclude_from_weight_decay(
          {}, Codec<std::vector<std::string>>::read(c.at("excluded_from_weight_decay")));
    }
    if (c.has("constraint")) {
      optimizer.set_constraint(variables[0], Constraint::from_config(c.at("constraint")));
    }
    optimizer.build(variables);
  }

  void step(const std::vector<Tensor>& gradients) {
    if (!traced_) {
      optimizer.apply(gradients, variables);
      return;
    }
    std::vector<Tensor> given;
    std::vector<bool> missing;
    for (const Tensor& gradient : gradients) {
      missing.push_back(!gradient.defined());
      if (gradient.defined()) given.push_back(gradient);
    }
    if (graph_ == nullptr || missing != missing_) trace(gradients);
    missing_ = missing;
    run_graph(*graph_, given);
  }

  Optimizer optimizer;
  std::vector<Variable> variables;

 private:
  void trace(const std::vector<Tensor>& gradients) {
    Trace trace;
    std::vector<Tensor> inputs;
    for (const Tensor& gradient : gradients) {
      inputs.push_back(gradient.defined() ? trace.input(gradient.spec(), "g") : Tensor());
    }
    optimizer.apply(inputs, variables);
    graph_ = trace.finish({});
  }

  bool traced_;
  std::vector<bool> missing_;
  std::shared_ptr<Graph> graph_;
};

void expect_all_close(const Golden& golden, const std::vector<Variable>& variables,
                      const Config& names) {
  ASSERT_EQ(variables.size(), names.size());
  for (size_t i = 0; i < variables.size(); ++i) {
    SCOPED_TRACE(variables[i].path());
    expect_close(variables[i], golden.tensor(names[i]), training_tolerance, golden.exact(names[i]));
  }
}

void expect_state(const Golden& golden, const Optimizer& optimizer, const Config& expected) {
  ASSERT_EQ(optimizer.variables().size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    const Variable& variable = optimizer.variables()[i];
    // Some variables are made outside of the optimizer's scope; in fit there is one around it.
    const std::string path = expected[i].at("path").as_string();
    EXPECT_TRUE(variable.path() == path || variable.path().ends_with("/" + path))
        << variable.path() << " instead of " << path;
    SCOPED_TRACE(variable.path());
    const Config& name = expected[i].at("array");
    expect_close(variable, golden.tensor(name), training_tolerance, golden.exact(name));
  }
}

void check_run(const Golden& golden, const Config& c, bool traced) {
  Stepper run(golden, c, traced);
  const auto steps = static_cast<int>(c.at("steps").as_int());
  for (int step = 0; step < steps; ++step) {
    std::vector<Tensor> gradients;
    for (const Config& name : c.at("gradients").as_list()) {
      gradients.push_back(golden.tensor(name)[step]);
    }
    run.step(gradients);
    const std::string key = std::to_string(step + 1);
    if (c.at("after").has(key)) expect_all_close(golden, run.variables, c.at("after").at(key));
  }
  expect_all_close(golden, run.variables, c.at("final"));
  EXPECT_EQ(run.optimizer.iterations().item<int64_t>(), c.at("iterations").as_int());
  expect_state(golden, run.optimizer, c.at("optimizer_variables"));
  EXPECT_EQ(to_json(run.optimizer.to_config()), to_json(c.at("config_after")));
  if (c.has("finalized")) {
    run.optimizer.finalize_variable_values();
    expect_all_close(golden, run.variables, c.at("finalized"));
  }
}

class OptimizerRuns : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(EagerAndTraced, OptimizerRuns, testing::Bool());

// One file of golden runs, at once or traced.
using GoldenRun = std::tuple<std::string, bool>;
class OptimizerGoldens : public testing::TestWithParam<GoldenRun> {};
std::string name_of_run(const testing::TestParamInfo<GoldenRun>& run) {
  const std::string name = std::filesystem::path(std::get<0>(run.param)).stem().string();
  return name + (std::get<1>(run.param) ? "Traced" : "Eager");
}

INSTANTIATE_TEST_SUITE_P(All, OptimizerGoldens,
                         testing::Combine(testing::ValuesIn(golden_files("optimizers")),
                                          testing::Bool()),
                         name_of_run);

TEST_P(OptimizerGoldens, TwentyStepsEqualKeras) {
  const Golden golden(std::get<0>(GetParam()));
  for (const Config& c : golden.at("cases").as_list()) {
    SCOPED_TRACE(c.at("title").as_string());
    check_run(golden, c, std::get<1>(GetParam()));
  }
}

TEST_P(OptimizerRuns, SchedulesConstraintsAndMissingGradientsEqualKeras) {
  const Golden golden("nn.npz");
  for (const Config& c : golden.at("optimizers").as_list()) {
    SCOPED_TRACE(c.at("title").as_string());
    Stepper run(golden, c, GetParam());
    EXPECT_EQ(to_json(run.optimizer.to_config()), to_json(c.at("optimizer")));
    for (size_t step = 0; step < c.at("gradients").size(); ++step) {
      std::vector<Tensor> gradients;
      for (const Config& name : c.at("gradients")[step].as_list()) {
        gradients.push_back(golden.tensor(name));
      }
      run.step(gradients);
      SCOPED_TRACE(step);
      expect_all_close(golden, run.variables, c.at("after")[step]);
    }
    expect_state(golden, run.optimizer, c.at("optimizer_variables"));
    EXPECT_NEAR(run.optimizer.learning_rate().item<double>(), c.at("learning_rate").as_number(),
                1e-7);
  }
}

struct CompileLike {
  Optimizer optimizer = "rmsprop";
};

TEST(Optimizer, IsMadeFromNamesAndObjects) {
  const auto rate = [](const CompileLike& options) {
    return options.optimizer.learning_rate().item<float>();
  };
  const auto name = [](const CompileLike& options) { return options.optimizer.class_name(); };
  EXPECT_EQ(name({}), "RMSprop");
  EXPECT_EQ(name({.optimizer = "Adam"}), "Adam");
  EXPECT_EQ(name({.optimizer = "ADAMW"}), "AdamW");
  EXPECT_EQ(name({.optimizer = std::string("sgd")}), "SGD");
  EXPECT_EQ(rate({.optimizer = "sgd"}), 0.01F);
  EXPECT_EQ(rate({.optimizer = optimizers::RMSprop()}), 0.001F);
  EXPECT_EQ(rate({.optimizer = optimizers::RMSprop({})}), 0.001F);
  EXPECT_EQ(rate({.optimizer = optimizers::RMSprop(1e-4)}), 1e-4F);
  EXPECT_EQ(rate({.optimizer = optimizers::RMSprop(1e-4F)}), 1e-4F);
  EXPECT_EQ(rate({.optimizer = optimizers::RMSprop({.learning_rate = 1e-4})}), 1e-4F);
  EXPECT_EQ(rate({.optimizer = optimizers::RMSprop(1e-4, {.momentum = 0.9})}), 1e-4F);
  EXPECT_EQ(rate({.optimizer = optimizers::SGD({.learning_rate = 0.1,
                                                .momentum = 0.9,
                                                .nesterov = true,
                                                .weight_decay = 0.01,
                                                .name = "mine"})}),
            0.1F);
  const auto schedule = optimizers::schedules::ExponentialDecay(
      {.initial_learning_rate = 0.5, .decay_steps = 10, .decay_rate = 0.9});
  EXPECT_EQ(rate({.optimizer = optimizers::Adam(schedule)}), 0.5F);
  EXPECT_EQ(rate({.optimizer = optimizers::Adam({.learning_rate = schedule})}), 0.5F);
  EXPECT_FALSE(CompileLike{.optimizer = nullptr}.optimizer.defined());
}

TEST(Optimizer, NamesAndPathsAreThoseOfKeras) {
  reset_names();
  const Variable kernel(Tensor::zeros({2, 3}), {.name = "kernel", .path = "net/dense/kernel"});
  const Optimizer optimizer =
      optimizers::RMSprop({.momentum = 0.5, .centered = true, .use_ema = true});
  EXPECT_EQ(optimizer.name(), "rm_sprop");
  EXPECT_EQ(Optimizer("AdamW").name(), "adam_w");
  optimizer.build({kernel});
  std::vector<std::string> paths;
  for (const Variable& variable : optimizer.variables()) paths.push_back(variable.path());
  EXPECT_EQ(paths,
            (std::vector<std::string>{
                "rm_sprop/iteration", "rm_sprop/learning_rate", "rm_sprop/net_dense_kernel_average",
                "rm_sprop/net_dense_kernel_velocity", "rm_sprop/net_dense_kernel_momentum",
                "rm_sprop/net_dense_kernel_average_gradient"}));
  EXPECT_EQ(optimizer.variables()[0].dtype(), DType::int32);
}

TEST(Optimizer, LearningRateCanBeSet) {
  const Optimizer optimizer = optimizers::SGD(0.5);
  const Variable v(Tensor::from<float>({1}, {1}));
  optimizer.apply({Tensor::from<float>({1}, {1})}, {v});
  EXPECT_EQ(v.value().to_vector<float>()[0], 0.5F);
  optimizer.set_learning_rate(0.25);
  optimizer.apply({Tensor::from<float>({1}, {1})});
  EXPECT_EQ(v.value().to_vector<float>()[0], 0.25F);
  EXPECT_EQ(optimizer.get_config().at("learning_rate").as_number(), 0.25);
  EXPECT_EQ(optimizer.iterations().item<int>(), 2);
  EXPECT_EQ(optimizers::SGD({.loss_scale_factor = 4.0}).scale_loss(2.0).item<float>(), 8.0F);
}

TEST(Optimizer, MisuseIsExplained) {
  EXPECT_EQ(message_of<ValueError>([] { Optimizer("adamm"); }),
            "optimizer: expected the name of an optimizer, got 'adamm'. Did you mean 'adam'?");
  EXPECT_EQ(message_of<ValueError>([] { optimizers::Lion({.beta_1 = 0.0}); }),
            "Lion: expected beta_1 above 0 to 1, got 0. Use 0.9.");
  EXPECT_EQ(message_of<ValueError>([] { optimizers::Ftrl({.learning_rate_power = 0.5}); }),
            "Ftrl: expected a learning_rate_power of 0 or less, got 0.5. Use -0.5.");
  EXPECT_EQ(message_of<ValueError>([] { optimizers::SGD({.momentum = 2.0}); }),
            "SGD: expected a momentum from 0 to 1, got 2. Pass such a share.");
  EXPECT_EQ(message_of<ValueError>([] { optimizers::Adam({.clipnorm = 1.0, .clipvalue = 1.0}); }),
            "Adam: expected one of clipnorm, clipvalue and global_clipnorm, got 2 of them. Keep "
            "one.");
  EXPECT_EQ(message_of<ValueError>([] { optimizers::Adam({.gradient_accumulation_steps = 1}); }),
            "Adam: expected gradient_accumulation_steps of 2 or more, got 1. Leave it out to "
            "update at every step.");
  EXPECT_EQ(
      message_of<ValueError>([] { optimizers::Adam({.use_ema = true, .ema_momentum = 1.5}); }),
      "Adam: expected ema_momentum from 0 to 1, got 1.5. Pass such a share.");
  EXPECT_EQ(message_of<ValueError>([] { optimizers::AdamW({.weight_decay = std::nullopt}); }),
            "AdamW: expected a weight_decay, got none. Use Adam to have none.");
  reset_names();
  const Optimizer sgd = optimizers::SGD();
  const Variable v(Tensor::zeros({2}), {.name = "v"});
  EXPECT_EQ(message_of<ValueError>([&] { sgd.apply({Tensor::zeros({2})}); }),
            "sgd: expected variables with the first gradients, got none. Call build first.");
  EXPECT_EQ(message_of<ValueError>([&] {
              sgd.exclude_from_weight_decay({}, {"bias", "(norm"});
            }),
            "sgd: expected regular expressions for exclude_from_weight_decay, got '(norm'. Check "
            "the brackets.");
  sgd.build({v});
  EXPECT_EQ(message_of<ValueError>([&] { sgd.apply({Tensor()}, {v}); }),
            "sgd: expected a gradient for at least one of 1 variables, got none. Check that the "
            "loss depends on them.");
  EXPECT_EQ(message_of<ShapeError>([&] { sgd.apply({Tensor::zeros({3})}, {v}); }),
            "sgd: expected a gradient of shape [2] for the variable 'v', got [3]. Pass gradients "
            "in the order of the variables.");
  const Variable other(Tensor::zeros({2}), {.name = "other"});
  EXPECT_EQ(message_of<ValueError>([&] { sgd.apply({Tensor::zeros({2})}, {other}); }),
            "sgd: expected a variable that the optimizer was built with, got 'other'. Make a new "
            "optimizer for other variables.");
  EXPECT_EQ(message_of<ValueError>([&] { sgd.exclude_from_weight_decay({v}); }),
            "sgd: expected exclude_from_weight_decay before the optimizer is built, got it after. "
            "Call it before fit or build.");
  const Optimizer scheduled = optimizers::SGD(optimizers::schedules::InverseTimeDecay({}));
  EXPECT_EQ(message_of<ValueError>([&] { scheduled.set_learning_rate(0.1); }),
            "sgd_1: expected an optimizer with a learning rate of its own, got one with a "
            "schedule. Make it with a number to set it later.");
  EXPECT_EQ(
      message_of<ValueError>([] { optimizers::schedules::ExponentialDecay({.decay_steps = 0}); }),
      "ExponentialDecay: expected positive decay_steps, got 0. Pass 1 or more.");
}

// The decay of SGD takes away rate times decay of what is not excluded, by itself or by its name.
TEST(Optimizer, DecaysWhatIsNotExcluded) {
  std::vector<Variable> variables;
  for (const char* name : {"kernel", "bias", "gamma"}) {
    variables.emplace_back(Tensor::ones({2}), VariableOptions{.name = name});
  }
  const Optimizer sgd = optimizers::SGD({.learning_rate = 0.5, .weight_decay = 0.25});
  sgd.exclude_from_weight_decay({variables[0]}, {"bia"});
  sgd.build(variables);
  sgd.apply(std::vector<Tensor>(3, Tensor::zeros({2})), variables);
  EXPECT_EQ(variables[0].value().to_vector<float>(), (std::vector<float>{1, 1}));
  EXPECT_EQ(variables[1].value().to_vector<float>(), (std::vector<float>{1, 1}));
  EXPECT_EQ(variables[2].value().to_vector<float>(), (std::vector<float>{0.875, 0.875}));
}

TEST(Optimizer, MuonStepsTallMatricesAsItStepsWideOnes) {
  const Tensor gradient = Tensor::from({1.0f, -2.0f, 0.5f, 3.0f, 1.5f, -1.0f}, {3, 2});
  const auto stepped = [](const Tensor& of) {
    const Variable weight(Tensor::ones(of.shape()), {.name = "kernel"});
    const Optimizer muon = optimizers::Muon({.learning_rate = 0.1});
    muon.build({weight});
    for (int i = 0; i < 3; ++i) muon.apply({of}, {weight});
    return weight.value();
  };
  EXPECT_TRUE(is_close(stepped(gradient), ops::transpose(stepped(ops::transpose(gradient))), 1e-6));
}

}  // namespace
}  // namespace keratin
