// SPDX-License-Identifier: Apache-2.0
// What callbacks refuse, with the whole sentence, and the server of RemoteMonitor.
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <limits>

#include "keratin/base/python_format.h"
#include "keratin/io/http.h"
#include "keratin/keratin.h"
#include "keratin/model/callbacks/registry.h"
#include "tests/model/callbacks/support.h"
#include "tests/support/local_server.h"
#include "tests/support/misuse.h"

namespace keratin {
namespace {

using testing_support::Captured;
using testing_support::expect_error;
using testing_support::expect_harmless_error;
using testing_support::LocalServer;
using testing_support::WorkingFolder;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

Model make_model(Optimizer optimizer = "sgd") {
  Sequential model({layers::Dense(1, {.input_shape = {2}})});
  model.compile({.optimizer = std::move(optimizer), .loss = "mse"});
  model.fit(Tensor::ones({2, 2}), Tensor::ones({2, 1}), {.verbose = 0});
  return model;
}

void fit(const Model& model, Callbacks callbacks) {
  model.fit(Tensor::ones({2, 2}), Tensor::ones({2, 1}),
            {.verbose = 0, .callbacks = std::move(callbacks)});
}

TEST(MisuseCallbacks, Arguments) {
  expect_error<ValueError>([] { callbacks::EarlyStopping({.min_delta = nan}); },
                           "EarlyStopping: expected a finite number as `min_delta`, got nan. Use "
                           "0.");
  expect_error<ValueError>([] { callbacks::ReduceLROnPlateau({.factor = 1.0}); },
                           "ReduceLROnPlateau: expected a `factor` below 1, got 1. Use 0.1 for a "
                           "tenth.");
  expect_error<ValueError>([] { callbacks::ModelCheckpoint("model.txt"); },
                           "ModelCheckpoint: expected a `filepath` that ends in `.keras` or `.h5`, "
                           "got 'model.txt'. Add the ending.");
  expect_error<ValueError>(
      [] { callbacks::ModelCheckpoint({.filepath = "w.h5", .save_weights_only = true}); },
      "ModelCheckpoint: expected a `filepath` that ends in `.weights.h5` with "
      "`save_weights_only`, got 'w.h5'. Add the ending.");
  expect_error<ValueError>([] { callbacks::ModelCheckpoint("m.keras", {.save_freq = "batch"}); },
                           "save_freq: expected \"epoch\" or a number of batches, got 'batch'. "
                           "Check the spelling.");
  expect_error<ValueError>([] { callbacks::ModelCheckpoint("m.keras", {.save_freq = 0}); },
                           "save_freq: expected \"epoch\" or a positive number of batches, got 0. "
                           "Use \"epoch\".");
  expect_error<ValueError>([] { callbacks::LearningRateScheduler({.verbose = 1}); },
                           "LearningRateScheduler: expected a function as `schedule`, got none. "
                           "Pass one that gives the rate of an epoch.");
  expect_error<ValueError>([] { callbacks::CSVLogger(""); },
                           "CSVLogger: expected `filename`, the path of the file, got an empty "
                           "text. Give it.");
  expect_error<ValueError>([] { callbacks::CSVLogger("a.csv", {.separator = "||"}); },
                           "CSVLogger: expected a `separator` of one character, got '||'. Use "
                           "','.");
  expect_error<ValueError>([] { callbacks::BackupAndRestore(""); },
                           "BackupAndRestore: expected `backup_dir`, the folder of the backup, got "
                           "an empty text. Give it.");
  expect_error<ConfigError>(
      [] { callback_from_config("EarlyStoping", {}); },
      "callbacks: expected one of the classes [BackupAndRestore, CSVLogger, EarlyStopping, "
      "LambdaCallback, LearningRateScheduler, ModelCheckpoint, ReduceLROnPlateau, RemoteMonitor, "
      "SwapEMAWeights, TensorBoard, TerminateOnNaN], got 'EarlyStoping'. Did you mean "
      "'EarlyStopping'?");
  expect_error<ConfigError>(
      [] {
        callback_from_config("EarlyStopping", Config::dict({{"patient", 3}}));
      },
      "EarlyStopping: expected one of the options [monitor, min_delta, patience, verbose, mode, "
      "baseline, restore_best_weights, start_from_epoch], got 'patient'. Did you mean 'patience'?");
}

TEST(MisuseCallbacks, Patterns) {
  const auto format = [](std::string_view pattern) {
    return text::python_format(pattern, {{"epoch", int64_t{1}}, {"loss", 0.5}}, "filepath");
  };
  expect_error<ValueError>([&] { format("{los:.2f}"); },
                           "filepath: expected one of the names [epoch, loss], got 'los' in "
                           "'{los:.2f}'. Did you mean 'loss'?");
  expect_error<ValueError>([&] { format("{loss:02d}"); },
                           "filepath: expected a format for a float such as '.2f', got '02d' in "
                           "'{loss:02d}'. Correct it.");
  expect_error<ValueError>([&] { format("{epoch:.3d}"); },
                           "filepath: expected a format for an integer such as '02d', got '.3d' in "
                           "'{epoch:.3d}'. Correct it.");
  expect_error<ValueError>([&] { format("{epoch"); },
                           "filepath: expected braces in pairs, got a single '{' in '{epoch'. "
                           "Double it.");
  expect_error<ValueError>([&] { format("{epoch:99999999999d}"); },
                           "filepath: expected a format for an integer such as '02d', got "
                           "'99999999999d' in '{epoch:99999999999d}'. Correct it.");
}

// Errors of a run begin with the model.
template <class E>
void expect_refusal(const Model& model, const Callbacks& callbacks, const std::string& text,
                    int line = __builtin_LINE()) {
  expect_error<E>([&] { fit(model, callbacks); }, model.body().label() + ": " + text, __FILE__,
                  line);
}

TEST(MisuseCallbacks, ValuesThatAreNotThere) {
  const WorkingFolder folder;
  const Model model = make_model();
  expect_harmless_error<ValueError>(
      model, [&] { fit(model, {callbacks::EarlyStopping({.monitor = "val_something"})}); },
      model.body().label() +
          ": EarlyStopping: expected `mode` min or max for 'val_something', whose better direction "
          "is not known, got auto. Set `mode`.");
  expect_refusal<ValueError>(
      model, {callbacks::ModelCheckpoint("{val_loss:.2f}.keras")},
      "ModelCheckpoint, filepath: expected one of the names [epoch, loss], got 'val_loss' in "
      "'{val_loss:.2f}.keras'. Use one of them.");
}

TEST(MisuseCallbacks, Files) {
  const WorkingFolder folder;
  const Model model = make_model();
  std::filesystem::create_directory("m.keras");
  expect_refusal<FileError>(model, {callbacks::ModelCheckpoint("m.keras")},
                            "m.keras: expected a file for ModelCheckpoint, got a folder. Choose "
                            "another `filepath`.");
  expect_refusal<FileError>(model, {callbacks::CSVLogger("none/log.csv")},
                            "none/log.csv: expected a file that CSVLogger can write, got 'No such "
                            "file or directory'. Check the folder, its access rights and the space "
                            "that is left.");
  expect_refusal<FileError>(model, {callbacks::CSVLogger("/dev/full")},
                            "/dev/full: expected a file that CSVLogger can write, got 'No space "
                            "left on device'. Check the folder, its access rights and the space "
                            "that is left.");
}

TEST(MisuseCallbacks, Optimizers) {
  const Model model = make_model();
  const callbacks::LearningRateScheduler no_rate([](int64_t) { return nan; });
  expect_harmless_error<ValueError>(
      model, [&] { fit(model, {callbacks::LearningRateScheduler(no_rate)}); },
      model.body().label() +
          ": LearningRateScheduler: expected a finite learning rate from `schedule` for epoch 0, "
          "got nan. Check the function.");
  const Model scheduled = make_model(
      optimizers::SGD({.learning_rate = optimizers::schedules::ExponentialDecay(
                           {.initial_learning_rate = 0.1, .decay_steps = 10, .decay_rate = 0.9}),
                       .name = "sgd"}));
  expect_refusal<ValueError>(
      scheduled, {callbacks::LearningRateScheduler([](int64_t) { return 0.1; })},
      "sgd: expected an optimizer with a learning rate of its own, got one with a schedule. Make "
      "it with a number to set it later.");
  const Model plain = make_model(optimizers::SGD({.name = "plain"}));
  expect_refusal<ValueError>(
      plain, {callbacks::SwapEMAWeights({.swap_on_epoch = true})},
      "SwapEMAWeights: expected an optimizer that was trained with `use_ema`, got `plain` without "
      "averages. Make it with `.use_ema = true`.");
}

TEST(MisuseCallbacks, Stations) {
  Logs logs;
  logs.set("loss", -std::numeric_limits<double>::infinity());
  callbacks::TerminateOnNaN stop({.raise_error = true});
  expect_error<ValueError>([&] { stop.on_train_batch_end(3, logs); },
                           "TerminateOnNaN: expected a finite loss at batch 3, got -inf. Lower the "
                           "learning rate, or check the data.");
  callbacks::BackupAndRestore backup("backup");
  expect_error<ValueError>([&] { backup.on_train_begin(logs); },
                           "BackupAndRestore: expected a run of `fit`, got a call from elsewhere. "
                           "Pass the callback to `fit`.");
}

TEST(EarlyStopping, RestoresNothingWhereItNeverWatched) {
  const Model model = make_model();
  callbacks::EarlyStopping late(
      {.monitor = "loss", .restore_best_weights = true, .start_from_epoch = 5});
  EXPECT_NO_THROW(fit(model, {late}));
  EXPECT_EQ(late.stopped_epoch(), 0);
}

TEST(LambdaCallback, CallsEachFunction) {
  std::string calls;
  const auto station = [&](const char* name) {
    return [&calls, name](Logs&) { calls += std::string(name) + " "; };
  };
  const auto counted = [&](const char* name) {
    return [&calls, name](int64_t at, Logs&) {
      calls += std::string(name) + std::to_string(at) + " ";
    };
  };
  callbacks::LambdaCallback all({.on_epoch_begin = counted("E"),
                                 .on_epoch_end = counted("e"),
                                 .on_train_begin = station("T"),
                                 .on_train_end = station("t"),
                                 .on_train_batch_begin = counted("B"),
                                 .on_train_batch_end = counted("b"),
                                 .on_batch_begin = counted("never"),
                                 .on_test_begin = station("V"),
                                 .on_test_end = station("v"),
                                 .on_test_batch_begin = counted("W"),
                                 .on_test_batch_end = counted("w"),
                                 .on_predict_begin = station("P"),
                                 .on_predict_end = station("p"),
                                 .on_predict_batch_begin = counted("Q"),
                                 .on_predict_batch_end = counted("q")});
  callbacks::LambdaCallback alias({.on_batch_end = counted("alias")});
  const Model model = make_model();
  const Tensor x = Tensor::ones({2, 2});
  model.fit(x, Tensor::ones({2, 1}),
            {.batch_size = 1,
             .verbose = 0,
             .validation_data = {x, Tensor::ones({2, 1})},
             .callbacks = {all, alias}});
  EXPECT_EQ(calls, "T E0 B0 b0 alias0 B1 b1 alias1 V W0 w0 W1 w1 v e0 t ");
  calls.clear();
  model.predict(x, {.verbose = 0, .callbacks = {all}});
  EXPECT_EQ(calls, "P Q0 q0 p ");
}

TEST(SwapEMAWeights, GivesTheWeightsBackAfterEvaluationAndPrediction) {
  const Model model =
      make_model(optimizers::SGD({.learning_rate = 0.1, .use_ema = true, .ema_momentum = 0.5}));
  model.train_on_batch(Tensor::ones({2, 2}), Tensor::zeros({2, 1}));
  const std::vector<std::string> before = testing_support::state_of(model);
  const Tensor plain = model.predict(Tensor::ones({2, 2}), {.verbose = 0}).tensor();
  callbacks::SwapEMAWeights swap;
  const Tensor swapped =
      model.predict(Tensor::ones({2, 2}), {.verbose = 0, .callbacks = {swap}}).tensor();
  EXPECT_NE(plain.to_vector<float>(), swapped.to_vector<float>());
  model.evaluate(Tensor::ones({2, 2}), Tensor::ones({2, 1}), {.verbose = 0, .callbacks = {swap}});
  EXPECT_TRUE(testing_support::state_of(model) == before);
}

constexpr const char* ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";

TEST(RemoteMonitor, PostsTheValuesOfEachEpoch) {
  LocalServer server(ok, 2);
  Logs logs;
  logs.set("loss", 0.5);
  logs.set("val_loss", nan);
  callbacks::RemoteMonitor form({.root = server.root()});
  form.on_epoch_end(3, logs);
  logs.set("val_loss", 1e-7);
  callbacks::RemoteMonitor json({.root = server.root(),
                                 .path = "/other",
                                 .headers = callbacks::Headers{{"X-Run", "seven"}},
                                 .send_as_json = true});
  json.on_epoch_end(4, logs);
  server.stop();
  ASSERT_EQ(server.heads.size(), 2u);
  EXPECT_TRUE(server.heads[0].starts_with("POST /publish/epoch/end/ HTTP/1.1\r\n"));
  EXPECT_NE(server.heads[0].find("Content-Type: application/x-www-form-urlencoded"),
            std::string::npos);
  EXPECT_EQ(server.bodies[0],
            "data=%7B%22epoch%22%3A+3%2C+%22loss%22%3A+0.5%2C+%22val_loss%22%3A+NaN%7D");
  EXPECT_TRUE(server.heads[1].starts_with("POST /other HTTP/1.1\r\n"));
  EXPECT_NE(server.heads[1].find("Content-Type: application/json"), std::string::npos);
  EXPECT_NE(server.heads[1].find("X-Run: seven"), std::string::npos);
  EXPECT_EQ(server.bodies[1], R"({"epoch": 4, "loss": 0.5, "val_loss": 1e-07})");
}

TEST(RemoteMonitor, TellsWhereNobodyAnswers) {
  std::string root;
  {
    const LocalServer server(ok, 0);
    root = server.root();
  }
  Logs logs;
  logs.set("loss", 0.5);
  Captured printed;
  callbacks::RemoteMonitor monitor({.root = root});
  monitor.on_epoch_end(0, logs);
  logs.set("loss", nan);
  callbacks::RemoteMonitor json({.root = "http://127.0.0.1:9", .send_as_json = true});
  json.on_epoch_end(0, logs);
  printed.stop();
  EXPECT_EQ(printed.err, "Could not reach RemoteMonitor root server at " + root +
                             "\nCould not reach RemoteMonitor root server at http://127.0.0.1:9\n");
  expect_error<FileError>([] { http_post("ftp://127.0.0.1", "x", {}); },
                          "ftp://127.0.0.1: expected an address that begins with http:// or "
                          "https://, got another one. Correct it.");
}

}  // namespace
}  // namespace keratin
