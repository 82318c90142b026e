// SPDX-License-Identifier: Apache-2.0
#include "keratin/data/utils.h"

#include <cmath>
#include <limits>

#include "keratin/base/text.h"
#include "keratin/io/npz.h"
#include "tests/io/support.h"

namespace keratin::tests {
namespace {

struct Case {
  std::string arguments;
  Array x;
  Array y;
};

/// Returns what real Keras gave for a function: see tests/golden/make_npy.py.
std::vector<Case> cases_of(const std::string& function) {
  const NamedArrays items = read_npz(golden("keras_utils.npz"));
  std::vector<Case> cases;
  for (size_t i = 0; i + 1 < items.size(); i += 2) {
    const auto parts = text::split(items[i].first, ':');
    if (parts[0] == function) cases.push_back({parts[2], items[i].second, items[i + 1].second});
  }
  return cases;
}

/// Tells whether two arrays are as close as the project demands: max|a - b| <= 2e-6 max|b|.
testing::AssertionResult close(const Array& a, const Array& b) {
  if (a.dtype() != b.dtype() || a.shape() != b.shape()) return same(a, b);
  const auto x = Tensor(a).to_vector<double>();
  const auto y = Tensor(b).to_vector<double>();
  // A half type cannot be closer than one step of its own.
  const double tolerance = a.dtype() == DType::float16 ? 1e-3 : 2e-6;
  double largest = 1e-3;
  for (double value : y)
    largest = std::isfinite(value) ? std::max(largest, std::abs(value)) : largest;
  for (size_t i = 0; i < x.size(); ++i) {
    const bool fits = (std::isnan(x[i]) && std::isnan(y[i])) || x[i] == y[i] ||
                      std::abs(x[i] - y[i]) <= tolerance * largest;
    if (!fits) return testing::AssertionFailure() << i << ": " << x[i] << " against " << y[i];
  }
  return testing::AssertionSuccess();
}

TEST(ToCategorical, EqualsKeras) {
  const auto cases = cases_of("to_categorical");
  ASSERT_EQ(cases.size(), 12u);
  for (const auto& [arguments, x, y] : cases) {
    std::optional<int64_t> num_classes;
    if (arguments != "None") num_classes = std::stoll(arguments);
    EXPECT_TRUE(same(utils::to_categorical(Tensor(x), num_classes).array(), y)) << arguments;
  }
}

TEST(ToCategorical, RefusesNumbersOutsideOfTheClasses) {
  const auto refusal = [](std::vector<int32_t> labels, std::optional<int64_t> num_classes) {
    const auto count = static_cast<int64_t>(labels.size());
    return error_of<ValueError>(
        [&] { utils::to_categorical(Tensor::from(labels, Shape{count}), num_classes); });
  };
  EXPECT_EQ(refusal({3, 0}, 2),
            "to_categorical: expected class numbers from 0 to 1, got 3. Give a larger "
            "`num_classes`, or check the data.");
  expect_holds(refusal({-3, 0}, 2), "got -3");
  expect_holds(refusal({0}, -1), "expected `num_classes` to be positive, got -1");
  expect_holds(refusal({-2}, std::nullopt), "expected class numbers from 0 on, got -2");
  EXPECT_EQ(refusal({}, std::nullopt),
            "to_categorical: expected at least one class number, got shape [0]. Give "
            "`num_classes`.");
  const Tensor nan = Tensor::from<float>({std::nanf(""), 1.0f}, Shape{2});
  expect_holds(error_of<ValueError>([&] { utils::to_categorical(nan, 2); }),
               "expected class numbers, got nan");
}

TEST(Normalize, EqualsKeras) {
  const auto cases = cases_of("normalize");
  ASSERT_EQ(cases.size(), 50u);
  for (const auto& [arguments, x, y] : cases) {
    const auto parts = text::split(arguments, ',');
    const double order = std::stod(parts[1]);
    const Tensor result = utils::normalize(Tensor(x), std::stoll(parts[0]), order);
    EXPECT_TRUE(close(result.array(), y)) << arguments << " of " << to_string(x.shape());
  }
}

TEST(Normalize, DoesNotChangeItsInput) {
  const Tensor x = Tensor::from<float>({3.0f, 4.0f}, Shape{1, 2});
  EXPECT_EQ(utils::normalize(x).to_vector<float>(), (std::vector<float>{0.6f, 0.8f}));
  EXPECT_EQ(x.to_vector<float>(), (std::vector<float>{3.0f, 4.0f}));
}

TEST(Normalize, RefusesAxesThatAreNotThere) {
  const Tensor x = Tensor::from<float>({3.0f, 4.0f}, Shape{1, 2});
  EXPECT_EQ(error_of<ValueError>([&] { utils::normalize(x, 2); }),
            "normalize: expected `axis` between -2 and 1, got 2. Check the rank of the input.");
  EXPECT_THROW(utils::normalize(Tensor(1.0)), ValueError);
  EXPECT_THROW(utils::normalize(x, -1, std::nan("")), ValueError);
}

}  // namespace
}  // namespace keratin::tests
