// SPDX-License-Identifier: Apache-2.0
// Whole models against real Keras: forward, every gradient, 20 steps with each optimizer, fit,
// evaluate and predict. The models are made from the config that Keras writes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>

#include "keratin/graph/autodiff.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/graph/trace.h"
#include "keratin/model/train/compiled.h"
#include "keratin/runtime/executor.h"
#include "tests/support/close.h"
#include "tests/support/golden_model.h"

namespace keratin {

namespace {

using namespace testing_support;

// The loss is compared step by step, with its float64 twin.
Config without_loss(const Config& logs) {
  Config rest = Config::dict();
  for (const auto& [name, value] : logs.as_dict()) {
    if (name != "loss") rest.set(name, value);
  }
  return rest;
}

Logs without(const Logs& logs, const std::string& name) {
  Logs rest;
  for (const auto& [key, value] : logs) {
    if (key != name) rest.set(key, value);
  }
  return rest;
}

// Keras returns a number where there is only the loss.
std::vector<double> evaluated(const Config& config) {
  if (!config.is_list()) return {config.as_number()};
  return Codec<std::vector<double>>::read(config);
}

std::vector<std::string> keys_of(const Config& dict) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : dict.as_dict()) keys.push_back(key);
  return keys;
}

class GoldenModel : public testing::TestWithParam<std::string> {
 protected:
  GoldenModel() : golden_(GetParam()), model_(model_of(golden_)) {}

  void expect_all(const std::vector<Tensor>& actual, const Config& names, double tolerance,
                  const char* what) {
    ASSERT_EQ(actual.size(), names.size()) << what;
    for (size_t i = 0; i < actual.size(); ++i) {
      const Config name = names[i].has("array") ? names[i].at("array") : names[i];
      if (name.is_null()) continue;
      SCOPED_TRACE(std::string(what) + " " + std::to_string(i));
      expect_result(golden_, actual[i], name, tolerance);
    }
  }

  void expect_nest(const Nest& actual, const Config& names, double tolerance, const char* what) {
    const std::vector<Tensor> tensors = actual.flatten();
    const std::vector<Tensor> expected = nest_of(golden_, names).flatten();
    const std::vector<Tensor> exact = exact_nest_of(golden_, names).flatten();
    ASSERT_EQ(tensors.size(), expected.size()) << what;
    for (size_t i = 0; i < tensors.size(); ++i) {
      EXPECT_TRUE(is_close(tensors[i], expected[i], tolerance,
                           exact.size() == tensors.size() ? exact[i] : Tensor()))
          << what << " " << i;
    }
  }

  // A momentum of one number may be what is left of terms that cancel. So where a variable alone is
  // not close, the slot that it is part of must be, as one vector: all momentums, say.
  void expect_state(const Config& expected) {
    const auto& variables = model_.optimizer().variables();
    ASSERT_EQ(variables.size(), expected.size());
    std::map<std::string, std::vector<Tensor>> actual_slots, expected_slots, exact_slots;
    std::set<std::string> to_compare;
    for (size_t i = 0; i < variables.size(); ++i) {
      const std::string path = expected[i].at("path").as_string();
      SCOPED_TRACE(path);
      const Tensor actual = variables[i].value();
      const Config& name = expected[i].at("array");
      if (!name.is_string()) {
        expect_result(golden_, actual, name, training_tolerance);
        continue;
      }
      const Tensor wanted = golden_.tensor(name);
      const Tensor exact = golden_.exact(name);
      ASSERT_EQ(actual.spec(), wanted.spec());
      const std::string slot = path.substr(path.rfind('_') + 1);
      if (!is_close(actual, wanted, training_tolerance, exact)) to_compare.insert(slot);
      actual_slots[slot].push_back(ops::ravel(actual));
      expected_slots[slot].push_back(ops::ravel(wanted));
      // Twins that the file leaves out are as good as equal.
      exact_slots[slot].push_back(
          ops::ravel(exact.defined() ? exact : wanted.cast(DType::float64)));
    }
    for (const std::string& slot : to_compare) {
      EXPECT_TRUE(is_close(ops::concatenate(actual_slots[slot]),
                           ops::concatenate(expected_slots[slot]), training_tolerance,
                           ops::concatenate(exact_slots[slot])))
          << slot;
    }
  }

  Nest nest(const char* key) { return nest_of(golden_, golden_.document().get(key)); }

  Golden golden_;
  Model model_;
};

TEST_P(GoldenModel, ForwardEqualsKeras) {
  expect_nest(model_(nest("inputs"), {.training = false}), golden_.at("outputs"), forward_tolerance,
              "eager output");
  expect_nest(model_.predict_on_batch(nest("inputs")), golden_.at("outputs"), forward_tolerance,
              "compiled output");
}

TEST_P(GoldenModel, WeightsHaveKerasOrderAndPaths) {
  const std::vector<Variable> weights = model_.weights();
  const Config& expected = golden_.at("weights");
  ASSERT_EQ(weights.size(), expected.size());
  for (size_t i = 0; i < weights.size(); ++i) {
    EXPECT_EQ(weights[i].path(), expected[i].at("path").as_string());
  }
  std::vector<Variable> trainable;
  for (const Config& at : golden_.at("trainable").as_list()) {
    trainable.push_back(weights[static_cast<size_t>(at.as_int())]);
  }
  const std::vector<Variable> actual = model_.trainable_weights();
  ASSERT_EQ(actual.size(), trainable.size());
  for (size_t i = 0; i < actual.size(); ++i) EXPECT_TRUE(actual[i].is(trainable[i])) << i;
}

// Records loss and gradients in one graph, as a training step does.
TEST_P(GoldenModel, LossAndEveryGradientEqualKeras) {
  std::vector<Array> data;
  std::unique_ptr<runtime::Executor> plan;
  size_t weight_count = 0;
  std::vector<bool> has_gradient;
  {
    Trace trace;
    const auto input = [&](const Tensor& tensor) {
      data.push_back(tensor.array().contiguous());
      return trace.input(tensor.spec(), "data_" + std::to_string(data.size()));
    };
    const Nest x = nest("inputs").map(input);
    const Nest y = nest("targets").map(input);
    const Nest weights = nest("sample_weight").map(input);
    // Dropout would draw here; the golden gradients are those without it.
    const Nest y_pred = model_(x, {.training = false});
    const auto parts = match_outputs(y, y_pred, weights, model_.model_body().output_names());
    CompiledLoss loss(losses_of(golden_.document().get("loss")),
                      loss_weights_of(golden_.document().get("loss_weights")));
    loss.build(parts);
    const Tensor total = loss(parts);
    std::vector<Tensor> sources;
    for (const Variable& variable : model_.trainable_weights()) {
      sources.push_back(variable.value());
    }
    weight_count = sources.size();
    for (const Tensor& tensor : x.flatten()) {
      has_gradient.push_back(is_float(tensor.dtype()));
      if (has_gradient.back()) sources.push_back(tensor);
    }
    std::vector<Tensor> results = gradients(total, sources);
    results.insert(results.begin(), total);
    plan = runtime::compile(*trace.finish(results));
  }
  plan->run(data);
  std::vector<Tensor> results(plan->outputs().begin(), plan->outputs().end());
  const double loss = golden_.at("loss_value").as_number();
  EXPECT_NEAR(results[0].item<double>(), loss, forward_tolerance * std::max(1e-3, std::abs(loss)));
  const auto first = results.begin() + 1;
  expect_all({first, first + static_cast<std::ptrdiff_t>(weight_count)}, golden_.at("gradients"),
             gradient_tolerance, "gradient");
  std::vector<Config> expected;
  const std::function<void(const Config&)> collect = [&](const Config& config) {
    if (config.is_list()) {
      for (const Config& item : config.as_list()) collect(item);
    } else if (config.is_dict() && !config.has("digest")) {
      const Config ordered = sorted_keys(config);
      for (const auto& [key, item] : ordered.as_dict()) collect(item);
    } else if (!config.is_null()) {
      expected.push_back(config);
    }
  };
  collect(golden_.at("input_gradients"));
  size_t at = 1 + weight_count;
  size_t given = 0;
  for (size_t i = 0; i < has_gradient.size(); ++i) {
    if (!has_gradient[i]) continue;
    ASSERT_LT(given, expected.size());
    SCOPED_TRACE("input " + std::to_string(i));
    expect_result(golden_, results[at++], expected[given++], gradient_tolerance);
  }
}

TEST_P(GoldenModel, TestOnBatchEqualsKeras) {
  model_.compile(compile_options_of(golden_, golden_.at("compile_config").at("optimizer")));
  expect_logs(model_.test_on_batch(nest("inputs"), nest("targets"),
                                   {.sample_weight = nest("sample_weight"), .return_dict = true}),
              golden_.at("test_on_batch"));
}

TEST_P(GoldenModel, TwentyStepsOfEachOptimizerEqualKeras) {
  const std::vector<Tensor> initial = model_.get_weights();
  for (const Config& run : golden_.at("train").as_list()) {
    SCOPED_TRACE(run.at("name").as_string());
    model_.set_weights(initial);
    model_.compile(compile_options_of(golden_, run.at("optimizer")));
    std::vector<float> losses;
    Logs logs;
    for (int64_t step = 0; step < run.at("steps").as_int(); ++step) {
      logs = model_.train_on_batch(nest("inputs"), nest("targets"),
                                   {.sample_weight = nest("sample_weight"), .return_dict = true});
      losses.push_back(static_cast<float>(logs["loss"]));
    }
    const Tensor expected = golden_.tensor(run.at("losses"));
    EXPECT_TRUE(is_close(Tensor::from(losses, expected.shape()), expected.cast(DType::float32),
                         training_tolerance, golden_.exact(run.at("losses"))));
    logs = without(logs, "loss");
    expect_logs(logs, without_loss(run.at("logs")));
    expect_all(model_.get_weights(), run.at("final_weights"), training_tolerance, "weight");
    expect_state(run.at("optimizer_variables"));
  }
}

TEST_P(GoldenModel, FitEvaluateAndPredictEqualKeras) {
  const std::vector<Tensor> initial = model_.get_weights();
  for (const Config& run : golden_.at("fit").as_list()) {
    SCOPED_TRACE(to_json(run.at("kwargs")));
    model_.set_weights(initial);
    model_.compile(compile_options_of(golden_, run.at("optimizer")));
    const Nest x = nest_of(golden_, run.at("x"));
    const Nest y = nest_of(golden_, run.at("y"));
    const FitOptions options = fit_options_of(golden_, run.at("kwargs"));
    const History history = model_.fit(x, y, options);
    EXPECT_EQ(history.names(), keys_of(run.at("history")));
    EXPECT_EQ(Codec<std::vector<int64_t>>::write(history.epoch), run.at("epoch"));
    for (const auto& [key, values] : run.at("history").as_dict()) {
      const auto wanted = Codec<std::vector<double>>::read(values);
      const auto exact = Codec<std::vector<double>>::read(run.at("history_f64").at(key));
      const Shape shape{static_cast<int64_t>(wanted.size())};
      EXPECT_TRUE(is_close(Tensor::from(history[key], shape), Tensor::from(wanted, shape),
                           training_tolerance, Tensor::from(exact, shape)))
          << key;
    }
    expect_all(model_.get_weights(), run.at("final_weights"), training_tolerance, "weight");
    expect_nest(model_.predict(x, {.batch_size = 4, .verbose = 0}), run.at("predict"),
                training_tolerance, "prediction");
    EvaluateOptions test{.batch_size = 4, .verbose = 0, .sample_weight = options.sample_weight};
    const Logs measured = model_.evaluate(x, y, test);
    const std::vector<double> list = evaluated(run.at("evaluate_list"));
    ASSERT_EQ(measured.size(), list.size());
    for (size_t i = 0; i < list.size(); ++i) {
      EXPECT_NEAR(measured[i], list[i], training_tolerance * std::max(1e-3, std::abs(list[i])))
          << measured.names()[i];
    }
    test.return_dict = true;
    const Logs named = model_.evaluate(x, y, test);
    EXPECT_EQ(named.names(), keys_of(run.at("evaluate_dict")));
    expect_logs(named, run.at("evaluate_dict"));
  }
}

INSTANTIATE_TEST_SUITE_P(Models, GoldenModel, testing::ValuesIn(golden_files("models")),
                         name_of_case);

}  // namespace

}  // namespace keratin
