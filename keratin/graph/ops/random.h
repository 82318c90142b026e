// SPDX-License-Identifier: Apache-2.0
// Random numbers as pure functions of a key: two uint32, JAX's threefry counters. Each follows
// what keras.random does on JAX.
#pragma once

#include "keratin/graph/op.h"

namespace keratin::ops {

/// Returns floats of [minval, maxval).
Tensor random_uniform(const Tensor& key, const Shape& shape, double minval = 0.0,
                      double maxval = 1.0, DType dtype = DType::float32);
Tensor random_normal(const Tensor& key, const Shape& shape, double mean = 0.0, double stddev = 1.0,
                     DType dtype = DType::float32);
/// Keeps each element of `x` with probability 1 - rate, divided by it, and zeroes the others.
/// `noise_shape` has 1 for the axes along which one decision holds; empty means x's shape.
Tensor dropout(const Tensor& x, const Tensor& key, double rate, const Shape& noise_shape = {});

struct RandomAttrs {
  KERATIN_OPTIONS(RandomAttrs);
  KERATIN_FIELD(Shape, shape, "The shape of the result.") = {};
  KERATIN_FIELD(double, low, "The lower end, or the mean.") = 0.0;
  KERATIN_FIELD(double, high, "The upper end, or the standard deviation.") = 1.0;
  KERATIN_FIELD(DType, dtype, "Element type of the result.") = DType::float32;
};

struct DropoutAttrs {
  KERATIN_OPTIONS(DropoutAttrs);
  KERATIN_FIELD(double, rate, "The share of elements that are dropped.") = 0.0;
  KERATIN_FIELD(Shape, noise_shape, "The shape of the decisions; empty for that of x.") = {};
};

extern const OpDef random_uniform_op, random_normal_op, dropout_op;

std::span<const OpDef* const> random_ops();

}  // namespace keratin::ops
