// SPDX-License-Identifier: Apache-2.0
// Matrix products. Each follows the function of the same name in keras.ops.
#pragma once

#include "keratin/graph/op.h"

namespace keratin::ops {

/// Multiplies matrices over the last two axes; the axes before them broadcast, and vectors are
/// taken as NumPy takes them. Throws ShapeError when the inner sizes differ.
Tensor matmul(const Tensor& x1, const Tensor& x2);
/// Multiplies over the last axis of `x1` and the second to last of `x2`.
Tensor dot(const Tensor& x1, const Tensor& x2);

/// Adds up products as the subscripts say, in NumPy's notation: `ij,jk->ik`, `...x,xy->...y`, `ii`.
/// Throws ValueError for subscripts that do not fit, ShapeError for axes of unequal size.
Tensor einsum(std::string subscripts, const std::vector<Tensor>& operands);

struct EinsumAttrs {
  KERATIN_OPTIONS(EinsumAttrs);
  KERATIN_FIELD(std::string, subscripts, "The axes of the operands and of the result.") = {};
};

struct MatmulAttrs {
  KERATIN_OPTIONS(MatmulAttrs);
  KERATIN_FIELD(bool, transpose_a, "Take the first input's last two axes in turn.") = false;
  KERATIN_FIELD(bool, transpose_b, "Take the second input's last two axes in turn.") = false;
};

extern const OpDef matmul_op, dot_op, batch_matmul_op, einsum_op;

std::span<const OpDef* const> linalg_ops();

}  // namespace keratin::ops
