// SPDX-License-Identifier: Apache-2.0
#include "keratin/core/threefry.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "keratin/base/error.h"
#include "tests/core/golden_random.h"

namespace keratin::rng {
namespace {

using keratin::testing::bits_of;
using keratin::testing::golden_random;

uint32_t word(const std::string& text) { return static_cast<uint32_t>(std::stoull(text)); }

TEST(Threefry, HashEqualsThePublishedVectors) {
  // From the known-answer tests of Random123, 20 rounds.
  static_assert(threefry2x32({0, 0}, {0, 0}) == Key{0x6b200159u, 0x99ba4efeu});
  const uint32_t ones = 0xffffffffu;
  EXPECT_EQ(threefry2x32({ones, ones}, {ones, ones}), (Key{0x1cb996fcu, 0xbb002be7u}));
  EXPECT_EQ(threefry2x32({0x13198a2eu, 0x03707344u}, {0x243f6a88u, 0x85a308d3u}),
            (Key{0xc4923a9cu, 0x483df7a0u}));
}

TEST(Threefry, BitsEqualJax) {
  for (const char* width : {"8", "16", "32", "64"}) {
    for (const auto& [words, expected] : golden_random(std::string("threefry.bits") + width)) {
      const Key key = {word(words[0]), word(words[1])};
      const int bits = std::stoi(width);
      for (size_t i = 0; i < expected.size(); ++i) {
        const uint64_t value = bits == 64 ? threefry_bits64(key, i)
                                          : threefry_bits(key, i) & ((uint64_t{1} << bits) - 1);
        EXPECT_EQ(value, expected[i]) << "width " << width << " at " << i;
      }
    }
  }
}

TEST(Threefry, CountsBeyondTheFirstWord) {
  const Key key = {1, 2};
  EXPECT_EQ(threefry_pair(key, (uint64_t{5} << 32) | 9u), threefry2x32(key, {5, 9}));
}

TEST(Threefry, SplitAndFoldInEqualJax) {
  for (const auto& [words, expected] : golden_random("threefry.split")) {
    const Key key = {word(words[0]), word(words[1])};
    ASSERT_EQ(expected.size(), 10u);
    for (uint64_t i = 0; i < 5; ++i) {
      EXPECT_EQ(split_key(key, i).high, expected[2 * i]);
      EXPECT_EQ(split_key(key, i).low, expected[2 * i + 1]);
    }
  }
  for (const auto& [words, expected] : golden_random("threefry.fold_in")) {
    const Key key = {word(words[0]), word(words[1])};
    const uint32_t data[] = {0, 1, 0xffffffffu};
    ASSERT_EQ(expected.size(), 6u);
    for (size_t i = 0; i < 3; ++i) {
      EXPECT_EQ(fold_in(key, data[i]).high, expected[2 * i]);
      EXPECT_EQ(fold_in(key, data[i]).low, expected[2 * i + 1]);
    }
  }
}

template <class T>
struct Name;
template <>
struct Name<float> {
  static constexpr const char* value = "float32";
};
template <>
struct Name<double> {
  static constexpr const char* value = "float64";
};
template <>
struct Name<float16> {
  static constexpr const char* value = "float16";
};
template <>
struct Name<bfloat16> {
  static constexpr const char* value = "bfloat16";
};

/// Expects equal bits; doubles may differ by one unit in the last place, since their logarithm
/// and error function are the C library's.
template <class T>
void expect_same(const std::vector<T>& actual, const std::vector<uint64_t>& expected) {
  const std::vector<uint64_t> bits = bits_of(actual);
  if constexpr (std::is_same_v<T, double>) {
    ASSERT_EQ(bits.size(), expected.size());
    for (size_t i = 0; i < bits.size(); ++i) {
      const uint64_t low = std::min(bits[i], expected[i]);
      EXPECT_LE(std::max(bits[i], expected[i]) - low, 1u) << "at " << i;
    }
  } else {
    EXPECT_EQ(bits, expected);
  }
}

template <class T, class Fill>
void expect_fill(const std::string& kind, Fill fill) {
  for (const auto& [words, expected] : golden_random(kind + "." + Name<T>::value)) {
    SCOPED_TRACE(kind + " seed " + words[0]);
    std::vector<T> values(expected.size());
    fill(Key{word(words[0]), 0}, std::span(values));
    expect_same(values, expected);
  }
}

template <class T>
class FloatFill : public ::testing::Test {};
using Floats = ::testing::Types<float, double, float16, bfloat16>;
TYPED_TEST_SUITE(FloatFill, Floats);

TYPED_TEST(FloatFill, UniformEqualsJax) {
  using T = TypeParam;
  expect_fill<T>("uniform", [](Key key, auto out) { fill_uniform<T>(key, 0.0, 1.0, out); });
  expect_fill<T>("uniform_range", [](Key key, auto out) { fill_uniform<T>(key, -0.3, 1.7, out); });
}

TYPED_TEST(FloatFill, NormalEqualsJax) {
  using T = TypeParam;
  expect_fill<T>("normal", [](Key key, auto out) { fill_normal<T>(key, 0.0, 1.0, out); });
}

TYPED_TEST(FloatFill, TruncatedNormalEqualsJax) {
  using T = TypeParam;
  expect_fill<T>("truncated_normal",
                 [](Key key, auto out) { fill_truncated_normal<T>(key, 0.0, 1.0, out); });
  expect_fill<T>("truncated_uneven", [](Key key, auto out) {
    fill_truncated_normal<T>(key, 0.0, 1.0, out, 0, -0.5, 3.0);
  });
}

TYPED_TEST(FloatFill, GumbelEqualsJax) {
  using T = TypeParam;
  expect_fill<T>("gumbel", [](Key key, auto out) { fill_gumbel<T>(key, out); });
}

TYPED_TEST(FloatFill, PiecesEqualTheWhole) {
  using T = TypeParam;
  const Key key = {42, 3};
  std::vector<T> whole(100);
  std::vector<T> pieces(100);
  fill_normal<T>(key, 0.5, 2.0, std::span(whole));
  fill_normal<T>(key, 0.5, 2.0, std::span(pieces).subspan(0, 37));
  fill_normal<T>(key, 0.5, 2.0, std::span(pieces).subspan(37), 37);
  EXPECT_EQ(bits_of(pieces), bits_of(whole));
}

TEST(Threefry, BernoulliEqualsJax) {
  for (const auto& [words, expected] : golden_random("bernoulli")) {
    std::vector<uint8_t> values(expected.size());
    const float p = static_cast<float>(std::stod(words[1]));
    fill_bernoulli({word(words[0]), 0}, p, std::span(values));
    EXPECT_EQ(bits_of(values), expected) << "p " << words[1];
  }
}

TEST(Threefry, BernoulliThresholdEqualsTheFloatComparison) {
  const float step = 0x1p-23f;
  for (const float p : {0.0f, -1.0f, 1e-40f, step, 1.5f * step, 0.3f, 0.5f, 0.99999994f, 1.0f, 2.0f,
                        std::nanf("")}) {
    const uint32_t threshold = bernoulli_threshold(p);
    for (const uint32_t k : {0u, 1u, 2u, 2516582u, 2516583u, 4194303u, 4194304u, 8388607u}) {
      EXPECT_EQ(k < threshold, unit_float32(k << 9) < p) << "p " << p << " k " << k;
    }
  }
}

template <class T>
void expect_randint(const std::string& dtype) {
  for (const auto& [words, expected] : golden_random("randint." + dtype)) {
    std::vector<T> values(expected.size());
    const int64_t low = std::stoll(words[1]);
    const int64_t high = std::stoll(words[2]);
    fill_randint<T>({word(words[0]), 0}, low, high, std::span(values));
    EXPECT_EQ(bits_of(values), expected) << dtype << " from " << low << " to " << high;
  }
}

TEST(Threefry, RandintEqualsJax) {
  expect_randint<int8_t>("int8");
  expect_randint<uint8_t>("uint8");
  expect_randint<int16_t>("int16");
  expect_randint<uint16_t>("uint16");
  expect_randint<int32_t>("int32");
  expect_randint<uint32_t>("uint32");
  expect_randint<int64_t>("int64");
  expect_randint<uint64_t>("uint64");
}

TEST(Threefry, ShuffleEqualsKeras) {
  for (const auto& [words, expected] : golden_random("shuffle")) {
    const auto sources = shuffle_sources({word(words[0]), 0}, std::stoll(words[1]),
                                         std::stoll(words[2]), std::stoll(words[3]));
    EXPECT_EQ(bits_of(sources), expected) << "size " << words[2];
  }
}

TEST(Threefry, ShuffleRefusesNegativeExtents) {
  EXPECT_THROW(shuffle_sources({0, 0}, 1, -1, 1), ValueError);
}

}  // namespace
}  // namespace keratin::rng
