// SPDX-License-Identifier: Apache-2.0
#include "tests/support/close.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace keratin::testing_support {

double largest(const Tensor& tensor) {
  double result = 0.0;
  for (double value : tensor.to_vector<double>()) {
    if (std::isfinite(value)) result = std::max(result, std::abs(value));
  }
  return result;
}

double largest_difference(const Tensor& left, const Tensor& right) {
  const std::vector<double> a = left.to_vector<double>(), b = right.to_vector<double>();
  double result = 0.0;
  for (size_t i = 0; i < a.size(); ++i) {
    const bool equal = a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]));
    if (equal) continue;
    const double difference = std::abs(a[i] - b[i]);
    result = std::max(result, std::isnan(difference) ? HUGE_VAL : difference);
  }
  return result;
}

testing::AssertionResult is_close(const Tensor& actual, const Tensor& expected, double tolerance,
                                  const Tensor& exact) {
  if (actual.spec() != expected.spec()) {
    return testing::AssertionFailure()
           << "is " << to_string(actual.spec()) << ", expected " << to_string(expected.spec());
  }
  const double allowed = tolerance * std::max(1e-3, largest(expected));
  const double error = largest_difference(actual, expected);
  if (error <= allowed) return testing::AssertionSuccess();
  auto failure = testing::AssertionFailure();
  failure << "differs by " << error << ", allowed are " << allowed;
  if (exact.defined()) {
    const double keras_error = largest_difference(expected, exact);
    const double our_error = largest_difference(actual, exact);
    if (our_error <= 3.0 * keras_error) return testing::AssertionSuccess();
    failure << "; differs from float64 by " << our_error << ", Keras by " << keras_error;
  }
  return failure << "\nis " << to_string(actual) << "\nexpected " << to_string(expected);
}

bool same_bits(const Tensor& a, const Tensor& b) {
  return a.spec() == b.spec() &&
         std::memcmp(a.array().raw(), b.array().raw(), a.array().bytes()) == 0;
}

void expect_close(const Tensor& actual, const Tensor& expected, double tolerance,
                  const Tensor& exact) {
  EXPECT_TRUE(is_close(actual, expected, tolerance, exact));
}

}  // namespace keratin::testing_support
