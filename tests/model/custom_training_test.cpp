// SPDX-License-Identifier: Apache-2.0
// Steps and parts of steps that users write, against real Keras: those with a tape on the
// TensorFlow backend, the others on JAX (tests/golden/make_training.py).
#include <memory>

#include "tests/model/training_golden.h"

namespace keratin {
namespace {

using namespace testing_support;

struct OwnStep : CustomModel<OwnStep> {
  layers::Dense hidden = track(layers::Dense(16, {.activation = "relu"}));
  layers::Dense head = track(layers::Dense(3, {.activation = "softmax"}));
  Loss loss_fn = losses::SparseCategoricalCrossentropy();
  Metric loss_tracker = track(keratin::metrics::Mean({.name = "loss"}));

  Tensor call(const Tensor& inputs) { return head(hidden(inputs)); }
  Nest train_step(const Data& data) {
    GradientTape tape;
    const Tensor predictions = (*this)(data.x, {.training = true});
    const Tensor loss = loss_fn(data.y, predictions);
    optimizer().apply(tape.gradient(loss, trainable_weights()), trainable_weights());
    loss_tracker.update_state(loss);
    return {{"loss", loss_tracker.result()}, {"batch", loss}, {"a", ops::max(predictions)}};
  }
  Nest test_step(const Data& data) {
    loss_tracker.update_state(loss_fn(data.y, (*this)(data.x, {.training = false})));
    return {{"loss", loss_tracker.result()}};
  }
  Nest predict_step(const Data& data) { return ops::log((*this)(data.x)); }
  std::vector<Metric> metrics() const { return {loss_tracker}; }
};

// Has what its derived models share: the layers and the tracker that Keras' CompiledStep inherits.
template <class User>
struct Compiled : CustomModel<User> {
  layers::Dense hidden = this->track(layers::Dense(16, {.activation = "relu"}));
  layers::Dense head = this->track(layers::Dense(3, {.activation = "softmax"}));
  Metric loss_tracker = this->track(keratin::metrics::Mean({.name = "loss"}));
  Tensor call(const Tensor& inputs) { return head(hidden(inputs)); }
};

struct CompiledStep : Compiled<CompiledStep> {
  Nest train_step(const Data& data) {
    GradientTape tape;
    const Nest predictions = (*this)(data.x, {.training = true});
    const Tensor loss = compute_loss(data.x, data.y, predictions, data.sample_weight);
    optimizer().apply(tape.gradient(loss, trainable_weights()), trainable_weights());
    for (const Metric& metric : metrics()) {
      if (metric.name() == "loss") {
        metric.update_state(loss);
      } else {
        metric.update_state(data.y, predictions);
      }
    }
    return get_metrics_result();
  }
};

struct RawStep : Compiled<RawStep> {
  Nest train_step(const Data& data) {
    GradientTape tape;
    const Tensor loss = compute_loss(data.x, data.y, (*this)(data.x, {.training = true}));
    optimizer().apply(tape.gradient(loss, trainable_weights()), trainable_weights());
    return {{"loss", loss + 7.0}};
  }
};

TEST(CustomTraining, AStepOfOnesOwn) {
  const TrainingCase golden("own_step");
  for (bool eagerly : {false, true}) {
    SCOPED_TRACE(eagerly);
    expect_fit(golden, OwnStep(), {.optimizer = optimizers::Adam(0.01), .run_eagerly = eagerly},
               golden.labels());
  }
}

TEST(CustomTraining, AStepAroundTheCompiledLoss) {
  const TrainingCase golden("compiled_step");
  for (bool eagerly : {false, true}) {
    SCOPED_TRACE(eagerly);
    expect_fit(golden, CompiledStep(),
               {.optimizer = optimizers::Adam(0.01),
                .loss = "sparse_categorical_crossentropy",
                .metrics = {"accuracy"},
                .run_eagerly = eagerly},
               golden.labels());
  }
}

TEST(CustomTraining, AnEpochReportsTheMetricsOfTheNamesThatAStepReturns) {
  const TrainingCase golden("raw_step");
  expect_fit(golden, RawStep(),
             {.optimizer = optimizers::SGD(0.05), .loss = "sparse_categorical_crossentropy"},
             golden.labels());
}

template <class User>
struct WithPart : CustomModel<User> {
  layers::Dense hidden =
      this->track(layers::Dense(16, {.activation = "tanh", .kernel_regularizer = "l2"}));
  layers::Dense head = this->track(layers::Dense(1));
  Metric part_tracker = this->track(keratin::metrics::Mean({.name = "part"}));
  Tensor call(const Tensor& inputs) { return head(hidden(inputs)); }
};

struct OwnLoss : WithPart<OwnLoss> {
  Tensor compute_loss(const Nest& x, const Nest& y, const Nest& y_pred, const Nest&,
                      bool training) {
    const Tensor part =
        ops::mean(ops::square(y.tensor() - y_pred.tensor())) * (training ? 1.0 : 2.0);
    part_tracker.update_state(part);
    return part + ops::sum(ops::stack(losses())) + 0.01 * ops::mean(ops::abs(x));
  }
};

struct OwnMetrics : WithPart<OwnMetrics> {
  Nest compute_metrics(const Nest& x, const Nest& y, const Nest& y_pred, const Nest& weight) {
    const Nest results = CustomModel::compute_metrics(x, y, y_pred, weight);
    part_tracker.update_state(ops::max(ops::abs(y.tensor() - y_pred.tensor())));
    std::vector<Nest::Item> items = results.items();
    std::erase_if(items, [](const Nest::Item& item) { return item.first == "part"; });
    items.emplace_back("part", part_tracker.result());
    return Nest::dict(items);
  }
};

TEST(CustomTraining, ALossOfOnesOwn) {
  const TrainingCase golden("own_loss");
  for (bool eagerly : {false, true}) {
    SCOPED_TRACE(eagerly);
    expect_fit(golden, OwnLoss(), {.optimizer = optimizers::RMSprop(0.01), .run_eagerly = eagerly},
               golden.target());
  }
}

TEST(CustomTraining, MetricsOfOnesOwn) {
  const TrainingCase golden("own_metrics");
  for (bool eagerly : {false, true}) {
    SCOPED_TRACE(eagerly);
    expect_fit(golden, OwnMetrics(),
               {.optimizer = optimizers::RMSprop(0.01),
                .loss = "mse",
                .metrics = {"mae"},
                .run_eagerly = eagerly},
               golden.target());
  }
}

struct Sparse : CustomLayer<Sparse> {
  Tensor call(const Tensor& inputs, bool training) {
    if (training) add_loss(0.01 * ops::mean(ops::square(inputs)));
    add_loss(1e-4 * ops::abs(inputs));
    return inputs;
  }
};

struct Adding : CustomModel<Adding> {
  layers::Dense hidden = track(layers::Dense(
      16, {.activation = "tanh", .kernel_regularizer = "l2", .activity_regularizer = "l2"}));
  Sparse sparse = track(Sparse());
  layers::Dense head = track(layers::Dense(1));
  Tensor call(const Tensor& inputs, const CallArgs& args) {
    const Tensor y = head(sparse(hidden(inputs), args));
    add_loss(0.1 * ops::mean(ops::square(y)));
    return y;
  }
};

TEST(CustomTraining, LossesThatLayersAndModelsAdd) {
  const TrainingCase golden("add_loss");
  for (bool eagerly : {false, true}) {
    SCOPED_TRACE(eagerly);
    expect_fit(golden, Adding(),
               {.optimizer = optimizers::Adam(0.01),
                .loss = "mae",
                .metrics = {"mse"},
                .run_eagerly = eagerly},
               golden.target());
  }
}

TEST(CustomTraining, AddedLossesAreEnough) {
  const TrainingCase golden("add_loss_alone");
  expect_fit(golden, Adding(), {.optimizer = optimizers::SGD(0.1)}, {});
}

struct Watched : CustomModel<Watched> {
  layers::Dense head = track(layers::Dense(1));
  std::shared_ptr<std::vector<double>> seen = std::make_shared<std::vector<double>>();
  Tensor call(const Tensor& inputs) { return head(inputs); }
  Nest train_step(const Data& data) {
    const Nest logs = CustomModel::train_step(data);
    if (data.x.tensor().is_concrete()) seen->push_back(logs["loss"].item<double>());
    return logs;
  }
};

TEST(CustomTraining, AnEagerStepSeesData) {
  const TrainingCase golden("add_loss");
  for (bool eagerly : {false, true}) {
    const Watched model;
    model.compile({.optimizer = "sgd", .loss = "mse", .run_eagerly = eagerly});
    const History history = model.fit(golden.x(), golden.target(),
                                      {.epochs = 1, .batch_size = batch_size, .verbose = 0});
    ASSERT_EQ(model.seen->size(), eagerly ? 8u : 0u);
    if (eagerly) {
      EXPECT_EQ(model.seen->back(), history["loss"][0]);
    }
  }
}

TEST(CustomTraining, SeveralStepsOfOneExecution) {
  const TrainingCase golden("steps_per_execution");
  for (bool eagerly : {false, true}) {
    SCOPED_TRACE(eagerly);
    expect_fit(golden, classifier(),
               {.optimizer = optimizers::Adam(0.01),
                .loss = "sparse_categorical_crossentropy",
                .metrics = {"accuracy"},
                .run_eagerly = eagerly,
                .steps_per_execution = 3},
               golden.labels());
  }
}

TEST(CustomTraining, SeveralStepsOfDataWithoutAnEnd) {
  const TrainingCase golden("steps_of_generator");
  const Model model = classifier();
  model.set_weights(golden.tensors("weights"));
  model.compile({.optimizer = optimizers::SGD(0.1),
                 .loss = "sparse_categorical_crossentropy",
                 .steps_per_execution = 2});
  const Tensor x = golden.x(), y = golden.labels();
  int64_t at = 0;
  const Generator batches = [&]() -> std::optional<Data> {
    const Data batch(x[Slice(at, at + batch_size)], y[Slice(at, at + batch_size)]);
    at = (at + batch_size) % x.shape()[0];
    return batch;
  };
  Seen seen;
  const History history =
      model.fit(batches, {.epochs = 2, .verbose = 0, .callbacks = {seen}, .steps_per_epoch = 5});
  golden.expect_history(history);
  golden.expect_tensors(model.get_weights(), "final_weights");
  EXPECT_EQ(model.optimizer().iterations().item<int64_t>(), golden.at("iterations").as_int());
  expect_events(golden, seen);
}

struct NestedLogs : CustomModel<NestedLogs> {
  layers::Dense head = track(layers::Dense(1));
  Tensor call(const Tensor& inputs) { return head(inputs); }
  Nest train_step(const Data& data) {
    const Tensor sum = ops::sum(data.x.tensor());
    return {{"loss", sum}, {"parts", Nest{{"z", sum * 2.0}, {"inner", Nest{{"b", sum * 3.0}}}}}};
  }
};

// As Keras does, dicts are taken apart.
TEST(CustomTraining, ReportsWhatLiesInDicts) {
  const NestedLogs model;
  model.compile({.optimizer = "sgd"});
  const Logs logs = model.train_on_batch(Tensor::ones({2, 2}));
  EXPECT_EQ(logs.size(), 3u);
  EXPECT_EQ(logs["loss"], 4.0);
  EXPECT_EQ(logs["z"], 8.0);
  EXPECT_EQ(logs["b"], 12.0);
  EXPECT_EQ(logs.values()[0], 4.0);  // the loss comes first
}

struct WatchedCalls : CustomModel<WatchedCalls> {
  std::shared_ptr<std::vector<bool>> seen = std::make_shared<std::vector<bool>>();
  layers::Dense head = track(layers::Dense(1));
  Tensor call(const Tensor& inputs, const CallArgs& args) {
    seen->push_back(args.training.value_or(false));
    return head(inputs);
  }
  Nest train_step(const Data& data) {
    return {{"loss", ops::sum((*this)(data.x, {.training = true}))}};
  }
};

// Keras asks for the shape of the outputs as in inference, before a step is traced.
TEST(CustomTraining, FindsShapesAsInInference) {
  const WatchedCalls model;
  model.compile({.optimizer = "sgd"});
  model.train_on_batch(Tensor::ones({2, 2}));
  ASSERT_GE(model.seen->size(), 2u);
  EXPECT_FALSE(model.seen->front());
  EXPECT_TRUE(model.seen->back());
  for (size_t i = 0; i + 1 < model.seen->size(); ++i) EXPECT_FALSE((*model.seen)[i]) << i;
}

struct SumLoss : CustomLayer<SumLoss> {
  Tensor call(const Tensor& x) {
    add_loss(ops::sum(x));
    return x;
  }
};

// As in Keras, a call forgets the losses of the one before, on data and in a trace; those of other
// models stay.
TEST(CustomTraining, LossesAreThoseOfTheLastCall) {
  const Sequential a({layers::Input({2}), SumLoss()}), b({layers::Input({2}), SumLoss()});
  const auto losses = [&](const Tensor& x) {
    a(x);
    b(x * 3.0);
    a(x * 2.0);
    std::vector<Tensor> all = a.losses();
    for (const Tensor& loss : b.losses()) all.push_back(loss);
    return all;
  };
  const auto values = [](const std::vector<Tensor>& all) {
    std::vector<float> result;
    for (const Tensor& loss : all) result.push_back(loss.item<float>());
    return result;
  };
  const Tensor x = Tensor::from({1.0f, 4.0f}, {1, 2});
  EXPECT_EQ(values(losses(x)), (std::vector<float>{10, 15}));
  const std::vector<Tensor> traced = function(losses)(x);
  EXPECT_EQ(values(traced), (std::vector<float>{10, 15}));
}

}  // namespace
}  // namespace keratin
