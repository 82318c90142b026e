// SPDX-License-Identifier: Apache-2.0
// Times what the advisor takes of a first epoch, from `compile` to the end of `fit`:
//
//   bench_advice [rounds]
//
// Prints Markdown: the median of an epoch, and of what the advisor adds to it. That is found from
// fits of as many steps as it looks at the losses of, since in a whole epoch it is less than the
// noise: it looks at all of the data before the first step, and at nothing after the last of these.
// Fits with and without it take turns, each goes first in turn, and what counts is the process' own
// time. KERATIN_THREADS=1 keeps threads that wait out of it.
#include <keratin/keratin.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace keratin;

struct Size {
  int64_t rows, columns, hidden;
};

constexpr int64_t watched_steps = 33;
constexpr int repeats = 10;  // of a short fit, for each round

Tensor noise(const Shape& shape) { return ops::random_normal(SeedGenerator(1).next(), shape); }

double processor_time() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// Returns how long the first epoch of a new model takes, of so many steps.
double first_epoch(const Size& size, const Tensor& x, const Tensor& y, bool advised,
                   std::optional<int64_t> steps) {
  utils::set_advice(advised);
  utils::clear_session();
  const Model model = models::Sequential({layers::Input({size.columns}),
                                          layers::Dense(size.hidden, {.activation = "relu"}),
                                          layers::Dense(10, {.activation = "softmax"})});
  const double start = processor_time();
  model.compile(
      {.optimizer = "adam", .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
  model.fit(x, y, {.epochs = 1, .batch_size = 128, .verbose = 0, .steps_per_epoch = steps});
  return processor_time() - start;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// Returns what the advisor adds, in seconds.
double cost_of(const Size& size, const Tensor& x, const Tensor& y, int rounds) {
  std::vector<double> more;
  for (int round = 0; round < rounds * repeats; ++round) {
    const bool first = round % 2 == 0;
    const double one = first_epoch(size, x, y, first, watched_steps);
    const double other = first_epoch(size, x, y, !first, watched_steps);
    more.push_back(first ? one - other : other - one);
  }
  return median(std::move(more));
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = std::max(1, argc > 1 ? std::atoi(argv[1]) : 9);
  std::puts("| rows | columns | hidden | epoch, ms | advisor, ms | share |");
  std::puts("|---|---|---|---|---|---|");
  for (const Size& size : {Size{60000, 784, 512}, Size{60000, 784, 32}, Size{10000, 20, 64}}) {
    const Tensor x = noise({size.rows, size.columns});
    std::vector<int32_t> labels;
    for (int64_t i = 0; i < size.rows; ++i) labels.push_back(static_cast<int32_t>(i * 7 % 10));
    const Tensor y = Tensor::from(labels, {size.rows});
    first_epoch(size, x, y, true, {});  // warms caches up
    std::vector<double> plain;
    for (int round = 0; round < rounds; ++round) {
      plain.push_back(first_epoch(size, x, y, false, {}));
    }
    const double epoch = median(plain), cost = cost_of(size, x, y, rounds);
    std::printf("| %lld | %lld | %lld | %.1f | %.3f | %.2f %% |\n",
                static_cast<long long>(size.rows), static_cast<long long>(size.columns),
                static_cast<long long>(size.hidden), 1e3 * epoch, 1e3 * cost, 100.0 * cost / epoch);
    std::fflush(stdout);
  }
}
