// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/ops/random.h"

#include "keratin/base/check.h"
#include "keratin/graph/ops/creation.h"

namespace keratin::ops {

namespace {

void check_key(const InferCall& call, size_t at) {
  const TensorSpec& key = call.inputs[at];
  require<ValueError>(key.dtype == DType::uint32 && key.shape == Shape{2}, call.op.name,
                      "expected a key of two uint32, got {} of shape {}. Take it from a "
                      "SeedGenerator.",
                      name_of(key.dtype), to_string(key.shape));
}

std::vector<TensorSpec> infer_random(const InferCall& call) {
  check_key(call, 0);
  const auto& attrs = call.attrs.as<RandomAttrs>();
  require<DTypeError>(is_float(attrs.dtype), call.op.name,
                      "expected a float dtype, got {}. Cast the result.", name_of(attrs.dtype));
  return {{attrs.shape, attrs.dtype}};
}

std::vector<TensorSpec> infer_dropout(const InferCall& call) {
  check_key(call, 1);
  const auto& attrs = call.attrs.as<DropoutAttrs>();
  const TensorSpec& x = call.inputs[0];
  require<DTypeError>(is_float(x.dtype), "dropout", "expected a float input, got {}. Cast it.",
                      name_of(x.dtype));
  if (!attrs.noise_shape.empty()) {
    const Shape shape = broadcast_shapes(attrs.noise_shape, x.shape, "dropout");
    require<ShapeError>(shape.rank() == x.shape.rank() &&
                            attrs.noise_shape.rank() == x.shape.rank() &&
                            is_compatible(shape, x.shape),
                        "dropout",
                        "expected `noise_shape` to broadcast to the input {}, got {}. Use 1 or "
                        "the input's size for each axis.",
                        to_string(x.shape), to_string(attrs.noise_shape));
  }
  return {x};
}

// Dropout is linear in x: the gradient passes through the same decisions.
std::vector<Tensor> dropout_gradient(const GradientCall& call) {
  return {apply_one(dropout_op, {call.gradient(), call.inputs[1]}, call.attrs), Tensor()};
}

constexpr OpDef generator(std::string_view name, std::string_view doc) {
  return {.name = name,
          .doc = doc,
          .attrs = &Attrs::type_of<RandomAttrs>,
          .infer = infer_random,
          .traits = {.not_differentiable = true},
          .partition = Partition::elements};
}

}  // namespace

const OpDef random_uniform_op = generator("random_uniform", "Returns uniform random floats.");
const OpDef random_normal_op = generator("random_normal", "Returns normal random floats.");
const OpDef dropout_op = {.name = "dropout",
                          .doc = "Zeroes a share of the elements and scales the others.",
                          .min_inputs = 2,
                          .max_inputs = 2,
                          .attrs = &Attrs::type_of<DropoutAttrs>,
                          .infer = infer_dropout,
                          .gradient = dropout_gradient,
                          .partition = Partition::elements};

Tensor random_uniform(const Tensor& key, const Shape& shape, double minval, double maxval,
                      DType dtype) {
  return apply_one(random_uniform_op, {key},
                   RandomAttrs{.shape = shape, .low = minval, .high = maxval, .dtype = dtype});
}

Tensor random_normal(const Tensor& key, const Shape& shape, double mean, double stddev,
                     DType dtype) {
  return apply_one(random_normal_op, {key},
                   RandomAttrs{.shape = shape, .low = mean, .high = stddev, .dtype = dtype});
}

Tensor dropout(const Tensor& x, const Tensor& key, double rate, const Shape& noise_shape) {
  require<ValueError>(rate >= 0.0 && rate <= 1.0, "dropout",
                      "expected `rate` between 0 and 1, got {}. Check the rate.", rate);
  if (rate == 0.0) return x;
  if (rate == 1.0) return zeros_like(x);
  return apply_one(dropout_op, {x, key}, DropoutAttrs{.rate = rate, .noise_shape = noise_shape});
}

std::span<const OpDef* const> random_ops() {
  static constexpr const OpDef* ops[] = {&random_uniform_op, &random_normal_op, &dropout_op};
  return ops;
}

}  // namespace keratin::ops
