// SPDX-License-Identifier: Apache-2.0
// Times what a program waits for besides training steps:
//
//   bench_latency
//
// Prints Markdown: a prediction of one row, and the first of a number of rows, which makes a plan;
// from the start of the process to the end of the first training step; the plan of a model of 50
// layers.
#include <keratin/keratin.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <vector>

namespace {

using namespace keratin;
using Clock = std::chrono::steady_clock;

double microseconds(Clock::time_point since) {
  return std::chrono::duration<double, std::micro>(Clock::now() - since).count();
}

// Returns how long ago this process was started, in microseconds.
double since_exec() {
  std::ifstream file("/proc/self/stat");
  std::stringstream text;
  text << file.rdbuf();
  std::istringstream fields(text.str().substr(text.str().rfind(')') + 2));
  std::string field;
  for (int i = 0; i < 20; ++i) fields >> field;  // the 22nd of all is the start, in ticks
  const double start = std::stod(field) / static_cast<double>(sysconf(_SC_CLK_TCK));
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return (static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9 - start) * 1e6;
}

models::Sequential small_model() {
  models::Sequential model;
  model.add(layers::InputLayer({784}));
  model.add(layers::Dense(32, {.activation = "relu"}));
  model.add(layers::Dense(10, {.activation = "softmax"}));
  return model;
}

void train_once(const Model& model) {
  (void)model.train_on_batch(Tensor::zeros({32, 784}), Tensor::zeros({32}, DType::int32));
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

double first_of_a_size(const Model& model) {
  std::vector<double> times;
  for (int64_t rows = 2; rows <= 100; ++rows) {
    const Tensor x = Tensor::zeros({rows, 784});
    const auto start = Clock::now();
    (void)model.predict_on_batch(x);
    times.push_back(microseconds(start));
  }
  return median(times);
}

}  // namespace

int main() {
  const auto begin = Clock::now();
  models::Sequential first = small_model();
  first.compile({.optimizer = "rmsprop", .loss = "sparse_categorical_crossentropy"});
  train_once(first);
  const double step = microseconds(begin);
  const double started = since_exec();

  std::printf("| what | us |\n|---|---|\n");
  std::printf("| 784-32-10 defined, compiled and trained for one step, from main | %.0f |\n", step);
  std::printf("| the same from exec, to a hundredth of a second | %.0f |\n", started);

  models::Sequential model = small_model();
  const Tensor row = Tensor::zeros({1, 784});
  (void)model.predict_on_batch(row);
  std::vector<double> times;
  for (int run = 0; run < 50; ++run) {
    constexpr int calls = 1000;
    const auto start = Clock::now();
    for (int i = 0; i < calls; ++i) (void)model.predict_on_batch(row);
    times.push_back(microseconds(start) / calls);
  }
  std::printf("| predict_on_batch of one row | %.2f |\n", median(times));
  std::printf("| the first of a number of rows | %.0f |\n", first_of_a_size(model));

  models::Sequential deep;
  deep.add(layers::InputLayer({784}));
  for (int i = 0; i < 49; ++i) deep.add(layers::Dense(32, {.activation = "relu"}));
  deep.add(layers::Dense(10, {.activation = "softmax"}));
  deep.compile({.optimizer = "rmsprop", .loss = "sparse_categorical_crossentropy"});
  const auto start = Clock::now();
  train_once(deep);
  std::printf("| first training step of 50 layers, plan included | %.0f |\n", microseconds(start));
  std::printf("| predict_on_batch of 50 layers, the first of a number of rows | %.0f |\n",
              first_of_a_size(deep));
}
