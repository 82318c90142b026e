// SPDX-License-Identifier: Apache-2.0
// What a rate of dropout means.
#pragma once

#include <cstdint>

#include "keratin/core/threefry.h"

namespace keratin::runtime {

/// Says which elements stay, those with the upper 23 of their random bits below `threshold`, and
/// by what they are multiplied.
template <class T>
struct DropoutRule {
  explicit DropoutRule(double rate)
      : threshold(rng::bernoulli_threshold(static_cast<float>(1.0 - rate))),
        // XLA multiplies by the reciprocal, rounded to the dtype.
        scale(static_cast<T>(T(1) / static_cast<T>(1.0 - rate))) {}

  uint32_t threshold;
  T scale;
};

}  // namespace keratin::runtime
