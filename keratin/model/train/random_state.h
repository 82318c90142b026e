// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/base/config.h"
#include "keratin/core/mersenne.h"

namespace keratin {

/// Returns the state of a generator as 625 integers: the words and the position.
Config random_config(const rng::Mt19937::State& state);

/// Reads that; throws ConfigError for anything else.
rng::Mt19937::State random_state_of(const Config& config);

/// Is the state of both generators of the process.
struct RandomStreams {
  rng::Mt19937::State python;
  rng::Mt19937::State numpy;
  rng::NumpyRandom::Spare spare;

  static RandomStreams now();
  void make_current() const;
  Config to_config() const;
  static RandomStreams from_config(const Config& config);
};

}  // namespace keratin
