// SPDX-License-Identifier: Apache-2.0
// How Keras 3 on JAX seeds things: seeds to keys, the state of a SeedGenerator, and the
// generators of the process.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "keratin/core/mersenne.h"
#include "keratin/core/threefry.h"

namespace keratin::rng {

/// Returns the key that an integer seed stands for, [seed, 0]; also the first state of
/// `SeedGenerator(seed)`. A ValueError if the seed is not 0 to 2**32 - 1.
Key keras_seed_key(int64_t seed);

/// Returns the state that follows a `SeedGenerator.next()`: the counter goes up by one and wraps
/// from 2**32 - 1 to 0.
constexpr Key next_seed_state(Key state) { return {state.high, state.low + 1}; }

/// Returns the state that follows a `SeedGenerator.next(ordered=False)`.
constexpr Key next_unordered_seed_state(Key state) {
  // In uint32, so that the product wraps before the remainder is taken, as in JAX.
  return {(state.high + 1) * 5387u % 933199u, (state.low + 1) * 5387u % 933199u};
}

/// Returns the key of the present state and moves the state on, as `SeedGenerator.next()`.
inline Key draw_ordered(Key& state) { return std::exchange(state, next_seed_state(state)); }

/// Returns the key of the present state and moves the state on, as
/// `SeedGenerator.next(ordered=False)`.
inline Key draw_unordered(Key& state) {
  return std::exchange(state, next_unordered_seed_state(state));
}

/// Is what Python's `random`, `numpy.random` and Keras' global SeedGenerator are to a Keras
/// program: one set of generators for the whole process, seeded from the operating system until
/// `set_random_seed` is called. Every member may be called from any thread.
class GlobalRandom {
 public:
  /// Seeds both streams and forgets the global SeedGenerator, as `keras.utils.set_random_seed`
  /// (keras.io/api/utils/python_utils). A ValueError if the seed is not 0 to 2**32 - 1, which
  /// then changes nothing.
  void set_random_seed(int64_t seed);

  /// Returns the seed last set, if one was.
  std::optional<int64_t> random_seed();

  /// Forgets the seed last set and the global SeedGenerator, as `keras.utils.clear_session`;
  /// both streams go on.
  void clear_session();

  /// Returns the seed of an initializer, layer or SeedGenerator built without one: Python's
  /// `random.randint(1, 10**9)`.
  int64_t make_default_seed();

  /// Returns the key for a random operation called with `seed=None`. The first call makes the
  /// global SeedGenerator, which takes one default seed.
  Key draw_global_key();

  /// Returns 0 ... count-1 in random order, `numpy.random.permutation(count)`: how `fit`
  /// shuffles. A ValueError if `count` is negative.
  std::vector<int64_t> permutation(int64_t count);

  /// Calls `function(PythonRandom&)` while no other thread draws; it must not call back here.
  template <class Function>
  decltype(auto) with_python(Function&& function) {
    const std::lock_guard lock(mutex_);
    return std::forward<Function>(function)(python_);
  }

  /// Calls `function(NumpyRandom&)` while no other thread draws; it must not call back here.
  template <class Function>
  decltype(auto) with_numpy(Function&& function) {
    const std::lock_guard lock(mutex_);
    return std::forward<Function>(function)(numpy_);
  }

 private:
  std::mutex mutex_;
  PythonRandom python_;
  NumpyRandom numpy_;
  std::optional<int64_t> seed_;
  std::optional<Key> global_state_;
};

/// Returns the generators of this process.
GlobalRandom& global_random();

/// Seeds the generators of this process; see GlobalRandom::set_random_seed.
inline void set_random_seed(int64_t seed) { global_random().set_random_seed(seed); }

}  // namespace keratin::rng
