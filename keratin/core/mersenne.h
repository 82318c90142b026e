// SPDX-License-Identifier: Apache-2.0
// The Mersenne Twister (MT19937) as CPython's `random` and NumPy's legacy `numpy.random` use it.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace keratin::rng {

/// Is the MT19937 generator of Matsumoto and Nishimura with both of its published seedings.
class Mt19937 {
 public:
  /// Is the whole state; a run that is to be resumed stores and restores it.
  struct State {
    std::array<uint32_t, 624> key{};
    int position = 624;
    bool operator==(const State&) const = default;
  };

  /// Starts from the seed 5489, the published default.
  Mt19937() { seed(5489u); }

  /// Seeds with one word (`init_genrand`), as `numpy.random.seed(int)` does.
  void seed(uint32_t value);

  /// Seeds with a non-empty list of words (`init_by_array`), as CPython does.
  void seed_by_array(std::span<const uint32_t> words);

  /// Seeds from the operating system's entropy.
  void seed_from_entropy();

  /// Returns 32 random bits.
  uint32_t next32();

  /// Returns a double in [0, 1) with 53 random bits, drawn from two words.
  double next_double();

  const State& state() const { return state_; }

  /// Continues from a stored state; a ValueError if its position is not 0 to 624.
  void set_state(const State& state);

 private:
  void refill();

  State state_;
};

/// Draws what CPython's `random.Random` draws (docs.python.org/3/library/random.html).
class PythonRandom {
 public:
  /// Seeds from the operating system's entropy, as `random.Random()` does.
  PythonRandom() { engine_.seed_from_entropy(); }

  /// Seeds as `random.Random(seed_value)` does with a non-negative int.
  explicit PythonRandom(uint64_t seed_value) { seed(seed_value); }

  /// Seeds as `random.seed(value)` does with a non-negative int.
  void seed(uint64_t value);

  /// Returns `count` random bits; `count` is 0 to 64, else a ValueError.
  uint64_t getrandbits(int count);

  /// Returns an integer in [0, limit), as `random.randrange(limit)`; a ValueError if `limit` is 0.
  uint64_t below(uint64_t limit);

  /// Returns an integer in [low, high], both included; a ValueError if the range is empty or is
  /// all of int64.
  int64_t randint(int64_t low, int64_t high);

  /// Returns a double in [0, 1).
  double random() { return engine_.next_double(); }

  /// Shuffles in place as `random.shuffle` does.
  template <class T>
  void shuffle(std::span<T> values) {
    using std::swap;
    for (size_t i = values.size(); i-- > 1;) {
      swap(values[i], values[static_cast<size_t>(below(i + 1))]);
    }
  }

  Mt19937& engine() { return engine_; }

 private:
  Mt19937 engine_;
};

/// Draws what NumPy's legacy `numpy.random.RandomState` draws
/// (numpy.org/doc/stable/reference/random/legacy.html).
class NumpyRandom {
 public:
  /// Seeds from the operating system's entropy.
  NumpyRandom() { engine_.seed_from_entropy(); }

  /// Seeds as `RandomState(seed_value)` does.
  explicit NumpyRandom(uint32_t seed_value) { seed(seed_value); }

  /// Seeds as `numpy.random.seed(value)` does; the kept second normal value is dropped.
  void seed(uint32_t value);

  /// Returns an integer in [0, max], both included, by masked rejection.
  uint64_t interval(uint64_t max);

  /// Returns an integer in [low, high), as `randint(low, high)` with the default dtype int64;
  /// a ValueError if the range is empty.
  int64_t randint(int64_t low, int64_t high);

  /// Returns 0 ... count-1 in random order, as `permutation(count)`; a ValueError if negative.
  std::vector<int64_t> permutation(int64_t count);

  /// Shuffles a flat array in place, as `shuffle(x)`.
  template <class T>
  void shuffle(std::span<T> values) {
    using std::swap;
    for (size_t i = values.size(); i-- > 1;) {
      const size_t j = static_cast<size_t>(interval(i));
      if (i != j) swap(values[i], values[j]);
    }
  }

  /// Returns a double in [0, 1).
  double random_sample() { return engine_.next_double(); }

  /// Returns a double in [low, high), as `uniform(low, high)`.
  double uniform(double low, double high);

  /// Returns a standard normal value by the polar method; every second call draws nothing.
  double standard_normal();

  /// Returns `mean + stddev * standard_normal()`, as `normal(mean, stddev)`; a ValueError if
  /// `stddev` is negative.
  double normal(double mean, double stddev);

  /// Is the second value of the last polar draw, which the next normal value uses up.
  struct Spare {
    bool present = false;
    double value = 0.0;
  };

  Mt19937& engine() { return engine_; }
  Spare& spare() { return spare_; }

 private:
  Mt19937 engine_;
  Spare spare_;
};

}  // namespace keratin::rng
