// SPDX-License-Identifier: Apache-2.0
// Ops that combine the elements along axes. Each follows the function of the same name in
// keras.ops.
#pragma once

#include <optional>

#include "keratin/graph/op.h"

namespace keratin::ops {

/// Names one axis, several, or all of them: `sum(x)`, `sum(x, 1)`, `sum(x, {0, 1})`. A list that
/// happens to be empty names none.
struct Axes {
  std::vector<int64_t> list;
  bool all = true;
  Axes() = default;
  Axes(int64_t axis) : list{axis}, all(false) {}
  Axes(int axis) : Axes(int64_t{axis}) {}
  Axes(std::initializer_list<int64_t> axes) : list(axes), all(false) {}
  explicit Axes(std::vector<int64_t> axes) : list(std::move(axes)), all(false) {}
};

/// Adds; bool and small integers become int32 (uint32 for unsigned ones), as in JAX.
Tensor sum(const Tensor& x, const Axes& axis = {}, bool keepdims = false);
Tensor prod(const Tensor& x, const Axes& axis = {}, bool keepdims = false);
/// Averages; integers become float32.
Tensor mean(const Tensor& x, const Axes& axis = {}, bool keepdims = false);
Tensor var(const Tensor& x, const Axes& axis = {}, bool keepdims = false);
Tensor std(const Tensor& x, const Axes& axis = {}, bool keepdims = false);
Tensor max(const Tensor& x, const Axes& axis = {}, bool keepdims = false);
Tensor min(const Tensor& x, const Axes& axis = {}, bool keepdims = false);
Tensor any(const Tensor& x, const Axes& axis = {}, bool keepdims = false);
Tensor all(const Tensor& x, const Axes& axis = {}, bool keepdims = false);
Tensor logsumexp(const Tensor& x, const Axes& axis = {}, bool keepdims = false);
/// Returns the int32 index of the first largest element; without an axis that of the flat tensor.
Tensor argmax(const Tensor& x, std::optional<int64_t> axis = std::nullopt, bool keepdims = false);
Tensor argmin(const Tensor& x, std::optional<int64_t> axis = std::nullopt, bool keepdims = false);
Tensor cumsum(const Tensor& x, std::optional<int64_t> axis = std::nullopt);

struct ReduceAttrs {
  KERATIN_OPTIONS(ReduceAttrs);
  KERATIN_FIELD(std::vector<int64_t>, axis, "Axes that are combined, from the front.") = {};
  KERATIN_FIELD(bool, keepdims, "Keep the axes with size 1.") = false;
};

struct AxisAttrs {
  KERATIN_OPTIONS(AxisAttrs);
  KERATIN_FIELD(int64_t, axis, "The axis worked on, from the front.") = 0;
};

// prod_others is the slope of prod: for each element the product of the others along the axes.
extern const OpDef sum_op, prod_op, prod_others_op, max_op, min_op, any_op, all_op, argmax_op,
    argmin_op, cumsum_op, mean_op, var_op, std_op, logsumexp_op;

std::span<const OpDef* const> reduction_ops();

}  // namespace keratin::ops
