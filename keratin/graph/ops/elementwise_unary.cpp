// SPDX-License-Identifier: Apache-2.0
// The element-wise functions of one operand.
#include <numbers>

#include "keratin/graph/ops/elementwise.h"
#include "keratin/graph/ops/elementwise_internal.h"
#include "keratin/graph/ops/ops.h"

namespace keratin::ops {

namespace {

// Most rules need the input x, the output y and the output's gradient g.
template <Tensor (*Rule)(const Tensor& x, const Tensor& y, const Tensor& g)>
Gradients unary_gradient(const GradientCall& call) {
  return {Rule(call.inputs[0], call.outputs[0], call.gradient())};
}

using Rule = Tensor(const Tensor& x, const Tensor& y, const Tensor& g);

Rule negative_rule, absolute_rule, square_rule, sqrt_rule, rsqrt_rule, exp_rule, expm1_rule,
    log_rule, log1p_rule, sin_rule, cos_rule, tan_rule, arcsin_rule, arccos_rule, arctan_rule,
    sinh_rule, cosh_rule, tanh_rule, erf_rule;

Tensor negative_rule(const Tensor&, const Tensor&, const Tensor& g) { return -g; }
// At 0 the slope is 1, as in JAX.
Tensor absolute_rule(const Tensor& x, const Tensor&, const Tensor& g) {
  return where(greater_equal(x, 0), g, -g);
}
Tensor square_rule(const Tensor& x, const Tensor&, const Tensor& g) { return g * (x * 2); }
Tensor sqrt_rule(const Tensor&, const Tensor& y, const Tensor& g) { return g * 0.5 / y; }
Tensor rsqrt_rule(const Tensor& x, const Tensor& y, const Tensor& g) { return g * (y / x * -0.5); }
Tensor exp_rule(const Tensor&, const Tensor& y, const Tensor& g) { return g * y; }
Tensor expm1_rule(const Tensor&, const Tensor& y, const Tensor& g) { return g * (y + 1); }
Tensor log_rule(const Tensor& x, const Tensor&, const Tensor& g) { return g / x; }
Tensor log1p_rule(const Tensor& x, const Tensor&, const Tensor& g) { return g / (x + 1); }
Tensor sin_rule(const Tensor& x, const Tensor&, const Tensor& g) { return g * cos(x); }
Tensor cos_rule(const Tensor& x, const Tensor&, const Tensor& g) { return -(g * sin(x)); }
Tensor tan_rule(const Tensor&, const Tensor& y, const Tensor& g) { return g * (square(y) + 1); }
Tensor arcsin_rule(const Tensor& x, const Tensor&, const Tensor& g) {
  return g * rsqrt(1 - square(x));
}
Tensor arccos_rule(const Tensor& x, const Tensor&, const Tensor& g) {
  return -(g * rsqrt(1 - square(x)));
}
Tensor arctan_rule(const Tensor& x, const Tensor&, const Tensor& g) { return g / (square(x) + 1); }
Tensor sinh_rule(const Tensor& x, const Tensor&, const Tensor& g) { return g * cosh(x); }
Tensor cosh_rule(const Tensor& x, const Tensor&, const Tensor& g) { return g * sinh(x); }
// As JAX: 1 - y * y would lose what is left where y is near 1.
Tensor tanh_rule(const Tensor&, const Tensor& y, const Tensor& g) { return (g + g * y) * (1 - y); }
Tensor erf_rule(const Tensor& x, const Tensor&, const Tensor& g) {
  return g * (exp(-square(x)) * (2 * std::numbers::inv_sqrtpi));
}

Tensor expand_reciprocal(std::span<const Tensor> in) { return 1 / in[0]; }
Tensor expand_log2(std::span<const Tensor> in) { return log(in[0]) / std::numbers::ln2; }
Tensor expand_log10(std::span<const Tensor> in) { return log(in[0]) / std::numbers::ln10; }

}  // namespace

const OpDef negative_op =
    unary("negative", "Changes the sign.", unary_gradient<negative_rule>, Promotion::common);
const OpDef absolute_op =
    unary("absolute", "Drops the sign.", unary_gradient<absolute_rule>, Promotion::common);
const OpDef sign_op = unary("sign", "Returns -1, 0 or 1.", nullptr, Promotion::common);
const OpDef square_op =
    unary("square", "Multiplies by itself.", unary_gradient<square_rule>, Promotion::common);
const OpDef sqrt_op = unary("sqrt", "Returns the square root.", unary_gradient<sqrt_rule>);
const OpDef rsqrt_op =
    unary("rsqrt", "Returns one over the square root.", unary_gradient<rsqrt_rule>);
const OpDef exp_op = unary("exp", "Returns e to the power of x.", unary_gradient<exp_rule>);
const OpDef expm1_op =
    unary("expm1", "Returns exp(x) - 1, exact near 0.", unary_gradient<expm1_rule>);
const OpDef log_op = unary("log", "Returns the natural logarithm.", unary_gradient<log_rule>);
const OpDef log1p_op =
    unary("log1p", "Returns log(1 + x), exact near 0.", unary_gradient<log1p_rule>);
const OpDef sin_op = unary("sin", "Returns the sine.", unary_gradient<sin_rule>);
const OpDef cos_op = unary("cos", "Returns the cosine.", unary_gradient<cos_rule>);
const OpDef tan_op = unary("tan", "Returns the tangent.", unary_gradient<tan_rule>);
const OpDef arcsin_op = unary("arcsin", "Returns the inverse sine.", unary_gradient<arcsin_rule>);
const OpDef arccos_op = unary("arccos", "Returns the inverse cosine.", unary_gradient<arccos_rule>);
const OpDef arctan_op =
    unary("arctan", "Returns the inverse tangent.", unary_gradient<arctan_rule>);
const OpDef sinh_op = unary("sinh", "Returns the hyperbolic sine.", unary_gradient<sinh_rule>);
const OpDef cosh_op = unary("cosh", "Returns the hyperbolic cosine.", unary_gradient<cosh_rule>);
const OpDef tanh_op = unary("tanh", "Returns the hyperbolic tangent.", unary_gradient<tanh_rule>);
const OpDef erf_op = unary("erf", "Returns the error function.", unary_gradient<erf_rule>);
const OpDef floor_op = unary("floor", "Rounds down.", nullptr);
const OpDef ceil_op = unary("ceil", "Rounds up.", nullptr);
const OpDef round_op =
    unary("round", "Rounds to nearest, halves to even.", nullptr, Promotion::none);
const OpDef isnan_op = test("isnan", "Tells where elements are NaN.");
const OpDef isinf_op = test("isinf", "Tells where elements are infinite.");
const OpDef isfinite_op = test("isfinite", "Tells where elements are neither NaN nor infinite.");

const OpDef reciprocal_op =
    composite("reciprocal", "Returns 1 / x.", 1, one<expand_reciprocal>, Promotion::floating);
const OpDef log2_op =
    composite("log2", "Returns the logarithm to base 2.", 1, one<expand_log2>, Promotion::floating);
const OpDef log10_op = composite("log10", "Returns the logarithm to base 10.", 1, one<expand_log10>,
                                 Promotion::floating);

Tensor negative(const Tensor& x) { return apply_one(negative_op, {x}); }
Tensor absolute(const Tensor& x) { return apply_one(absolute_op, {x}); }
Tensor sign(const Tensor& x) { return apply_one(sign_op, {x}); }
Tensor square(const Tensor& x) {
  return apply_one(square_op, {x.dtype() == DType::bool_ ? cast(x, DType::int32) : x});
}
Tensor sqrt(const Tensor& x) { return apply_one(sqrt_op, {x}); }
Tensor rsqrt(const Tensor& x) { return apply_one(rsqrt_op, {x}); }
Tensor reciprocal(const Tensor& x) { return apply_one(reciprocal_op, {x}); }
Tensor exp(const Tensor& x) { return apply_one(exp_op, {x}); }
Tensor expm1(const Tensor& x) { return apply_one(expm1_op, {x}); }
Tensor log(const Tensor& x) { return apply_one(log_op, {x}); }
Tensor log1p(const Tensor& x) { return apply_one(log1p_op, {x}); }
Tensor log2(const Tensor& x) { return apply_one(log2_op, {x}); }
Tensor log10(const Tensor& x) { return apply_one(log10_op, {x}); }
Tensor sin(const Tensor& x) { return apply_one(sin_op, {x}); }
Tensor cos(const Tensor& x) { return apply_one(cos_op, {x}); }
Tensor tan(const Tensor& x) { return apply_one(tan_op, {x}); }
Tensor arcsin(const Tensor& x) { return apply_one(arcsin_op, {x}); }
Tensor arccos(const Tensor& x) { return apply_one(arccos_op, {x}); }
Tensor arctan(const Tensor& x) { return apply_one(arctan_op, {x}); }
Tensor sinh(const Tensor& x) { return apply_one(sinh_op, {x}); }
Tensor cosh(const Tensor& x) { return apply_one(cosh_op, {x}); }
Tensor tanh(const Tensor& x) { return apply_one(tanh_op, {x}); }
Tensor erf(const Tensor& x) { return apply_one(erf_op, {x}); }
Tensor floor(const Tensor& x) { return apply_one(floor_op, {x}); }
Tensor ceil(const Tensor& x) { return apply_one(ceil_op, {x}); }
Tensor round(const Tensor& x) { return apply_one(round_op, {x}); }
Tensor isnan(const Tensor& x) { return apply_one(isnan_op, {x}); }
Tensor isinf(const Tensor& x) { return apply_one(isinf_op, {x}); }
Tensor isfinite(const Tensor& x) { return apply_one(isfinite_op, {x}); }

std::span<const OpDef* const> elementwise_unary_ops() {
  static constexpr const OpDef* ops[] = {
      &negative_op, &absolute_op, &sign_op,       &square_op, &sqrt_op,  &rsqrt_op,
      &exp_op,      &expm1_op,    &log_op,        &log1p_op,  &sin_op,   &cos_op,
      &tan_op,      &arcsin_op,   &arccos_op,     &arctan_op, &sinh_op,  &cosh_op,
      &tanh_op,     &erf_op,      &floor_op,      &ceil_op,   &round_op, &isnan_op,
      &isinf_op,    &isfinite_op, &reciprocal_op, &log2_op,   &log10_op};
  return ops;
}

}  // namespace keratin::ops
