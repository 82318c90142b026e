// SPDX-License-Identifier: Apache-2.0
// Forms that are easy to get wrong, compile-only: layers, models, compile, fit and what users
// write.
#include <keratin/keratin.h>

#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

using namespace keratin;

static_assert(!std::is_constructible_v<Losses, int> && !std::is_constructible_v<Metrics, int>);
static_assert(!std::is_convertible_v<Tensor, Data>, "a batch says which part is what");
static_assert(std::is_same_v<decltype(std::declval<Logs>()["loss"]), double>);
static_assert(std::is_aggregate_v<FitOptions> && std::is_aggregate_v<CompileOptions>);
static_assert(std::is_aggregate_v<layers::DenseOptions>);

namespace {

Tensor scaled_error(const Tensor& y_true, const Tensor& y_pred) {
  return ops::mean(ops::square(y_true - y_pred), -1) * 0.1;
}

struct HuberOptions {
  double delta = 1.0;
};

struct Huber : CustomLoss<Huber> {
  explicit Huber(HuberOptions given = {}) : delta(given.delta) {}
  double delta;
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const {
    return ops::mean(ops::minimum(ops::square(y_true - y_pred), delta), -1);
  }
};

struct Rmse : CustomMetric<Rmse> {
  Variable sum = add_variable("mse_sum"), count = add_variable("total_samples");
  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& /*weights*/) {
    sum.assign_add(ops::sum(ops::square(y_true - y_pred)));
    count.assign_add(y_pred.shape()[0]);
  }
  Tensor result() const { return ops::sqrt(sum / count); }
};

[[maybe_unused]] void advice_and_practice(const Model& model, const Tensor& x, const Tensor& y) {
  utils::set_advice(!utils::advice());
  for (const Finding& finding : advise(model, x, y, {.validation_split = 0.2})) {
    const std::string all = finding.code + finding.part + finding.sentence + finding.use;
  }
  const TaskAdvice row = advise("binary")[0];
  model.compile({.loss = Loss(row.loss),
                 .metrics = {metrics::Specificity(), metrics::NDCG({.k = 5}), "cohen_kappa"}});
  const Metric curve = metrics::ROCCurve();
  curve.update_state(y, model.predict(x).tensor());
  const std::vector<double> rates = metrics::roc_curve(y, x).true_positive_rate;
}

[[maybe_unused]] void reports(const Model& model, const Tensor& x, const Tensor& y) {
  evaluation_report(model, x, y).save("report.html");
  const EvaluationReport report =
      evaluation_report(model, x, {{"age", y}}, {.class_names = {"young", "old"}, .title = "Ages"});
  const double accuracy = report.sections[0]["accuracy"].value + report.scores["loss"];
  plot::Figure figure;
  draw_curve(figure.add_axes(), metrics::roc_curve(y, x), {.label = "age"});
  draw_curve(figure.add_axes(), metrics::precision_recall_curve(y, x));
  figure.save("curves.svg", accuracy);
}

[[maybe_unused]] void losses_and_metrics(const Model& model, bool strict) {
  const auto error = [](const Tensor& y_true, const Tensor& y_pred) { return y_true - y_pred; };
  const Rmse rmse;
  const std::string name = "age";
  const std::vector<Loss> many_losses{"mse", "mae"};
  const std::vector<Metric> many_metrics{"acc", rmse, error};

  for (const Losses& loss :
       {Losses("mse"), Losses(losses::mean_squared_error), Losses(losses::MeanSquaredError()),
        Losses(error), Losses(scaled_error), Losses(Huber()), Losses(Loss("named", error)),
        Losses{"mse"}, Losses{"mse", "mae"}, Losses{"mse", error}, Losses{error, Huber()},
        Losses{{"age", "mse"}}, Losses{{"age", error}}, Losses{{name, Huber({.delta = 2})}},
        Losses{{"age", "mse"}, {"income", error}, {"none", nullptr}}, Losses(many_losses),
        Losses(nullptr), Losses()}) {
    model.compile({.optimizer = "rmsprop", .loss = loss});
  }
  for (const Metrics& each :
       {Metrics("acc"), Metrics{"acc"}, Metrics{"acc", "mae"}, Metrics{"acc", rmse, error},
        Metrics{Rmse()}, Metrics{metrics::BinaryAccuracy({.threshold = 0.3})},
        Metrics{{"age", "mae"}}, Metrics{{"age", {"mae", rmse}}}, Metrics{{name, error}},
        Metrics{{"age", {"mae", "mse"}}, {"income", "acc"}, {"other", {rmse}}},
        Metrics{{"mae"}, {"acc"}}, Metrics::list({{"mae", "mse"}, {"acc"}, {}}),
        Metrics(many_metrics), Metrics(nullptr), Metrics()}) {
    model.compile({.metrics = each, .weighted_metrics = each, .run_eagerly = strict});
  }
  model.compile({.optimizer = optimizers::Adam(1e-4), .loss = "mse", .metrics = {"acc"}});
  model.compile({.optimizer = optimizers::SGD({.learning_rate = 0.1, .momentum = 0.9}),
                 .loss = {"mse", "mae"},
                 .loss_weights = {0.25, 1, 10},
                 .metrics = {{"mae"}, {"acc"}}});
  model.compile({.loss = {{"age", "mse"}, {"gender", "binary_crossentropy"}},
                 .loss_weights = {{"age", 0.25}, {"gender", 10}},
                 .metrics = {{"age", {"mae"}}, {"gender", "acc"}}});
  model.compile({.optimizer = strict ? "adam" : "rmsprop",
                 .loss = strict ? Loss("mse") : Loss(error),
                 .loss_weights = nullptr,
                 .metrics = strict ? Metrics{"acc", "mae"} : Metrics{}});
}

[[maybe_unused]] void tapes_and_functions(const Model& model, const Variable& w, const Nest& nest) {
  GradientTape tape(true);
  const Tensor x = 3.0f;
  tape.watch(x);
  tape.watch(w);
  tape.watch({x, w});
  const Tensor y = model(nest);
  const std::vector<Variable> weights = model.trainable_weights();
  std::vector<Tensor> gradients = tape.gradient(y, weights);
  gradients = tape.gradient(model(nest), {w, x}, {.unconnected_gradients = "zero"});
  Tensor gradient = tape.gradient(y, x, {.output_gradients = y});
  gradient = tape.gradient(y, nest) + tape.gradient(y, w);
  gradients = tape.jacobian(y, weights);
  gradients = tape.jacobian(y, {w, x}, {.unconnected_gradients = "zero"});
  gradient = tape.jacobian(y, nest) + tape.jacobian(y, w);
  gradient = tape.batch_jacobian(y, nest) + tape.batch_jacobian(y, w);
  gradient = tape.batch_jacobian(y, x, {.unconnected_gradients = "zero"});
  { const auto stopped = tape.stop_recording(); }
  tape.reset();
  const auto step = keratin::function(
      [&](const Nest& inputs, const Data& data, const Variable& to, const Tensor& rate) {
        to.assign_sub(model(inputs) * rate);
        return Nest{data.x, data.y};
      });
  const Nest results = step(nest, Data(x), w, 0.1);
  const Function count = keratin::function([](const std::vector<Tensor>& all) { return all; });
  gradients = count(gradients);
  keratin::function([&] { w.assign_add(1.0); })();
  for (const Metric& metric : model.metrics()) metric.reset_state();
  for (const Tensor& loss : model.losses()) gradient = gradient + loss;
}

struct PrintLoss : Callback {
  std::vector<double> losses;
  void on_batch_end(int64_t /*batch*/, Logs& logs) override { losses.push_back(logs["loss"]); }
  void on_epoch_end(int64_t epoch, Logs& logs) override {
    if (logs.has("val_loss") && logs["val_loss"] > 10) model().set_stop_training(true);
    logs.set("epoch", static_cast<double>(epoch));
  }
};

[[maybe_unused]] void fitting(const Model& model, const Tensor& x, const Tensor& y, const Tensor& w,
                              const Nest& nest, const Generator& generator) {
  PrintLoss print_loss;
  callbacks::EarlyStopping stop({.monitor = "val_loss", .patience = 2});
  const FitOptions few{.epochs = 2, .batch_size = 128};
  const auto batches = [&, n = 0]() mutable -> std::optional<Data> {
    if (++n > 10) return std::nullopt;
    return Data(x, y);
  };

  model.fit(x, y);
  model.fit(x, y, few);
  model.fit(nest, nest, {.epochs = 5, .batch_size = 128, .verbose = 0});
  model.fit(x, nullptr, {.epochs = 2});
  model.fit({x, y}, nullptr);
  model.fit({x}, y);
  model.fit({x, nest}, {y, y}, {.verbose = "auto", .shuffle = "batch"});
  model.fit({{"title", x}, {"tags", x}}, {{"priority", y}, {"department", y}}, {.epochs = 1});
  model.fit({{"title", x}}, y, few);
  model.fit({{"title", x}, {"pair", {x, x}}}, {y, {y, y}});
  model.fit(x, y, {.validation_split = 0.2, .shuffle = false});
  model.fit(x, y, {.validation_data = {x, y}});
  model.fit(x, y, {.validation_data = {x, y, w}, .callbacks = {stop}});
  model.fit(x, y, {.validation_data = {{x, x}, {y, y}}, .callbacks = {print_loss, stop}});
  model.fit(x, y, {.validation_data = {{{"title", x}}, {{"priority", y}}}});
  model.fit(x, y, {.validation_data = Data(x, y)});
  model.fit(x, y, {.validation_data = generator, .validation_steps = 5});
  model.fit(x, y, {.callbacks = {PrintLoss(), callbacks::EarlyStopping({.patience = 1}), stop}});
  model.fit(x, y, {.class_weight = {{0, 1.0}, {1, 2.5}}, .initial_epoch = 3});
  model.fit(x, y, {.class_weight = {{0, 2.0}}, .validation_freq = 2});
  model.fit(x, y, {.sample_weight = w, .validation_freq = {1, 5, 10}});
  model.fit({x, x}, {y, y}, {.sample_weight = {w, w}});
  model.fit({x, x}, {y, y}, {.sample_weight = {{"age", w}}});
  model.fit(generator, {.epochs = 2, .steps_per_epoch = 100});
  model.fit(batches, {.validation_data = {x, y}, .callbacks = {stop}, .steps_per_epoch = 10});
  model.fit([&]() -> std::optional<Data> { return Data({x, x}, y, w); }, {.steps_per_epoch = 1});

  Callbacks list{stop, print_loss};
  list.push_back(PrintLoss());
  const History history = model.fit(x, y, {.callbacks = list});
  const std::vector<double> losses = history["loss"];
  Logs logs = model.evaluate(x, y, {.batch_size = 128, .verbose = 0});
  const double accuracy = logs["accuracy"] + logs[1] + logs[size_t{0}] + model.evaluate(x, y)[0];
  logs = model.evaluate({x, x}, {y, y});
  logs = model.evaluate({{"title", x}}, {{"priority", y}}, {.sample_weight = {{"priority", w}}});
  logs = model.evaluate(generator, {.steps = 10});
  logs = model.train_on_batch(x, y);
  logs = model.train_on_batch(x, y, {.class_weight = {{0, accuracy}}});
  logs = model.test_on_batch({x, x}, y, {.sample_weight = w});

  Nest predictions = model.predict(x);
  predictions = model.predict({x, x}, {.batch_size = 32, .verbose = 0});
  predictions = model.predict({{"title", x}});
  predictions = model.predict(batches, {.steps = 3});
  const Tensor first = predictions[0], row = predictions[0][{0, -1}], head = predictions["head"];
  const int64_t best = ops::argmax(predictions[0]).item<int64_t>();
  predictions = model.predict_on_batch(predictions["head"][best] + first + row + head);
}

}  // namespace
