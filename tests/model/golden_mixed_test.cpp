// SPDX-License-Identifier: Apache-2.0
// Whole models in half precision against real Keras: forward, gradients, 20 steps, fit, evaluate
// and predict, under each policy.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "keratin/keratin.h"
#include "tests/support/close.h"
#include "tests/support/golden_model.h"

namespace keratin {

namespace {

using namespace testing_support;

// Sets the global policy while it lives.
class Policy {
 public:
  explicit Policy(const std::string& name) : before_(config::dtype_policy()) {
    config::set_dtype_policy(name);
  }
  ~Policy() { config::set_dtype_policy(before_); }
  Policy(const Policy&) = delete;
  Policy& operator=(const Policy&) = delete;

 private:
  DTypePolicy before_;
};

// Is one model of Keras, in files and anew.
class MixedModel {
 public:
  explicit MixedModel(const std::string& file) : golden(file) {}

  // Makes the model anew, with its weights and seed states as they were at first.
  Model fresh() const {
    const Policy policy(policy_name());
    return model_of(golden);
  }
  std::string policy_name() const { return golden.at("policy").as_string(); }
  Nest nest(const char* key) const { return nest_of(golden, golden.document().get(key)); }

  const Golden golden;
};

// Collects how far results of half precision are from float64, next to how far Keras' are.
//
// Training makes of one rounding more or less another number, so that for one tensor the two differ
// by chance: Keras is sometimes far nearer and as often far farther. A rounding too many would show
// in all of them together.
class Errors {
 public:
  explicit Errors(const MixedModel& model)
      : rounding_(model.policy_name().ends_with("bfloat16") ? 0x1p-9 : 0x1p-11) {}

  void add(const Tensor& actual, const Tensor& expected, const Tensor& exact, const char* what) {
    ASSERT_EQ(actual.spec(), expected.spec()) << what;
    if (is_close(actual, expected, training_tolerance)) return;
    const double ours = largest_difference(actual, exact);
    const double theirs = largest_difference(expected, exact);
    EXPECT_LE(ours, 10 * std::max(theirs, rounding_ * largest(expected))) << what;
    ratios.push_back(ours / std::max(theirs, 1e-12));
  }
  void add(const Golden& golden, const std::vector<Tensor>& actual, const Config& names,
           const char* what) {
    ASSERT_EQ(actual.size(), names.size()) << what;
    for (size_t i = 0; i < actual.size(); ++i) {
      const Config& name = names[i].has("array") ? names[i].at("array") : names[i];
      add(actual[i], golden.tensor(name), golden.exact(name), what);
    }
  }
  void add(double actual, const Config& expected, const Config& exact, const char* what) {
    const auto number = [](double value) { return Tensor::from(std::vector<double>{value}, {1}); };
    add(number(actual), number(expected.as_number()), number(exact.as_number()), what);
  }
  void add(const Logs& actual, const Config& expected, const Config& exact, const char* what) {
    EXPECT_EQ(actual.size(), expected.size());
    for (const auto& [name, value] : expected.as_dict()) {
      ASSERT_TRUE(actual.has(name)) << name;
      add(actual[name], value, exact.at(name), what);
    }
  }

  std::vector<double> ratios;

 private:
  double rounding_;
};

// Expects errors that are Keras' in the geometric mean, and that no more of them are over three
// times Keras' than are under a third.
void expect_errors_of_keras(const std::vector<double>& ratios) {
  ASSERT_GT(ratios.size(), 50U);
  double sum = 0.0;
  int64_t farther = 0, nearer = 0;
  for (double ratio : ratios) {
    sum += std::log(std::max(ratio, 1e-3));
    farther += ratio > 3.0;
    nearer += ratio < 1.0 / 3.0;
  }
  EXPECT_LE(std::exp(sum / static_cast<double>(ratios.size())), 1.1);
  EXPECT_LE(farther, nearer);
}

class GoldenMixed : public testing::TestWithParam<std::string> {
 protected:
  GoldenMixed() : model_(GetParam()) {}

  void expect_nest(const Nest& actual, const Config& names, const char* what) const {
    const std::vector<Tensor> tensors = actual.flatten();
    const std::vector<Tensor> expected = nest_of(model_.golden, names).flatten();
    const std::vector<Tensor> exact = exact_nest_of(model_.golden, names).flatten();
    ASSERT_EQ(tensors.size(), expected.size()) << what;
    for (size_t i = 0; i < tensors.size(); ++i) {
      EXPECT_TRUE(is_close(tensors[i], expected[i], forward_tolerance, exact[i]))
          << what << " " << i;
    }
  }

  const MixedModel model_;
};

TEST_P(GoldenMixed, ForwardEqualsKeras) {
  const Model model = model_.fresh();
  EXPECT_EQ(model.body().dtype_policy().name(), model_.policy_name());
  const Config& outputs = model_.golden.at("outputs");
  expect_nest(model(model_.nest("inputs"), {.training = false}), outputs, "eager output");
  expect_nest(model.predict_on_batch(model_.nest("inputs")), outputs, "compiled output");
}

INSTANTIATE_TEST_SUITE_P(Models, GoldenMixed, testing::ValuesIn(golden_files("mixed")),
                         name_of_case);

void test_on_batch(const MixedModel& of, Errors& errors) {
  const Golden& golden = of.golden;
  const Model model = of.fresh();
  model.compile(compile_options_of(golden, golden.at("compile_config").at("optimizer")));
  const BatchOptions options{.sample_weight = of.nest("sample_weight"), .return_dict = true};
  errors.add(model.test_on_batch(of.nest("inputs"), of.nest("targets"), options),
             golden.at("test_on_batch"), golden.at("test_on_batch_f64"), "test_on_batch");
}

void train(const MixedModel& of, Errors& errors) {
  const Golden& golden = of.golden;
  const BatchOptions options{.sample_weight = of.nest("sample_weight"), .return_dict = true};
  for (const Config& run : golden.at("train").as_list()) {
    SCOPED_TRACE(run.at("name").as_string());
    const Model model = of.fresh();
    model.compile(compile_options_of(golden, run.at("optimizer")));
    std::vector<float> losses;
    Logs logs;
    for (int64_t step = 0; step < run.at("steps").as_int(); ++step) {
      logs = model.train_on_batch(of.nest("inputs"), of.nest("targets"), options);
      losses.push_back(static_cast<float>(logs["loss"]));
    }
    const Config& names = run.at("losses");
    errors.add(Tensor::from(losses, {static_cast<int64_t>(losses.size())}), golden.tensor(names),
               golden.exact(names), "losses");
    errors.add(logs, run.at("logs"), run.at("logs_f64"), "logs");
    errors.add(golden, model.get_weights(), run.at("final_weights"), "weights");
    EXPECT_EQ(to_json(model.optimizer().to_config()), to_json(run.at("trained_by")));
    std::vector<Tensor> state;
    for (const Variable& variable : model.optimizer().variables()) {
      state.push_back(variable.value());
    }
    errors.add(golden, state, run.at("optimizer_variables"), "states");
  }
}

void fit_evaluate_and_predict(const MixedModel& of, Errors& errors) {
  const Golden& golden = of.golden;
  for (const Config& run : golden.at("fit").as_list()) {
    const Model model = of.fresh();
    model.compile(compile_options_of(golden, run.at("optimizer")));
    const Nest x = nest_of(golden, run.at("x"));
    const Nest y = nest_of(golden, run.at("y"));
    const FitOptions options = fit_options_of(golden, run.at("kwargs"));
    const History history = model.fit(x, y, options);
    expect_no_advice(model, x, y);
    for (const auto& [key, values] : run.at("history").as_dict()) {
      const Config& exact = run.at("history_f64").at(key);
      ASSERT_EQ(history[key].size(), values.size()) << key;
      for (size_t i = 0; i < values.size(); ++i) {
        errors.add(history[key][i], values[i], exact[i], "history");
      }
    }
    errors.add(golden, model.get_weights(), run.at("final_weights"), "weights");
    const std::vector<Tensor> predicted =
        model.predict(x, {.batch_size = 4, .verbose = 0}).flatten();
    const std::vector<Tensor> expected = nest_of(golden, run.at("predict")).flatten();
    const std::vector<Tensor> exact = exact_nest_of(golden, run.at("predict")).flatten();
    ASSERT_EQ(predicted.size(), expected.size());
    for (size_t i = 0; i < predicted.size(); ++i) {
      errors.add(predicted[i], expected[i], exact[i], "prediction");
    }
    const Logs measured = model.evaluate(x, y,
                                         {.batch_size = 4,
                                          .verbose = 0,
                                          .sample_weight = options.sample_weight,
                                          .return_dict = true});
    errors.add(measured, run.at("evaluate_dict"), run.at("evaluate_dict_f64"), "evaluate");
  }
}

TEST(GoldenMixedErrors, OfAllRunsAreThoseOfKeras) {
  std::vector<double> ratios;
  for (const std::string& file : golden_files("mixed")) {
    SCOPED_TRACE(file);
    const MixedModel model(file);
    Errors errors(model);
    test_on_batch(model, errors);
    train(model, errors);
    fit_evaluate_and_predict(model, errors);
    ratios.insert(ratios.end(), errors.ratios.begin(), errors.ratios.end());
  }
  expect_errors_of_keras(ratios);
}

}  // namespace

}  // namespace keratin
