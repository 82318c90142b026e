// SPDX-License-Identifier: Apache-2.0
// Ops that move elements without changing them. Each follows the function of the same name in
// keras.ops.
#pragma once

#include <optional>

#include "keratin/graph/op.h"

namespace keratin::ops {

/// Returns the elements in another shape; -1 (`None`) once for what is left. An axis that is None
/// can be kept only as that one: use split_axis and merge_axes where more of them are.
Tensor reshape(const Tensor& x, const Shape& newshape);
/// Reorders the axes; without `axes` reverses them.
Tensor transpose(const Tensor& x, std::vector<int64_t> axes = {});
Tensor swapaxes(const Tensor& x, int64_t axis1, int64_t axis2);
/// Repeats axes of size 1, and the whole, to `shape`; a None in it keeps the axis of `x`.
Tensor broadcast_to(const Tensor& x, const Shape& shape);
Tensor expand_dims(const Tensor& x, int64_t axis);
/// Drops axes of size 1: the given one, or all.
Tensor squeeze(const Tensor& x, std::optional<int64_t> axis = std::nullopt);
Tensor ravel(const Tensor& x);
Tensor concatenate(const std::vector<Tensor>& xs, int64_t axis = 0);
Tensor stack(const std::vector<Tensor>& xs, int64_t axis = 0);
/// Cuts an axis into equal parts.
std::vector<Tensor> split(const Tensor& x, int64_t sections, int64_t axis = 0);
/// Cuts an axis before each of the positions.
std::vector<Tensor> split(const Tensor& x, const std::vector<int64_t>& indices, int64_t axis = 0);
Tensor tile(const Tensor& x, const std::vector<int64_t>& repeats);
Tensor repeat(const Tensor& x, int64_t repeats, std::optional<int64_t> axis = std::nullopt);
/// Adds `pad_width[i] = {before, after}` elements of `value` along each axis.
Tensor pad(const Tensor& x, const std::vector<std::pair<int64_t, int64_t>>& pad_width,
           double constant_value = 0.0);
Tensor flip(const Tensor& x, std::optional<int64_t> axis = std::nullopt);

struct ShapeAttrs {
  KERATIN_OPTIONS(ShapeAttrs);
  KERATIN_FIELD(Shape, shape, "The new shape.") = {};
};

struct TransposeAttrs {
  KERATIN_OPTIONS(TransposeAttrs);
  KERATIN_FIELD(std::vector<int64_t>, axes, "Which input axis comes at each place.") = {};
};

/// Names the axes that expand_dims adds (places in the result), squeeze drops and flip reverses.
struct AxesAttrs {
  KERATIN_OPTIONS(AxesAttrs);
  KERATIN_FIELD(std::vector<int64_t>, axis, "The axes, from the front, in order.") = {};
};

/// Cuts an axis into two, the inverse of merge_axes; one of the sizes may be None.
struct SplitAxisAttrs {
  KERATIN_OPTIONS(SplitAxisAttrs);
  KERATIN_FIELD(int64_t, axis, "The axis that is cut.") = 0;
  KERATIN_FIELD(int64_t, outer, "Size of the first of the two.") = None;
  KERATIN_FIELD(int64_t, inner, "Size of the second of the two.") = None;
};

struct SplitAttrs {
  KERATIN_OPTIONS(SplitAttrs);
  KERATIN_FIELD(std::optional<int64_t>, sections, "The number of equal parts.") = {};
  KERATIN_FIELD(std::vector<int64_t>, indices, "Where the parts begin, without sections.") = {};
  KERATIN_FIELD(int64_t, axis, "The axis that is cut.") = 0;
};

struct TileAttrs {
  KERATIN_OPTIONS(TileAttrs);
  KERATIN_FIELD(std::vector<int64_t>, repeats,
                "How often the tensor is laid along each axis.") = {};
};

struct RepeatAttrs {
  KERATIN_OPTIONS(RepeatAttrs);
  KERATIN_FIELD(int64_t, repeats, "How often each element stands in the result.") = 1;
  KERATIN_FIELD(int64_t, axis, "The axis that grows.") = 0;
};

struct PadAttrs {
  KERATIN_OPTIONS(PadAttrs);
  KERATIN_FIELD(std::vector<int64_t>, before, "Elements added before each axis.") = {};
  KERATIN_FIELD(std::vector<int64_t>, after, "Elements added after each axis.") = {};
  KERATIN_FIELD(double, constant_value, "The value added.") = 0.0;
};

/// Joins an axis with the one after it, and cuts one into two: reshapes that keep the other axes,
/// so that several of those may be None. The sizes multiply to the axis; one may be None.
Tensor merge_axes(const Tensor& x, int64_t axis);
Tensor split_axis(const Tensor& x, int64_t axis, int64_t outer, int64_t inner);

// reshape takes a second input, of which only the shape counts, where several axes are None.
// split_like cuts its first input into parts of the shapes of the others: concatenate's adjoint.
extern const OpDef reshape_op, merge_axes_op, split_axis_op, transpose_op, broadcast_to_op,
    concatenate_op, split_like_op, pad_op, flip_op, expand_dims_op, squeeze_op, stack_op, split_op,
    tile_op, repeat_op;

std::span<const OpDef* const> shaping_ops();

}  // namespace keratin::ops
