// SPDX-License-Identifier: Apache-2.0
#include "keratin/core/random.h"

#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include "keratin/base/error.h"
#include "tests/core/golden_random.h"

namespace keratin::rng {
namespace {

using keratin::testing::bits_of;
using keratin::testing::golden_random;

void append(std::vector<uint64_t>& words, Key key) {
  words.push_back(key.high);
  words.push_back(key.low);
}

TEST(Random, SeedKeyEqualsKeras) {
  for (const auto& [words, expected] : golden_random("keras.seed_key")) {
    std::vector<uint64_t> actual;
    append(actual, keras_seed_key(std::stoll(words[0])));
    EXPECT_EQ(actual, expected);
  }
}

TEST(Random, SeedKeyRefusesWhatDoesNotFit) {
  EXPECT_EQ(keras_seed_key(0xffffffff), (Key{0xffffffffu, 0}));
  EXPECT_THROW(keras_seed_key(-1), ValueError);
  EXPECT_THROW(keras_seed_key(int64_t{1} << 32), ValueError);
}

TEST(Random, OrderedSeedStatesEqualKeras) {
  for (const auto& [words, expected] : golden_random("keras.ordered")) {
    Key state = keras_seed_key(std::stoll(words[0]));
    std::vector<uint64_t> actual;
    for (int i = 0; i < 4; ++i) append(actual, draw_ordered(state));
    append(actual, state);
    EXPECT_EQ(actual, expected);
  }
  for (const auto& [words, expected] : golden_random("keras.wrap")) {
    Key state = {5, 0xffffffffu};
    std::vector<uint64_t> actual;
    append(actual, draw_ordered(state));
    append(actual, draw_ordered(state));
    EXPECT_EQ(actual, expected);
  }
}

TEST(Random, UnorderedSeedStatesEqualKeras) {
  for (const auto& [words, expected] : golden_random("keras.unordered")) {
    Key state = keras_seed_key(std::stoll(words[0]));
    std::vector<uint64_t> actual;
    for (int i = 0; i < 9; ++i) append(actual, draw_unordered(state));
    EXPECT_EQ(actual, expected);
  }
}

TEST(Random, GlobalKeysAfterSetRandomSeedEqualKeras) {
  for (const auto& [words, expected] : golden_random("keras.global")) {
    GlobalRandom random;
    random.set_random_seed(std::stoll(words[0]));
    std::vector<uint64_t> actual;
    for (int i = 0; i < 5; ++i) append(actual, random.draw_global_key());
    EXPECT_EQ(actual, expected);
  }
}

TEST(Random, DefaultSeedsAndShufflingAfterSetRandomSeedEqualKeras) {
  for (const auto& [words, expected] : golden_random("keras.default_seeds")) {
    set_random_seed(std::stoll(words[0]));
    const std::vector<int64_t> seeds = {global_random().make_default_seed(),
                                        global_random().make_default_seed()};
    EXPECT_EQ(bits_of(seeds), expected);
  }
  for (const auto& [words, expected] : golden_random("keras.fit_order")) {
    set_random_seed(std::stoll(words[0]));
    std::vector<int64_t> order = global_random().permutation(10);
    const std::vector<int64_t> second = global_random().permutation(10);
    order.insert(order.end(), second.begin(), second.end());
    EXPECT_EQ(bits_of(order), expected);
  }
}

TEST(Random, SetRandomSeedForgetsTheGlobalSeedGenerator) {
  GlobalRandom random;
  random.set_random_seed(42);
  const Key first = random.draw_global_key();
  EXPECT_NE(random.draw_global_key(), first);
  random.set_random_seed(42);
  EXPECT_EQ(random.random_seed(), 42);
  EXPECT_EQ(random.draw_global_key(), first);
}

TEST(Random, ClearSessionKeepsTheStreams) {
  GlobalRandom random;
  random.set_random_seed(42);
  const Key first = random.draw_global_key();
  random.clear_session();
  EXPECT_EQ(random.random_seed(), std::nullopt);
  // A new global SeedGenerator takes the second default seed.
  GlobalRandom other;
  other.set_random_seed(42);
  EXPECT_EQ(first, keras_seed_key(other.make_default_seed()));
  EXPECT_EQ(random.draw_global_key(), keras_seed_key(other.make_default_seed()));
}

TEST(Random, ARefusedSeedChangesNothing) {
  GlobalRandom random;
  random.set_random_seed(7);
  EXPECT_THROW(random.set_random_seed(-1), ValueError);
  EXPECT_THROW(random.set_random_seed(int64_t{1} << 32), ValueError);
  EXPECT_EQ(random.random_seed(), 7);
  GlobalRandom other;
  other.set_random_seed(7);
  EXPECT_EQ(random.make_default_seed(), other.make_default_seed());
}

TEST(Random, ErrorsSayWhatToDo) {
  try {
    keras_seed_key(-3);
    FAIL();
  } catch (const ValueError& error) {
    EXPECT_STREQ(error.what(),
                 "seed: expected an integer from 0 to 2**32 - 1, got -3. Pass a smaller, "
                 "non-negative seed.");
  }
}

TEST(Random, ThreadsShareOneStream) {
  GlobalRandom random;
  random.set_random_seed(1);
  GlobalRandom alone;
  alone.set_random_seed(1);
  int64_t sum = 0;
  for (int i = 0; i < 400; ++i) sum += alone.make_default_seed();
  int64_t sums[4] = {};
  std::vector<std::thread> threads;
  for (int64_t& part : sums) {
    threads.emplace_back([&random, &part] {
      for (int i = 0; i < 100; ++i) part += random.make_default_seed();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(sums[0] + sums[1] + sums[2] + sums[3], sum);
}

template <class T>
void expect_keras_fills(const std::string& dtype) {
  for (const auto& [words, expected] : golden_random("keras.normal." + dtype)) {
    std::vector<T> values(expected.size());
    fill_normal<T>(keras_seed_key(std::stoll(words[0])), 0.25, 0.3, std::span(values));
    EXPECT_EQ(bits_of(values), expected) << dtype;
  }
  for (const auto& [words, expected] : golden_random("keras.truncated_normal." + dtype)) {
    std::vector<T> values(expected.size());
    fill_truncated_normal<T>(keras_seed_key(std::stoll(words[0])), -0.5, 0.05, std::span(values));
    EXPECT_EQ(bits_of(values), expected) << dtype;
  }
  for (const auto& [words, expected] : golden_random("keras.uniform." + dtype)) {
    std::vector<T> values(expected.size());
    fill_uniform<T>(keras_seed_key(std::stoll(words[0])), -0.05, 0.05, std::span(values));
    EXPECT_EQ(bits_of(values), expected) << dtype;
  }
}

TEST(Random, FillsEqualKerasRandom) {
  expect_keras_fills<float>("float32");
  expect_keras_fills<float16>("float16");
  expect_keras_fills<bfloat16>("bfloat16");
}

TEST(Random, InitializersAndDropoutAreFillsOfTheSeedKey) {
  for (const auto& [words, expected] : golden_random("keras.glorot_uniform")) {
    std::vector<float> values(13 * 4);
    const double limit = std::sqrt(3.0 * (1.0 / ((13 + 4) / 2.0)));
    fill_uniform<float>(keras_seed_key(std::stoll(words[0])), -limit, limit, std::span(values));
    EXPECT_EQ(bits_of(values), expected);
  }
  for (const auto& [words, expected] : golden_random("keras.he_normal")) {
    std::vector<float> values(3 * 3 * 2 * 4);
    const double stddev = std::sqrt(2.0 / (3 * 3 * 2)) / 0.87962566103423978;
    fill_truncated_normal<float>(keras_seed_key(std::stoll(words[0])), 0.0, stddev,
                                 std::span(values));
    EXPECT_EQ(bits_of(values), expected);
  }
  for (const auto& [words, expected] : golden_random("keras.dropout")) {
    std::vector<uint8_t> kept(6 * 11);
    fill_bernoulli(keras_seed_key(std::stoll(words[0])), static_cast<float>(1.0 - 0.3),
                   std::span(kept));
    EXPECT_EQ(bits_of(kept), expected);
  }
}

}  // namespace
}  // namespace keratin::rng
