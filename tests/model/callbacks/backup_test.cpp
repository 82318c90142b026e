// SPDX-License-Identifier: Apache-2.0
// BackupAndRestore: a run that was interrupted, by an exception or by kill -9, ends as if it had
// never been.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <fstream>
#include <random>
#include <thread>

#include "keratin/keratin.h"
#include "tests/model/callbacks/support.h"
#include "tests/support/misuse.h"

namespace keratin {
namespace {

using callbacks::BackupAndRestore;
using callbacks::BackupAndRestoreOptions;
using testing_support::expect_error;
using testing_support::files_here;
using testing_support::state_of;
using testing_support::text_in;
using testing_support::WorkingFolder;

namespace fs = std::filesystem;

struct Interrupt : Callback {
  Interrupt(int64_t at_epoch, int64_t at_batch) : epoch(at_epoch), batch(at_batch) {}
  int64_t epoch, batch, now = 0;
  void on_epoch_begin(int64_t at, Logs&) override { now = at; }
  CallbackState get_state() const override { return {.values = now}; }
  void set_state(const CallbackState& saved) override { now = saved.values.as_int(); }
  void on_train_batch_begin(int64_t at, Logs&) override {
    if (now == epoch && at == batch) throw std::runtime_error("interrupted");
  }
};

Tensor numbers(const Shape& shape, uint32_t seed) {
  return ops::random_uniform(Tensor::from<uint32_t>({0, seed}, {2}), shape);
}

// A run whose every part has state: dropout, shuffling, slots, metrics, other callbacks.
struct Job {
  BackupAndRestoreOptions backup = {.backup_dir = "backup"};
  int64_t epochs = 5;
  Shuffle shuffle = true;
  bool from_generator = false;
  std::optional<int64_t> steps = {};
  bool stops = false;

  History history;
  std::vector<std::string> state;

  Sequential model = make_model();

  static Sequential make_model() {
    Sequential model({layers::Dense(16, {.activation = "relu", .input_shape = {6}}),
                      layers::Dropout(0.3), layers::BatchNormalization(), layers::Dense(3)});
    model.compile({.optimizer = optimizers::Adam({.learning_rate = 0.01, .use_ema = true}),
                   .loss = "mse",
                   .metrics = {"mae"}});
    return model;
  }

  void fit(Callback* other = nullptr) {
    callbacks::EarlyStopping stopping({.min_delta = stops ? 100.0 : 0.0,
                                       .patience = stops ? 0 : 3,
                                       .restore_best_weights = true});
    callbacks::ReduceLROnPlateau reducing({.factor = 0.5, .patience = 1, .min_delta = 1.0});
    callbacks::LearningRateScheduler falling([](int64_t, double rate) { return rate * 0.9; });
    callbacks::CSVLogger csv("log.csv");
    callbacks::SwapEMAWeights swapping({.swap_on_epoch = true});
    BackupAndRestore backing(backup);
    Callbacks list{backing, stopping, reducing, falling, swapping, csv};
    if (other != nullptr) list.emplace_back(*other);
    FitOptions options{.epochs = epochs,
                       .batch_size = 8,
                       .verbose = 0,
                       .callbacks = list,
                       .shuffle = shuffle,
                       .steps_per_epoch = steps};
    const Tensor x = numbers({60, 6}, 1);
    const Tensor y = numbers({60, 3}, 2);
    if (!from_generator) {
      options.validation_split = 0.2;
      history = model.fit(x, y, options);
    } else {
      options.batch_size = {};
      options.shuffle = false;
      options.steps_per_epoch = steps.value_or(7);
      options.validation_data = batches(x, y, 3);
      options.validation_steps = 2;
      history = model.fit(batches(x, y, 5), options);
    }
    state = state_of(model);
    for (const auto& [name, values] : history.history) {
      for (double value : values) state.push_back(name + text_of_number(value));
    }
    state.push_back(text_in("log.csv"));
  }

  static std::string text_of_number(double value) { return to_json(Config(value)); }

  // Gives one batch after the other, all different for a while.
  static Generator batches(const Tensor& x, const Tensor& y, int64_t size) {
    return [=, at = int64_t{0}]() mutable -> std::optional<Data> {
      const int64_t first = (at++ * 7) % (60 - size);
      return Data(x[{Slice(first, first + size)}], y[{Slice(first, first + size)}]);
    };
  }
};

// Interrupts a run again and again, each time in a "new process", and compares its end.
void check_resumes(const Job& settings, const std::vector<std::pair<int64_t, int64_t>>& places) {
  const WorkingFolder folder;
  utils::clear_session();
  utils::set_random_seed(5);
  Job whole = settings;
  whole.model = Job::make_model();
  whole.backup.backup_dir = "other";
  whole.fit();
  EXPECT_FALSE(fs::exists("other"));
  for (const auto& [epoch, batch] : places) {
    utils::clear_session();
    utils::set_random_seed(5);
    Job part = settings;
    part.model = Job::make_model();
    Interrupt interrupt(epoch, batch);
    EXPECT_THROW(part.fit(&interrupt), std::runtime_error) << epoch << " " << batch;
    utils::set_random_seed(99);  // what the interrupted process drew is gone
  }
  utils::clear_session();
  utils::set_random_seed(5);
  Job rest = settings;
  rest.model = Job::make_model();
  rest.fit();
  EXPECT_EQ(rest.history.epoch, whole.history.epoch);
  ASSERT_EQ(rest.state.size(), whole.state.size());
  for (size_t i = 0; i < whole.state.size(); ++i) {
    EXPECT_TRUE(rest.state[i] == whole.state[i])
        << whole.state[i].substr(0, 40) << " / " << rest.state[i].substr(0, 40);
  }
  EXPECT_EQ(files_here(), std::vector<std::string>{"log.csv"});
}

TEST(BackupAndRestore, ResumesAtTheEndOfAnEpoch) { check_resumes({}, {{0, 3}, {2, 0}, {3, 5}}); }

TEST(BackupAndRestore, ResumesInTheMiddleOfAnEpoch) {
  Job job;
  job.backup.save_freq = 2;
  check_resumes(job, {{0, 1}, {0, 3}, {1, 5}, {4, 5}});
  job.epochs = 3;
  job.backup.save_freq = 1;
  check_resumes(job, {{0, 5}, {2, 0}, {2, 1}});
}

TEST(BackupAndRestore, ResumesEveryOrderOfTheData) {
  Job job;
  job.backup.save_freq = 1;
  job.epochs = 3;
  job.shuffle = "batch";
  check_resumes(job, {{1, 2}});
  job.shuffle = false;
  check_resumes(job, {{1, 2}});
  job.shuffle = true;
  job.steps = 3;
  check_resumes(job, {{1, 1}, {2, 2}});
}

TEST(BackupAndRestore, ResumesGenerators) {
  Job job;
  job.from_generator = true;
  check_resumes(job, {{1, 2}, {3, 0}});
  job.backup.save_freq = 3;
  check_resumes(job, {{0, 5}, {3, 6}});
  job.steps = 5;
  check_resumes(job, {{2, 4}});
}

TEST(BackupAndRestore, KeepsTheEndThatAnotherCallbackHasChosen) {
  struct FailsAtTheEnd : Callback {
    void on_train_end(Logs&) override { throw std::runtime_error("at the end"); }
  };
  const WorkingFolder folder;
  Job job;
  job.stops = true;
  utils::set_random_seed(5);
  job.model = Job::make_model();
  FailsAtTheEnd failing;
  EXPECT_THROW(job.fit(&failing), std::runtime_error);
  EXPECT_TRUE(fs::exists("backup/latest.weights.h5"));
  Job rest;
  rest.stops = true;
  rest.fit();
  EXPECT_EQ(rest.history.epoch, (std::vector<int64_t>{0, 1}));
}

TEST(BackupAndRestore, WritesTheFilesOfKeras) {
  const WorkingFolder folder;
  Job job;
  job.backup.double_checkpoint = true;
  job.backup.delete_checkpoint = false;
  job.epochs = 3;
  job.fit();
  EXPECT_EQ(files_here(),
            (std::vector<std::string>{"backup/latest.weights.h5", "backup/latest.weights.h5.bkp",
                                      "backup/training_metadata.json",
                                      "backup/training_metadata.json.bkp", "log.csv"}));
  EXPECT_EQ(text_in("backup/training_metadata.json"), R"({"epoch": 3, "batch": 0})");
  EXPECT_EQ(text_in("backup/training_metadata.json.bkp"), R"({"epoch": 2, "batch": 0})");
  // The weights file is an ordinary one.
  Sequential model = Job::make_model();
  model.build({None, 6});
  model.load_weights("backup/latest.weights.h5");
}

TEST(BackupAndRestore, GoesOnFromABackupOfKeras) {
  const WorkingFolder folder;
  fs::copy(std::string(KERATIN_GOLDEN_DIR) + "/callbacks/backup", "backup");
  const Config golden = testing_support::golden_callbacks("resumed.json");
  Sequential model({layers::Dense(1, {.input_shape = {2}})});
  model.compile(
      {.optimizer = optimizers::SGD({.learning_rate = 0.125, .momentum = 0.5}), .loss = "mse"});
  const History history =
      model.fit(Tensor::from<float>({1, 2, -1, 0.5, 0.5, -1, 2, 0, 0, 1, -0.5, -0.5}, {6, 2}),
                Tensor::from<float>({1, 0, -1, 2, 0.5, -0.5}, {6, 1}),
                {.epochs = 6,
                 .batch_size = 2,
                 .verbose = 0,
                 .callbacks = {BackupAndRestore("backup")},
                 .shuffle = false});
  EXPECT_EQ(history.epoch, (std::vector<int64_t>{3, 4, 5}));
  EXPECT_FALSE(fs::exists("backup"));
  std::vector<double> weights;
  for (const Tensor& weight : model.get_weights()) {
    for (double value : weight.to_vector<double>()) weights.push_back(value);
  }
  ASSERT_EQ(weights.size(), golden.at("resumed").size());
  for (size_t i = 0; i < weights.size(); ++i) {
    EXPECT_NE(golden.at("interrupted")[i], golden.at("resumed")[i]);
    const double expected = golden.at("resumed")[i].as_number();
    EXPECT_NEAR(weights[i], expected, 1e-5 * std::max(1e-3, std::abs(expected)));
  }
}

TEST(BackupAndRestore, TakesTheBackupBeforeWhereTheLastIsDamaged) {
  const WorkingFolder folder;
  Job job;
  job.backup.double_checkpoint = true;
  Interrupt interrupt(3, 1);
  EXPECT_THROW(job.fit(&interrupt), std::runtime_error);
  std::ofstream("backup/latest.weights.h5") << "cut";
  testing::internal::CaptureStderr();
  Job rest;
  rest.fit();
  EXPECT_NE(testing::internal::GetCapturedStderr().find("latest.weights.h5"), std::string::npos);
  EXPECT_EQ(rest.history.epoch.size(), 5u);
  // Without a second one the error is told, and the file stays.
  Interrupt again(3, 1);
  Job single;
  EXPECT_THROW(single.fit(&again), std::runtime_error);
  std::ofstream("backup/latest.weights.h5") << "cut";
  EXPECT_THROW(rest.fit(), FileError);
  EXPECT_EQ(text_in("backup/latest.weights.h5"), "cut");
}

TEST(BackupAndRestore, RefusesAnotherModel) {
  const WorkingFolder folder;
  Job job;
  Interrupt interrupt(2, 1);
  EXPECT_THROW(job.fit(&interrupt), std::runtime_error);
  Sequential other({layers::Dense(3, {.input_shape = {6}})});
  other.compile({.optimizer = "adam", .loss = "mse"});
  BackupAndRestore backup("backup");
  EXPECT_THROW(
      other.fit(numbers({8, 6}, 1), numbers({8, 3}, 2), {.verbose = 0, .callbacks = {backup}}),
      ValueError);
  job.model.compile({.optimizer = "adam", .loss = "mse"});
  expect_error<ValueError>(
      [&] {
        job.model.fit(numbers({8, 6}, 1), numbers({8, 3}, 2),
                      {.verbose = 0, .callbacks = {backup}});
      },
      job.model.body().label() +
          ": backup/latest.weights.h5: expected the metrics of this model, got others. Go on with "
          "the "
          "model, loss, metrics and optimizer that the backup was made with, or delete the "
          "backup.");
}

TEST(BackupAndRestore, AFailingWriteLeavesTheBackupBefore) {
  const WorkingFolder folder;
  Job job;
  Interrupt interrupt(2, 1);
  EXPECT_THROW(job.fit(&interrupt), std::runtime_error);
  const std::string before = text_in("backup/latest.weights.h5");
  // A child may only write small files: the write fails in its middle, as on a full disk.
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{.rlim_cur = 4096, .rlim_max = 4096};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    try {
      Job rest;
      rest.fit();
    } catch (const FileError& error) {
      const std::string text = error.what();
      const size_t start = text.find("backup/");  // after the model
      ::_exit(text.substr(start) ==
                      "backup/latest.weights.h5: expected a file that can be written, got 'File "
                      "too large'. Check the folder, its access rights and the space that is left."
                  ? 7
                  : 8);
    } catch (...) {
      ::_exit(9);
    }
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 7);
  EXPECT_TRUE(text_in("backup/latest.weights.h5") == before);
  EXPECT_EQ(files_here().size(), 3u) << "a file was left over";
}

TEST(BackupAndRestore, NamesTheFolderThatCannotBeMade) {
  const WorkingFolder folder;
  std::ofstream("file") << "x";
  Job job;
  job.backup.backup_dir = "file/backup";
  expect_error<FileError>(
      [&] { job.fit(); },
      job.model.body().label() +
          ": file/backup: expected a folder that is there or can be made, got 'Not "
          "a directory'. Check the path and its access rights.");
}

// Trains in a child and writes what came out to "result".
pid_t train_in_child() {
  const pid_t child = ::fork();
  if (child != 0) return child;
  try {
    utils::clear_session();
    utils::set_random_seed(5);
    Job job;
    job.backup.save_freq = 2;
    job.model = Job::make_model();
    job.fit();
    std::string all;
    for (const std::string& part : job.state) all += part;
    write_file_atomically("result", bytes_of(all));
  } catch (...) {
    ::_exit(1);
  }
  ::_exit(0);
}

void expect_end(pid_t child) {
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

// Returns whether the child had not ended before.
bool kill_after(pid_t child, std::chrono::microseconds delay) {
  std::this_thread::sleep_for(delay);
  ::kill(child, SIGKILL);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFSIGNALED(status);
}

void check_kills(int kills) {
  std::string expected;
  std::chrono::microseconds duration{};
  {
    const WorkingFolder folder;
    const auto start = std::chrono::steady_clock::now();
    expect_end(train_in_child());
    duration = std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::steady_clock::now() - start);
    expected = text_in("result");
  }
  std::mt19937 random(11);
  std::uniform_real_distribution<double> moment(0.0, 1.0);
  int killed = 0;
  for (int i = 0; i < kills; ++i) {
    const WorkingFolder folder;
    const auto delay =
        std::chrono::duration_cast<std::chrono::microseconds>(duration * moment(random));
    // What came too late shows that the machine is faster now than when the run was timed.
    if (kill_after(train_in_child(), delay)) {
      ++killed;
    } else {
      duration = std::min(duration, delay);
    }
    fs::remove("result");
    expect_end(train_in_child());
    EXPECT_TRUE(text_in("result") == expected) << "after kill " << i;
    for (const std::string& path : files_here()) {
      EXPECT_TRUE(path.find("log.csv") != std::string::npos ||
                  path.find("result") != std::string::npos)
          << path;
    }
  }
  EXPECT_GT(killed, kills / 2);
}

TEST(BackupAndRestore, ResumesAfterKills) { check_kills(4); }
TEST(BackupAndRestoreKilled, SlowAtTwoHundredMoments) { check_kills(200); }

}  // namespace
}  // namespace keratin
