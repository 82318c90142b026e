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
using OptionalText = std::optional<std::string>;

struct InputOptions {
  KERATIN_OPTIONS(InputOptions);
  KERATIN_FIELD(OptionalSize, batch_size, "Size of the batch axis, when it is fixed.") = {};
  KERATIN_FIELD(DType, dtype, "Element type of the data.") = DType::float32;
  KERATIN_FIELD(OptionalShape, batch_shape, "The whole shape, batch axis included.") = {};
  KERATIN_FIELD(std::string, name, "Name of the input; made when empty.") = {};
  KERATIN_FIELD(bool, optional, "Whether a model may be given nothing for it.") = false;
};

/// Starts a functional model: returns a Keras tensor of [None, *shape] that stands for its data.
/// With `batch_shape` in the options, `shape` stays empty: `Input({}, {.batch_shape = {{8, 4}}})`.
/// An `optional` one takes an empty Nest for its data, which goes to the layers that use it: a
/// CustomLayer may handle it, others refuse it
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

struct EinsumDenseOptions {
  KERATIN_OPTIONS(EinsumDenseOptions);
  KERATIN_FIELD(std::string, equation, "The product, as einsum takes it: `abc,cd->abd`.") = {};
  KERATIN_FIELD(Shape, output_shape, "Sizes of the output without the batch; None is kept.") = {};
  KERATIN_FIELD(keratin::Activation, activation, "Applied to the output; nothing by default.") = {};
  KERATIN_FIELD(OptionalText, bias_axes, "The output axes that a bias has; no bias if empty.") = {};
  KERATIN_FIELD(Initializer, kernel_initializer, "How the kernel starts.") = "glorot_uniform";
  KERATIN_FIELD(Initializer, bias_initializer, "How the bias starts.") = "zeros";
  KERATIN_FIELD(Regularizer, kernel_regularizer, "Adds a loss for the kernel.") = {};
  KERATIN_FIELD(Regularizer, bias_regularizer, "Adds a loss for the bias.") = {};
  KERATIN_FIELD(Constraint, kernel_constraint, "Holds the kernel after each step.") = {};
  KERATIN_FIELD(Constraint, bias_constraint, "Holds the bias after each step.") = {};
  KERATIN_LAYER_FIELDS;
};

/// Multiplies by a kernel of any rank, as the equation says: `EinsumDense("abc,cd->abd", {None,
/// 64}, {.bias_axes = "d"})`. Equations have the form `X,Y->Z`, with `...` in front or behind of X
/// and Z for axes that stay. Throws ValueError for others
/// (keras.io/api/layers/core_layers/einsum_dense).
class EinsumDense : public TensorLayer {
 public:
  EinsumDense(std::string equation, const Shape& output_shape, EinsumDenseOptions options = {});
  EinsumDense(std::string equation, int64_t output_size, EinsumDenseOptions options = {});
  explicit EinsumDense(EinsumDenseOptions options);
};

struct EmbeddingOptions {
  KERATIN_OPTIONS(EmbeddingOptions);
  KERATIN_FIELD(int64_t, input_dim, "Number of tokens: the largest one plus 1.") = 0;
  KERATIN_FIELD(int64_t, output_dim, "Size of the vector of a token.") = 0;
  KERATIN_FIELD(Initializer, embeddings_initializer, "How the vectors start.") = "uniform";
  KERATIN_FIELD(Regularizer, embeddings_regularizer, "Adds a loss for the vectors.") = {};
  KERATIN_FIELD(Constraint, embeddings_constraint, "Holds the vectors after each step.") = {};
  KERATIN_FIELD(bool, mask_zero, "Whether 0 is padding, which is masked.") = false;
  Tensor weights = {};  ///< the vectors themselves, not written in configs
  KERATIN_LAYER_FIELDS;
};

/// Gives a trained vector for each integer. Input [...], output [..., output_dim]; weight
/// embeddings [input_dim, output_dim]. A token out of range gives NaN
/// (keras.io/api/layers/core_layers/embedding).
class Embedding : public TensorLayer {
 public:
  Embedding(int64_t input_dim, int64_t output_dim, EmbeddingOptions options = {});
  explicit Embedding(EmbeddingOptions options);
  Variable embeddings() const;
};

struct MaskingOptions {
  KERATIN_OPTIONS(MaskingOptions);
  KERATIN_FIELD(Number, mask_value, "Steps of which all features have it are masked.") = 0.0;
  KERATIN_LAYER_FIELDS;
};

/// Masks the steps whose features all equal `mask_value` and sets them to 0. Input [batch, steps,
/// features] (keras.io/api/layers/core_layers/masking).
class Masking : public TensorLayer {
 public:
  explicit Masking(Number mask_value, MaskingOptions options = {});
  explicit Masking(MaskingOptions options = {});
};

struct IdentityOptions {
  KERATIN_OPTIONS(IdentityOptions);
  KERATIN_LAYER_FIELDS;
};

/// Gives back its inputs (keras.io/api/layers/core_layers/identity).
class Identity : public Layer {
 public:
  explicit Identity(IdentityOptions options = {});
};

}  // namespace keratin::layers
