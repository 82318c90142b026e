// SPDX-License-Identifier: Apache-2.0
// Verdicts on real trainings whose outcome is known from how they were made.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <functional>

#include "keratin/core/mersenne.h"
#include "keratin/keratin.h"

namespace keratin {
namespace {

using Kind = Verdict::Kind;

// Is rows to train and to validate with.
struct Parts {
  Data train, validation;
};

// Is one training, and what is to be said of it.
struct Training {
  const char* name;
  Kind expected;
  std::function<Parts()> data;
  std::function<Model()> model;
  FitOptions fit;
};

// Returns pictures from a place of the set on, as rows from 0 to 1, and their classes; a share of
// the labels is drawn anew.
Data pictures(const datasets::ImageData& all, int64_t first, int64_t count, double wrong = 0.0) {
  const Slice part(first, first + count);
  std::vector<int64_t> labels = all.y_train[part].to_vector<int64_t>();
  rng::NumpyRandom random(static_cast<uint32_t>(first + count));
  for (int64_t& label : labels) {
    if (random.uniform(0.0, 1.0) < wrong) label = random.randint(0, 10);
  }
  return {all.x_train[part].reshape({count, 784}) / 255.0f, Tensor::from(labels, {count})};
}

using Target = std::function<double(const std::vector<double>&, rng::NumpyRandom&)>;

// Returns rows of features from -1 to 1 and what a function makes of each.
Data rows(uint32_t seed, int64_t count, int64_t features, const Target& target) {
  rng::NumpyRandom random(seed);
  std::vector<float> x, y;
  for (int64_t i = 0; i < count; ++i) {
    std::vector<double> row;
    for (int64_t j = 0; j < features; ++j) row.push_back(random.uniform(-1.0, 1.0));
    x.insert(x.end(), row.begin(), row.end());
    y.push_back(static_cast<float>(target(row, random)));
  }
  return {Tensor::from(x, {count, features}), Tensor::from(y, {count, 1})};
}

std::function<Parts()> two(uint32_t seed, int64_t count, int64_t features, const Target& target) {
  return [=] {
    return Parts{rows(seed, count, features, target), rows(seed + 500, 500, features, target)};
  };
}

double inside(const std::vector<double>& row, rng::NumpyRandom&) {
  return std::hypot(row[0], row[1]) < 0.8 ? 1.0 : 0.0;
}
double same_sign(const std::vector<double>& row, rng::NumpyRandom&) {
  return row[0] * row[1] > 0.0 ? 1.0 : 0.0;
}
double by_chance(const std::vector<double>&, rng::NumpyRandom& random) {
  return random.uniform(0.0, 1.0) < 0.5 ? 1.0 : 0.0;
}
double line(const std::vector<double>& row, rng::NumpyRandom& random) {
  return row[0] + 2.0 * row[1] - row[2] + random.normal(0.0, 0.3);
}
double wave(const std::vector<double>& row, rng::NumpyRandom& random) {
  return std::sin(3.0 * row[0]) + row[1] + random.normal(0.0, 0.1);
}

// Makes a network with hidden relu layers, dropout behind each if there is a share for it.
Model network(int64_t features, const std::vector<int64_t>& hidden, const std::string& kind,
              const Optimizer& optimizer, double dropout = 0.0) {
  const auto model = models::Sequential();
  model.add(layers::Input({features}));
  for (const int64_t units : hidden) {
    model.add(layers::Dense(units, {.activation = "relu"}));
    if (dropout > 0.0) model.add(layers::Dropout(dropout));
  }
  const bool many = kind == "classes";
  model.add(layers::Dense(many ? 10 : 1, {.activation = many               ? "softmax"
                                                        : kind == "number" ? "linear"
                                                                           : "sigmoid"}));
  model.compile({.optimizer = optimizer,
                 .loss = many               ? "sparse_categorical_crossentropy"
                         : kind == "number" ? "mse"
                                            : "binary_crossentropy"});
  return model;
}

Optimizer adam(double rate) { return optimizers::Adam({.learning_rate = rate}); }
Optimizer sgd(double rate) { return optimizers::SGD({.learning_rate = rate}); }

FitOptions fit(int64_t epochs, int64_t batch_size) {
  return {.epochs = epochs, .batch_size = batch_size, .verbose = 0};
}
FitOptions until_it_stops(int64_t batch_size) {
  FitOptions options = fit(100, batch_size);
  options.callbacks = {callbacks::EarlyStopping({.patience = 4})};
  return options;
}

// Returns how many verdicts are right, and prints each.
int count_right(const std::vector<Training>& runs, int64_t seed) {
  int right = 0;
  for (const Training& run : runs) {
    utils::set_random_seed(seed++);
    const Parts parts = run.data();
    const Model model = run.model();
    FitOptions options = run.fit;
    options.validation_data = parts.validation;
    const History history = model.fit(parts.train.x, parts.train.y, std::move(options));
    const double loss =
        baseline(model, parts.train.y.tensor(), parts.validation.y.tensor())["loss"];
    const Verdict verdict = history.verdict({.baseline = loss});
    right += verdict.kind == run.expected;
    std::printf("%s %s (baseline %.3g): %s\n", verdict.kind == run.expected ? "right" : "WRONG",
                run.name, loss, verdict.sentence().c_str());
    std::fflush(stdout);
  }
  std::printf("%d of %zu are right\n", right, runs.size());
  return right;
}

std::function<Parts()> images(const datasets::ImageData& all, int64_t first, int64_t count,
                              double wrong = 0.0) {
  return [=] {
    return Parts{pictures(all, first, count, wrong), pictures(all, first + count, 2000, wrong)};
  };
}

class VerdictRuns : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!datasets::fashion_mnist::available()) {
      GTEST_SKIP() << "install the Debian package dataset-fashion-mnist";
    }
    all = datasets::fashion_mnist::load_data();
  }
  datasets::ImageData all;
};

TEST_F(VerdictRuns, SlowOfTheFirstTwelveElevenAreRight) {
  const std::vector<Training> runs{
      {"a learning rate too low", Kind::under_fitting, images(all, 0, 6000),
       [] { return network(784, {32}, "classes", sgd(0.002)); }, fit(15, 128)},
      {"a line around a disc", Kind::under_fitting, two(1, 1000, 2, inside),
       [] { return network(2, {}, "yes or no", adam(0.01)); }, fit(30, 32)},
      {"two units for ten classes", Kind::under_fitting, images(all, 8000, 6000),
       [] { return network(784, {2}, "classes", adam(0.003)); }, fit(30, 64)},
      {"1000 pictures, two large layers", Kind::over_fitting, images(all, 10000, 1000),
       [] {
         return network(784, {256, 256}, "classes", "rmsprop");
       },
       fit(40, 64)},
      {"500 pictures", Kind::over_fitting, images(all, 13000, 500),
       [] { return network(784, {128}, "classes", adam(0.002)); }, fit(60, 32)},
      {"wrong labels", Kind::over_fitting, images(all, 16000, 2000, 0.3),
       [] { return network(784, {128}, "classes", adam(0.001)); }, fit(40, 64)},
      {"40 rows of 20 features", Kind::over_fitting, two(2, 40, 20, line),
       [] {
         return network(20, {64, 64}, "number", adam(0.003));
       },
       fit(150, 8)},
      {"labels by chance", Kind::over_fitting, two(3, 200, 20, by_chance),
       [] { return network(20, {64}, "yes or no", adam(0.005)); }, fit(60, 16)},
      {"pictures, stopped early", Kind::good, images(all, 20000, 8000),
       [] { return network(784, {64}, "classes", adam(0.001)); }, until_it_stops(64)},
      {"a line for a line", Kind::good, two(4, 2000, 3, line),
       [] { return network(3, {}, "number", adam(0.01)); }, fit(40, 32)},
      {"a network for a wave", Kind::good, two(5, 2000, 2, wave),
       [] { return network(2, {32}, "number", adam(0.01)); }, fit(80, 32)},
      {"pictures with dropout, stopped early", Kind::good, images(all, 30000, 8000),
       [] { return network(784, {128}, "classes", adam(0.001), 0.4); }, until_it_stops(64)},
  };
  EXPECT_GE(count_right(runs, 1), 11);
}

TEST_F(VerdictRuns, SlowOfTheSecondTwelveElevenAreRight) {
  const std::vector<Training> runs{
      {"too few epochs", Kind::under_fitting, images(all, 40000, 4000),
       [] { return network(784, {64}, "classes", sgd(0.01)); }, fit(8, 128)},
      {"a line for equal signs", Kind::under_fitting, two(11, 1500, 2, same_sign),
       [] { return network(2, {}, "yes or no", adam(0.02)); }, fit(25, 32)},
      {"a line for a circle of prices", Kind::under_fitting,
       two(12, 1500, 2,
           [](const std::vector<double>& row, rng::NumpyRandom& random) {
             return row[0] * row[0] + row[1] * row[1] + random.normal(0.0, 0.05);
           }),
       [] { return network(2, {}, "number", adam(0.01)); }, fit(40, 32)},
      {"300 pictures", Kind::over_fitting, images(all, 45000, 300),
       [] { return network(784, {64}, "classes", adam(0.003)); }, fit(80, 32)},
      {"1500 pictures, three layers", Kind::over_fitting, images(all, 46000, 1500),
       [] {
         return network(784, {128, 128, 128}, "classes", adam(0.002));
       },
       fit(50, 64)},
      {"half of the labels wrong", Kind::over_fitting, images(all, 49000, 1500, 0.5),
       [] { return network(784, {256}, "classes", "rmsprop"); }, fit(30, 64)},
      {"60 noisy rows of a wave", Kind::over_fitting,
       two(13, 60, 10,
           [](const std::vector<double>& row, rng::NumpyRandom& random) {
             return wave(row, random) + random.normal(0.0, 0.5);
           }),
       [] { return network(10, {128}, "number", adam(0.005)); }, fit(200, 16)},
      {"more labels by chance", Kind::over_fitting, two(14, 400, 30, by_chance),
       [] { return network(30, {128}, "yes or no", adam(0.003)); }, fit(50, 32)},
      {"12000 pictures, stopped early", Kind::good, images(all, 2000, 12000),
       [] { return network(784, {32}, "classes", adam(0.002)); }, until_it_stops(128)},
      {"a network for equal signs", Kind::good, two(15, 3000, 2, same_sign),
       [] { return network(2, {32}, "yes or no", adam(0.01)); }, fit(60, 32)},
      {"a line for a noisier line", Kind::good,
       two(16, 3000, 3,
           [](const std::vector<double>& row, rng::NumpyRandom& random) {
             return line(row, random) + random.normal(0.0, 0.3);
           }),
       [] { return network(3, {}, "number", adam(0.02)); }, fit(30, 32)},
      {"pictures with much dropout", Kind::good, images(all, 24000, 10000),
       [] { return network(784, {256}, "classes", adam(0.001), 0.5); }, until_it_stops(128)},
  };
  EXPECT_GE(count_right(runs, 201), 11);
}

}  // namespace
}  // namespace keratin
