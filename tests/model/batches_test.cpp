// SPDX-License-Identifier: Apache-2.0
// Training, evaluation and prediction on data that comes in batches.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>

#include "keratin/keratin.h"
#include "tests/support/golden.h"
#include "tests/support/message.h"
#include "tests/support/misuse.h"

namespace keratin::tests {
namespace {

using testing_support::expect_error;
using testing_support::expect_harmless_error;
using testing_support::Golden;

// Gives batches whose values are their number, and writes down what is called.
struct Numbers : utils::PyDataset {
  Numbers(std::optional<int64_t> count, std::vector<std::string>& log,
          const utils::PyDatasetOptions& options = {})
      : PyDataset(options), count_(count), log_(&log) {}

  std::optional<int64_t> num_batches() const override { return count_; }
  Data get_item(int64_t index) override {
    log_->push_back(std::to_string(index));
    return {ops::full({2, 1}, static_cast<float>(index)), ops::zeros({2, 1})};
  }
  void on_epoch_begin() override { log_->push_back("begin"); }
  void on_epoch_end() override { log_->push_back("end"); }

 private:
  std::optional<int64_t> count_;
  std::vector<std::string>* log_;
};

// Is a source that golden cases name.
struct Source {
  Source(const std::string& kind, std::optional<int64_t> count, std::vector<std::string>& log)
      : numbers(count, log) {
    if (kind == "py") return;
    const int64_t batches = count.value_or(5);
    const Tensor x = ops::repeat(ops::arange(batches).cast(DType::float32), 2).reshape({-1, 1});
    dataset = Dataset::from_tensor_slices(x, ops::zeros_like(x)).batch(2);
    if (kind == "unknown") {
      dataset = dataset->filter([](const Nest&, const Nest&) { return true; });
    }
    if (!count) dataset = dataset->repeat();
  }
  BatchSource get() { return dataset ? BatchSource(*dataset) : BatchSource(numbers); }

  Numbers numbers;
  std::optional<Dataset> dataset;
};

std::optional<int64_t> integer(const Config& value) {
  return value.is_null() ? std::nullopt : std::optional(value.as_int());
}

std::vector<double> doubles(const Config& list) {
  std::vector<double> values;
  for (const Config& value : list.as_list()) values.push_back(value.as_number());
  return values;
}

std::vector<std::string> texts(const Config& list) {
  std::vector<std::string> values;
  for (const Config& value : list.as_list()) values.push_back(value.as_string());
  return values;
}

// Its loss is the mean number of the batches that it has seen.
Sequential mean_model() {
  const Sequential model({layers::Dense(1, {.use_bias = false, .kernel_initializer = "ones"})});
  model.compile({.optimizer = optimizers::SGD(0.0), .loss = "mae"});
  return model;
}

TEST(Batches, AreThoseThatKerasTakes) {
  const Golden golden("data/feeds.npz");
  ASSERT_EQ(golden.at("cases").size(), 20u);
  for (const Config& item : golden.at("cases").as_list()) {
    SCOPED_TRACE(to_json(item));
    utils::set_random_seed(11);
    std::vector<std::string> log, validation_log;
    const Sequential model = mean_model();
    if (item.at("built").as_bool()) model.train_on_batch(ops::zeros({2, 1}), ops::zeros({2, 1}));
    const std::string kind = item.at("kind").as_string();
    const auto count = integer(item.at("count")), steps = integer(item.at("steps"));
    const auto validation = integer(item.at("validation"));
    const auto validation_steps = integer(item.at("validation_steps"));
    Source train(kind, count, log), held_out(kind, validation, validation_log);
    FitOptions options{.epochs = 4,
                       .verbose = 0,
                       .shuffle = item.at("shuffle").as_bool(),
                       .steps_per_epoch = steps,
                       .validation_steps = validation_steps};
    if (validation || validation_steps) options.validation_data = held_out.get();
    const History history = model.fit(train.get(), options);
    for (const auto& [name, values] : item.at("history").as_dict()) {
      EXPECT_EQ(history[name], doubles(values)) << name;
    }
    log.push_back("evaluate");
    const Logs evaluated = model.evaluate(train.get(), {.verbose = 0, .steps = steps});
    EXPECT_EQ(evaluated["loss"], item.at("evaluate").as_number());
    log.push_back("predict");
    const Tensor predicted = model.predict(train.get(), {.verbose = 0, .steps = steps});
    EXPECT_EQ(predicted.to_vector<float>(), golden.tensor(item.at("predict")).to_vector<float>());
    EXPECT_EQ(log, texts(item.at("log")));
    EXPECT_EQ(validation_log, texts(item.at("validation_log")));
  }
}

struct Samples {
  Tensor x = ops::random_normal(SeedGenerator(1).next(), {37, 4});
  Tensor y = ops::cast(ops::sum(x, 1) > 0, DType::int32);
  Tensor weights = ops::random_uniform(SeedGenerator(2).next(), {37});
};

Sequential classifier() {
  utils::set_random_seed(5);
  const Sequential model(
      {layers::Input({4}), layers::Dense(8, {.activation = "relu"}), layers::Dense(2)});
  model.compile({.optimizer = "adam",
                 .loss = losses::SparseCategoricalCrossentropy({.from_logits = true}),
                 .metrics = {"accuracy"},
                 .weighted_metrics = {"accuracy"}});
  return model;
}

void expect_equal(const History& one, const History& other) {
  ASSERT_EQ(one.names(), other.names());
  for (const std::string& name : one.names()) EXPECT_EQ(one[name], other[name]) << name;
}

// Fails unless the weights and the state of the optimizers are the same to the bit.
void expect_equal(const Model& one, const Model& other) {
  const auto values = [](const Model& model) {
    std::vector<std::vector<double>> all;
    for (const Variable& variable : model.weights()) {
      all.push_back(variable.value().to_vector<double>());
    }
    for (const Variable& variable : model.optimizer().variables()) {
      all.push_back(variable.value().to_vector<double>());
    }
    return all;
  };
  EXPECT_EQ(values(one), values(other));
}

// Fails unless two ways of training give the same history and weights, to the bit.
void expect_same(const std::function<History(const Model&)>& one,
                 const std::function<History(const Model&)>& other) {
  const Model a = classifier(), b = classifier();
  expect_equal(one(a), other(b));
  expect_equal(a, b);
}

TEST(Batches, OfADatasetTrainAsArraysDo) {
  const Samples s;
  const FitOptions options{.epochs = 3, .batch_size = 8, .verbose = 0, .shuffle = false};
  const Dataset pairs = Dataset::from_tensor_slices(s.x, s.y).batch(8);
  const auto arrays = [&](const Model& model) { return model.fit(s.x, s.y, options); };
  expect_same(arrays, [&](const Model& m) { return m.fit(pairs, {.epochs = 3, .verbose = 0}); });
  expect_same(arrays, [&](const Model& m) {
    return m.fit(pairs.cache().prefetch(), {.epochs = 3, .verbose = 0});
  });
  expect_same(arrays, [&](const Model& m) {
    const auto same = [](const Nest& x, const Nest& y) { return Data(x, y); };
    const Dataset mapped = pairs.map(same, {.num_parallel_calls = 3}).prefetch(2).repeat();
    return m.fit(mapped, {.epochs = 3, .verbose = 0, .steps_per_epoch = 5});
  });
}

TEST(Batches, OfADatasetHoldWeights) {
  const Samples s;
  FitOptions options{.epochs = 2, .batch_size = 8, .verbose = 0, .shuffle = false};
  options.sample_weight = s.weights;
  expect_same([&](const Model& m) { return m.fit(s.x, s.y, options); },
              [&](const Model& m) {
                return m.fit(Dataset::from_tensor_slices(s.x, s.y, s.weights).batch(8),
                             {.epochs = 2, .verbose = 0});
              });
  options.sample_weight = Nest();
  options.class_weight = {{0, 0.25}, {1, 3.0}};
  const Dataset pairs = Dataset::from_tensor_slices(s.x, s.y).batch(8);
  const auto by_class = [&](const Model& m) { return m.fit(s.x, s.y, options); };
  expect_same(by_class, [&](const Model& m) {
    return m.fit(pairs, {.epochs = 2, .verbose = 0, .class_weight = options.class_weight});
  });
  struct Batches : utils::PyDataset {
    explicit Batches(const Dataset& from) : all(from.begin(), from.end()) {}
    std::optional<int64_t> num_batches() const override { return static_cast<int64_t>(all.size()); }
    Data get_item(int64_t index) override { return all[static_cast<size_t>(index)]; }
    std::vector<Data> all;
  };
  expect_same(by_class, [&](const Model& m) {
    Batches batches(pairs);
    return m.fit(
        batches,
        {.epochs = 2, .verbose = 0, .shuffle = false, .class_weight = options.class_weight});
  });
  const Model a = classifier(), b = classifier();
  const Dataset weighted = Dataset::from_tensor_slices(s.x, s.y, s.weights).batch(8);
  EXPECT_EQ(
      a.evaluate(weighted, {.verbose = 0}).items(),
      b.evaluate(s.x, s.y, {.batch_size = 8, .verbose = 0, .sample_weight = s.weights}).items());
}

TEST(Batches, OfDictsReachTheirInputsAndOutputs) {
  const Samples s;
  const auto make = [] {
    utils::set_random_seed(3);
    const Tensor a = layers::Input({4}, {.name = "a"}), b = layers::Input({4}, {.name = "b"});
    const Tensor sum = layers::Add()({a, b});
    const Model model({.inputs = {{"a", a}, {"b", b}},
                       .outputs = {{"big", layers::Dense(2, {.name = "big"})(sum)},
                                   {"small", layers::Dense(1, {.name = "small"})(sum)}}});
    model.compile({.optimizer = "sgd", .loss = {{"big", "mse"}, {"small", "mae"}}});
    return model;
  };
  const Tensor big = s.x[{All, Slice(0, 2)}], small = s.x[{All, Slice(0, 1)}];
  const Nest x{{"a", s.x}, {"b", s.x * 2}}, y{{"big", big}, {"small", small}};
  const Nest w{{"big", s.weights}, {"small", s.weights * 2}};
  const Model one = make(), other = make();
  FitOptions options{.epochs = 2, .batch_size = 10, .verbose = 0, .shuffle = false};
  options.sample_weight = w;
  const Dataset dataset = Dataset::from_tensor_slices(x, y, w).batch(10);
  expect_equal(one.fit(x, y, options), other.fit(dataset, {.epochs = 2, .verbose = 0}));
  expect_equal(one, other);
  const Nest by_arrays = one.predict(x, {.batch_size = 10, .verbose = 0});
  const Nest by_dataset = one.predict(dataset, {.verbose = 0});
  EXPECT_EQ(by_dataset["big"].to_vector<float>(), by_arrays["big"].to_vector<float>());
  EXPECT_EQ(by_dataset["small"].to_vector<float>(), by_arrays["small"].to_vector<float>());
  const Nest inputs_only = one.predict(Dataset::from_tensor_slices(x).batch(37), {.verbose = 0});
  EXPECT_EQ(inputs_only["small"].shape(), (Shape{37, 1}));
}

TEST(Batches, OfAGeneratorComeInEveryEpoch) {
  const Samples s;
  int given = 0;
  const auto batches = [&]() -> std::optional<Data> {
    if (++given % 4 == 0) return std::nullopt;
    return Data(s.x, s.y);
  };
  const History history = classifier().fit(batches, {.epochs = 4, .verbose = 0});
  EXPECT_EQ(history["loss"].size(), 4u);
  EXPECT_EQ(given, 16);
}

// Gives batches slowly and out of step, and notices when two things happen at once.
struct Busy : utils::PyDataset {
  Busy(std::optional<int64_t> count, const utils::PyDatasetOptions& options)
      : PyDataset(options), count_(count) {}
  std::optional<int64_t> num_batches() const override { return count_; }
  Data get_item(int64_t index) override {
    const int now = ++inside;
    int before = most;
    while (before < now && !most.compare_exchange_weak(before, now)) {
    }
    if (in_hook) ++overlaps;
    std::this_thread::sleep_for(std::chrono::milliseconds((index * 7) % 5));
    int64_t far = furthest;
    while (far < index && !furthest.compare_exchange_weak(far, index)) {
    }
    if (index == bad) throw std::runtime_error("no batch " + std::to_string(index));
    --inside;
    return {ops::full({2, 1}, static_cast<float>(index)), ops::zeros({2, 1})};
  }
  void hook() {
    in_hook = true;
    if (inside > 0) ++overlaps;
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
    in_hook = false;
    ++hooks;
  }
  void on_epoch_begin() override { hook(); }
  void on_epoch_end() override { hook(); }

  std::optional<int64_t> count_;
  int64_t bad = -1;
  std::atomic<int> inside = 0, most = 0, overlaps = 0, hooks = 0;
  std::atomic<int64_t> furthest = 0;
  std::atomic<bool> in_hook = false;
};

TEST(Batches, OfAPyDatasetAreMadeByWorkersInOrder) {
  Busy data(9, {.workers = 3, .max_queue_size = 4});
  const Sequential model = mean_model();
  const Tensor seen = model.predict(data, {.verbose = 0});
  for (int64_t i = 0; i < 9; ++i) EXPECT_EQ(seen[2 * i].item<int>(), i);
  EXPECT_GT(data.most, 1);
  EXPECT_LE(data.most, 3);
  // 9 batches in epochs of 4: the last of each pass is an epoch of its own.
  const History history =
      model.fit(data, {.epochs = 4, .verbose = 0, .shuffle = false, .steps_per_epoch = 4});
  EXPECT_EQ(history["loss"], (std::vector<double>{1.5, 5.5, 8, 1.5}));
  EXPECT_EQ(data.overlaps, 0);
  EXPECT_EQ(data.hooks, 2 + 2 + 2 + 8) << "each build takes a batch in an epoch of its own";
}

TEST(Batches, OfAnEndlessPyDatasetGoOn) {
  Busy data({}, {.workers = 2, .max_queue_size = 3});
  const Sequential model = mean_model();
  const History history = model.fit(data, {.epochs = 3, .verbose = 0, .steps_per_epoch = 2});
  EXPECT_EQ(history["loss"], (std::vector<double>{0.5, 2.5, 4.5}));
  EXPECT_LE(data.furthest, 6 + 3) << "not more than the queue holds is made ahead";
  expect_harmless_error<ValueError>(
      model, [&] { model.evaluate(data, {.verbose = 0}); },
      "model `" + model.name() +
          "`: evaluate: expected `steps` with data that has no end, got none. Give the number of "
          "batches.");
}

TEST(Batches, HandOnWhatAPyDatasetThrows) {
  for (const int64_t workers : {0, 1, 4}) {
    Busy data(9, {.workers = workers});
    data.bad = 5;
    const Sequential model = mean_model();
    EXPECT_THROW(model.fit(data, {.epochs = 2, .verbose = 0, .shuffle = false}),
                 std::runtime_error);
    data.bad = -1;
    EXPECT_EQ(model.evaluate(data, {.verbose = 0})["loss"], 4.0);
  }
  const Sequential model = mean_model();
  const Dataset broken = Dataset::range(4)
                             .map([](const Nest& i) -> Nest {
                               if (i.item<int>() == 2) throw std::runtime_error("no row 2");
                               return ops::ones({1});
                             })
                             .batch(2)
                             .prefetch();
  EXPECT_THROW(model.predict(broken, {.verbose = 0}), std::runtime_error);
}

TEST(Batches, EndWhenACallbackSaysSo) {
  struct Stop : Callback {
    void on_train_batch_end(int64_t batch, Logs&) override {
      if (batch == 5) model().set_stop_training(true);
    }
  };
  Busy data({}, {.workers = 2});
  const History history =
      mean_model().fit(data, {.epochs = 3, .verbose = 0, .callbacks = {Stop()}});
  EXPECT_EQ(history["loss"], (std::vector<double>{2.5}));
}

}  // namespace
}  // namespace keratin::tests
