// SPDX-License-Identifier: Apache-2.0
// Time and peak memory of loading a model, next to reading its file from the page cache. Usage:
// bench_load_model [megabytes of weights], or bench_load_model FILE for the file of another
// program.
#include <keratin/keratin.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

using namespace keratin;

namespace {

constexpr int rounds = 5;

// Returns a line of /proc/self/status in bytes.
double status(const std::string& key) {
  std::ifstream file("/proc/self/status");
  std::string word;
  while (file >> word) {
    double kib = 0;
    if (word == key + ":" && file >> kib) return kib * 1024;
  }
  return 0;
}

double seconds_of(auto&& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void write_model(const std::string& path, double megabytes) {
  const auto width = static_cast<int64_t>(std::sqrt(megabytes * 1e6 / 4 / 2));
  auto model = models::Sequential({layers::Input(Shape{width})});
  model.add(layers::Dense(width, {.kernel_initializer = "he_normal"}));
  model.add(layers::Dense(width));
  model.save(path);
}

// Runs `work` in a new process, so that what one round has left behind is not another's.
void in_child(auto&& work) {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    work();
    std::fflush(nullptr);
    ::_exit(0);
  }
  int code = 0;
  ::waitpid(child, &code, 0);
}

void read_once(const std::string& path) {
  const double seconds = seconds_of([&] {
    std::FILE* file = std::fopen(path.c_str(), "rb");
    const size_t size = std::filesystem::file_size(path);
    // New memory that nobody has set, as a program takes it that wants the bytes and no more.
    const std::unique_ptr<char[]> bytes(new char[size]);
    if (std::fread(bytes.get(), 1, size, file) != size) std::abort();
    std::fclose(file);
  });
  std::printf("read  %8.1f ms\n", seconds * 1e3);
}

void load_once(const std::string& path) {
  const double before = status("VmRSS");
  models::Model model;
  const double seconds = seconds_of([&] { model = models::load_model(path); });
  const auto weights = static_cast<double>(model.count_params()) * 4;
  std::printf("load  %8.1f ms, peak memory %.2f times the weights\n", seconds * 1e3,
              (status("VmHWM") - before) / weights);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string argument = argc > 1 ? argv[1] : "100";
  const bool given = std::filesystem::exists(argument);
  const std::string path = given ? argument : "bench_load_model.keras";
  if (!given) in_child([&] { write_model(path, std::stod(argument)); });
  for (int round = 0; round < rounds; ++round) {
    in_child([&] { read_once(path); });
    in_child([&] { load_once(path); });
  }
  if (!given) std::filesystem::remove(path);
}
