// SPDX-License-Identifier: Apache-2.0
// Tensors from nothing. Each follows the function of the same name in keras.ops.
#pragma once

#include <optional>

#include "keratin/graph/op.h"

namespace keratin::ops {

Tensor zeros(const Shape& shape, DType dtype = DType::float32);
Tensor ones(const Shape& shape, DType dtype = DType::float32);
Tensor full(const Shape& shape, const Tensor& fill_value, DType dtype = DType::float32);
Tensor zeros_like(const Tensor& x, std::optional<DType> dtype = std::nullopt);
Tensor ones_like(const Tensor& x, std::optional<DType> dtype = std::nullopt);
/// Fills x's shape with a value, which broadcasts to it.
Tensor full_like(const Tensor& x, const Tensor& fill_value,
                 std::optional<DType> dtype = std::nullopt);
Tensor eye(int64_t n, std::optional<int64_t> m = std::nullopt, int64_t k = 0,
           DType dtype = DType::float32);
/// Returns start, start + step, ... below stop; int32 when all are integers.
Tensor arange(const Tensor& start, const Tensor& stop, const Tensor& step = 1,
              std::optional<DType> dtype = std::nullopt);
inline Tensor arange(const Tensor& stop) { return arange(0, stop); }
Tensor linspace(double start, double stop, int64_t num = 50, bool endpoint = true,
                DType dtype = DType::float32);
/// Returns the data as a tensor, cast to `dtype` when one is given.
Tensor convert_to_tensor(const Tensor& x, std::optional<DType> dtype = std::nullopt);

struct FullLikeAttrs {
  KERATIN_OPTIONS(FullLikeAttrs);
  KERATIN_FIELD(DType, dtype, "Element type of the result.") = DType::float32;
};

/// Returns the product of the sizes of axes as a scalar; a constant where they are known.
Tensor axis_size(const Tensor& x, const std::vector<int64_t>& axes, DType dtype);

struct AxisSizeAttrs {
  KERATIN_OPTIONS(AxisSizeAttrs);
  KERATIN_FIELD(std::vector<int64_t>, axes, "The axes whose sizes are multiplied.") = {};
  KERATIN_FIELD(DType, dtype, "Element type of the result.") = DType::float32;
};

extern const OpDef full_like_op, axis_size_op;

std::span<const OpDef* const> creation_ops();

}  // namespace keratin::ops
