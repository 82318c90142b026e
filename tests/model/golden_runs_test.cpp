// SPDX-License-Identifier: Apache-2.0
// Whole seeded trainings against real Keras on JAX: initial weights, the shuffled order, dropout
// and five epochs of fit, from nothing but the seed.
#include <gtest/gtest.h>

#include <cmath>

#include "keratin/nn/layers/layers.h"
#include "keratin/nn/optimizers.h"
#include "keratin/nn/seed_generator.h"
#include "tests/support/close.h"
#include "tests/support/golden_model.h"

namespace keratin {

namespace {

using namespace testing_support;

// The finalizer of MurmurHash3, by which the data set is made on both sides.
uint32_t mix(uint32_t h) {
  h ^= h >> 16;
  h *= 0x85ebca6bu;
  h ^= h >> 13;
  h *= 0xc2b2ae35u;
  return h ^ (h >> 16);
}

struct MadeData {
  Tensor x, y;
  uint64_t sum = 0;
};

MadeData make_data(const Config& rule) {
  const auto n = static_cast<uint32_t>(rule.at("n").as_int());
  const auto features = static_cast<uint32_t>(rule.at("features").as_int());
  const auto classes = static_cast<uint32_t>(rule.at("classes").as_int());
  MadeData data;
  std::vector<float> x;
  std::vector<int32_t> labels;
  for (uint32_t i = 0; i < n; ++i) {
    const uint32_t label = mix(i ^ 0x9e3779b9u) % classes;
    labels.push_back(static_cast<int32_t>(label));
    for (uint32_t j = 0; j < features; ++j) {
      const uint32_t noise = mix(i * features + j) & 255u;
      const uint32_t pattern = mix(0x51ed270bu + label * features + j) & 255u;
      const uint32_t byte = (3 * noise + pattern) >> 2;
      data.sum += byte;
      x.push_back(static_cast<float>(byte) / 255.0f);
    }
  }
  data.x = Tensor::from(x, {n, features});
  data.y = Tensor::from(labels, {n});
  if (rule.at("binary").as_bool()) {
    std::vector<float> halves;
    for (int32_t label : labels) halves.push_back(static_cast<float>(label % 2));
    data.y = Tensor::from(halves, {n, 1});
  }
  return data;
}

class GoldenRun : public testing::TestWithParam<std::string> {
 protected:
  GoldenRun() : golden_(GetParam()) {}

  void expect_weights(const std::vector<Tensor>& actual, const Config& expected, double tolerance) {
    ASSERT_EQ(actual.size(), expected.size());
    for (size_t i = 0; i < actual.size(); ++i) {
      SCOPED_TRACE("weight " + std::to_string(i));
      expect_result(golden_, actual[i], expected[i], tolerance);
    }
  }

  Golden golden_;
};

// Takes down what Keras' recorder took down.
class Recorder : public Callback {
 public:
  explicit Recorder(const Model& model) : model_(model) {}
  void on_train_batch_end(int64_t, Logs& logs) override {
    if (losses.size() < 32) losses.push_back(static_cast<float>(logs["loss"]));
  }
  void on_epoch_end(int64_t epoch, Logs&) override {
    if (epoch == 0) weights = model_.get_weights();
  }
  std::vector<float> losses;
  std::vector<Tensor> weights;

 private:
  Model model_;
};

TEST_P(GoldenRun, FiveEpochsFromTheSeedEqualKeras) {
  const Config& document = golden_.document();
  const MadeData data = make_data(document.at("data"));
  ASSERT_EQ(static_cast<int64_t>(data.sum), document.at("data_check").at("sum").as_int());

  utils::clear_session();
  utils::set_random_seed(document.at("set_random_seed").as_int());
  const Model model = Model::from_config(document.at("config"));
  expect_weights(model.get_weights(), document.at("initial_weights"), forward_tolerance);

  const Config& compiled = document.at("compile");
  CompileOptions options{.optimizer = Optimizer::from_config(compiled.at("optimizer"))};
  options.loss = losses_of(compiled.at("loss"));
  options.metrics = metrics_of(compiled.get("metrics"));
  options.weighted_metrics = metrics_of(compiled.get("weighted_metrics"));
  model.compile(options);

  Recorder recorder(model);
  FitOptions fit = fit_options_of(golden_, document.at("fit"));
  fit.callbacks = {recorder};
  const History history = model.fit(data.x, data.y, fit);

  expect_no_advice(model, data.x, data.y);

  const Tensor losses = golden_.tensor(document.at("first_losses"));
  recorder.losses.resize(static_cast<size_t>(losses.shape()[0]));
  EXPECT_TRUE(is_close(Tensor::from(recorder.losses, losses.shape()), losses, training_tolerance,
                       golden_.exact(document.at("first_losses"))));
  expect_weights(recorder.weights, document.at("weights_after_epoch_1"), training_tolerance);
  for (const auto& [key, values] : document.at("history").as_dict()) {
    const auto wanted = Codec<std::vector<double>>::read(values);
    const auto exact = Codec<std::vector<double>>::read(document.at("history_f64").at(key));
    const Shape shape{static_cast<int64_t>(wanted.size())};
    EXPECT_TRUE(is_close(Tensor::from(history[key], shape), Tensor::from(wanted, shape),
                         training_tolerance, Tensor::from(exact, shape)))
        << key;
  }
  expect_weights(model.get_weights(), document.at("final_weights"), training_tolerance);
  expect_logs(model.evaluate(data.x, data.y, {.verbose = 0, .return_dict = true}),
              document.at("evaluate"));
}

TEST(GoldenShuffle, RowsComeInKerasOrder) {
  const Golden golden("runs/shuffle.npz");
  for (const Config& item : golden.at("cases").as_list()) {
    SCOPED_TRACE(to_json(item.at("fits")));
    utils::set_random_seed(item.at("set_random_seed").as_int());
    const int64_t n = item.at("n").as_int();
    const Model model =
        Sequential({layers::InputLayer({1}),
                    layers::Dense(1, {.use_bias = false, .kernel_initializer = "ones"})});
    // The loss is the row's number, so its running mean tells which row came.
    model.compile({.optimizer = optimizers::SGD(0.0),
                   .loss = [](const Tensor&, const Tensor& y_pred) { return y_pred; }});
    struct OrderReader : Callback {
      void on_epoch_begin(int64_t, Logs&) override {
        orders.emplace_back();
        sum = 0.0;
      }
      void on_train_batch_end(int64_t batch, Logs& logs) override {
        const double total = logs["loss"] * static_cast<double>(batch + 1);
        orders.back().push_back(static_cast<int64_t>(std::lround(total - sum)));
        sum = total;
      }
      std::vector<std::vector<int64_t>> orders;
      double sum = 0.0;
    } reader;
    std::vector<float> rows;
    for (int64_t i = 0; i < n; ++i) rows.push_back(static_cast<float>(i));
    const Tensor x = Tensor::from(rows, {n, 1});
    for (const Config& kwargs : item.at("fits").as_list()) {
      FitOptions fit = fit_options_of(golden, kwargs);
      fit.shuffle = !kwargs.has("shuffle") || kwargs.at("shuffle").as_bool();
      fit.batch_size = item.at("batch_size").as_int();
      fit.callbacks = {reader};
      model.fit(x, x, fit);
    }
    EXPECT_EQ(Codec<std::vector<std::vector<int64_t>>>::write(reader.orders),
              item.at("epoch_orders"));
  }
}

std::vector<std::string> run_files() {
  std::vector<std::string> files;
  for (const std::string& file : golden_files("runs")) {
    const bool is_run =
        file.find("_initial") == std::string::npos && file.find("shuffle") == std::string::npos;
    if (is_run) files.push_back(file);
  }
  return files;
}

INSTANTIATE_TEST_SUITE_P(Runs, GoldenRun, testing::ValuesIn(run_files()), name_of_case);

}  // namespace

}  // namespace keratin
