// SPDX-License-Identifier: Apache-2.0
// Long seeded trainings against real Keras on JAX: initial weights, the order of the rows, the loss
// of each step, the history, the CSV file and the weights in the end, from nothing but the seed.
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "keratin/base/text.h"
#include "keratin/keratin.h"
#include "keratin/model/callbacks/registry.h"
#include "tests/model/callbacks/support.h"
#include "tests/support/close.h"
#include "tests/support/golden_model.h"

namespace keratin {

namespace {

using namespace testing_support;

using Series = std::vector<double>;

Tensor tensor_of(const Series& values) {
  return Tensor::from(values, {static_cast<int64_t>(values.size())});
}

// Takes down what the batches report.
struct Losses : Callback {
  void on_train_batch_end(int64_t, Logs& logs) override {
    values.push_back(static_cast<float>(logs["loss"]));
  }
  std::vector<float> values;
};

// Takes down the order of the rows of a model whose loss is the number of the row.
struct Rows : Callback {
  void on_epoch_begin(int64_t, Logs&) override { sum = 0.0; }
  void on_train_batch_end(int64_t batch, Logs& logs) override {
    const double total = logs["loss"] * static_cast<double>(batch + 1);
    values.push_back(static_cast<int16_t>(std::lround(total - sum)));
    sum = total;
  }
  std::vector<int16_t> values;
  double sum = 0.0;
};

class GoldenSeeded : public testing::TestWithParam<std::string> {
 protected:
  GoldenSeeded() : golden_(GetParam()) {}

  const Config& at(const char* key) const { return golden_.at(key); }

  // Gives the model as the seed makes it, compiled.
  Model make_model() const {
    utils::clear_session();
    utils::set_random_seed(at("set_random_seed").as_int());
    const Model model = Model::from_config(at("config"));
    const Config& compiled = at("compile");
    CompileOptions options{.optimizer = Optimizer::from_config(compiled.at("optimizer"))};
    options.loss = losses_of(compiled.at("loss"));
    options.loss_weights = loss_weights_of(compiled.get("loss_weights"));
    options.metrics = metrics_of(compiled.get("metrics"));
    options.weighted_metrics = metrics_of(compiled.get("weighted_metrics"));
    if (compiled.has("steps_per_execution")) {
      options.steps_per_execution = compiled.at("steps_per_execution").as_int();
    }
    model.compile(options);
    return model;
  }

  FitOptions fit_options() const {
    FitOptions fit = fit_options_of(golden_, at("fit"));
    fit.shuffle = true;
    return fit;
  }

  void expect_weights(const std::vector<Tensor>& actual, const char* key, double tolerance) const {
    ASSERT_EQ(actual.size(), at(key).size());
    for (size_t i = 0; i < actual.size(); ++i) {
      SCOPED_TRACE(std::string(key) + " " + std::to_string(i));
      expect_result(golden_, actual[i], at(key)[i], tolerance);
    }
  }

  void expect_series(const Series& actual, const Series& wanted, const std::string& name) const {
    const auto exact = Codec<Series>::read(at("history_f64").at(name));
    EXPECT_TRUE(is_close(tensor_of(actual), tensor_of(wanted), training_tolerance,
                         exact.size() == wanted.size() ? tensor_of(exact) : Tensor()))
        << name;
  }

  void expect_history(const History& history) const {
    std::vector<std::string> names;
    for (const auto& [name, values] : at("history").as_dict()) {
      names.push_back(name);
      ASSERT_TRUE(history.has(name)) << name;
      expect_series(history[name], Codec<Series>::read(values), name);
    }
    EXPECT_EQ(history.names(), names);
  }

  void expect_csv(const std::string& actual, const History& history) const;
  void expect_seed_states(const Model& model) const;

  Golden golden_;
};

// The text is Keras' to the byte but for the last digits of losses and metrics, which are those of
// the history; rates, which nothing rounds, are the same digits.
void GoldenSeeded::expect_csv(const std::string& actual, const History& history) const {
  const std::vector<std::string> lines = text::split(actual, '\n');
  const std::vector<std::string> wanted = text::split(at("csv").as_string(), '\n');
  ASSERT_EQ(lines.size(), wanted.size());
  EXPECT_EQ(lines[0], wanted[0]);
  const auto fields_of = [](const std::string& line) {
    EXPECT_TRUE(line.ends_with('\r'));
    return text::split(line.substr(0, line.size() - 1), ',');
  };
  const std::vector<std::string> names = fields_of(wanted[0]);
  std::map<std::string, size_t> places;  // of the next value of the history
  for (size_t i = 1; i < lines.size(); ++i) {
    if (wanted[i].empty()) {
      EXPECT_TRUE(lines[i].empty());
      continue;
    }
    const auto fields = fields_of(lines[i]), expected = fields_of(wanted[i]);
    ASSERT_EQ(fields.size(), expected.size());
    for (size_t k = 0; k < fields.size(); ++k) {
      const bool is_exact = expected[k] == "NA" || names[k] == "epoch" ||
                            names[k].find("learning_rate") != std::string::npos;
      if (is_exact) {
        EXPECT_EQ(fields[k], expected[k]) << names[k];
      } else {
        EXPECT_EQ(fields[k], text::number(history[names[k]].at(places[names[k]]++)));
      }
    }
  }
}

void GoldenSeeded::expect_seed_states(const Model& model) const {
  std::vector<Tensor> states;
  const std::vector<Variable> weights = model.weights();
  for (const Variable& variable : model.model_body().variables()) {
    const bool is_weight = std::any_of(weights.begin(), weights.end(),
                                       [&](const Variable& w) { return w.is(variable); });
    if (!is_weight) states.push_back(variable.value());
  }
  const Config& wanted = at("seed_states");
  ASSERT_EQ(states.size(), wanted.size());
  for (size_t i = 0; i < states.size(); ++i) {
    EXPECT_TRUE(same_bits(states[i], golden_.tensor(wanted[i]))) << i;
  }
}

TEST_P(GoldenSeeded, TwoHundredStepsEqualKeras) {
  const WorkingFolder folder;
  const Model model = make_model();
  expect_weights(model.get_weights(), "initial_weights", forward_tolerance);

  Losses losses;
  FitOptions fit = fit_options();
  for (const Config& callback : at("callbacks").as_list()) {
    fit.callbacks.push_back(callback_from_config(callback[0].as_string(), callback[1]));
  }
  fit.callbacks.push_back(callbacks::CSVLogger({.filename = "log.csv"}));
  fit.callbacks.push_back(losses);
  const Nest x = nest_of(golden_, at("x")), y = nest_of(golden_, at("y"));
  const History history = model.fit(x, y, fit);
  // Its metric counts the 5 best of 4 classes.
  const bool counts_all = GetParam() == "seeded/an_optimizer_for_each_part.npz";
  expect_no_advice(model, x, y, counts_all ? "metric-top-k" : "");

  const Tensor wanted = golden_.tensor(at("losses"));
  ASSERT_EQ(static_cast<int64_t>(losses.values.size()), wanted.shape()[0]);
  EXPECT_TRUE(is_close(Tensor::from(losses.values, wanted.shape()), wanted, training_tolerance,
                       golden_.exact(at("losses"))));
  expect_history(history);
  expect_csv(text_in("log.csv"), history);
  expect_weights(model.get_weights(), "final_weights", training_tolerance);
  expect_seed_states(model);
  EXPECT_EQ(model.optimizer().iterations().item<int64_t>(), at("iterations").as_int());
  const Logs evaluated = model.evaluate(x, y, {.verbose = 0, .return_dict = true});
  for (const auto& [name, value] : at("evaluate").as_dict()) {
    EXPECT_TRUE(is_close(tensor_of({evaluated[name]}), tensor_of({value.as_number()}),
                         training_tolerance, tensor_of({at("evaluate_f64").at(name).as_number()})))
        << name;
  }
}

// Same seed, rows and arguments, with a model that tells which rows it sees.
TEST_P(GoldenSeeded, RowsComeInKerasOrder) {
  utils::set_random_seed(at("set_random_seed").as_int());
  const Model model =
      Sequential({layers::InputLayer({1}),
                  layers::Dense(1, {.use_bias = false, .kernel_initializer = "ones"})});
  model.compile({.optimizer = optimizers::SGD(0.0),
                 .loss = [](const Tensor&, const Tensor& y_pred) { return y_pred; }});
  const int64_t count = nest_of(golden_, at("x")).flatten()[0].shape()[0];
  std::vector<float> numbers;
  for (int64_t i = 0; i < count; ++i) numbers.push_back(static_cast<float>(i));
  const Tensor x = Tensor::from(numbers, {count, 1});
  Rows rows;
  FitOptions fit = fit_options();
  fit.batch_size = 1;
  fit.validation_data = {};
  fit.sample_weight = Nest();
  fit.class_weight = {};
  fit.callbacks = {rows};
  model.fit(x, x, fit);
  const Tensor orders = golden_.tensor(at("epoch_orders"));
  ASSERT_EQ(static_cast<int64_t>(rows.values.size()), orders.shape().element_count());
  EXPECT_TRUE(same_bits(Tensor::from(rows.values, orders.shape()), orders));
}

INSTANTIATE_TEST_SUITE_P(Runs, GoldenSeeded, testing::ValuesIn(golden_files("seeded")),
                         name_of_case);

}  // namespace

}  // namespace keratin
