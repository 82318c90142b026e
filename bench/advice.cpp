// SPDX-License-Identifier: Apache-2.0
// Times what the advisor takes of a first epoch, from `compile` to the end of `fit`:
//
//   bench_advice [rounds]
//
// Prints Markdown: the median of an epoch without it, and the median of how much longer the epoch
// right beside it takes with it. Both take turns, each goes first in turn, and what counts is the
// process' own time. KERATIN_THREADS=1 keeps threads that wait out of it.
#include <keratin/keratin.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

namespace {

using namespace keratin;

struct Size {
  int64_t rows, columns, hidden;
  int repeats;  // for each round: short epochs need more of them
};

Tensor noise(const Shape& shape) { return ops::random_normal(SeedGenerator(1).next(), shape); }

double processor_time() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// Returns how long the first epoch of a new model takes.
double first_epoch(const Size& size, const Tensor& x, const Tensor& y, bool advised) {
  utils::set_advice(advised);
  utils::clear_session();
  const Model model = models::Sequential({layers::Input({size.columns}),
                                          layers::Dense(size.hidden, {.activation = "relu"}),
                                          layers::Dense(10, {.activation = "softmax"})});
  const double start = processor_time();
  model.compile(
      {.optimizer = "adam", .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
  model.fit(x, y, {.epochs = 1, .batch_size = 128, .verbose = 0});
  return processor_time() - start;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = std::max(1, argc > 1 ? std::atoi(argv[1]) : 9);
  std::puts("| rows | columns | hidden | epoch, ms | with the advisor |");
  std::puts("|---|---|---|---|---|");
  for (const Size& size :
       {Size{60000, 784, 512, 1}, Size{60000, 784, 32, 3}, Size{10000, 20, 64, 40}}) {
    const Tensor x = noise({size.rows, size.columns});
    std::vector<int32_t> labels;
    for (int64_t i = 0; i < size.rows; ++i) labels.push_back(static_cast<int32_t>(i * 7 % 10));
    const Tensor y = Tensor::from(labels, {size.rows});
    first_epoch(size, x, y, true);  // warms caches up
    std::vector<double> plain, more;
    for (int round = 0; round < rounds * size.repeats; ++round) {
      const bool first = round % 2 == 0;
      const double one = first_epoch(size, x, y, first);
      const double other = first_epoch(size, x, y, !first);
      plain.push_back(first ? other : one);
      more.push_back((first ? one : other) / plain.back() - 1.0);
    }
    std::printf("| %lld | %lld | %lld | %.1f | %+.2f %% |\n", static_cast<long long>(size.rows),
                static_cast<long long>(size.columns), static_cast<long long>(size.hidden),
                1e3 * median(plain), 100.0 * median(more));
    std::fflush(stdout);
  }
}
