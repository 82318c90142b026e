// SPDX-License-Identifier: Apache-2.0
// The vector kernels at every instruction level that this processor has, against plain loops in
// float64.
#include "tests/runtime/simd/levels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <random>
#include <tuple>
#include <vector>

#include "keratin/runtime/simd/simd.h"

namespace keratin::runtime::simd {
namespace {

// ---- Products -----------------------------------------------------------------------------------

struct Product {
  int64_t m, n, k;
  bool transpose_a, transpose_b;
};

// Is the part of a product that one call computes.
struct Part {
  int64_t first_row, last_row, first_column, last_column;
};

void multiply(const Level& level, const Product& p, const std::vector<float>& a,
              const std::vector<float>& b, const Part& part, std::vector<float>& c) {
  // What the workspace held before must not matter.
  std::vector<float> workspace(static_cast<size_t>(level.gemm_workspace), std::nanf(""));
  const int64_t row_a = p.transpose_a ? 1 : p.k;
  const int64_t column_b = p.transpose_b ? p.k : 1;
  level.gemm({part.last_row - part.first_row, part.last_column - part.first_column, p.k,
              a.data() + part.first_row * row_a, row_a, p.transpose_a ? p.m : 1,
              b.data() + part.first_column * column_b, p.transpose_b ? 1 : p.n, column_b,
              c.data() + part.first_row * p.n + part.first_column, p.n, workspace.data()});
}

void expect_product(const Level& level, const Product& p) {
  SCOPED_TRACE(std::string(level.name) + ": " + std::to_string(p.m) + " x " + std::to_string(p.n) +
               " x " + std::to_string(p.k) + (p.transpose_a ? ", a transposed" : "") +
               (p.transpose_b ? ", b transposed" : ""));
  const std::vector<float> a = random_values(static_cast<size_t>(p.m * p.k), 1);
  const std::vector<float> b = random_values(static_cast<size_t>(p.k * p.n), 2);
  std::vector<float> c(static_cast<size_t>(p.m * p.n), -7.0f);
  std::vector<float> parts = c;
  multiply(level, p, a, b, {0, p.m, 0, p.n}, c);
  for (int64_t i = 0; i < p.m; ++i) {
    for (int64_t j = 0; j < p.n; ++j) {
      double exact = 0.0;
      double size = 0.0;
      for (int64_t q = 0; q < p.k; ++q) {
        const double term =
            double{a[static_cast<size_t>(p.transpose_a ? q * p.m + i : i * p.k + q)]} *
            double{b[static_cast<size_t>(p.transpose_b ? j * p.k + q : q * p.n + j)]};
        exact += term;
        size += std::abs(term);
      }
      // The rounding errors of a sum in order, at their very largest.
      const double allowed = 6e-8 * static_cast<double>(p.k + 1) * size;
      ASSERT_NEAR(c[static_cast<size_t>(i * p.n + j)], exact, allowed) << i << ", " << j;
    }
  }
  // Parts by themselves give the same bits, wherever they are cut.
  const int64_t row = p.m / 3;
  const int64_t column = p.n / 3;
  for (const Part& part : {Part{0, row, 0, column}, Part{row, p.m, 0, column},
                           Part{0, row, column, p.n}, Part{row, p.m, column, p.n}}) {
    multiply(level, p, a, b, part, parts);
  }
  ASSERT_EQ(parts, c);
}

TEST(SimdLevels, ProductsOfAllSizes) {
  for (const Level* level : levels()) {
    for (int64_t m : {1, 2, 3, 5, 7, 8, 9, 11, 12, 13, 50}) {
      for (int64_t n : {1, 3, 7, 10, 16, 20, 33, 64}) {
        for (int64_t k : {1, 3, 17, 256, 300}) {
          for (int form = 0; form < 4; ++form) {
            expect_product(*level, {m, n, k, (form & 1) != 0, (form & 2) != 0});
          }
        }
      }
    }
  }
}

TEST(SimdLevels, LargeProductsWithPackedOperands) {
  for (const Level* level : levels()) {
    for (int form = 0; form < 4; ++form) {
      const bool transpose_a = (form & 1) != 0;
      const bool transpose_b = (form & 2) != 0;
      expect_product(*level, {203, 530, 261, transpose_a, transpose_b});
      expect_product(*level, {150, 1040, 40, transpose_a, transpose_b});
      expect_product(*level, {3, 64, 1100, transpose_a, transpose_b});
    }
  }
}

// Products of few rows go through B in another order, with the same sums: the parts that
// `expect_product` takes have as many rows as any of them.
TEST(SimdLevels, ProductsOfFewRows) {
  for (const Level* level : levels()) {
    for (int64_t m : {1, 2, 3, 4, 5, 9}) {
      for (int64_t n : {96, 397, 1050}) {
        for (int64_t k : {1, 7, 300, 523}) {
          for (const bool transpose_a : {false, true}) {
            expect_product(*level, {m, n, k, transpose_a, false});
          }
        }
      }
    }
  }
}

// A large B whose columns lie together is not turned; A and C are, if they are small. Of the parts
// some are too few rows for that.
TEST(SimdLevels, ProductsThatTurnAAndC) {
  for (const Level* level : levels()) {
    for (int64_t m : {4, 8, 15, 16, 32, 33, 64, 65}) {
      for (int64_t n : {100, 397}) {
        for (int64_t k : {80, 300, 523}) expect_product(*level, {m, n, k, false, true});
      }
    }
    expect_product(*level, {33, 9001, 40, false, true});  // more than the workspace has room for
  }
}

// ---- Instructions -------------------------------------------------------------------------------

// Is memory as a chain has it: room for whole vectors behind the values.
std::vector<float> padded(std::vector<float> values) {
  values.resize(values.size() + 16, 0.0f);
  return values;
}

std::vector<float> run(const Level& level, Micro micro, const std::vector<float>& a,
                       const std::vector<float>& b = {}, int single = single_none) {
  const size_t count = single == single_first ? b.size() : a.size();
  const std::vector<float> x = padded(a);
  const std::vector<float> y = padded(b);
  std::vector<float> to(count + 16, -7.0f);
  const auto size = static_cast<int64_t>(count);
  level.micro[static_cast<int>(micro)][single](
      {to.data(), x.data(), y.data(), nullptr, size, size, 1});
  to.resize(count);
  return to;
}

struct Function {
  const char* name;
  Micro micro;
  double (*exact)(double);
  float low, high;
  double units;  // in the last place
};

TEST(SimdLevels, FunctionsAreExactToSomeUnits) {
  const float huge = 1e38f;
  const Function functions[] = {
      {"exp", Micro::exp, [](double x) { return std::exp(x); }, -87.0f, 88.7f, 1.0},
      {"log", Micro::log, [](double x) { return std::log(x); }, 1e-30f, huge, 1.0},
      {"log near 1", Micro::log, [](double x) { return std::log(x); }, 0.5f, 2.0f, 1.0},
      {"tanh", Micro::tanh, [](double x) { return std::tanh(x); }, -10.0f, 10.0f, 2.0},
      {"sigmoid", Micro::sigmoid, [](double x) { return 1.0 / (1.0 + std::exp(-x)); }, -80.0f,
       80.0f, 3.0},
      {"sqrt", Micro::sqrt, [](double x) { return std::sqrt(x); }, 0.0f, 1e30f, 0.5},
  };
  for (const Level* level : levels()) {
    for (const Function& function : functions) {
      SCOPED_TRACE(std::string(level->name) + ": " + function.name);
      const std::vector<float> x = random_values(50001, 3, function.low, function.high);
      const std::vector<float> y = run(*level, function.micro, x);
      for (size_t i = 0; i < x.size(); ++i) {
        const double exact = function.exact(x[i]);
        const double unit = std::ldexp(1.0, std::max(-126, std::ilogb(exact)) - 23);
        ASSERT_NEAR(y[i], exact, function.units * unit * 1.01) << x[i];
      }
    }
  }
}

TEST(SimdLevels, FunctionsOfSpecialValues) {
  const float infinity = std::numeric_limits<float>::infinity();
  const std::vector<float> x = {infinity, -infinity, 0.0f, -0.0f, -1.0f, 89.0f, -110.0f};
  for (const Level* level : levels()) {
    SCOPED_TRACE(level->name);
    EXPECT_EQ(run(*level, Micro::exp, x)[0], infinity);
    EXPECT_EQ(run(*level, Micro::exp, x)[1], 0.0f);
    EXPECT_EQ(run(*level, Micro::exp, x)[2], 1.0f);
    EXPECT_EQ(run(*level, Micro::exp, x)[5], infinity);
    EXPECT_EQ(run(*level, Micro::exp, x)[6], 0.0f);
    EXPECT_EQ(run(*level, Micro::log, x)[0], infinity);
    EXPECT_EQ(run(*level, Micro::log, x)[2], -infinity);
    EXPECT_TRUE(std::isnan(run(*level, Micro::log, x)[4]));
    EXPECT_EQ(run(*level, Micro::tanh, x)[0], 1.0f);
    EXPECT_EQ(run(*level, Micro::tanh, x)[1], -1.0f);
    EXPECT_TRUE(std::signbit(run(*level, Micro::tanh, x)[3]));
    for (Micro micro : {Micro::exp, Micro::log, Micro::tanh, Micro::sigmoid, Micro::relu}) {
      EXPECT_TRUE(std::isnan(run(*level, micro, {std::nanf("")})[0]));
    }
    // NaN wins, on either side.
    for (Micro micro : {Micro::maximum, Micro::minimum}) {
      EXPECT_TRUE(std::isnan(run(*level, micro, {std::nanf("")}, {1.0f})[0]));
      EXPECT_TRUE(std::isnan(run(*level, micro, {1.0f}, {std::nanf("")})[0]));
    }
    // -0 is less than 0, on either side.
    for (float a : {0.0f, -0.0f}) {
      EXPECT_FALSE(std::signbit(run(*level, Micro::maximum, {a}, {-a})[0]));
      EXPECT_TRUE(std::signbit(run(*level, Micro::minimum, {a}, {-a})[0]));
      EXPECT_EQ(std::signbit(run(*level, Micro::maximum, {a}, {a})[0]), std::signbit(a));
      EXPECT_EQ(std::signbit(run(*level, Micro::minimum, {a}, {a})[0]), std::signbit(a));
    }
  }
}

// A power by one exponent for all, also those that are roots and squares.
TEST(SimdLevels, PowersAreThoseOfSingleValues) {
  const float infinity = std::numeric_limits<float>::infinity();
  std::vector<float> a = random_values(41, 12, 0.0f, 90.0f);
  for (float special : {0.0f, -0.0f, 1.0f, -2.0f, infinity, -infinity, std::nanf("")}) {
    a.push_back(special);
  }
  for (const Level* level : levels()) {
    for (float exponent : {2.0f, 0.5f, -0.5f, 1.0f, 3.0f, -1.0f, 0.0f, 0.25f}) {
      SCOPED_TRACE(std::string(level->name) + ", exponent " + std::to_string(exponent));
      const std::vector<float> y = run(*level, Micro::power, a, {exponent}, single_second);
      for (size_t i = 0; i < a.size(); ++i) {
        const float exact = std::pow(a[i], exponent);
        if (std::isnan(exact)) {
          ASSERT_TRUE(std::isnan(y[i])) << a[i];
        } else if (std::isinf(exact) || exact == 0.0f) {
          ASSERT_EQ(y[i], exact) << a[i];
          ASSERT_EQ(std::signbit(y[i]), std::signbit(exact)) << a[i];
        } else {
          ASSERT_NEAR(y[i], exact, 3e-7 * std::abs(exact)) << a[i];
        }
      }
    }
  }
}

TEST(SimdLevels, OperandsMayBeOneValue) {
  const std::vector<float> a = random_values(37, 4);
  const std::vector<float> b = random_values(37, 5, 0.5f, 2.0f);
  struct Operation {
    Micro micro;
    float (*exact)(float, float);
  };
  const Operation operations[] = {
      {Micro::add, [](float x, float y) { return x + y; }},
      {Micro::subtract, [](float x, float y) { return x - y; }},
      {Micro::multiply, [](float x, float y) { return x * y; }},
      {Micro::divide, [](float x, float y) { return x / y; }},
      {Micro::maximum, [](float x, float y) { return std::max(x, y); }},
      {Micro::minimum, [](float x, float y) { return std::min(x, y); }},
  };
  for (const Level* level : levels()) {
    for (const Operation& operation : operations) {
      SCOPED_TRACE(level->name);
      const auto both = run(*level, operation.micro, a, b);
      const auto first = run(*level, operation.micro, {a[0]}, b, single_first);
      const auto second = run(*level, operation.micro, a, {b[0]}, single_second);
      for (size_t i = 0; i < a.size(); ++i) {
        ASSERT_EQ(both[i], operation.exact(a[i], b[i]));
        ASSERT_EQ(first[i], operation.exact(a[0], b[i]));
        ASSERT_EQ(second[i], operation.exact(a[i], b[0]));
      }
    }
  }
}

// Two instructions in one give the bits of both by themselves, whatever is one value for all.
TEST(SimdLevels, PairsGiveWhatTwoInstructionsGive) {
  constexpr Micro all[] = {Micro::add, Micro::subtract, Micro::multiply, Micro::divide,
                           Micro::sqrt};
  const std::vector<float> a = padded(random_values(37, 7, 0.1f, 2.0f));
  const std::vector<float> b = padded(random_values(37, 8, -2.0f, 2.0f));
  const std::vector<float> c = padded(random_values(37, 9, -3.0f, 3.0f));
  const auto size = static_cast<int64_t>(a.size()) - 16;
  for (const Level* level : levels()) {
    for (int form = 0; form < 5 * 5 * 2 * 8; ++form) {
      const Micro first = all[form / 80];
      const Micro second = all[form / 16 % 5];
      const bool turned = form / 8 % 2 == 1;
      const int single = form % 8;
      const bool is_c_one = (single & single_third) != 0;
      if (first == Micro::sqrt && (single & single_both) != 0) continue;
      if (second == Micro::sqrt && (turned || is_c_one)) continue;
      SCOPED_TRACE(std::string(level->name) + ", form " + std::to_string(form));
      std::vector<float> between(a.size()), expected(a.size()), result(a.size());
      level->micro[static_cast<int>(first)][single & single_both](
          {between.data(), a.data(), b.data(), nullptr, size, size, 1});
      const int one = !is_c_one ? single_none : turned ? single_first : single_second;
      level->micro[static_cast<int>(second)][one](
          {expected.data(), turned ? c.data() : between.data(), turned ? between.data() : c.data(),
           nullptr, size, size, 1});
      level->pairs[pair_place(first)][pair_place(second)][turned ? 1 : 0][single](
          {result.data(), a.data(), b.data(), c.data(), size, size, 1});
      for (size_t i = 0; i < 37; ++i) {
        ASSERT_TRUE(result[i] == expected[i] || (std::isnan(result[i]) && std::isnan(expected[i])))
            << i << ": " << result[i] << ", " << expected[i];
      }
    }
  }
}

// What a product asks for on the side changes nothing, wherever it lies and however long it is.
TEST(SimdLevels, ProductsAskForMemoryOnTheSide) {
  for (const Level* level : levels()) {
    for (const auto& [m, n, k] : {std::tuple{1, 32, 8}, {13, 40, 5}, {70, 260, 300}}) {
      const Product p = {m, n, k, false, false};
      const std::vector<float> a = random_values(static_cast<size_t>(m * k), 1);
      const std::vector<float> b = random_values(static_cast<size_t>(k * n), 2);
      std::vector<float> expected(static_cast<size_t>(m * n)), c = expected;
      multiply(*level, p, a, b, {0, m, 0, n}, expected);
      std::vector<float> workspace(static_cast<size_t>(level->gemm_workspace));
      Wanted wanted;
      for (int64_t bytes : {int64_t{0}, int64_t{4}, int64_t{1} << 30}) {
        wanted.begin[wanted.count] = reinterpret_cast<const char*>(a.data());
        wanted.bytes[wanted.count++] = bytes;
        level->gemm(
            {m, n, k, a.data(), k, 1, b.data(), n, 1, c.data(), n, workspace.data(), &wanted});
        ASSERT_EQ(c, expected) << level->name;
      }
    }
  }
}

TEST(SimdLevels, RowsAreReducedAndSpread) {
  constexpr int64_t rows = 3;
  for (const Level* level : levels()) {
    for (int64_t columns : {1, 10, 31, 32, 100}) {
      SCOPED_TRACE(std::string(level->name) + ", columns: " + std::to_string(columns));
      const std::vector<float> x = padded(random_values(static_cast<size_t>(rows * columns), 6));
      std::vector<float> to(rows + 16);
      const auto reduce = [&](Micro micro) {
        level->micro[static_cast<int>(micro)][0](
            {to.data(), x.data(), nullptr, nullptr, rows, rows, columns});
      };
      for (int64_t r = 0; r < rows; ++r) {
        const auto begin = x.begin() + r * columns;
        const auto end = begin + columns;
        reduce(Micro::row_sum);
        EXPECT_NEAR(to[static_cast<size_t>(r)], std::accumulate(begin, end, 0.0), 1e-5);
        reduce(Micro::row_max);
        EXPECT_EQ(to[static_cast<size_t>(r)], *std::max_element(begin, end));
        reduce(Micro::row_min);
        EXPECT_EQ(to[static_cast<size_t>(r)], *std::min_element(begin, end));
      }
      std::vector<float> wide(static_cast<size_t>(rows * columns) + 16);
      level->micro[static_cast<int>(Micro::repeat)][0](
          {wide.data(), x.data(), nullptr, nullptr, rows * columns, rows, columns});
      const std::vector<int32_t> classes = {0, static_cast<int32_t>(columns) - 1, -1};
      for (int64_t i = 0; i < rows * columns; ++i) {
        EXPECT_EQ(wide[static_cast<size_t>(i)], x[static_cast<size_t>(i / columns)]);
      }
      level->micro[static_cast<int>(Micro::one_hot)][0](
          {wide.data(), classes.data(), nullptr, nullptr, rows * columns, rows, columns});
      for (int64_t i = 0; i < rows * columns; ++i) {
        const bool is_class = classes[static_cast<size_t>(i / columns)] == i % columns;
        EXPECT_EQ(wide[static_cast<size_t>(i)], is_class ? 1.0f : 0.0f);
      }
    }
  }
}

TEST(SimdLevels, RowsOfZerosHaveTheSignOfTheirExtremes) {
  for (const Level* level : levels()) {
    for (int64_t columns : {2, 10, 31, 32, 100}) {
      SCOPED_TRACE(std::string(level->name) + ", columns: " + std::to_string(columns));
      for (int64_t place : {int64_t{0}, columns / 2, columns - 1}) {
        for (float other : {0.0f, -0.0f}) {
          std::vector<float> row(static_cast<size_t>(columns), -other);
          row[static_cast<size_t>(place)] = other;
          const std::vector<float> x = padded(row);
          std::vector<float> to(17);
          const MicroCall call{to.data(), x.data(), nullptr, nullptr, 1, 1, columns};
          level->micro[static_cast<int>(Micro::row_max)][0](call);
          EXPECT_FALSE(std::signbit(to[0])) << place;
          level->micro[static_cast<int>(Micro::row_min)][0](call);
          EXPECT_TRUE(std::signbit(to[0])) << place;
        }
      }
    }
  }
}

TEST(SimdLevels, UnknownLevelsAreNotFound) {
  EXPECT_EQ(find_level("v5"), nullptr);
  EXPECT_NE(find_level("baseline"), nullptr);
}

}  // namespace
}  // namespace keratin::runtime::simd
