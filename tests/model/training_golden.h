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

/// Returns the model that several cases train.
inline Sequential classifier() {
  return Sequential({layers::Input({5}), layers::Dense(16, {.activation = "relu"}),
                     layers::Dense(3, {.activation = "softmax"})});
}

}  // namespace keratin::testing_support
