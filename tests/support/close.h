// SPDX-License-Identifier: Apache-2.0
// How close is close: the measure by which results are compared with those of Keras.
#pragma once

#include <gtest/gtest.h>

#include "keratin/graph/tensor.h"

namespace keratin::testing_support {

inline constexpr double forward_tolerance = 2e-6;
inline constexpr double gradient_tolerance = 1e-5;
inline constexpr double training_tolerance = 1e-5;

/// Tells whether shapes and dtypes are equal, infinities and NaN stand at the same places, and
/// max|a - b| <= tolerance * max(1e-3, max|b|). Where that fails and the exact (float64) result is
/// given, the error against it may be three times that of `expected`, which is how half types are
/// compared.
testing::AssertionResult is_close(const Tensor& actual, const Tensor& expected, double tolerance,
                                  const Tensor& exact = {});

/// Returns the largest size of a finite element.
double largest(const Tensor& tensor);

/// Returns the largest difference of two tensors of one shape; infinity where one is finite and the
/// other is not.
double largest_difference(const Tensor& left, const Tensor& right);

/// Tells whether two tensors are the same to the last bit.
bool same_bits(const Tensor& a, const Tensor& b);

/// Expects `is_close`.
void expect_close(const Tensor& actual, const Tensor& expected, double tolerance,
                  const Tensor& exact = {});

}  // namespace keratin::testing_support
