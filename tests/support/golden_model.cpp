// SPDX-License-Identifier: Apache-2.0
#include "tests/support/golden_model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>

#include "keratin/model/advice/advice.h"
#include "tests/support/close.h"

namespace keratin::testing_support {

std::vector<std::string> golden_files(const std::string& folder) {
  std::vector<std::string> files;
  const auto root = std::filesystem::path(KERATIN_GOLDEN_DIR) / folder;
  for (const auto& entry : std::filesystem::directory_iterator(root)) {
    files.push_back(folder + "/" + entry.path().filename().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string name_of_case(const testing::TestParamInfo<std::string>& file) {
  const size_t start = file.param.find('/') + 1;
  return file.param.substr(start, file.param.size() - start - 4);
}

namespace {

using Lookup = std::function<Tensor(const Config&)>;

Nest nest_by(const Config& names, const Lookup& lookup) {
  if (names.is_null()) return {};
  if (names.is_string()) {
    const Tensor tensor = lookup(names);
    return tensor.defined() ? Nest(tensor) : Nest();
  }
  if (names.is_list()) {
    std::vector<Nest> items;
    for (const Config& name : names.as_list()) items.push_back(nest_by(name, lookup));
    return Nest::list(std::move(items));
  }
  std::vector<Nest::Item> items;
  for (const auto& [key, name] : names.as_dict()) items.emplace_back(key, nest_by(name, lookup));
  return Nest::dict(std::move(items));
}

}  // namespace

Nest nest_of(const Golden& golden, const Config& names) {
  return nest_by(names, [&](const Config& name) { return golden.tensor(name); });
}

Nest exact_nest_of(const Golden& golden, const Config& names) {
  return nest_by(names, [&](const Config& name) { return golden.exact(name); });
}

Losses losses_of(const Config& config) {
  if (config.is_null()) return {};
  if (config.is_string() || config.has("class_name")) return Loss::from_config(config);
  if (config.is_list()) {
    std::vector<Loss> list;
    for (const Config& item : config.as_list()) list.push_back(Loss::from_config(item));
    return Losses::list(list);
  }
  std::vector<Losses::Item> items;
  for (const auto& [key, item] : config.as_dict()) items.emplace_back(key, Loss::from_config(item));
  return Losses::dict(std::move(items));
}

LossWeights loss_weights_of(const Config& config) {
  if (config.is_null()) return {};
  if (config.is_number()) return config.as_number();
  std::vector<std::pair<std::string, double>> items;
  if (config.is_list()) {
    for (const Config& item : config.as_list()) items.emplace_back("", item.as_number());
  } else {
    for (const auto& [key, item] : config.as_dict()) items.emplace_back(key, item.as_number());
  }
  return LossWeights::of(std::move(items), config.is_dict());
}

Metrics metrics_of(const Config& config) {
  if (config.is_null()) return {};
  if (config.is_string() || config.has("class_name")) return Metric::from_config(config);
  if (config.is_list()) {
    std::vector<Metrics> list;
    for (const Config& item : config.as_list()) list.push_back(metrics_of(item));
    return Metrics::list(std::move(list));
  }
  std::vector<Metrics::Item> items;
  for (const auto& [key, item] : config.as_dict()) items.emplace_back(key, metrics_of(item));
  return Metrics::dict(std::move(items));
}

Model model_of(const Golden& golden) {
  const Model model = Model::from_config(golden.at("config"));
  if (golden.at("weights_from") == Config("random")) {
    std::vector<Tensor> weights;
    for (const Config& weight : golden.at("weights").as_list()) {
      weights.push_back(golden.tensor(weight.at("array")));
    }
    model.set_weights(weights);
  }
  return model;
}

CompileOptions compile_options_of(const Golden& golden, const Config& optimizer) {
  const Config& document = golden.document();
  CompileOptions options{.optimizer = Optimizer::from_config(optimizer)};
  options.loss = losses_of(document.get("loss"));
  options.loss_weights = loss_weights_of(document.get("loss_weights"));
  options.metrics = metrics_of(document.get("metrics"));
  options.weighted_metrics = metrics_of(document.get("weighted_metrics"));
  return options;
}

namespace {

ValidationFreq frequency_of(const Config& config) {
  if (!config.is_list()) return config.as_int();
  if (config.size() == 1) return {config[0].as_int()};
  EXPECT_EQ(config.size(), 2U) << "more epochs than the cases have";
  return {config[0].as_int(), config[1].as_int()};
}

}  // namespace

FitOptions fit_options_of(const Golden& golden, const Config& kwargs) {
  FitOptions options;
  options.verbose = 0;
  options.shuffle = false;
  for (const auto& [key, value] : kwargs.as_dict()) {
    if (key == "epochs")
      options.epochs = value.as_int();
    else if (key == "batch_size")
      options.batch_size = value.as_int();
    else if (key == "initial_epoch")
      options.initial_epoch = value.as_int();
    else if (key == "steps_per_epoch")
      options.steps_per_epoch = value.as_int();
    else if (key == "validation_steps")
      options.validation_steps = value.as_int();
    else if (key == "validation_batch_size")
      options.validation_batch_size = value.as_int();
    else if (key == "validation_freq")
      options.validation_freq = frequency_of(value);
    else if (key == "validation_split")
      options.validation_split = value.as_number();
    else if (key == "shuffle")
      options.shuffle = value.as_bool();
    else if (key == "sample_weight")
      options.sample_weight = nest_of(golden, value);
    else if (key == "validation_data") {
      options.validation_data = Data(nest_of(golden, value[0]), nest_of(golden, value[1]),
                                     value.size() > 2 ? nest_of(golden, value[2]) : Nest());
    } else if (key == "class_weight") {
      for (const auto& [label, weight] : value.as_dict()) {
        options.class_weight[std::stoll(label)] = weight.as_number();
      }
    } else if (key != "verbose") {
      ADD_FAILURE() << "unknown argument of fit: " << key;
    }
  }
  return options;
}

void expect_no_advice(const Model& model, const Nest& x, const Nest& y, const std::string& wrong) {
  bool told = wrong.empty();
  for (const Finding& finding : advise(model, x, y)) {
    EXPECT_EQ(finding.code, wrong) << finding.sentence;
    told = told || finding.code == wrong;
  }
  EXPECT_TRUE(told) << wrong;
}

Config sorted_keys(const Config& config) {
  if (config.is_list()) {
    Config list = Config::list();
    for (const Config& item : config.as_list()) list.push_back(sorted_keys(item));
    return list;
  }
  if (!config.is_dict()) return config;
  Config::Dict items = config.as_dict();
  std::sort(items.begin(), items.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  for (auto& [key, value] : items) value = sorted_keys(value);
  return Config::dict(std::move(items));
}

void expect_result(const Golden& golden, const Tensor& actual, const Config& expected,
                   double tolerance) {
  if (expected.is_string()) {
    EXPECT_TRUE(is_close(actual, golden.tensor(expected), tolerance, golden.exact(expected)));
    return;
  }
  ASSERT_EQ(actual.shape(), Codec<Shape>::read(expected.at("shape")));
  const auto values = actual.to_vector<double>();
  const auto stride = static_cast<size_t>(expected.at("stride").as_int());
  std::vector<float> sample;
  double sum = 0.0;
  for (size_t i = 0; i < values.size(); ++i) {
    if (i % stride == 0) sample.push_back(static_cast<float>(values[i]));
    sum += values[i];
  }
  const Tensor wanted = golden.tensor(expected.at("sample"));
  EXPECT_TRUE(is_close(Tensor::from(sample, wanted.shape()), wanted, tolerance,
                       golden.exact(expected.at("sample"))));
  // Errors of single elements within the tolerance add up like a random walk; 10 is ample.
  const double error = tolerance * expected.at("max_abs").as_number() *
                       std::sqrt(static_cast<double>(values.size())) * 10.0;
  EXPECT_NEAR(sum, expected.at("sum").as_number(), error);
}

void expect_logs(const Logs& actual, const Config& expected) {
  EXPECT_EQ(actual.size(), expected.size());
  for (const auto& [name, value] : expected.as_dict()) {
    ASSERT_TRUE(actual.has(name)) << name;
    const double allowed = training_tolerance * std::max(1e-3, std::abs(value.as_number()));
    EXPECT_NEAR(actual[name], value.as_number(), allowed) << name;
  }
}

}  // namespace keratin::testing_support
