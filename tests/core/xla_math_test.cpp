// SPDX-License-Identifier: Apache-2.0
#include "keratin/core/xla_math.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "tests/core/golden_random.h"

namespace keratin::xla {
namespace {

using keratin::testing::bits_of;
using keratin::testing::golden_random;

template <class T>
using Word = std::conditional_t<sizeof(T) == 8, uint64_t, uint32_t>;

/// Expects the golden pairs of argument and value. A float32 equals XLA's to the bit; a float64
/// may differ by one unit in the last place, since it passes through the C library's logarithm.
template <class T, class Function>
void expect_equals_xla(const std::string& name, Function function) {
  for (const auto& [words, pairs] : golden_random(name)) {
    for (size_t i = 0; i + 1 < pairs.size(); i += 2) {
      const T x = std::bit_cast<T>(static_cast<Word<T>>(pairs[i]));
      const T expected = std::bit_cast<T>(static_cast<Word<T>>(pairs[i + 1]));
      const T actual = function(x);
      if (std::isnan(expected)) {
        EXPECT_TRUE(std::isnan(actual)) << name << " of " << x;
        continue;
      }
      const uint64_t a = bits_of(actual);
      const uint64_t e = bits_of(expected);
      EXPECT_LE(a > e ? a - e : e - a, sizeof(T) == 8 ? 1u : 0u) << name << " of " << x;
    }
  }
}

TEST(XlaMath, FunctionsEqualXla) {
  expect_equals_xla<float>("xla.log.float32", [](float x) { return log(x); });
  expect_equals_xla<float>("xla.log1p.float32", [](float x) { return log1p(x); });
  expect_equals_xla<double>("xla.log1p.float64", [](double x) { return log1p(x); });
  expect_equals_xla<float>("xla.erf.float32", [](float x) { return erf(x); });
  expect_equals_xla<float>("xla.erf_inv.float32", [](float x) { return erf_inv(x); });
  expect_equals_xla<double>("xla.erf_inv.float64", [](double x) { return erf_inv(x); });
}

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr float kInfinityF = std::numeric_limits<float>::infinity();

TEST(XlaMath, LogIsWithinOneUnitOfTheLastPlace) {
  for (float x = 1.2e-38f; x < 1e38f; x *= 1.0137f) {
    const double exact = std::log(static_cast<double>(x));
    const double step = std::max(std::abs(exact), 1e-3) * 0x1.8p-23;
    EXPECT_NEAR(log(x), exact, step) << x;
  }
}

TEST(XlaMath, LogHasItsLimits) {
  EXPECT_EQ(log(0.0f), -kInfinityF);
  EXPECT_EQ(log(-0.0f), -kInfinityF);
  EXPECT_EQ(log(kInfinityF), kInfinityF);
  EXPECT_TRUE(std::isnan(log(-1.0f)));
  EXPECT_TRUE(std::isnan(log(std::nanf(""))));
}

TEST(XlaMath, ErfIsAccurateAndSaturates) {
  for (float x = -3.7f; x < 3.7f; x += 0.0137f) {
    const double exact = std::erf(static_cast<double>(x));
    EXPECT_NEAR(erf(x), exact, std::abs(exact) * 0x1p-21 + 1e-30) << x;
  }
  EXPECT_EQ(erf(4.0f), 1.0f);
  EXPECT_EQ(erf(-kInfinityF), -1.0f);
  EXPECT_TRUE(std::isnan(erf(std::nanf(""))));
}

TEST(XlaMath, ErfInvHasItsLimits) {
  EXPECT_EQ(erf_inv(1.0f), kInfinityF);
  EXPECT_EQ(erf_inv(-1.0f), -kInfinityF);
  EXPECT_EQ(erf_inv(1.0), kInfinity);
  EXPECT_EQ(erf_inv(-1.0), -kInfinity);
  EXPECT_EQ(erf_inv(0.0f), 0.0f);
  EXPECT_EQ(erf_inv(0.0), 0.0);
  EXPECT_TRUE(std::isnan(erf_inv(1.5f)));
  EXPECT_TRUE(std::isnan(erf_inv(-1.5)));
}

}  // namespace
}  // namespace keratin::xla
