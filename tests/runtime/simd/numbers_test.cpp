// SPDX-License-Identifier: Apache-2.0
// Random numbers and 16-bit values at every instruction level, against core/.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <random>
#include <vector>

#include "keratin/core/half.h"
#include "keratin/core/threefry.h"
#include "tests/runtime/simd/levels.h"

namespace keratin::runtime::simd {
namespace {

// At each level the bits of core/threefry.h: short draws, and one whose counters pass 2^32.
TEST(SimdLevels, RandomNumbersAreThoseOfSingleCounters) {
  for (const Level* level : levels()) {
    for (const RandomCall& call :
         {RandomCall{{0, 0}, 0, 1}, RandomCall{{7, 9}, 3, 31}, RandomCall{{1, 2}, 0, 100003},
          RandomCall{{5, 4294967295u}, (uint64_t{1} << 32) - 37, 133}}) {
      SCOPED_TRACE(std::string(level->name) + ", count " + std::to_string(call.count));
      const rng::Key key = {call.key[0], call.key[1]};
      const auto size = static_cast<size_t>(call.count);
      std::vector<float> expected(size), result(size + 1, -7.0f);
      const std::vector<float> x = random_values(size, 11);
      const uint32_t threshold = rng::bernoulli_threshold(0.3f);
      level->random.dropout(call, threshold, 1.5f, x.data(), result.data());
      for (size_t i = 0; i < size; ++i) {
        const bool stays = rng::bernoulli_at(key, call.first + i, threshold);
        ASSERT_EQ(result[i], stays ? x[i] * 1.5f : 0.0f) << i;
      }
      ASSERT_EQ(result[size], -7.0f);
      if (level->random.normal == nullptr) continue;  // without a fused multiply-add
      level->random.uniform(call, -0.7f, 1.9f, result.data());
      rng::fill_uniform<float>(key, -0.7f, 1.9f, expected, call.first);
      ASSERT_TRUE(std::equal(expected.begin(), expected.end(), result.begin()));
      level->random.normal(call, 0.25f, 3.0f, result.data());
      rng::fill_normal<float>(key, 0.25f, 3.0f, expected, call.first);
      ASSERT_TRUE(std::equal(expected.begin(), expected.end(), result.begin()));
      ASSERT_EQ(result[size], -7.0f);
    }
  }
}

// Every 16-bit value, and floats of every size, as core/half.h has them.
template <class H>
void expect_conversions(const Level& level, Micro read, Micro write, Micro round) {
  SCOPED_TRACE(level.name);
  const auto run_micro = [&](Micro micro, void* to, const void* from, size_t count) {
    const auto size = static_cast<int64_t>(count);
    level.micro[static_cast<int>(micro)][0]({to, from, nullptr, nullptr, size, 1, size});
  };
  std::vector<uint16_t> halves(65536);
  std::iota(halves.begin(), halves.end(), uint16_t{0});
  std::vector<float> floats(halves.size());
  run_micro(read, floats.data(), halves.data(), halves.size());
  for (size_t i = 0; i < halves.size(); ++i) {
    H half;
    half.bits = halves[i];
    const auto expected = static_cast<float>(half);
    ASSERT_TRUE(floats[i] == expected || (std::isnan(floats[i]) && std::isnan(expected))) << i;
  }
  std::mt19937 random(3);
  std::vector<float> values(10007 + 16);  // a number that no vector divides, and room behind
  for (float& value : values) {
    const uint32_t bits = static_cast<uint32_t>(random());
    std::memcpy(&value, &bits, sizeof value);
    if (random() % 2 == 0) value = floats[bits % floats.size()] * 1.0009765625f;  // near halfway
  }
  std::vector<uint16_t> narrow(10007 + 1, 7);
  std::vector<float> rounded(values.size());
  run_micro(write, narrow.data(), values.data(), 10007);
  run_micro(round, rounded.data(), values.data(), 10007);
  ASSERT_EQ(narrow.back(), 7);
  for (size_t i = 0; i < 10007; ++i) {
    const H expected(values[i]);
    if (std::isnan(values[i])) {
      ASSERT_TRUE(std::isnan(rounded[i]));
      continue;
    }
    ASSERT_EQ(narrow[i], expected.bits) << values[i];
    ASSERT_EQ(rounded[i], static_cast<float>(expected)) << values[i];
  }
}

TEST(SimdLevels, HalvesAreThoseOfSingleConversions) {
  for (const Level* level : levels()) {
    expect_conversions<float16>(*level, Micro::half_to_float, Micro::float_to_half,
                                Micro::round_to_half);
    expect_conversions<bfloat16>(*level, Micro::bfloat_to_float, Micro::float_to_bfloat,
                                 Micro::round_to_bfloat);
  }
}

}  // namespace
}  // namespace keratin::runtime::simd
