// SPDX-License-Identifier: Apache-2.0
// Callbacks against what those of real Keras do: driven by made-up logs, and in whole runs.
#include <gtest/gtest.h>

#include <cmath>

#include "keratin/base/python_format.h"
#include "keratin/base/text.h"
#include "keratin/keratin.h"
#include "keratin/model/callbacks/registry.h"
#include "tests/model/callbacks/support.h"

namespace keratin {
namespace {

using testing_support::Captured;
using testing_support::files_here;
using testing_support::golden_callbacks;
using testing_support::text_in;
using testing_support::WorkingFolder;

Logs logs_of(const Config& config) {
  Logs logs;
  for (const auto& [name, value] : config.as_dict()) logs.set(name, value.as_number());
  return logs;
}

Config text_of_list(const std::vector<std::string>& texts) {
  return Codec<std::vector<std::string>>::write(texts);
}

CallbackRef make_callback(const std::string& name, const Config& config) {
  if (!config.has("schedule")) return callback_from_config(name, config);
  const std::string schedule = config.at("schedule").as_string();
  const callbacks::LearningRateSchedulerOptions options{
      .verbose = config.has("verbose") ? static_cast<int>(config.at("verbose").as_int()) : 0};
  if (schedule == "by_epoch") {
    return callbacks::LearningRateScheduler(
        [](int64_t epoch) { return 0.1 / static_cast<double>(epoch + 1); }, options);
  }
  const double factor = schedule == "halve" ? 0.5 : 1.0;
  return callbacks::LearningRateScheduler([factor](int64_t, double rate) { return rate * factor; },
                                          options);
}

Model make_model() {
  Sequential model({layers::Input({2}), layers::Dense(1)});
  model.compile({.optimizer = optimizers::SGD({.learning_rate = 0.1}),
                 .loss = "mse",
                 .metrics = {"mae", metrics::R2Score()}});
  model.train_on_batch(Tensor::ones({2, 2}), Tensor::ones({2, 1}));
  model.optimizer().set_learning_rate(0.1);
  return model;
}

void call(Callback& callback, const std::string& station, int64_t at, Logs& logs) {
  if (station == "train_begin") return callback.on_train_begin(logs);
  if (station == "train_end") return callback.on_train_end(logs);
  if (station == "epoch_begin") return callback.on_epoch_begin(at, logs);
  if (station == "epoch_end") return callback.on_epoch_end(at, logs);
  ASSERT_EQ(station, "train_batch_end");
  callback.on_train_batch_end(at, logs);
}

// Compares what an event left with what Keras left.
void check_after(const Model& model, const Config& event, const Logs& logs, const Config& after) {
  EXPECT_EQ(double{model.optimizer().learning_rate().item<float>()}, after[0].as_number());
  EXPECT_EQ(model.stop_training(), after[1].as_bool());
  EXPECT_EQ(to_json(text_of_list(files_here())), to_json(after[2]));
  Config added = Config::dict();
  for (const auto& [name, value] : logs) {
    if (!event[2].has(name)) added.set(name, value);
  }
  EXPECT_EQ(to_json(added), to_json(after[3]));
}

void drive(Model& model, const Config& golden) {
  const WorkingFolder folder;
  for (const char* name : {"there.csv", "blank.csv"}) {
    if (golden.at("config").get("filename") == Config(name)) {
      write_file_atomically(
          name, bytes_of(name[0] == 't' ? std::string_view("epoch,loss\r\n0,9.0\r\n") : ""));
    }
  }
  Captured printed;
  const CallbackRef made = make_callback(golden.at("callback").as_string(), golden.at("config"));
  Callback& callback = made.get();
  callback.set_params({.verbose = 0, .epochs = 100, .steps = -1});
  callback.set_model(&model);
  for (size_t i = 0; i < golden.at("events").size(); ++i) {
    const Config& event = golden.at("events")[i];
    Logs logs = logs_of(event[2]);
    const testing::ScopedTrace trace(__FILE__, __LINE__, to_json(event));
    call(callback, event[0].as_string(), event[1].as_int(), logs);
    check_after(model, event, logs, golden.at("after")[i]);
  }
  callback.set_model(nullptr);
  printed.stop();
  EXPECT_EQ(printed.out, golden.at("out").as_string());
  std::string warnings;
  for (const Config& warning : golden.at("warnings").as_list()) {
    warnings += warning.as_string() + "\n";
  }
  EXPECT_EQ(printed.err, warnings);
  for (const auto& [path, text] : golden.at("files").as_dict()) {
    EXPECT_EQ(text_in(path), text.as_string());
  }
}

void drive_all(const std::string& name, size_t count) {
  const Config cases = golden_callbacks("driven_" + name + ".json");
  EXPECT_EQ(cases.size(), count);
  for (const Config& golden : cases.as_list()) {
    const testing::ScopedTrace trace(__FILE__, __LINE__, to_json(golden.at("config")));
    Model model = make_model();
    drive(model, golden);
  }
}

TEST(GoldenCallbacks, EarlyStopping) { drive_all("EarlyStopping", 28); }
TEST(GoldenCallbacks, ReduceLROnPlateau) { drive_all("ReduceLROnPlateau", 26); }
TEST(GoldenCallbacks, LearningRateScheduler) { drive_all("LearningRateScheduler", 6); }
TEST(GoldenCallbacks, CSVLogger) { drive_all("CSVLogger", 22); }
TEST(GoldenCallbacks, ModelCheckpoint) { drive_all("ModelCheckpoint", 25); }
TEST(GoldenCallbacks, TerminateOnNaN) { drive_all("TerminateOnNaN", 4); }

TEST(GoldenCallbacks, FileNamesAreThoseOfPythonsFormat) {
  const Config cases = golden_callbacks("formats.json");
  EXPECT_GT(cases.size(), 150u);
  for (const Config& golden : cases.as_list()) {
    const std::string pattern = golden[0].as_string();
    const auto result = [&] {
      return text::python_format(
          pattern, {{"epoch", golden[1].as_int()}, {"x", golden[2].as_number()}}, "test");
    };
    if (golden[3].is_null()) {
      EXPECT_THROW(result(), ValueError) << to_json(golden);
    } else {
      EXPECT_EQ(result(), golden[3].as_string()) << to_json(golden);
    }
  }
}

TEST(GoldenCallbacks, ArgumentsAreThoseOfKeras) {
  const Config signatures = golden_callbacks("signatures.json");
  for (const CallbackType& type : callback_types()) {
    const Config& expected = signatures.at(type.class_name);
    const std::vector<FieldInfo> fields = type.fields();
    ASSERT_GE(fields.size(), expected.size());
    for (size_t i = 0; i < expected.size(); ++i) {
      EXPECT_EQ(fields[i].name, expected[i][0].as_string()) << type.class_name;
      // An argument that Keras asks for is empty here.
      const Config wanted =
          expected[i][1].is_null() && fields[i].type == "str" ? Config("") : expected[i][1];
      if (wanted.is_number() && !wanted.is_int()) {
        EXPECT_EQ(fields[i].default_value.as_number(), wanted.as_number()) << fields[i].name;
      } else if (fields[i].type == "float") {
        EXPECT_EQ(fields[i].default_value.as_number(), wanted.as_number()) << fields[i].name;
      } else {
        EXPECT_EQ(to_json(fields[i].default_value), to_json(wanted))
            << type.class_name << " " << fields[i].name;
      }
    }
    // Only LambdaCallback takes further keywords.
    EXPECT_TRUE(fields.size() == expected.size() || type.class_name == "LambdaCallback");
  }
}

struct Weights : Callback {
  std::vector<std::vector<double>> seen;
  void note() {
    seen.emplace_back();
    for (const Tensor& weight : model().get_weights()) {
      for (double value : weight.to_vector<double>()) seen.back().push_back(value);
    }
  }
  void on_epoch_end(int64_t, Logs&) override { note(); }
  void on_test_begin(Logs&) override { note(); }
  void on_test_end(Logs&) override { note(); }
};

void expect_close(const std::vector<double>& ours, const Config& golden) {
  ASSERT_EQ(ours.size(), golden.size());
  for (size_t i = 0; i < ours.size(); ++i) {
    const double expected = golden[i].as_number();
    if (std::isfinite(expected)) {
      EXPECT_NEAR(ours[i], expected, 1e-5 * std::max(1e-3, std::abs(expected)));
    } else {
      EXPECT_TRUE(ours[i] == expected || (std::isnan(ours[i]) && std::isnan(expected)));
    }
  }
}

// Compares the fields of two CSV files: numbers may differ in their last digits.
void expect_same_table(const std::string& ours, const std::string& golden) {
  const auto fields = [](const std::string& table) {
    std::vector<std::string> all;
    for (const std::string& line : text::split(table, '\n')) {
      for (const std::string& part : text::split(line, ',')) {
        for (const std::string& field : text::split(part, ';')) all.push_back(field);
      }
    }
    return all;
  };
  const std::vector<std::string> left = fields(ours);
  const std::vector<std::string> right = fields(golden);
  ASSERT_EQ(left.size(), right.size());
  for (size_t i = 0; i < left.size(); ++i) {
    if (left[i] == right[i]) continue;
    const double expected = std::stod(right[i]);
    EXPECT_NEAR(std::stod(left[i]), expected, 1e-5 * std::max(1e-3, std::abs(expected)));
  }
}

void run(const Config& golden) {
  const WorkingFolder folder;
  Sequential model({layers::Input({2}), layers::Dense(1)});
  model.set_weights({Tensor::from<float>({0.5f, -0.25f}, {2, 1}), Tensor::zeros({1})});
  model.compile(
      {.optimizer = Optimizer::from_config(Config::dict({{"module", "keras.optimizers"},
                                                         {"class_name", "SGD"},
                                                         {"config", golden.at("optimizer")},
                                                         {"registered_name", nullptr}})),
       .loss = "mse"});
  const Tensor x = Tensor::from<float>({1, 2, -1, 0.5, 0.5, -1, 2, 0, 0, 1, -0.5, -0.5}, {6, 2});
  const Tensor y = Tensor::from<float>({1, 0, -1, 2, 0.5, -0.5}, {6, 1});
  Captured printed;
  Callbacks list;
  for (const Config& item : golden.at("callbacks").as_list()) {
    list.push_back(make_callback(item[0].as_string(), item[1]));
  }
  Weights weights;
  list.emplace_back(weights);
  const History history = model.fit(x[{Slice(0, 4)}], y[{Slice(0, 4)}],
                                    {.epochs = 5,
                                     .batch_size = 2,
                                     .verbose = 0,
                                     .validation_data = {x[{Slice(4, 6)}], y[{Slice(4, 6)}]},
                                     .callbacks = list,
                                     .shuffle = false});
  printed.stop();
  EXPECT_EQ(printed.out, golden.at("out").as_string());
  ASSERT_EQ(history.history.size(), golden.at("history").size());
  for (size_t i = 0; i < history.history.size(); ++i) {
    const auto& [name, values] = golden.at("history").as_dict()[i];
    EXPECT_EQ(history.history[i].first, name);
    expect_close(history.history[i].second, values);
  }
  ASSERT_EQ(weights.seen.size(), golden.at("weights").size());
  for (size_t i = 0; i < weights.seen.size(); ++i) {
    expect_close(weights.seen[i], golden.at("weights")[i]);
  }
  weights.seen.clear();
  for (const Tensor& weight : model.get_weights()) {
    expect_close(weight.to_vector<double>(),
                 weight.rank() == 2 ? Config::list({golden.at("final")[0], golden.at("final")[1]})
                                    : Config::list({golden.at("final")[2]}));
  }
  std::vector<std::string> paths;
  for (const auto& [path, text] : golden.at("files").as_dict()) {
    paths.push_back(path);
    if (path.ends_with(".csv")) expect_same_table(text_in(path), text.as_string());
  }
  EXPECT_EQ(files_here(), paths);
}

TEST(GoldenCallbacks, WholeRuns) {
  const Config cases = golden_callbacks("fits.json");
  for (const Config& golden : cases.as_list()) {
    const testing::ScopedTrace trace(__FILE__, __LINE__, golden.at("name").as_string());
    run(golden);
  }
}

}  // namespace
}  // namespace keratin
