// SPDX-License-Identifier: Apache-2.0
#include "keratin/core/mersenne.h"

#include <gtest/gtest.h>

#include <limits>
#include <numeric>

#include "keratin/base/error.h"
#include "tests/core/golden_random.h"
#include "tests/support/message.h"

namespace keratin::rng {
namespace {

using keratin::testing::bits_of;
using keratin::testing::golden_random;

/// Calls `draw` as often as a golden line has values.
template <class Draw>
std::vector<uint64_t> repeat(const std::vector<uint64_t>& like, Draw draw) {
  std::vector<uint64_t> values;
  for (size_t i = 0; i < like.size(); ++i) values.push_back(bits_of(draw()));
  return values;
}

/// Expects doubles that agree to one unit in the last place: they pass through the C library's
/// logarithm, which may differ by that much between systems.
void expect_one_ulp(const std::vector<uint64_t>& actual, const std::vector<uint64_t>& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < actual.size(); ++i) {
    const uint64_t distance =
        actual[i] > expected[i] ? actual[i] - expected[i] : expected[i] - actual[i];
    EXPECT_LE(distance, 1u) << "at " << i;
  }
}

TEST(Mt19937, EqualsTheStandardLibrarysGenerator) {
  // The C++ standard fixes the 10000th value of std::mt19937.
  Mt19937 engine;
  for (int i = 0; i < 9999; ++i) engine.next32();
  EXPECT_EQ(engine.next32(), 4123659995u);
}

TEST(Mt19937, EqualsThePublishedInitByArrayVector) {
  Mt19937 engine;
  const uint32_t words[] = {0x123, 0x234, 0x345, 0x456};
  engine.seed_by_array(words);
  EXPECT_EQ(engine.next32(), 1067595299u);
  EXPECT_EQ(engine.next32(), 955945823u);
  EXPECT_EQ(engine.next32(), 477289528u);
}

TEST(Mt19937, TakesMoreSeedWordsThanItHolds) {
  std::vector<uint32_t> words(700, 1u);
  Mt19937 first;
  first.seed_by_array(words);
  words.back() = 2u;
  Mt19937 second;
  second.seed_by_array(words);
  EXPECT_NE(first.next32(), second.next32());
}

TEST(Mt19937, RefusesAnEmptySeed) {
  Mt19937 engine;
  EXPECT_THROW(engine.seed_by_array({}), ValueError);
}

TEST(Mt19937, ContinuesFromAStoredState) {
  PythonRandom python(42);
  for (int i = 0; i < 700; ++i) python.random();
  const Mt19937::State state = python.engine().state();
  const double next = python.random();
  PythonRandom other(7);
  other.engine().set_state(state);
  EXPECT_EQ(other.random(), next);
}

TEST(Mt19937, RefusesAStateWithABadPosition) {
  Mt19937 engine;
  Mt19937::State state = engine.state();
  state.position = 625;
  EXPECT_THROW(engine.set_state(state), ValueError);
  state.position = -1;
  EXPECT_THROW(engine.set_state(state), ValueError);
}

TEST(PythonRandom, RandintEqualsPython) {
  for (const auto& [words, expected] : golden_random("python.randint")) {
    PythonRandom python(std::stoull(words[0]));
    EXPECT_EQ(repeat(expected, [&] { return python.randint(1, 1'000'000'000); }), expected)
        << "seed " << words[0];
  }
}

TEST(PythonRandom, AllDrawsInARowEqualPython) {
  for (const auto& [words, expected] : golden_random("python.getrandbits")) {
    const std::string seed = words[0];
    PythonRandom python(std::stoull(seed));
    const int count = seed == "42" ? 700 : 30;
    for (int i = 0; i < count; ++i) python.randint(1, 1'000'000'000);
    int bits = 0;
    EXPECT_EQ(repeat(expected, [&] { return python.getrandbits(++bits); }), expected);

    const auto rest = [&](const std::string& kind) {
      for (const auto& [other, values] : golden_random(kind)) {
        if (other[0] == seed) return values;
      }
      return std::vector<uint64_t>();
    };
    const std::vector<uint64_t> limits = {1, 2, 3, 1ull << 32, (1ull << 32) + 1, (1ull << 63) + 5,
                                          7};
    auto limit = limits.begin();
    EXPECT_EQ(repeat(rest("python.below"), [&] { return python.below(*limit++); }),
              rest("python.below"));
    EXPECT_EQ(repeat(rest("python.random"), [&] { return python.random(); }),
              rest("python.random"));
    std::vector<int64_t> order(50);
    std::iota(order.begin(), order.end(), 0);
    python.shuffle(std::span(order));
    EXPECT_EQ(bits_of(order), rest("python.shuffle"));
    const int64_t low = std::numeric_limits<int64_t>::min();
    const int64_t high = std::numeric_limits<int64_t>::max() - 1;
    EXPECT_EQ(repeat(rest("python.wide"), [&] { return python.randint(low, high); }),
              rest("python.wide"));
  }
}

TEST(PythonRandom, RefusesBadArguments) {
  PythonRandom python(0);
  EXPECT_THROW(python.getrandbits(-1), ValueError);
  EXPECT_THROW(python.getrandbits(65), ValueError);
  EXPECT_EQ(python.getrandbits(0), 0u);
  EXPECT_THROW(python.below(0), ValueError);
  EXPECT_THROW(python.randint(2, 1), ValueError);
  EXPECT_THROW(
      python.randint(std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()),
      ValueError);
}

TEST(PythonRandom, SeedsItselfDifferentlyEachTime) {
  EXPECT_NE(PythonRandom().getrandbits(64), PythonRandom().getrandbits(64));
}

TEST(NumpyRandom, PermutationEqualsNumpy) {
  for (const auto& [words, expected] : golden_random("numpy.permutation")) {
    NumpyRandom numpy(static_cast<uint32_t>(std::stoul(words[0])));
    EXPECT_EQ(bits_of(numpy.permutation(std::stoll(words[1]))), expected);
  }
}

TEST(NumpyRandom, AllDrawsInARowEqualNumpy) {
  for (const auto& [words, shuffled] : golden_random("numpy.shuffle")) {
    const std::string seed = words[0];
    NumpyRandom numpy(static_cast<uint32_t>(std::stoul(seed)));
    std::vector<int64_t> order(21);
    std::iota(order.begin(), order.end(), 10);
    numpy.shuffle(std::span(order));
    EXPECT_EQ(bits_of(order), shuffled);

    int ranges = 0;
    for (const auto& [range, expected] : golden_random("numpy.randint")) {
      if (range[0] != seed) continue;
      ++ranges;
      const int64_t low = std::stoll(range[1]);
      const int64_t high = std::stoll(range[2]);
      EXPECT_EQ(repeat(expected, [&] { return numpy.randint(low, high); }), expected)
          << low << " to " << high;
    }
    EXPECT_EQ(ranges, 7);

    const auto rest = [&](const std::string& kind) {
      for (const auto& [other, values] : golden_random(kind)) {
        if (other[0] == seed) return values;
      }
      return std::vector<uint64_t>();
    };
    EXPECT_EQ(repeat(rest("numpy.random_sample"), [&] { return numpy.random_sample(); }),
              rest("numpy.random_sample"));
    const std::vector<uint64_t> normal = rest("numpy.standard_normal");
    expect_one_ulp(repeat(normal, [&] { return numpy.standard_normal(); }), normal);
    const std::vector<uint64_t> scaled = rest("numpy.normal");
    expect_one_ulp(repeat(scaled, [&] { return numpy.normal(3.0, 0.7); }), scaled);
    EXPECT_EQ(repeat(rest("numpy.uniform"), [&] { return numpy.uniform(-0.3, 1.7); }),
              rest("numpy.uniform"));
    EXPECT_EQ(repeat(rest("numpy.after"), [&] { return numpy.randint(0, 1000); }),
              rest("numpy.after"));
  }
}

TEST(NumpyRandom, SeedingDropsTheSpareNormalValue) {
  NumpyRandom numpy(3);
  const double first = numpy.standard_normal();
  EXPECT_TRUE(numpy.spare().present);
  numpy.seed(3);
  EXPECT_FALSE(numpy.spare().present);
  EXPECT_EQ(numpy.standard_normal(), first);
}

TEST(NumpyRandom, RefusesBadArguments) {
  NumpyRandom numpy(0);
  EXPECT_THROW(numpy.permutation(-1), ValueError);
  EXPECT_THROW(numpy.randint(1, 1), ValueError);
  EXPECT_THROW(numpy.normal(0.0, -1.0), ValueError);
  EXPECT_THROW(numpy.uniform(0.0, std::numeric_limits<double>::infinity()), ValueError);
}

TEST(Mersenne, RefusesWhatHasNoValues) {
  using testing_support::message_of;
  const auto refused = [](const auto& call) { return message_of<ValueError>(call); };
  Mt19937 engine;
  EXPECT_EQ(refused([&] { engine.seed_by_array({}); }),
            "Mt19937: expected at least one seed word, got none. Pass the words of the seed.");
  Mt19937::State state = engine.state();
  for (const int position : {-1, 625}) {
    state.position = position;
    EXPECT_EQ(refused([&] { engine.set_state(state); }),
              "Mt19937.set_state: expected a position from 0 to 624, got " +
                  std::to_string(position) + ". Pass a state that was read from a generator.");
  }
  for (const int position : {0, 624}) {
    state.position = position;
    EXPECT_NO_THROW(engine.set_state(state));
  }
  PythonRandom python;
  python.seed(1);
  for (const int bits : {-1, 65}) {
    EXPECT_EQ(refused([&] { python.getrandbits(bits); }),
              "PythonRandom.getrandbits: expected 0 to 64 bits, got " + std::to_string(bits) +
                  ". Draw several times for more.");
  }
  EXPECT_EQ(python.getrandbits(0), 0u);
  EXPECT_EQ(refused([&] { python.below(0); }),
            "PythonRandom.below: expected a positive limit, got 0. Pass how many values there "
            "are.");
  EXPECT_EQ(refused([&] { python.randint(3, 2); }),
            "PythonRandom.randint: expected a non-empty range below 2**64 values, got [3, 2]. Pass "
            "the smaller bound first.");
  EXPECT_EQ(refused([&] { python.randint(INT64_MIN, INT64_MAX); }).substr(0, 46),
            "PythonRandom.randint: expected a non-empty ran");
  EXPECT_EQ(python.randint(2, 2), 2);
  NumpyRandom numpy(1);
  EXPECT_EQ(refused([&] { numpy.randint(2, 2); }),
            "NumpyRandom.randint: expected low < high, got low=2 and high=2. The upper bound is "
            "excluded.");
  EXPECT_EQ(numpy.randint(2, 3), 2);
  EXPECT_EQ(refused([&] { numpy.permutation(-1); }),
            "NumpyRandom.permutation: expected a count of at least 0, got -1. Pass the number of "
            "samples.");
  EXPECT_TRUE(numpy.permutation(0).empty());
  EXPECT_EQ(refused([&] { numpy.uniform(-1e308, 1e308); }).substr(0, 44),
            "NumpyRandom.uniform: expected finite bounds,");
  EXPECT_EQ(refused([&] { numpy.normal(0.0, -1.0); }),
            "NumpyRandom.normal: expected a standard deviation of at least 0, got -1. Pass its "
            "absolute value.");
  EXPECT_EQ(numpy.normal(3.0, 0.0), 3.0);
}

}  // namespace
}  // namespace keratin::rng
