// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/ops/elementwise.h"

#include <limits>

#include "keratin/graph/ops/elementwise_internal.h"
#include "keratin/graph/ops/ops.h"

namespace keratin::ops {

namespace {

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

// Equal inputs share the gradient, as in JAX, which multiplies: one that is no number goes to both.
Gradients choice_gradient(const GradientCall& call) {
  const Tensor& g = call.gradient();
  const Tensor one(1.0), half(0.5), zero(0.0);
  const Tensor first = equal(call.inputs[0], call.outputs[0]);
  const Tensor second = equal(call.inputs[1], call.outputs[0]);
  const auto share = [&](const Tensor& chosen, const Tensor& other) {
    return g * cast(where(chosen, where(other, half, one), zero), g.dtype());
  };
  return broadcast_gradients(call, share(first, second), share(second, first));
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

std::vector<TensorSpec> infer_where(const InferCall& call) { return infer_broadcast(call); }

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

const OpDef clip_op =
    composite("clip", "Limits to [x_min, x_max].", 3, one<expand_clip>, Promotion::common);
const OpDef logaddexp_op =
    composite("logaddexp", "Returns log(exp(x1) + exp(x2)).", 2, one<expand_logaddexp>,
              Promotion::floating, logaddexp_gradient);
const OpDef divide_no_nan_op = composite("divide_no_nan", "Divides; 0 where the divisor is 0.", 2,
                                         one<expand_divide_no_nan>, Promotion::floating);
const OpDef squared_difference_op = composite("squared_difference", "Returns (x1 - x2)^2.", 2,
                                              one<expand_squared_difference>, Promotion::common);
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
Tensor cast(const Tensor& x, DType dtype) {
  if (x.is_weak()) return Tensor(x.array().cast(dtype));
  // A Keras tensor records the call even when nothing changes, as Keras does.
  if (x.dtype() == dtype && !(x.is_keras_tensor() && x.origin())) return x;
  return apply_one(cast_op, {x}, CastAttrs{.dtype = dtype});
}

std::span<const OpDef* const> elementwise_ops() {
  static constexpr const OpDef* ops[] = {
      &add_op,           &subtract_op,      &multiply_op,
      &divide_op,        &floor_divide_op,  &mod_op,
      &power_op,         &maximum_op,       &minimum_op,
      &arctan2_op,       &equal_op,         &not_equal_op,
      &less_op,          &less_equal_op,    &greater_op,
      &greater_equal_op, &logical_and_op,   &logical_or_op,
      &logical_xor_op,   &logical_not_op,   &where_op,
      &cast_op,          &stop_gradient_op, &clip_op,
      &logaddexp_op,     &divide_no_nan_op, &squared_difference_op};
  return ops;
}

}  // namespace keratin::ops
