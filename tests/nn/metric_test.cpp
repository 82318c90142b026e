// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/metric.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>

#include "keratin/base/error.h"
#include "keratin/base/naming.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/graph/trace.h"
#include "keratin/nn/metrics.h"
#include "tests/support/close.h"
#include "tests/support/golden.h"
#include "tests/support/message.h"
#include "tests/support/run_graph.h"

namespace keratin {
namespace {

using namespace testing_support;

std::vector<Tensor> arguments_of(const Golden& golden, const Config& update) {
  if (update.has("values")) {
    return {golden.tensor(update.at("values")), golden.tensor(update.at("sample_weight")), {}};
  }
  if (update.has("arguments")) {
    std::vector<Tensor> arguments(3);
    for (size_t i = 0; i < update.at("arguments").size(); ++i) {
      arguments[i] = golden.tensor(update.at("arguments")[i]);
    }
    return arguments;
  }
  return {golden.tensor(update.at("y_true")), golden.tensor(update.at("y_pred")),
          golden.tensor(update.at("sample_weight"))};
}

// Updates a metric as part of a traced step, and gives the result that the step returns.
Tensor traced_update(const Metric& metric, const std::vector<Tensor>& arguments) {
  std::shared_ptr<Graph> graph;
  {
    Trace trace;
    std::vector<Tensor> inputs;
    for (const Tensor& argument : arguments) {
      inputs.push_back(argument.defined() ? trace.input(argument.spec(), "x") : Tensor());
    }
    metric.update_state(inputs[0], inputs[1], inputs[2]);
    graph = trace.finish({metric.result()});
  }
  std::vector<Tensor> given;
  for (const Tensor& argument : arguments) {
    if (argument.defined()) given.push_back(argument);
  }
  return run_graph(*graph, given)[0];
}

Metric in_float64(const Config& object) {
  Config config = object.at("config");
  config.set("dtype", "float64");
  return Metric::from_config(
      envelope("keras.metrics", object.at("class_name").as_string(), config));
}

Tensor widened(const Tensor& x) {
  return x.defined() && is_float(x.dtype()) ? x.cast(DType::float64) : x;
}

// Where values of both signs cancel, a mean is compared with its float64 run; that run must itself
// agree with Keras.
Tensor checked(const Tensor& exact, const Tensor& expected) {
  return is_close(exact.cast(DType::float32), expected, 1e-5) ? exact : Tensor();
}

void check_updates(const Golden& golden, const Config& c) {
  const Metric eager = Metric::from_config(c.at("object"));
  const Metric traced = Metric::from_config(c.at("object"));
  const Metric wide = in_float64(c.at("object"));
  EXPECT_EQ(to_json(eager.to_config()), to_json(c.at("object")));
  for (const Config& update : c.at("updates").as_list()) {
    const std::vector<Tensor> arguments = arguments_of(golden, update);
    eager.update_state(arguments[0], arguments[1], arguments[2]);
    wide.update_state(widened(arguments[0]), widened(arguments[1]), widened(arguments[2]));
    const Tensor expected = golden.tensor(update.at("result"));
    const Tensor exact = checked(wide.result(), expected);
    expect_close(eager.result(), expected, forward_tolerance, exact);
    expect_close(traced_update(traced, arguments), expected, forward_tolerance, exact);
    expect_close(traced.result(), expected, forward_tolerance, exact);
  }
  if (c.has("variables")) {
    const std::vector<Variable> variables = eager.variables();
    ASSERT_EQ(variables.size(), c.at("variables").size());
    for (size_t i = 0; i < variables.size(); ++i) {
      const Tensor expected = golden.tensor(c.at("variables")[i]);
      expect_close(variables[i], expected, forward_tolerance,
                   checked(wide.variables()[i].value(), expected));
    }
    eager.reset_state();
    // Nothing after a reset: NaN where Keras divides 0 by 0.
    expect_close(eager.result(), golden.tensor(c.at("after_reset")), 0.0);
  }
  if (c.has("paths")) {
    for (size_t i = 0; i < eager.variables().size(); ++i) {
      EXPECT_EQ(eager.variables()[i].path(), c.at("paths")[i].as_string());
    }
  }
}

void check_function(const Golden& golden, const Config& c) {
  const std::string name = c.at("function").as_string();
  const Tensor t = golden.tensor(c.at("y_true"));
  const Tensor p = golden.tensor(c.at("y_pred"));
  const std::map<std::string, Metric::Function> functions{
      {"binary_accuracy", metrics::binary_accuracy},
      {"categorical_accuracy", metrics::categorical_accuracy},
      {"sparse_categorical_accuracy", metrics::sparse_categorical_accuracy},
      {"top_k_categorical_accuracy", metrics::top_k_categorical_accuracy},
      {"sparse_top_k_categorical_accuracy", metrics::sparse_top_k_categorical_accuracy},
      {"pearson_correlation", metrics::pearson_correlation},
      {"concordance_correlation", metrics::concordance_correlation},
      {"mean_squared_error", metrics::mean_squared_error},
      {"mean_absolute_error", metrics::mean_absolute_error}};
  const Tensor value = functions.at(name)(t, p);
  expect_close(value, golden.tensor(c.at("output")), forward_tolerance);
}

TEST(Metric, ResultsEqualKerasAtOnceAndTraced) {
  size_t count = 0;
  const std::string folder = std::string(KERATIN_GOLDEN_DIR) + "/metrics";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string file = entry.path().filename().string();
    if (file == "string_resolution.npz") continue;
    const Golden golden("metrics/" + file);
    for (const Config& c : golden.at("cases").as_list()) {
      SCOPED_TRACE(file + ": " + to_json(c));
      ++count;
      if (c.has("function")) {
        check_function(golden, c);
      } else {
        check_updates(golden, c);
      }
    }
  }
  EXPECT_GT(count, 100U);
}

TEST(Metric, FurtherOnesEqualKeras) {
  const Golden golden("nn.npz");
  for (const Config& c : golden.at("metrics").as_list()) {
    SCOPED_TRACE(to_json(c));
    check_updates(golden, c);
  }
}

TEST(Metric, MasksOfPredictionsCountAsInKeras) {
  const Golden golden("nn.npz");
  for (const Config& c : golden.at("masked").as_list()) {
    SCOPED_TRACE(to_json(c));
    const Metric metric = metrics::MeanSquaredError();
    metric.update_state(golden.tensor(c.at("y_true")),
                        golden.tensor(c.at("y_pred")).with_mask(golden.tensor(c.at("mask"))),
                        golden.tensor(c.at("sample_weight")));
    expect_close(metric.result(), golden.tensor(c.at("metric")), forward_tolerance);
  }
}

TEST(Metric, NamesAreResolvedByShapesAsInKeras) {
  const Golden golden("metrics/string_resolution.npz");
  for (const Config& c : golden.at("cases").as_list()) {
    SCOPED_TRACE(to_json(c));
    const std::string name = c.at("string").as_string();
    const Tensor y_true = golden.tensor(c.at("y_true"));
    const Tensor y_pred = golden.tensor(c.at("y_pred"));
    const auto update = [&] {
      Metric metric = resolve_metric(name, y_true.shape(), y_pred.shape());
      metric.update_state(y_true, y_pred);
      return metric;
    };
    if (c.has("raises")) {
      EXPECT_THROW(update(), Error);
      continue;
    }
    const Metric metric = update();
    EXPECT_EQ(metric.to_config().at("class_name"), c.at("class"));
    EXPECT_EQ(metric.name(), c.at("result").as_dict()[0].first);
    EXPECT_NEAR(metric.result().item<double>(), c.at("result").at(metric.name()).as_number(), 1e-6);
  }
}

struct Hits : CustomMetric<Hits> {
  Variable hits = add_variable("hits");
  Variable weight = add_variable("weight", {2}, "ones");
  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor&) {
    hits.assign_add(ops::sum(ops::cast(y_true == y_pred, DType::float32)));
  }
  Tensor result() { return hits * weight; }
  Direction direction() const { return Direction::max; }
};

struct Named : CustomMetric<Named> {
  explicit Named(std::string name = "mine") : CustomMetric(std::move(name)) {}
  void update_state(const Tensor&, const Tensor&, const Tensor&) { count.assign_add(1); }
  Tensor result() const { return count; }
  void reset_state() { count.assign(7); }
  Variable count = add_variable("count");
};

TEST(Metric, OfAUserKeepsItsStateInVariables) {
  reset_names();
  const Hits first;
  const Metric metric = first;
  EXPECT_EQ(metric.name(), "hits");
  EXPECT_EQ(Metric(Hits()).name(), "hits_1");
  EXPECT_EQ(metric.direction(), Direction::max);
  ASSERT_EQ(metric.variables().size(), 2U);
  EXPECT_EQ(metric.variables()[0].path(), "hits/hits");
  const Tensor labels = Tensor::from<float>({1, 2, 3}, {3});
  metric.update_state(labels, Tensor::from<float>({1, 0, 3}, {3}));
  EXPECT_EQ(traced_update(metric, {labels, labels, {}}).to_vector<float>(),
            (std::vector<float>{5, 5}));
  EXPECT_EQ(first.hits.value().item<float>(), 5.0F);
  metric.reset_state();
  EXPECT_EQ(metric.result().to_vector<float>(), (std::vector<float>{0, 0}));

  const Metric named = Named();
  EXPECT_EQ(named.name(), "mine");
  named.reset_state();
  named.update_state(labels, labels);
  EXPECT_EQ(named.result().item<float>(), 8.0F);
  EXPECT_EQ(to_json(named.to_config()),
            R"({"module": null, "class_name": "Named", "config": {"name": "mine", "dtype": )"
            R"("float32"}, "registered_name": "Custom>Named"})");
}

Tensor gap(const Tensor& y_true, const Tensor& y_pred) { return ops::mean(y_pred - y_true, -1); }

TEST(Metric, IsMadeFromNamesObjectsFunctionsAndClasses) {
  const std::vector<Metric> list = {"accuracy",
                                    "mse",
                                    metrics::MeanAbsoluteError(),
                                    gap,
                                    metrics::mean_squared_error,
                                    Hits(),
                                    [](const Tensor& t, const Tensor& p) { return gap(t, p); },
                                    {"gap", gap}};
  const Shape shape{4, 3};
  std::vector<std::string> names;
  for (const Metric& metric : list) names.push_back(resolve_metric(metric, shape, shape).name());
  names.erase(names.begin() + 5);
  EXPECT_EQ(names, (std::vector<std::string>{"accuracy", "mse", "mean_absolute_error", "function",
                                             "mean_squared_error", "lambda", "gap"}));
  EXPECT_EQ(resolve_metric(list[4], shape, shape).direction(), Direction::min);
  EXPECT_EQ(resolve_metric(list[0], shape, shape).direction(), Direction::max);
  EXPECT_EQ(resolve_metric(list[3], shape, shape).direction(), Direction::none);
  EXPECT_EQ(resolve_metric("MSE", shape, shape).variables()[0].path(), "mean_squared_error/total");
  EXPECT_EQ(metrics::Mean({.name = "a/b"}).variables()[0].path(), "a>b/total");
  EXPECT_FALSE(Metric(nullptr).defined());
}

TEST(Metric, ANameGivesEachModelItsOwnState) {
  const Metric name = "mse";
  const Metric a = resolve_metric(name, {2, 2}, {2, 2});
  const Metric b = resolve_metric(name, {2, 2}, {2, 2});
  a.update_state(Tensor::ones({2, 2}), Tensor::zeros({2, 2}));
  EXPECT_EQ(a.result().item<float>(), 1.0F);
  EXPECT_EQ(b.result().item<float>(), 0.0F);
  EXPECT_EQ(name.to_config(), Config("mse"));
  const Metric object = metrics::Mean();
  EXPECT_EQ(resolve_metric(object, {2}, {2}).variables()[0].path(), "mean/total");
  EXPECT_TRUE(resolve_metric(object, {2}, {2}).variables()[0].is(object.variables()[0]));
}

TEST(Metric, WorksWhereTheBatchIsNotKnown) {
  Trace trace;
  const Tensor y_true = trace.input({{None, 1}, DType::int32}, "y_true");
  const Tensor y_pred = trace.input({{None, 10}, DType::float32}, "y_pred");
  const Tensor weight = trace.input({{None}, DType::float32}, "weight");
  const Metric metric = resolve_metric("accuracy", y_true.shape(), y_pred.shape());
  metric.update_state(y_true, y_pred);
  metric.update_state(y_true, y_pred, weight);
  EXPECT_EQ(metric.result().shape(), Shape{});
}

TEST(Metric, TakesByPositionWhatKerasTakesSo) {
  const auto config = [](const Metric& metric) { return to_json(metric.get_config(), 1); };
  using namespace metrics;
  EXPECT_EQ(
      config(SensitivityAtSpecificity(0.7, {.num_thresholds = 9, .name = "m"})),
      config(SensitivityAtSpecificity({.specificity = 0.7, .num_thresholds = 9, .name = "m"})));
  EXPECT_EQ(config(RecallAtPrecision(0.8, {.name = "m"})),
            config(RecallAtPrecision({.precision = 0.8, .name = "m"})));
  EXPECT_EQ(config(MeanIoU(3, {.name = "m"})), config(MeanIoU({.num_classes = 3, .name = "m"})));
  EXPECT_EQ(config(IoU(3, {0, 2}, {.name = "m"})),
            config(IoU({.num_classes = 3, .target_class_ids = {0, 2}, .name = "m"})));
  EXPECT_EQ(config(OneHotIoU(3, {1}, {.name = "m"})),
            config(OneHotIoU({.num_classes = 3, .target_class_ids = {1}, .name = "m"})));
}

TEST(Metric, MisuseIsExplained) {
  EXPECT_EQ(message_of<ValueError>([] { Metric("acuracy"); }),
            "metric: expected the name of a metric, got 'acuracy'. Did you mean 'accuracy'?");
  EXPECT_EQ(message_of<ValueError>([] { Metric("mse").result(); }),
            "metric: expected a metric object, got the name or function 'mse'. Pass it to compile, "
            "or make an object of namespace metrics.");
  EXPECT_EQ(message_of<ValueError>([] { metrics::Mean().update_state(1.0, 2.0, 3.0); }),
            "mean: expected update_state(values, sample_weight), got a third argument. Leave it "
            "out.");
  EXPECT_EQ(message_of<ValueError>([] { metrics::Precision({.thresholds = 1.5, .name = "p"}); }),
            "p: expected thresholds from 0 to 1, got 1.5. Pass such numbers.");
  EXPECT_EQ(message_of<ValueError>([] { metrics::AUC({.curve = "RO", .name = "auc"}); }),
            "auc: expected the curve ROC or PR or PRGAIN, got 'RO'. Check the spelling.");
  EXPECT_EQ(message_of<ValueError>(
                [] { metrics::IoU({.num_classes = 2, .target_class_ids = {2}, .name = "iou"}); }),
            "iou: expected target_class_ids below 2, got 2. Classes count from 0.");
}

// As keras.metrics.sparse_categorical_accuracy and the like, which keep the axis or drop it.
TEST(Metric, ClassNumbersMayHaveAnAxisOfTheirOwn) {
  const Tensor y = Tensor::from({2, 0, 1}, {3, 1});
  const Tensor p = Tensor::from({0.1f, 0.2f, 0.7f, 0.4f, 0.5f, 0.1f, 0.3f, 0.3f, 0.4f}, {3, 3});
  using Floats = std::vector<float>;
  const Tensor hits = metrics::sparse_categorical_accuracy(y, p);
  EXPECT_EQ(hits.shape(), (Shape{3}));
  EXPECT_EQ(hits.to_vector<float>(), (Floats{1, 0, 0}));
  EXPECT_EQ(metrics::sparse_categorical_accuracy(y.reshape({3}), p).to_vector<float>(),
            (Floats{1, 0, 0}));
  const Tensor top = metrics::sparse_top_k_categorical_accuracy(y, p, 2);
  EXPECT_EQ(top.shape(), (Shape{3, 1}));
  EXPECT_EQ(top.to_vector<float>(), (Floats{1, 1, 1}));
  const Tensor rows = ops::one_hot(y, 3);  // [3, 1, 3]
  const Tensor kept = metrics::categorical_accuracy(rows, p);
  EXPECT_EQ(kept.shape(), (Shape{3, 1}));
  EXPECT_EQ(kept.to_vector<float>(), (Floats{1, 0, 0}));
}

}  // namespace
}  // namespace keratin
