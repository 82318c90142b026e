// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/ops/shaping.h"

#include <algorithm>
#include <numeric>

#include "keratin/base/check.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/graph/ops/rules.h"

namespace keratin::ops {

namespace {

using Gradients = std::vector<Tensor>;
using Specs = std::vector<TensorSpec>;

// Tells for each axis of a result whether it is in the list.
std::vector<bool> marked_axes(const InferCall& call, int rank) {
  std::vector<bool> marked(static_cast<size_t>(rank), false);
  for (int64_t axis : call.attrs.as<AxesAttrs>().axis) {
    const auto at = static_cast<size_t>(checked_axis(call, axis, rank));
    require<ValueError>(!marked[at], call.op.name,
                        "expected each axis once, got axis {} twice. Drop one.", axis);
    marked[at] = true;
  }
  return marked;
}

Specs infer_reshape(const InferCall& call) {
  const TensorSpec& x = call.inputs[0];
  const Shape& wanted =
      call.inputs.size() > 1 ? call.inputs[1].shape : call.attrs.as<ShapeAttrs>().shape;
  if (call.inputs.size() > 1 && !wanted.is_static()) return {{wanted, x.dtype}};
  return {{resolve_reshape(x.shape, wanted, call.op.name), x.dtype}};
}

Gradients reshape_gradient(const GradientCall& call) {
  Gradients gradients(call.inputs.size());
  gradients[0] = reshape_as(call.gradient(), call.inputs[0]);
  return gradients;
}

Specs infer_merge_axes(const InferCall& call) {
  const Shape& from = call.inputs[0].shape;
  const int axis = checked_axis(call, call.attrs.as<AxisAttrs>().axis, from.rank() - 1);
  const bool known = from[axis] != None && from[axis + 1] != None;
  Shape shape = from.without(axis);
  shape[axis] = known ? from[axis] * from[axis + 1] : None;
  return {{std::move(shape), call.inputs[0].dtype}};
}

Specs infer_split_axis(const InferCall& call) {
  const auto& attrs = call.attrs.as<SplitAxisAttrs>();
  const Shape& from = call.inputs[0].shape;
  const int axis = checked_axis(call, attrs.axis, from.rank());
  int64_t outer = attrs.outer;
  int64_t inner = attrs.inner;
  const int64_t size = from[axis];
  if (size != None) {
    if (outer == None && inner > 0) outer = size / inner;
    if (inner == None && outer > 0) inner = size / outer;
    require<ShapeError>(outer >= 0 && inner >= 0 && outer * inner == size, call.op.name,
                        "expected sizes that multiply to {}, got {}. Check the sizes.", size,
                        to_string(Shape{attrs.outer, attrs.inner}));
  }
  Shape shape = from.slice(0, axis);
  shape.push_back(outer);
  shape.push_back(inner);
  for (int64_t dim : from.slice(axis + 1, from.rank())) shape.push_back(dim);
  return {{std::move(shape), call.inputs[0].dtype}};
}

Specs infer_expand_dims(const InferCall& call) {
  const Shape& from = call.inputs[0].shape;
  const auto added = static_cast<int>(call.attrs.as<AxesAttrs>().axis.size());
  Shape shape;
  int next = 0;
  for (bool is_new : marked_axes(call, from.rank() + added)) {
    shape.push_back(is_new ? 1 : from[next++]);
  }
  return {{std::move(shape), call.inputs[0].dtype}};
}

Specs infer_squeeze(const InferCall& call) {
  const Shape& from = call.inputs[0].shape;
  const std::vector<bool> dropped = marked_axes(call, from.rank());
  Shape shape;
  for (int i = 0; i < from.rank(); ++i) {
    if (!dropped[static_cast<size_t>(i)]) {
      shape.push_back(from[i]);
      continue;
    }
    require<ShapeError>(from[i] == 1 || from[i] == None, call.op.name,
                        "expected axis {} to have size 1, got shape {}. Name another axis.", i,
                        to_string(from));
  }
  return {{std::move(shape), call.inputs[0].dtype}};
}

Gradients expand_dims_gradient(const GradientCall& call) {
  return {apply_one(squeeze_op, {call.gradient()}, call.attrs)};
}

Gradients squeeze_gradient(const GradientCall& call) {
  return {apply_one(expand_dims_op, {call.gradient()}, call.attrs)};
}

Specs infer_transpose(const InferCall& call) {
  const Shape& from = call.inputs[0].shape;
  const auto& axes = call.attrs.as<TransposeAttrs>().axes;
  std::vector<int64_t> sorted = axes;
  std::sort(sorted.begin(), sorted.end());
  bool is_order = sorted.size() == from.size();
  for (size_t i = 0; is_order && i < sorted.size(); ++i) {
    is_order = sorted[i] == static_cast<int64_t>(i);
  }
  require<ValueError>(is_order, call.op.name,
                      "expected `axes` to name each axis of {} once, got {}. Check the rank.",
                      to_string(from), axes);
  Shape shape;
  for (int64_t axis : axes) shape.push_back(from[static_cast<int>(axis)]);
  return {{std::move(shape), call.inputs[0].dtype}};
}

Gradients transpose_gradient(const GradientCall& call) {
  const auto& axes = call.attrs.as<TransposeAttrs>().axes;
  std::vector<int64_t> inverse(axes.size());
  for (size_t i = 0; i < axes.size(); ++i) {
    inverse[static_cast<size_t>(axes[i])] = static_cast<int64_t>(i);
  }
  return {transpose(call.gradient(), std::move(inverse))};
}

Specs infer_broadcast_to(const InferCall& call) {
  const Shape& from = call.inputs[0].shape;
  const Shape& wanted = call.attrs.as<ShapeAttrs>().shape;
  const int extra = wanted.rank() - from.rank();
  bool fits = extra >= 0;
  Shape shape = wanted;
  for (int i = 0; fits && i < wanted.rank(); ++i) {
    if (i < extra) {
      fits = wanted[i] != None;
    } else if (wanted[i] == None) {
      shape[i] = from[i - extra];
    } else {
      const int64_t dim = from[i - extra];
      fits = dim == wanted[i] || dim == 1 || dim == None;
    }
  }
  require<ShapeError>(fits, call.op.name,
                      "expected a shape to which {} broadcasts, got {}. Axes must be equal or 1.",
                      to_string(from), to_string(wanted));
  return {{std::move(shape), call.inputs[0].dtype}};
}

Gradients broadcast_to_gradient(const GradientCall& call) {
  return {unbroadcast(call.gradient(), call.inputs[0])};
}

Specs infer_pad(const InferCall& call) {
  const auto& attrs = call.attrs.as<PadAttrs>();
  Shape shape = call.inputs[0].shape;
  require<ValueError>(attrs.before.size() == shape.size() && attrs.after.size() == shape.size(),
                      call.op.name,
                      "expected `pad_width` of {} pairs, one for each axis of {}, got {}. Add or "
                      "drop pairs.",
                      shape.rank(), to_string(shape), attrs.before.size());
  for (int i = 0; i < shape.rank(); ++i) {
    const auto at = static_cast<size_t>(i);
    require<ValueError>(attrs.before[at] >= 0 && attrs.after[at] >= 0, call.op.name,
                        "expected `pad_width` of 0 or more, got ({}, {}). Slice to cut elements.",
                        attrs.before[at], attrs.after[at]);
    check_size(Shape{attrs.before[at]}, call.op.name);
    check_size(Shape{attrs.after[at]}, call.op.name);
    if (shape[i] != None) shape[i] += attrs.before[at] + attrs.after[at];
  }
  return {{std::move(shape), call.inputs[0].dtype}};
}

Gradients pad_gradient(const GradientCall& call) {
  const auto& attrs = call.attrs.as<PadAttrs>();
  std::vector<Index> items;
  for (size_t i = 0; i < attrs.before.size(); ++i) {
    Slice kept(attrs.before[i], open);
    if (attrs.after[i] > 0) kept.stop = -attrs.after[i];
    items.emplace_back(kept);
  }
  return {get_item(call.gradient(), items)};
}

Specs infer_flip(const InferCall& call) {
  marked_axes(call, call.inputs[0].shape.rank());
  return infer_same(call);
}

Gradients flip_gradient(const GradientCall& call) {
  return {apply_one(flip_op, {call.gradient()}, call.attrs)};
}

constexpr OpTraits view{.view = true};

}  // namespace

const OpDef reshape_op = {.name = "reshape",
                          .doc = "Returns the elements in another shape.",
                          .max_inputs = 2,
                          .attrs = &Attrs::type_of<ShapeAttrs>,
                          .infer = infer_reshape,
                          .gradient = reshape_gradient,
                          .traits = view};
const OpDef merge_axes_op = {.name = "merge_axes",
                             .doc = "Joins an axis with the one after it.",
                             .attrs = &Attrs::type_of<AxisAttrs>,
                             .infer = infer_merge_axes,
                             .gradient = reshape_gradient,
                             .traits = view};
const OpDef split_axis_op = {.name = "split_axis",
                             .doc = "Cuts an axis into two.",
                             .attrs = &Attrs::type_of<SplitAxisAttrs>,
                             .infer = infer_split_axis,
                             .gradient = reshape_gradient,
                             .traits = view};
const OpDef expand_dims_op = {.name = "expand_dims",
                              .doc = "Inserts axes of size 1.",
                              .attrs = &Attrs::type_of<AxesAttrs>,
                              .infer = infer_expand_dims,
                              .gradient = expand_dims_gradient,
                              .traits = view};
const OpDef squeeze_op = {.name = "squeeze",
                          .doc = "Drops axes of size 1.",
                          .attrs = &Attrs::type_of<AxesAttrs>,
                          .infer = infer_squeeze,
                          .gradient = squeeze_gradient,
                          .traits = view};
const OpDef transpose_op = {.name = "transpose",
                            .doc = "Reorders the axes.",
                            .attrs = &Attrs::type_of<TransposeAttrs>,
                            .infer = infer_transpose,
                            .gradient = transpose_gradient,
                            .partition = Partition::rows};
const OpDef broadcast_to_op = {.name = "broadcast_to",
                               .doc = "Repeats axes of size 1 to a larger shape.",
                               .attrs = &Attrs::type_of<ShapeAttrs>,
                               .infer = infer_broadcast_to,
                               .gradient = broadcast_to_gradient,
                               .partition = Partition::rows};
const OpDef pad_op = {.name = "pad",
                      .doc = "Adds elements of one value around a tensor.",
                      .attrs = &Attrs::type_of<PadAttrs>,
                      .infer = infer_pad,
                      .gradient = pad_gradient,
                      .partition = Partition::rows};
const OpDef flip_op = {.name = "flip",
                       .doc = "Reverses the order along axes.",
                       .attrs = &Attrs::type_of<AxesAttrs>,
                       .infer = infer_flip,
                       .gradient = flip_gradient,
                       .partition = Partition::rows};
Tensor reshape(const Tensor& x, const Shape& newshape) {
  return apply_one(reshape_op, {x}, ShapeAttrs{.shape = newshape});
}

Tensor ravel(const Tensor& x) { return reshape(x, Shape{-1}); }

Tensor merge_axes(const Tensor& x, int64_t axis) {
  return apply_one(merge_axes_op, {x},
                   AxisAttrs{.axis = normalize_axis(axis, x.rank(), "merge_axes")});
}

Tensor split_axis(const Tensor& x, int64_t axis, int64_t outer, int64_t inner) {
  return apply_one(
      split_axis_op, {x},
      SplitAxisAttrs{
          .axis = normalize_axis(axis, x.rank(), "split_axis"), .outer = outer, .inner = inner});
}

Tensor transpose(const Tensor& x, std::vector<int64_t> axes) {
  if (axes.empty()) {
    axes.resize(static_cast<size_t>(x.rank()));
    std::iota(axes.rbegin(), axes.rend(), 0);
  }
  for (int64_t& axis : axes) axis = normalize_axis(axis, x.rank(), "transpose");
  return apply_one(transpose_op, {x}, TransposeAttrs{.axes = std::move(axes)});
}

Tensor swapaxes(const Tensor& x, int64_t axis1, int64_t axis2) {
  std::vector<int64_t> axes(static_cast<size_t>(x.rank()));
  std::iota(axes.begin(), axes.end(), 0);
  std::swap(axes[static_cast<size_t>(normalize_axis(axis1, x.rank(), "swapaxes"))],
            axes[static_cast<size_t>(normalize_axis(axis2, x.rank(), "swapaxes"))]);
  return apply_one(transpose_op, {x}, TransposeAttrs{.axes = std::move(axes)});
}

Tensor broadcast_to(const Tensor& x, const Shape& shape) {
  return apply_one(broadcast_to_op, {x}, ShapeAttrs{.shape = shape});
}

Tensor expand_dims(const Tensor& x, int64_t axis) {
  return apply_one(expand_dims_op, {x},
                   AxesAttrs{.axis = {normalize_axis(axis, x.rank() + 1, "expand_dims")}});
}

Tensor squeeze(const Tensor& x, std::optional<int64_t> axis) {
  AxesAttrs attrs;
  if (axis) {
    attrs.axis.push_back(normalize_axis(*axis, x.rank(), "squeeze"));
  } else {
    for (int i = 0; i < x.rank(); ++i) {
      if (x.shape()[i] == 1) attrs.axis.push_back(i);
    }
  }
  return apply_one(squeeze_op, {x}, std::move(attrs));
}

Tensor pad(const Tensor& x, const std::vector<std::pair<int64_t, int64_t>>& pad_width,
           double constant_value) {
  PadAttrs attrs;
  attrs.constant_value = constant_value;
  for (const auto& [before, after] : pad_width) {
    attrs.before.push_back(before);
    attrs.after.push_back(after);
  }
  return apply_one(pad_op, {x}, std::move(attrs));
}

Tensor flip(const Tensor& x, std::optional<int64_t> axis) {
  AxesAttrs attrs;
  if (axis) {
    attrs.axis.push_back(normalize_axis(*axis, x.rank(), "flip"));
  } else {
    attrs.axis.resize(static_cast<size_t>(x.rank()));
    std::iota(attrs.axis.begin(), attrs.axis.end(), 0);
  }
  return apply_one(flip_op, {x}, std::move(attrs));
}

std::span<const OpDef* const> shaping_ops() {
  static constexpr const OpDef* ops[] = {
      &reshape_op,   &merge_axes_op,   &split_axis_op,  &expand_dims_op, &squeeze_op,
      &transpose_op, &broadcast_to_op, &concatenate_op, &split_like_op,  &pad_op,
      &flip_op,      &stack_op,        &split_op,       &tile_op,        &repeat_op};
  return ops;
}

}  // namespace keratin::ops
