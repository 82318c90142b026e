// SPDX-License-Identifier: Apache-2.0
// Metrics that layers track, against real Keras on the TensorFlow backend
// (tests/golden/make_training.py): on JAX Keras fails where a layer updates one in its call.
#include "tests/model/callbacks/support.h"
#include "tests/model/training_golden.h"

namespace keratin {
namespace {

using namespace testing_support;

struct SizeOptions {
  KERATIN_OPTIONS(SizeOptions);
  KERATIN_FIELD(std::string, metric, "Name of the metric.") = "size";
  KERATIN_LAYER_FIELDS;
};

struct Size : CustomLayer<Size, SizeOptions> {
  using CustomLayer::CustomLayer;
  Metric size = track(metrics::Mean({.name = options.metric}));
  Tensor call(const Tensor& inputs) {
    size.update_state(ops::abs(inputs));
    return inputs;
  }
};

struct Block : CustomLayer<Block> {
  using CustomLayer::CustomLayer;
  Size before = track(Size({.metric = "before"}));
  layers::Dense dense = track(layers::Dense(8, {.activation = "tanh"}));
  Size after = track(Size({.metric = "after"}));
  Metric calls = track(metrics::Sum({.name = "calls"}));
  Tensor call(const Tensor& inputs, bool training) {
    if (training) calls.update_state(1.0f);
    return after(dense(before(inputs)));
  }
};

Sequential measured_model() {
  const Sequential inner({layers::Input({8}), Size({.metric = "inner"}), layers::Dense(4)});
  return Sequential({layers::Input({5}), Size(), Block(), inner, Size(), layers::Dense(1)});
}

CompileOptions compile_options(bool eagerly) {
  return {.optimizer = optimizers::Adam(0.01),
          .loss = "mse",
          .metrics = {"mae"},
          .run_eagerly = eagerly};
}

// What the metrics of layers hold, one behind the other.
std::vector<double> held(const Model& model) {
  std::vector<double> values;
  for (const Metric& metric : model.metrics()) {
    if (metric.name() == "loss" || metric.name() == "mae") continue;
    values.push_back(metric.result().item<double>());
  }
  return values;
}

TEST(LayerMetrics, AreReportedAndResetAsInKeras) {
  const TrainingCase golden("layer_metrics");
  for (bool eagerly : {false, true}) {
    SCOPED_TRACE(eagerly);
    const Model model = measured_model();
    expect_fit(golden, model, compile_options(eagerly), golden.target());
    std::vector<std::string> names;
    for (const Metric& metric : model.metrics()) names.push_back(metric.name());
    EXPECT_EQ(names, Codec<std::vector<std::string>>::read(golden.at("metrics_names")));
    golden.expect_numbers(held(model), "losses");
  }
}

TEST(LayerMetrics, AreSetBackBeforeEachBatchOfOnesOwn) {
  const TrainingCase golden("layer_metrics");
  const Model model = measured_model();
  model.compile(compile_options(false));
  const auto calls = [&](const Logs& logs) { return logs["calls"]; };
  const Tensor x = golden.x(), y = golden.target();
  EXPECT_EQ(calls(model.train_on_batch(x, y)), 1.0);
  EXPECT_EQ(calls(model.train_on_batch(x, y)), 1.0);
  EXPECT_EQ(held(model)[1], 1.0);
  model.reset_metrics();
  EXPECT_EQ(held(model)[1], 0.0);
  EXPECT_EQ(calls(model.test_on_batch(x, y)), 0.0);
}

TEST(LayerMetrics, AreNoWeights) {
  const Model model = measured_model();
  EXPECT_EQ(model.weights().size(), 6u);
  EXPECT_EQ(model.count_params(), 5 * 8 + 8 + 8 * 4 + 4 + 4 + 1);
}

// A metric of the user's, which a functional model with a shared layer sees twice in a step.
struct Largest : CustomMetric<Largest> {
  using CustomMetric::CustomMetric;
  Variable value = add_variable("value");
  void update_state(const Tensor& values, const Tensor&, const Tensor&) {
    value.assign(ops::maximum(value, ops::max(values)));
  }
  Tensor result() { return value; }
};

struct Peak : CustomLayer<Peak> {
  using CustomLayer::CustomLayer;
  Largest largest = track(Largest("largest"));
  Tensor call(const Tensor& inputs) {
    largest.update_state(inputs, {}, {});
    return inputs;
  }
};

TEST(LayerMetrics, OfASharedLayerSeeEveryCall) {
  const Tensor first = layers::Input({1}), second = layers::Input({1});
  const Peak peak;
  const Model model({first, second}, layers::Add()({peak(first), peak(second)}));
  model.compile({.optimizer = "sgd", .loss = "mse"});
  const Tensor small = Tensor::from({1.0f, 2.0f}, {2, 1}), large = small * 3.0;
  EXPECT_EQ(model.test_on_batch({small, large}, small)["largest"], 6.0);
  EXPECT_EQ(model.evaluate({large, small}, small, {.verbose = 0})["largest"], 6.0);
  EXPECT_EQ(model.evaluate({small, small}, small, {.verbose = 0})["largest"], 2.0);
}

TEST(LayerMetrics, AreInTheBackupOfARun) {
  struct Interrupt : Callback {
    void on_train_batch_begin(int64_t batch, Logs&) override {
      if (++count == 14) throw std::runtime_error("in batch " + std::to_string(batch));
    }
    int count = 0;
  };
  const TrainingCase golden("layer_metrics");
  const WorkingFolder folder;
  const auto fit = [&](Callbacks all) {
    const Model model = measured_model();
    model.set_weights(golden.tensors("weights"));
    model.compile(compile_options(false));
    return model.fit(golden.x(), golden.target(),
                     {.epochs = 2,
                      .batch_size = batch_size,
                      .verbose = 0,
                      .callbacks = std::move(all),
                      .shuffle = false});
  };
  const History whole = fit({});
  const callbacks::BackupAndRestoreOptions backup{.backup_dir = "backup", .save_freq = 3};
  EXPECT_THROW(fit({callbacks::BackupAndRestore(backup), Interrupt()}), std::runtime_error);
  const History resumed = fit({callbacks::BackupAndRestore(backup)});
  EXPECT_EQ(resumed.history, whole.history);
  EXPECT_EQ(resumed["calls"], (std::vector<double>{8, 8}));
}

TEST(LayerMetrics, AModelThatNamesItsMetricsLeavesThemOut) {
  struct Own : CustomModel<Own> {
    Size size = track(Size());
    layers::Dense head = track(layers::Dense(1));
    Metric mean = track(keratin::metrics::Mean({.name = "mean"}));
    Tensor call(const Tensor& x) { return head(size(x)); }
    std::vector<Metric> metrics() const { return {mean}; }
  };
  const Own own;
  own.compile({.optimizer = "sgd", .loss = "mse"});
  const Logs logs = own.train_on_batch(Tensor::ones({2, 3}), Tensor::ones({2, 1}));
  EXPECT_EQ(logs.names(), std::vector<std::string>{"mean"});
}

}  // namespace
}  // namespace keratin
