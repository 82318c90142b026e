// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "keratin/nn/activation.h"
#include "keratin/nn/constraint.h"
#include "keratin/nn/initializer.h"
#include "keratin/nn/layer.h"

namespace keratin::layers {

using OptionalSize = std::optional<int64_t>;
using OptionalShape = std::optional<Shape>;

struct InputOptions {
  KERATIN_OPTIONS(InputOptions);
  KERATIN_FIELD(OptionalSize, batch_size, "Size of the batch axis, when it is fixed.") = {};
  KERATIN_FIELD(DType, dtype, "Element type of the data.") = DType::float32;
  KERATIN_FIELD(OptionalShape, batch_shape, "The whole shape, batch axis included.") = {};
  KERATIN_FIELD(std::string, name, "Name of the input; made when empty.") = {};
};

/// Starts a functional model: returns a Keras tensor of [None, *shape] that stands for its data.
/// With `batch_shape` in the options, `shape` stays empty: `Input({}, {.batch_shape = {{8, 4}}})`
/// (keras.io/api/layers/core_layers/input).
Tensor Input(const Shape& shape, InputOptions options = {});

/// Is the layer that an Input makes; a Sequential model may start with one.
class InputLayer : public TensorLayer {
 public:
  explicit InputLayer(const Shape& shape, InputOptions options = {});
};

struct DenseOptions {
  KERATIN_OPTIONS(DenseOptions);
  KERATIN_FIELD(int64_t, units, "Size of the last axis of the output.") = 0;
  KERATIN_FIELD(Activation, activation, "Applied to the output; nothing by default.") = {};
  KERATIN_FIELD(bool, use_bias, "Whether a bias is added to the product.") = true;
  KERATIN_FIELD(Initializer, kernel_initializer, "How the kernel starts.") = "glorot_uniform";
  KERATIN_FIELD(Initializer, bias_initializer, "How the bias starts.") = "zeros";
  KERATIN_FIELD(Regularizer, kernel_regularizer, "Adds a loss for the kernel.") = {};
  KERATIN_FIELD(Regularizer, bias_regularizer, "Adds a loss for the bias.") = {};
  KERATIN_FIELD(Constraint, kernel_constraint, "Holds the kernel after each step.") = {};
  KERATIN_FIELD(Constraint, bias_constraint, "Holds the bias after each step.") = {};
  KERATIN_LAYER_FIELDS;
};

/// Is the fully connected layer: activation(x · kernel + bias). Input [..., in], output
/// [..., units]; weights kernel [in, units], bias [units]
/// (keras.io/api/layers/core_layers/dense).
class Dense : public TensorLayer {
 public:
  explicit Dense(int64_t units, DenseOptions options = {});
  explicit Dense(DenseOptions options);
  Variable kernel() const;
  Variable bias() const;
};

struct ActivationOptions {
  KERATIN_OPTIONS(ActivationOptions);
  KERATIN_FIELD(keratin::Activation, activation, "The function that is applied.") = {};
  KERATIN_LAYER_FIELDS;
};

/// Applies an activation. Any shape (keras.io/api/layers/core_layers/activation).
class Activation : public TensorLayer {
 public:
  explicit Activation(keratin::Activation activation, ActivationOptions options = {});
  explicit Activation(ActivationOptions options);
};

}  // namespace keratin::layers
