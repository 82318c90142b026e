// SPDX-License-Identifier: Apache-2.0
// Activations and cross-entropies. Each follows the function of the same name in keras.ops.
#pragma once

#include "keratin/graph/ops/reduction.h"

namespace keratin::ops {

Tensor relu(const Tensor& x);
Tensor sigmoid(const Tensor& x);
Tensor softplus(const Tensor& x);
Tensor log_sigmoid(const Tensor& x);
Tensor softmax(const Tensor& x, int64_t axis = -1);
Tensor log_softmax(const Tensor& x, int64_t axis = -1);

/// Divides by the norm of an order along axes, which counts as at least `epsilon`.
Tensor normalize(const Tensor& x, const Axes& axis = -1, int64_t order = 2, double epsilon = 1e-7);

/// Returns -sum(target * log(output)) over `axis`; probabilities are divided by their sum and
/// clipped to [1e-7, 1 - 1e-7] as Keras does on JAX.
Tensor categorical_crossentropy(const Tensor& target, const Tensor& output,
                                bool from_logits = false, int64_t axis = -1);
/// Is the same with integer classes; the target may have a last axis of size 1.
Tensor sparse_categorical_crossentropy(const Tensor& target, const Tensor& output,
                                       bool from_logits = false, int64_t axis = -1);
Tensor binary_crossentropy(const Tensor& target, const Tensor& output, bool from_logits = false);

struct SoftmaxAttrs {
  KERATIN_OPTIONS(SoftmaxAttrs);
  KERATIN_FIELD(int64_t, axis, "The axis that sums to 1.") = -1;
};

struct NormalizeAttrs {
  KERATIN_OPTIONS(NormalizeAttrs);
  KERATIN_FIELD(std::vector<int64_t>, axis, "The axes of the norm, from the front.") = {};
  KERATIN_FIELD(int64_t, order, "The power that is summed; 2 for the Euclidean norm.") = 2;
  KERATIN_FIELD(double, epsilon, "What the norm is at least.") = 1e-7;
};

struct CrossentropyAttrs {
  KERATIN_OPTIONS(CrossentropyAttrs);
  KERATIN_FIELD(bool, from_logits, "Whether the output is logits, not probabilities.") = false;
  KERATIN_FIELD(int64_t, axis, "The axis of the classes.") = -1;
};

extern const OpDef relu_op, sigmoid_op, softplus_op, log_sigmoid_op, softmax_op, log_softmax_op,
    normalize_op, categorical_crossentropy_op, sparse_categorical_crossentropy_op,
    binary_crossentropy_op;

std::span<const OpDef* const> nn_ops();

}  // namespace keratin::ops
