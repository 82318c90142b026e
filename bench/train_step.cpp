// SPDX-License-Identifier: Apache-2.0
// Keratin as a contestant of compare.py, by the protocol that peer.py explains.
#include <keratin/keratin.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <map>
#include <span>
#include <sstream>
#include <string>
#include <vector>

namespace {

using namespace keratin;

constexpr int64_t kFeatures = 784;
constexpr int64_t kClasses = 10;
constexpr int64_t kBatches = 16;  // so many batches take turns in the modes step and predict

struct Samples {
  Array memory;  // of the project, as NumPy's and JAX' arrays are of theirs
  std::span<float> x;
  std::vector<int32_t> y;
  int64_t checksum = 0;
};

Samples make_samples(int64_t rows) {
  Samples samples;
  samples.memory = Array(DType::float32, {rows, kFeatures});
  samples.x = {samples.memory.data<float>(), static_cast<size_t>(rows * kFeatures)};
  samples.y.resize(static_cast<size_t>(rows));
  for (size_t k = 0; k < samples.x.size(); ++k) {
    const auto cell = static_cast<uint32_t>(k);
    const auto pixel = cell % 1009 % 5 == 0 ? static_cast<uint8_t>((cell * 2654435761u) >> 24) : 0;
    samples.x[k] = static_cast<float>(pixel) / 255.0f;
    if (k < 1000 * kFeatures) samples.checksum += pixel * static_cast<int64_t>(k % 251 + 1);
  }
  for (size_t k = 0; k < samples.y.size(); ++k) {
    samples.y[k] = static_cast<int32_t>(((static_cast<uint32_t>(k) * 2246822519u) >> 16) % 10);
    if (k < 1000) samples.checksum += samples.y[k] * static_cast<int64_t>(k + 1);
  }
  return samples;
}

struct Case {
  std::string net;
  int64_t batch = 0;
  std::string optimizer;
  std::string mode;
  int64_t steps = 0;
};

Case parse_case(const std::string& line) {
  Case result;
  std::istringstream words(line);
  words >> result.net >> result.batch >> result.optimizer >> result.mode >> result.steps;
  if (!words || result.batch <= 0 || result.steps <= 0 ||
      (result.mode != "step" && result.mode != "fit" && result.mode != "predict")) {
    throw ValueError("train_step: expected NET BATCH OPTIMIZER MODE STEPS, got '" + line +
                     "'. Write a line such as 784-32-10 128 adam step 100.");
  }
  return result;
}

Layer layer_behind(const std::string& name) {
  if (name == "dropout") return layers::Dropout(0.5);
  if (name == "noise") return layers::GaussianNoise(0.1);
  if (name == "batchnorm") return layers::BatchNormalization();
  if (name == "layernorm") return layers::LayerNormalization();
  throw ValueError("train_step: expected dropout, noise, batchnorm or layernorm behind '+', got '" +
                   name + "'. Correct it.");
}

Model make_model(const Case& run) {
  std::vector<std::string> widths;
  std::istringstream parts(run.net);
  for (std::string part; std::getline(parts, part, '-');) widths.push_back(part);
  if (widths.size() < 2 || widths.front() != std::to_string(kFeatures) ||
      widths.back() != std::to_string(kClasses)) {
    throw ValueError("train_step: expected a net 784-...-10, got '" + run.net + "'. Correct it.");
  }
  models::Sequential model;
  model.add(layers::InputLayer({kFeatures}));
  for (size_t i = 1; i + 1 < widths.size(); ++i) {
    size_t digits = 0;
    const int64_t width = std::stoll(widths[i], &digits);
    const size_t plus = std::min(widths[i].find('+'), widths[i].size());
    const std::string activation = widths[i].substr(digits, plus - digits);
    model.add(layers::Dense(width, {.activation = activation.empty() ? "relu" : activation}));
    if (plus < widths[i].size()) model.add(layer_behind(widths[i].substr(plus + 1)));
  }
  model.add(layers::Dense(kClasses, {.activation = "softmax"}));
  Metrics metrics;
  if (run.mode == "fit") metrics = Metrics("accuracy");
  model.compile({.optimizer = Optimizer(run.optimizer),
                 .loss = "sparse_categorical_crossentropy",
                 .metrics = metrics});
  return model;
}

class Contestant {
 public:
  explicit Contestant(int64_t rows) : rows_(rows), samples_(make_samples(rows)) {}

  int64_t checksum() const { return samples_.checksum; }

  /// Is what a run took, in seconds on the wall and of the process, and its last loss.
  struct Result {
    double seconds;
    double cpu;
    double loss;
  };
  Result run(const Case& run) {
    const int64_t rows = (run.mode == "fit" ? run.steps : kBatches) * run.batch;
    if (rows > rows_) throw ValueError("train_step: expected at most --rows rows. Ask for fewer.");
    const std::string key =
        run.net + ' ' + std::to_string(run.batch) + ' ' + run.optimizer + ' ' + run.mode;
    const auto [at, is_new] = models_.try_emplace(key);
    if (is_new) at->second = make_model(run);
    if (run.mode == "fit") return fit(at->second, run);
    return run.mode == "step" ? step(at->second, run) : predict(at->second, run);
  }

 private:
  class Stopwatch {
   public:
    Result read(double loss) const {
      const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - wall_;
      return {wall.count(), static_cast<double>(std::clock() - cpu_) / CLOCKS_PER_SEC, loss};
    }

   private:
    std::chrono::steady_clock::time_point wall_ = std::chrono::steady_clock::now();
    std::clock_t cpu_ = std::clock();
  };

  Tensor inputs(int64_t first, int64_t count) const {
    return Tensor::view(std::span<const float>(samples_.x)
                            .subspan(static_cast<size_t>(first * kFeatures),
                                     static_cast<size_t>(count * kFeatures)),
                        {count, kFeatures});
  }
  Tensor labels(int64_t first, int64_t count) const {
    return Tensor::view(std::span<const int32_t>(samples_.y)
                            .subspan(static_cast<size_t>(first), static_cast<size_t>(count)),
                        {count});
  }

  Result step(const Model& model, const Case& run) const {
    std::vector<Nest> x;
    std::vector<Nest> y;
    for (int64_t i = 0; i < kBatches; ++i) {
      x.emplace_back(inputs(i * run.batch, run.batch));
      y.emplace_back(labels(i * run.batch, run.batch));
    }
    double loss = 0;
    const Stopwatch watch;
    for (int64_t i = 0; i < run.steps; ++i) {
      const auto k = static_cast<size_t>(i % kBatches);
      loss = model.train_on_batch(x[k], y[k])[0];
    }
    return watch.read(loss);
  }

  Result predict(const Model& model, const Case& run) const {
    std::vector<Tensor> x;
    for (int64_t i = 0; i < kBatches; ++i) x.push_back(inputs(i * run.batch, run.batch));
    Tensor outputs;
    const Stopwatch watch;
    for (int64_t i = 0; i < run.steps; ++i) {
      outputs = model.predict_on_batch(x[static_cast<size_t>(i % kBatches)]);
    }
    return watch.read(ops::sum(outputs).item<float>());
  }

  Result fit(const Model& model, const Case& run) const {
    const int64_t rows = run.steps * run.batch;
    const Tensor x = inputs(0, rows);
    const Tensor y = labels(0, rows);
    const Stopwatch watch;
    const History history = model.fit(x, y, {.batch_size = run.batch, .verbose = 0});
    return watch.read(history["loss"].back());
  }

  int64_t rows_;
  Samples samples_;
  std::map<std::string, Model> models_;
};

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c == '\n' ? ' ' : c;
  }
  return result + '"';
}

}  // namespace

int main(int argc, char** argv) {
  int64_t rows = 12800;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::string(argv[i]) == "--rows") rows = std::atoll(argv[i + 1]);
  }
  Contestant contestant(rows);
  std::printf("{\"versions\": {\"compiler\": %s}, \"checksum\": %lld}\n",
              quoted(__VERSION__).c_str(), static_cast<long long>(contestant.checksum()));
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line);) {
    try {
      const auto [seconds, cpu, loss] = contestant.run(parse_case(line));
      std::printf("{\"seconds\": %.9f, \"cpu\": %.6f, \"loss\": %.9g}\n", seconds, cpu, loss);
    } catch (const std::exception& problem) {
      std::printf("{\"error\": %s}\n", quoted(problem.what()).c_str());
    }
    std::fflush(stdout);
  }
}
