// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/ops/elementwise.h"

#include <limits>
#include <numbers>

#include "keratin/graph/ops/ops.h"
#include "keratin/graph/ops/rules.h"

namespace keratin::ops {

namespace {

using Gradients = std::vector<Tensor>;

// Most rules need the input x, the output y and the output's gradient g.
template <Tensor (*Rule)(const Tensor& x, const Tensor& y, const Tensor& g)>
Gradients unary_gradient(const GradientCall& call) {
  return {Rule(call.inputs[0], call.outputs[0], call.gradient())};
}

// Returns the two inputs' gradients, summed over the axes along which they were broadcast.
Gradients broadcast_gradients(const GradientCall& call, const Tensor& g1, const Tensor& g2) {
  return {unbroadcast(g1, call.inputs[0]), unbroadcast(g2, call.inputs[1])};
}

Gradients add_gradient(const GradientCall& call) {
  return broadcast_gradients(call, call.gradient(), call.gradient());
}

Gradients subtract_gradient(const GradientCall& call) {
  return broadcast_gradients(call, call.gradient(), -call.gradient());
}

Gradients multiply_gradient(const GradientCall& call) {
  const Tensor& g = call.gradient();
  return broadcast_gradients(call, g * call.inputs[1], g * call.inputs[0]);
}

Gradients divide_gradient(const GradientCall& call) {
  const Tensor& g = call.gradient();
  const Tensor& divisor = call.inputs[1];
  return broadcast_gradients(call, g / divisor, -(g * call.outputs[0] / divisor));
}

Gradients mod_gradient(const GradientCall& call) {
  const Tensor& g = call.gradient();
  return broadcast_gradients(call, g, -(g * floor(call.inputs[0] / call.inputs[1])));
}

Gradients power_gradient(const GradientCall& call) {
  const Tensor& g = call.gradient();
  const Tensor& x = call.inputs[0];
  const Tensor& y = call.inputs[1];
  // As JAX: x^0 has slope 0 everywhere, and 0^y no slope in y.
  const Tensor exponent = where(equal(y, 0), ones_like(y), y - 1);
  const Tensor dx = g * (y * power(x, exponent));
  const Tensor dy = g * (log(where(equal(x, 0), ones_like(x), x)) * call.outputs[0]);
  return broadcast_gradients(call, dx, dy);
}

// Equal inputs share the gradient, as in JAX.
Gradients choice_gradient(const GradientCall& call) {
  const Tensor& g = call.gradient();
  const Tensor half = g * 0.5;
  const Tensor zero = zeros_like(g);
  const Tensor first = equal(call.inputs[0], call.outputs[0]);
  const Tensor second = equal(call.inputs[1], call.outputs[0]);
  return broadcast_gradients(call, where(first, where(second, half, g), zero),
                             where(second, where(first, half, g), zero));
}

// An infinite x counts as 0 here, as in JAX: inf - inf has no value.
Gradients logaddexp_gradient(const GradientCall& call) {
  const auto finite = [](const Tensor& x) {
    return where(equal(x, std::numeric_limits<double>::infinity()), zeros_like(x), x);
  };
  const Tensor y = finite(call.outputs[0]);
  const Tensor& g = call.gradient();
  return broadcast_gradients(call, g * exp(finite(call.inputs[0]) - y),
                             g * exp(finite(call.inputs[1]) - y));
}

Gradients arctan2_gradient(const GradientCall& call) {
  const Tensor& y = call.inputs[0];
  const Tensor& x = call.inputs[1];
  const Tensor scaled = call.gradient() / (square(x) + square(y));
  return broadcast_gradients(call, x * scaled, -(y * scaled));
}

Gradients where_gradient(const GradientCall& call) {
  const Tensor& g = call.gradient();
  const Tensor zero = zeros_like(g);
  return {Tensor(), unbroadcast(where(call.inputs[0], g, zero), call.inputs[1]),
          unbroadcast(where(call.inputs[0], zero, g), call.inputs[2])};
}

Gradients cast_gradient(const GradientCall& call) {
  const Tensor& x = call.inputs[0];
  if (!is_float(x.dtype()) || !is_float(call.outputs[0].dtype())) return {Tensor()};
  return {cast(call.gradient(), x.dtype())};
}

std::vector<TensorSpec> infer_cast(const InferCall& call) {
  return {{call.inputs[0].shape, call.attrs.as<CastAttrs>().dtype}};
}

std::vector<TensorSpec> infer_bool(const InferCall& call) {
  return {{call.inputs[0].shape, DType::bool_}};
}

std::vector<TensorSpec> infer_where(const InferCall& call) { return infer_broadcast(call); }

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

constexpr OpTraits elementwise{.elementwise = true};
constexpr OpTraits commutative{.elementwise = true, .commutative = true};
constexpr OpTraits flat{.elementwise = true, .not_differentiable = true};
constexpr OpTraits flat_commutative{
    .elementwise = true, .commutative = true, .not_differentiable = true};

constexpr OpDef binary(std::string_view name, std::string_view doc, GradientRule gradient,
                       OpTraits traits, Promotion promotion = Promotion::common) {
  return {.name = name,
          .doc = doc,
          .min_inputs = 2,
          .max_inputs = 2,
          .promotion = promotion,
          .infer = infer_broadcast,
          .gradient = gradient,
          .traits = traits,
          .partition = Partition::elements};
}

constexpr OpDef compare(std::string_view name, std::string_view doc, OpTraits traits = flat) {
  OpDef op = binary(name, doc, nullptr, traits);
  op.infer = infer_compare;
  return op;
}

constexpr OpDef unary(std::string_view name, std::string_view doc, GradientRule gradient,
                      Promotion promotion = Promotion::floating) {
  return {.name = name,
          .doc = doc,
          .promotion = promotion,
          .infer = infer_same,
          .gradient = gradient,
          .traits = gradient != nullptr ? elementwise : flat,
          .partition = Partition::elements};
}

constexpr OpDef test(std::string_view name, std::string_view doc) {
  OpDef op = unary(name, doc, nullptr, Promotion::none);
  op.infer = infer_bool;
  return op;
}

constexpr OpDef composite(std::string_view name, std::string_view doc, int inputs, Expand expand,
                          Promotion promotion, GradientRule gradient = nullptr) {
  return {.name = name,
          .doc = doc,
          .min_inputs = inputs,
          .max_inputs = inputs,
          .promotion = promotion,
          .gradient = gradient,
          .expand = expand,
          .traits = elementwise,
          .partition = Partition::elements};
}

template <Tensor (*F)(std::span<const Tensor>)>
std::vector<Tensor> one(std::span<const Tensor> inputs, const Attrs&) {
  return {F(inputs)};
}

Tensor expand_clip(std::span<const Tensor> in) { return minimum(maximum(in[0], in[1]), in[2]); }
Tensor expand_logaddexp(std::span<const Tensor> in) {
  const Tensor larger = maximum(in[0], in[1]);
  const Tensor distance = in[0] - in[1];
  // Equal infinities have no distance; their sum is themselves.
  return where(isnan(distance), in[0] + in[1], larger + log1p(exp(-absolute(distance))));
}
Tensor expand_divide_no_nan(std::span<const Tensor> in) {
  const Tensor zero = equal(in[1], 0);
  return where(zero, zeros_like(in[1]), in[0] / where(zero, ones_like(in[1]), in[1]));
}
Tensor expand_squared_difference(std::span<const Tensor> in) { return square(in[0] - in[1]); }
Tensor expand_reciprocal(std::span<const Tensor> in) { return 1 / in[0]; }
Tensor expand_log2(std::span<const Tensor> in) { return log(in[0]) / std::numbers::ln2; }
Tensor expand_log10(std::span<const Tensor> in) { return log(in[0]) / std::numbers::ln10; }

}  // namespace

const OpDef add_op = binary("add", "Adds element by element.", add_gradient, commutative);
const OpDef subtract_op =
    binary("subtract", "Subtracts element by element.", subtract_gradient, elementwise);
const OpDef multiply_op =
    binary("multiply", "Multiplies element by element.", multiply_gradient, commutative);
const OpDef divide_op = binary("divide", "Divides element by element.", divide_gradient,
                               elementwise, Promotion::floating);
const OpDef floor_divide_op = binary("floor_divide", "Divides and rounds down.", nullptr, flat);
const OpDef mod_op =
    binary("mod", "Returns the remainder, with the divisor's sign.", mod_gradient, elementwise);
const OpDef power_op = binary("power", "Raises the first input to the power of the second.",
                              power_gradient, elementwise);
const OpDef maximum_op =
    binary("maximum", "Returns the larger element.", choice_gradient, commutative);
const OpDef minimum_op =
    binary("minimum", "Returns the smaller element.", choice_gradient, commutative);
const OpDef arctan2_op = binary("arctan2", "Returns the angle of the point (x2, x1).",
                                arctan2_gradient, elementwise, Promotion::floating);

const OpDef equal_op = compare("equal", "Tells where elements are equal.", flat_commutative);
const OpDef not_equal_op = compare("not_equal", "Tells where elements differ.", flat_commutative);
const OpDef less_op = compare("less", "Tells where the first is smaller.");
const OpDef less_equal_op = compare("less_equal", "Tells where the first is not larger.");
const OpDef greater_op = compare("greater", "Tells where the first is larger.");
const OpDef greater_equal_op = compare("greater_equal", "Tells where the first is not smaller.");
const OpDef logical_and_op =
    compare("logical_and", "Tells where both are true (not zero).", flat_commutative);
const OpDef logical_or_op =
    compare("logical_or", "Tells where one is true (not zero).", flat_commutative);
const OpDef logical_xor_op =
    compare("logical_xor", "Tells where just one is true (not zero).", flat_commutative);
const OpDef logical_not_op = test("logical_not", "Tells where the input is false (zero).");

const OpDef where_op = {.name = "where",
                        .doc = "Takes the second input where the first is true, else the third.",
                        .min_inputs = 3,
                        .max_inputs = 3,
                        .promotion = Promotion::common,
                        .promotes_from = 1,
                        .infer = infer_where,
                        .gradient = where_gradient,
                        .traits = elementwise,
                        .partition = Partition::elements};
const OpDef cast_op = {.name = "cast",
                       .doc = "Converts to another element type.",
                       .attrs = &Attrs::type_of<CastAttrs>,
                       .infer = infer_cast,
                       .gradient = cast_gradient,
                       .traits = elementwise,
                       .partition = Partition::elements};
const OpDef stop_gradient_op = {
    .name = "stop_gradient",
    .doc = "Returns the input, through which no gradient flows.",
    .infer = infer_same,
    .traits = {.elementwise = true, .idempotent = true, .view = true, .not_differentiable = true},
    .partition = Partition::elements};

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

const OpDef clip_op =
    composite("clip", "Limits to [x_min, x_max].", 3, one<expand_clip>, Promotion::common);
const OpDef logaddexp_op =
    composite("logaddexp", "Returns log(exp(x1) + exp(x2)).", 2, one<expand_logaddexp>,
              Promotion::floating, logaddexp_gradient);
const OpDef divide_no_nan_op = composite("divide_no_nan", "Divides; 0 where the divisor is 0.", 2,
                                         one<expand_divide_no_nan>, Promotion::floating);
const OpDef squared_difference_op = composite("squared_difference", "Returns (x1 - x2)^2.", 2,
                                              one<expand_squared_difference>, Promotion::common);
const OpDef reciprocal_op =
    composite("reciprocal", "Returns 1 / x.", 1, one<expand_reciprocal>, Promotion::floating);
const OpDef log2_op =
    composite("log2", "Returns the logarithm to base 2.", 1, one<expand_log2>, Promotion::floating);
const OpDef log10_op = composite("log10", "Returns the logarithm to base 10.", 1, one<expand_log10>,
                                 Promotion::floating);

Tensor add(const Tensor& x1, const Tensor& x2) { return apply_one(add_op, {x1, x2}); }
Tensor subtract(const Tensor& x1, const Tensor& x2) { return apply_one(subtract_op, {x1, x2}); }
Tensor multiply(const Tensor& x1, const Tensor& x2) { return apply_one(multiply_op, {x1, x2}); }
Tensor divide(const Tensor& x1, const Tensor& x2) { return apply_one(divide_op, {x1, x2}); }
Tensor divide_no_nan(const Tensor& x1, const Tensor& x2) {
  return apply_one(divide_no_nan_op, {x1, x2});
}
Tensor floor_divide(const Tensor& x1, const Tensor& x2) {
  return apply_one(floor_divide_op, {x1, x2});
}
Tensor mod(const Tensor& x1, const Tensor& x2) { return apply_one(mod_op, {x1, x2}); }
Tensor power(const Tensor& x1, const Tensor& x2) { return apply_one(power_op, {x1, x2}); }
Tensor maximum(const Tensor& x1, const Tensor& x2) { return apply_one(maximum_op, {x1, x2}); }
Tensor minimum(const Tensor& x1, const Tensor& x2) { return apply_one(minimum_op, {x1, x2}); }
// Keras takes a plain number as float32 in these two.
Tensor arctan2(const Tensor& x1, const Tensor& x2) {
  return apply_one(arctan2_op, {convert_to_tensor(x1), convert_to_tensor(x2)});
}
Tensor logaddexp(const Tensor& x1, const Tensor& x2) {
  return apply_one(logaddexp_op, {convert_to_tensor(x1), convert_to_tensor(x2)});
}
Tensor squared_difference(const Tensor& x1, const Tensor& x2) {
  return apply_one(squared_difference_op, {x1, x2});
}
Tensor equal(const Tensor& x1, const Tensor& x2) { return apply_one(equal_op, {x1, x2}); }
Tensor not_equal(const Tensor& x1, const Tensor& x2) { return apply_one(not_equal_op, {x1, x2}); }
Tensor less(const Tensor& x1, const Tensor& x2) { return apply_one(less_op, {x1, x2}); }
Tensor less_equal(const Tensor& x1, const Tensor& x2) { return apply_one(less_equal_op, {x1, x2}); }
Tensor greater(const Tensor& x1, const Tensor& x2) { return apply_one(greater_op, {x1, x2}); }
Tensor greater_equal(const Tensor& x1, const Tensor& x2) {
  return apply_one(greater_equal_op, {x1, x2});
}
Tensor logical_and(const Tensor& x1, const Tensor& x2) {
  return apply_one(logical_and_op, {x1, x2});
}
Tensor logical_or(const Tensor& x1, const Tensor& x2) { return apply_one(logical_or_op, {x1, x2}); }
Tensor logical_xor(const Tensor& x1, const Tensor& x2) {
  return apply_one(logical_xor_op, {x1, x2});
}
Tensor logical_not(const Tensor& x) { return apply_one(logical_not_op, {x}); }
Tensor where(const Tensor& condition, const Tensor& x1, const Tensor& x2) {
  return apply_one(
      where_op,
      {condition.dtype() == DType::bool_ ? condition : cast(condition, DType::bool_), x1, x2});
}
Tensor clip(const Tensor& x, const Tensor& x_min, const Tensor& x_max) {
  return apply_one(clip_op, {x, x_min, x_max});
}
Tensor stop_gradient(const Tensor& x) { return apply_one(stop_gradient_op, {x}); }
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

Tensor cast(const Tensor& x, DType dtype) {
  if (x.is_weak()) return Tensor(x.array().cast(dtype));
  // A Keras tensor records the call even when nothing changes, as Keras does.
  if (x.dtype() == dtype && !(x.is_keras_tensor() && x.origin())) return x;
  return apply_one(cast_op, {x}, CastAttrs{.dtype = dtype});
}

std::span<const OpDef* const> elementwise_ops() {
  static constexpr const OpDef* ops[] = {&add_op,
                                         &subtract_op,
                                         &multiply_op,
                                         &divide_op,
                                         &floor_divide_op,
                                         &mod_op,
                                         &power_op,
                                         &maximum_op,
                                         &minimum_op,
                                         &arctan2_op,
                                         &equal_op,
                                         &not_equal_op,
                                         &less_op,
                                         &less_equal_op,
                                         &greater_op,
                                         &greater_equal_op,
                                         &logical_and_op,
                                         &logical_or_op,
                                         &logical_xor_op,
                                         &logical_not_op,
                                         &where_op,
                                         &cast_op,
                                         &stop_gradient_op,
                                         &negative_op,
                                         &absolute_op,
                                         &sign_op,
                                         &square_op,
                                         &sqrt_op,
                                         &rsqrt_op,
                                         &exp_op,
                                         &expm1_op,
                                         &log_op,
                                         &log1p_op,
                                         &sin_op,
                                         &cos_op,
                                         &tan_op,
                                         &arcsin_op,
                                         &arccos_op,
                                         &arctan_op,
                                         &sinh_op,
                                         &cosh_op,
                                         &tanh_op,
                                         &erf_op,
                                         &floor_op,
                                         &ceil_op,
                                         &round_op,
                                         &isnan_op,
                                         &isinf_op,
                                         &isfinite_op,
                                         &clip_op,
                                         &logaddexp_op,
                                         &divide_no_nan_op,
                                         &squared_difference_op,
                                         &reciprocal_op,
                                         &log2_op,
                                         &log10_op};
  return ops;
}

}  // namespace keratin::ops
