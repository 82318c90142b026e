// SPDX-License-Identifier: Apache-2.0
// Ctrl-C in a terminal ends training after the batch.
#include <gtest/gtest.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "keratin/keratin.h"
#include "tests/model/callbacks/support.h"

namespace keratin {
namespace {

using testing_support::WorkingFolder;

struct PressCtrlC : Callback {
  int64_t epoch = 0, batches = 0;
  bool has_ended = false;
  void on_epoch_begin(int64_t at, Logs&) override { epoch = at; }
  void on_train_batch_begin(int64_t batch, Logs&) override {
    ++batches;
    if (epoch == 1 && batch == 2) ::raise(SIGINT);
  }
  void on_train_end(Logs&) override { has_ended = true; }
};

bool has_default_handler() {
  struct sigaction now = {};
  return ::sigaction(SIGINT, nullptr, &now) == 0 && now.sa_handler == SIG_DFL;
}

// Trains in a child that has a terminal; returns how it ended, and what it printed.
template <class F>
int status_in_terminal(F&& work, std::string& output) {
  int terminal = -1;
  const pid_t child = ::forkpty(&terminal, nullptr, nullptr, nullptr);
  if (child == 0) {
    int code = 99;
    try {
      code = work();
    } catch (...) {
      code = 98;
    }
    ::_exit(code);
  }
  char piece[256];
  for (ssize_t count = 0; (count = ::read(terminal, piece, sizeof(piece))) > 0;) {
    output.append(piece, static_cast<size_t>(count));
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  ::close(terminal);
  return status;
}

// Returns a number that tells which expectation does not hold; 0 for none.
int train_and_press() {
  utils::set_random_seed(3);
  Sequential model({layers::Dense(1, {.input_shape = {2}})});
  model.compile({.optimizer = "sgd", .loss = "mse"});
  PressCtrlC press;
  const History history = model.fit(Tensor::ones({40, 2}), Tensor::ones({40, 1}),
                                    {.epochs = 3,
                                     .batch_size = 4,
                                     .verbose = 0,
                                     .callbacks = {press, callbacks::BackupAndRestore("backup")}});
  if (history.epoch != std::vector<int64_t>{0}) return 1;
  if (press.batches != 13) return 2;
  if (!press.has_ended) return 3;
  if (!has_default_handler()) return 4;
  return std::filesystem::exists("backup/latest.weights.h5") ? 0 : 5;
}

TEST(Interrupt, EndsAfterTheBatchAndKeepsTheBackup) {
  const WorkingFolder folder;
  std::string output;
  const int status = status_in_terminal(&train_and_press, output);
  EXPECT_TRUE(WIFEXITED(status)) << status;
  EXPECT_EQ(WEXITSTATUS(status), 0) << output;
  EXPECT_NE(output.find("fit: ended by Ctrl-C after 3 steps of epoch 2."), std::string::npos)
      << output;
}

TEST(Interrupt, ASecondOneEndsTheProgram) {
  const WorkingFolder folder;
  std::string output;
  const auto work = [] {
    struct PressTwice : Callback {
      void on_train_batch_begin(int64_t, Logs&) override {
        ::raise(SIGINT);
        ::raise(SIGINT);
      }
    };
    PressTwice press;
    Sequential model({layers::Dense(1, {.input_shape = {2}})});
    model.compile({.optimizer = "sgd", .loss = "mse"});
    model.fit(Tensor::ones({4, 2}), Tensor::ones({4, 1}), {.verbose = 0, .callbacks = {press}});
    return 0;
  };
  const int status = status_in_terminal(work, output);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT) << status;
}

volatile sig_atomic_t pressed = 0;

TEST(Interrupt, AHandlerOfTheProgramStays) {
  const WorkingFolder folder;
  std::string output;
  const auto work = [] {
    ::signal(SIGINT, [](int) { pressed = pressed + 1; });
    PressCtrlC press;
    Sequential model({layers::Dense(1, {.input_shape = {2}})});
    model.compile({.optimizer = "sgd", .loss = "mse"});
    const History history =
        model.fit(Tensor::ones({40, 2}), Tensor::ones({40, 1}),
                  {.epochs = 3, .batch_size = 4, .verbose = 0, .callbacks = {press}});
    return history.epoch.size() == 3 && pressed == 1 ? 0 : 1;
  };
  const int status = status_in_terminal(work, output);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status << output;
}

}  // namespace
}  // namespace keratin
