// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "keratin/graph/variable.h"

namespace keratin {

/// Gives a new key at each draw: [seed, 0], [seed, 1], ... Its state is a variable, so a traced
/// step draws on (keras.io/api/random/seed_generator).
class SeedGenerator {
 public:
  /// Takes a seed of 32 bits, or draws one from Python's generator as Keras does.
  explicit SeedGenerator(std::optional<int64_t> seed = std::nullopt);

  /// Returns the present key (two uint32) and moves the state on.
  Tensor next() const;
  const Variable& state() const { return state_; }
  std::optional<int64_t> initial_seed() const { return initial_seed_; }

 private:
  std::optional<int64_t> initial_seed_;
  Variable state_;
};

namespace utils {

/// Seeds all randomness of the process: initial weights, dropout and shuffling follow as they do
/// in Keras on JAX (keras.io/api/utils/python_utils). Throws ValueError unless 0 <= seed < 2^32.
void set_random_seed(int64_t seed);

/// Starts automatic names anew and forgets the global generators.
void clear_session();

}  // namespace utils

}  // namespace keratin
