// SPDX-License-Identifier: Apache-2.0
// A golden case of custom training: its data, and what Keras had in the end
// (tests/golden/make_training.py).
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "keratin/keratin.h"
#include "tests/support/close.h"
#include "tests/support/golden_model.h"

namespace keratin::testing_support {

inline constexpr int64_t batch_size = 8;

class TrainingCase : public Golden {
 public:
  explicit TrainingCase(const std::string& name) : Golden("training/" + name + ".npz") {}

  Tensor x() const { return tensor(at("x")); }
  Tensor labels() const { return tensor(at("labels")); }
  Tensor target() const { return tensor(at("target")); }
  std::vector<Tensor> tensors(const std::string& key) const {
    std::vector<Tensor> result;
    const Config& names = at(key);
    for (size_t i = 0; i < names.size(); ++i) result.push_back(tensor(names[i]));
    return result;
  }
  void expect_tensors(const std::vector<Tensor>& actual, const std::string& key) const {
    const Config& names = at(key);
    ASSERT_EQ(actual.size(), names.size()) << key;
    for (size_t i = 0; i < actual.size(); ++i) {
      SCOPED_TRACE(key + " " + std::to_string(i));
      expect_close(actual[i], tensor(names[i]), training_tolerance, exact(names[i]));
    }
  }
  void expect_tensor(const Tensor& actual, const std::string& key) const {
    SCOPED_TRACE(key);
    expect_close(actual, tensor(at(key)), training_tolerance, exact(at(key)));
  }
  void expect_numbers(const std::vector<double>& actual, const std::string& key) const {
    expect_series(actual, at(key), at(key + "_f64"), key);
  }
  void expect_history(const History& history) const {
    const Config& expected = at("history");
    std::vector<std::string> names;
    for (const auto& [name, values] : expected.as_dict()) {
      names.push_back(name);
      expect_series(history[name], values, at("history_f64").at(name), name);
    }
    EXPECT_EQ(history.names(), names);
  }
  void expect_reported(const Logs& logs, const std::string& key) const {
    std::vector<std::string> names;
    for (const auto& [name, value] : at(key).as_dict()) {
      names.push_back(name);
      expect_series({logs[name]}, Config::list({value}), Config::list({at(key + "_f64").at(name)}),
                    name);
    }
    EXPECT_EQ(logs.names(), names);
  }

 private:
  static Tensor tensor_of(const Config& numbers) {
    std::vector<double> values;
    for (size_t i = 0; i < numbers.size(); ++i) values.push_back(numbers[i].as_number());
    return Tensor::from(values, {static_cast<int64_t>(values.size())});
  }
  static void expect_series(const std::vector<double>& actual, const Config& expected,
                            const Config& wide, const std::string& what) {
    SCOPED_TRACE(what);
    const Tensor values = Tensor::from(actual, {static_cast<int64_t>(actual.size())});
    expect_close(values, tensor_of(expected), training_tolerance, tensor_of(wide));
  }
};

/// Notes what Keras' callback noted.
struct Seen : Callback {
  std::vector<std::string> events;
  void note(const std::string& what, int64_t batch) {
    events.push_back(what + " " + std::to_string(batch));
  }
  void note_end(const std::string& what, int64_t batch, const Logs& logs) {
    std::string text = what + " end " + std::to_string(batch) + ": ";
    for (const std::string& name : logs.names()) text += name + " ";
    text.pop_back();
    events.push_back(text);
  }
  void on_train_batch_begin(int64_t batch, Logs&) override { note("train", batch); }
  void on_train_batch_end(int64_t batch, Logs& logs) override { note_end("train", batch, logs); }
  void on_test_batch_begin(int64_t batch, Logs&) override { note("test", batch); }
  void on_test_batch_end(int64_t batch, Logs& logs) override { note_end("test", batch, logs); }
  void on_predict_batch_begin(int64_t batch, Logs&) override { note("predict", batch); }
  void on_predict_batch_end(int64_t batch, Logs&) override { note("predict end", batch); }
};

inline void expect_events(const TrainingCase& golden, const Seen& seen) {
  const Config& expected = golden.at("events");
  std::vector<std::string> events;
  for (size_t i = 0; i < expected.size(); ++i) events.push_back(expected[i].as_string());
  EXPECT_EQ(seen.events, events);
}

/// Fits three epochs as the golden script does, and compares all that Keras reports; `wrong` is
/// what the advisor says of a case that is wrong on purpose.
inline void expect_fit(const TrainingCase& golden, const Model& model, CompileOptions options,
                       const Nest& y, const std::string& wrong = "") {
  const Tensor x = golden.x();
  model(x[Slice(0, batch_size)]);
  model.set_weights(golden.tensors("weights"));
  model.compile(std::move(options));
  Seen seen;
  const Tensor first = x[Slice(0, 20)];
  const Nest targets = y.empty() ? Nest() : Nest(y.tensor()[Slice(0, 20)]);
  const History history = model.fit(x, y,
                                    {.epochs = 3,
                                     .batch_size = batch_size,
                                     .verbose = 0,
                                     .validation_data = {first, targets},
                                     .callbacks = {seen},
                                     .shuffle = false});
  golden.expect_history(history);
  expect_no_advice(model, x, y, wrong);
  golden.expect_tensors(model.get_weights(), "final_weights");
  golden.expect_reported(
      model.evaluate(
          x, y, {.batch_size = batch_size, .verbose = 0, .callbacks = {seen}, .return_dict = true}),
      "evaluate");
  const Nest predicted =
      model.predict(first, {.batch_size = batch_size, .verbose = 0, .callbacks = {seen}});
  golden.expect_tensor(predicted, "predict");
  expect_events(golden, seen);
}

/// Returns the model that several cases train.
inline Sequential classifier() {
  return Sequential({layers::Input({5}), layers::Dense(16, {.activation = "relu"}),
                     layers::Dense(3, {.activation = "softmax"})});
}

}  // namespace keratin::testing_support
