// SPDX-License-Identifier: Apache-2.0
// Ops that work element by element: arithmetic, comparison, logic and mathematical functions.
// Inputs broadcast; the dtypes meet by Keras' rules. Each follows the function of the same name in
// keras.ops.
#pragma once

#include <optional>

#include "keratin/graph/op.h"

namespace keratin::ops {

Tensor add(const Tensor& x1, const Tensor& x2);
Tensor subtract(const Tensor& x1, const Tensor& x2);
Tensor multiply(const Tensor& x1, const Tensor& x2);
/// Divides; integers become float32.
Tensor divide(const Tensor& x1, const Tensor& x2);
Tensor divide_no_nan(const Tensor& x1, const Tensor& x2);
Tensor floor_divide(const Tensor& x1, const Tensor& x2);
/// Returns the remainder with the sign of the divisor, as Python's `%`.
Tensor mod(const Tensor& x1, const Tensor& x2);
Tensor power(const Tensor& x1, const Tensor& x2);
Tensor maximum(const Tensor& x1, const Tensor& x2);
Tensor minimum(const Tensor& x1, const Tensor& x2);
Tensor arctan2(const Tensor& x1, const Tensor& x2);
Tensor logaddexp(const Tensor& x1, const Tensor& x2);
Tensor squared_difference(const Tensor& x1, const Tensor& x2);

Tensor equal(const Tensor& x1, const Tensor& x2);
Tensor not_equal(const Tensor& x1, const Tensor& x2);
Tensor less(const Tensor& x1, const Tensor& x2);
Tensor less_equal(const Tensor& x1, const Tensor& x2);
Tensor greater(const Tensor& x1, const Tensor& x2);
Tensor greater_equal(const Tensor& x1, const Tensor& x2);
Tensor logical_and(const Tensor& x1, const Tensor& x2);
Tensor logical_or(const Tensor& x1, const Tensor& x2);
Tensor logical_xor(const Tensor& x1, const Tensor& x2);
Tensor logical_not(const Tensor& x);

/// Takes `x1` where `condition` is true and `x2` elsewhere.
Tensor where(const Tensor& condition, const Tensor& x1, const Tensor& x2);
Tensor clip(const Tensor& x, const Tensor& x_min, const Tensor& x_max);
/// Converts the elements; a float becomes an integer by dropping its fraction.
Tensor cast(const Tensor& x, DType dtype);
/// Returns `x`, through which no gradient flows.
Tensor stop_gradient(const Tensor& x);

Tensor negative(const Tensor& x);
Tensor absolute(const Tensor& x);
inline Tensor abs(const Tensor& x) { return absolute(x); }
Tensor sign(const Tensor& x);
Tensor square(const Tensor& x);
Tensor sqrt(const Tensor& x);
Tensor rsqrt(const Tensor& x);
Tensor reciprocal(const Tensor& x);
Tensor exp(const Tensor& x);
Tensor expm1(const Tensor& x);
Tensor log(const Tensor& x);
Tensor log1p(const Tensor& x);
Tensor log2(const Tensor& x);
Tensor log10(const Tensor& x);
Tensor sin(const Tensor& x);
Tensor cos(const Tensor& x);
Tensor tan(const Tensor& x);
Tensor arcsin(const Tensor& x);
Tensor arccos(const Tensor& x);
Tensor arctan(const Tensor& x);
Tensor sinh(const Tensor& x);
Tensor cosh(const Tensor& x);
Tensor tanh(const Tensor& x);
Tensor erf(const Tensor& x);
Tensor floor(const Tensor& x);
Tensor ceil(const Tensor& x);
/// Rounds to the nearest integer, halves to the even one.
Tensor round(const Tensor& x);
Tensor isnan(const Tensor& x);
Tensor isinf(const Tensor& x);
Tensor isfinite(const Tensor& x);

struct CastAttrs {
  KERATIN_OPTIONS(CastAttrs);
  KERATIN_FIELD(DType, dtype, "Element type of the result.") = DType::float32;
};

extern const OpDef add_op, subtract_op, multiply_op, divide_op, floor_divide_op, mod_op, power_op,
    maximum_op, minimum_op, arctan2_op, equal_op, not_equal_op, less_op, less_equal_op, greater_op,
    greater_equal_op, logical_and_op, logical_or_op, logical_xor_op, logical_not_op, where_op,
    cast_op, stop_gradient_op, negative_op, absolute_op, sign_op, square_op, sqrt_op, rsqrt_op,
    exp_op, expm1_op, log_op, log1p_op, sin_op, cos_op, tan_op, arcsin_op, arccos_op, arctan_op,
    sinh_op, cosh_op, tanh_op, erf_op, floor_op, ceil_op, round_op, isnan_op, isinf_op, isfinite_op,
    clip_op, logaddexp_op, divide_no_nan_op, squared_difference_op, reciprocal_op, log2_op,
    log10_op;

/// Returns the ops of this family, for the registry.
std::span<const OpDef* const> elementwise_ops();
std::span<const OpDef* const> elementwise_unary_ops();

}  // namespace keratin::ops
