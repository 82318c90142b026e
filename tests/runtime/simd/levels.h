// SPDX-License-Identifier: Apache-2.0
// What tests of the vector kernels share.
#pragma once

#include <random>
#include <vector>

#include "keratin/runtime/simd/simd.h"

namespace keratin::runtime::simd {

/// Returns the instruction levels that this processor has.
inline std::vector<const Level*> levels() {
  std::vector<const Level*> found;
  for (const char* name : {"baseline", "v3", "v4"}) {
    if (const Level* level = find_level(name)) found.push_back(level);
  }
  return found;
}

inline std::vector<float> random_values(size_t count, uint32_t seed, float low = -1.0f,
                                        float high = 1.0f) {
  std::mt19937 random(seed);
  std::vector<float> values(count);
  for (float& value : values) {
    value = low + (high - low) * (static_cast<float>(random() % 100003) / 100002.0f);
  }
  return values;
}

}  // namespace keratin::runtime::simd
