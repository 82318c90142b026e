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

int checked_axis(const InferCall& call, int64_t axis, int rank) {
  require<ValueError>(axis >= 0 && axis < rank, call.op.name,
                      "expected an axis between 0 and {}, got {}. Count it from the front.",
                      rank - 1, axis);
  return static_cast<int>(axis);
}

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
  const Shape& wanted = call.inputs.size() > 1 ? call.inputs[1].shape
                                               : call.attrs.as<ShapeAttrs>().shape;
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

Specs infer_concatenate(const InferCall& call) {
  Shape shape = call.inputs[0].shape;
  const int axis = checked_axis(call, call.attrs.as<AxisAttrs>().axis, shape.rank());
  for (const TensorSpec& input : call.inputs.subspan(1)) {
    bool fits = input.shape.rank() == shape.rank();
    for (int i = 0; fits && i < shape.rank(); ++i) {
      const int64_t dim = input.shape[i];
      if (i == axis) {
        shape[i] = shape[i] == None || dim == None ? None : shape[i] + dim;
      } else {
        fits = shape[i] == dim || shape[i] == None || dim == None;
        if (shape[i] == None) shape[i] = dim;
      }
    }
    require<ShapeError>(fits, call.op.name,
                        "expected shapes that are equal but for axis {}, got {} and {}. Reshape or "
                        "pad one of them.",
                        axis, to_string(call.inputs[0].shape), to_string(input.shape));
  }
  return {{std::move(shape), call.inputs[0].dtype}};
}

Tensor slice_along(const Tensor& x, int64_t axis, const Slice& range) {
  std::vector<Index> items(static_cast<size_t>(axis), Index(Slice()));
  items.emplace_back(range);
  return get_item(x, items);
}

Gradients concatenate_gradient(const GradientCall& call) {
  const int64_t axis = call.attrs.as<AxisAttrs>().axis;
  if (call.outputs[0].shape()[static_cast<int>(axis)] == None) {
    std::vector<Tensor> inputs{call.gradient()};
    inputs.insert(inputs.end(), call.inputs.begin(), call.inputs.end());
    return apply(split_like_op, std::move(inputs), call.attrs);
  }
  Gradients parts;
  int64_t start = 0;
  for (const Tensor& input : call.inputs) {
    const int64_t stop = start + input.shape()[static_cast<int>(axis)];
    parts.push_back(slice_along(call.gradient(), axis, Slice(start, stop)));
    start = stop;
  }
  return parts;
}

Specs infer_split_like(const InferCall& call) {
  const auto parts = call.inputs.subspan(1);
  const Specs joined =
      infer_concatenate({call.op, std::span<const TensorSpec>(parts), call.attrs});
  require<ShapeError>(is_compatible(joined[0].shape, call.inputs[0].shape), call.op.name,
                      "expected a tensor of shape {}, got {}. Check the parts.",
                      to_string(joined[0].shape), to_string(call.inputs[0].shape));
  Specs specs;
  for (const TensorSpec& part : parts) specs.push_back({part.shape, call.inputs[0].dtype});
  return specs;
}

Gradients split_like_gradient(const GradientCall& call) {
  Gradients parts;
  for (size_t i = 0; i < call.outputs.size(); ++i) {
    const Tensor& g = call.output_gradients[i];
    parts.push_back(g.defined() ? g : zeros_like(call.outputs[i]));
  }
  Gradients gradients(call.inputs.size());
  gradients[0] = concatenate(parts, call.attrs.as<AxisAttrs>().axis);
  return gradients;
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

std::vector<Tensor> expand_stack(std::span<const Tensor> in, const Attrs& attrs) {
  const int64_t axis = attrs.as<AxisAttrs>().axis;
  std::vector<Tensor> parts;
  for (const Tensor& x : in) {
    require<ShapeError>(is_compatible(in[0].shape(), x.shape()), stack_op.name,
                        "expected equal shapes, got {} and {}. Reshape or pad one of them.",
                        to_string(in[0].shape()), to_string(x.shape()));
    parts.push_back(expand_dims(x, axis));
  }
  return {concatenate(parts, axis)};
}

std::vector<Tensor> expand_split(std::span<const Tensor> in, const Attrs& attrs) {
  const auto& options = attrs.as<SplitAttrs>();
  const int64_t size = in[0].shape()[static_cast<int>(options.axis)];
  std::vector<int64_t> starts = options.indices;
  if (options.sections) {
    const int64_t sections = *options.sections;
    require<ValueError>(sections > 0 && size != None && size % sections == 0, split_op.name,
                        "expected a number of sections that divides axis {} of {}, got {}. Give "
                        "the positions instead.",
                        options.axis, to_string(in[0].shape()), sections);
    for (int64_t i = 1; i < sections; ++i) starts.push_back(i * (size / sections));
  }
  std::vector<Tensor> parts;
  std::optional<int64_t> first;
  for (int64_t start : starts) {
    parts.push_back(slice_along(in[0], options.axis, Slice(first, start)));
    first = start;
  }
  parts.push_back(slice_along(in[0], options.axis, Slice(first, open)));
  return parts;
}

// Both repetitions are a broadcast along a new axis beside the old one, which are then joined.
Tensor repeat_along(const Tensor& x, const std::vector<int64_t>& axes,
                    const std::vector<int64_t>& repeats, bool whole) {
  if (axes.empty()) return x;
  std::vector<int64_t> added;
  for (size_t i = 0; i < axes.size(); ++i) {
    added.push_back(axes[i] + static_cast<int64_t>(i) + (whole ? 0 : 1));
  }
  Tensor y = apply_one(expand_dims_op, {x}, AxesAttrs{.axis = added});
  Shape shape = y.shape();
  for (size_t i = 0; i < axes.size(); ++i) shape[static_cast<int>(added[i])] = repeats[i];
  y = broadcast_to(y, shape);
  for (int64_t axis : axes) y = merge_axes(y, axis);
  return y;
}

std::vector<Tensor> expand_tile(std::span<const Tensor> in, const Attrs& attrs) {
  std::vector<int64_t> repeats = attrs.as<TileAttrs>().repeats;
  Tensor x = in[0];
  std::vector<int64_t> front;
  while (x.rank() + static_cast<int>(front.size()) < static_cast<int>(repeats.size())) {
    front.push_back(static_cast<int64_t>(front.size()));
  }
  if (!front.empty()) x = apply_one(expand_dims_op, {x}, AxesAttrs{.axis = front});
  repeats.insert(repeats.begin(), static_cast<size_t>(x.rank()) - repeats.size(), 1);
  std::vector<int64_t> axes;
  std::vector<int64_t> counts;
  for (size_t i = 0; i < repeats.size(); ++i) {
    require<ValueError>(repeats[i] >= 0, tile_op.name,
                        "expected `repeats` of 0 or more, got {}. Check the argument.", repeats);
    if (repeats[i] == 1) continue;
    axes.push_back(static_cast<int64_t>(i));
    counts.push_back(repeats[i]);
  }
  return {repeat_along(x, axes, counts, true)};
}

std::vector<Tensor> expand_repeat(std::span<const Tensor> in, const Attrs& attrs) {
  const auto& options = attrs.as<RepeatAttrs>();
  require<ValueError>(options.repeats >= 0, repeat_op.name,
                      "expected `repeats` of 0 or more, got {}. Check the argument.",
                      options.repeats);
  return {repeat_along(in[0], {options.axis}, {options.repeats}, false)};
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
                            .gradient = transpose_gradient};
const OpDef broadcast_to_op = {.name = "broadcast_to",
                               .doc = "Repeats axes of size 1 to a larger shape.",
                               .attrs = &Attrs::type_of<ShapeAttrs>,
                               .infer = infer_broadcast_to,
                               .gradient = broadcast_to_gradient};
const OpDef concatenate_op = {.name = "concatenate",
                              .doc = "Joins tensors along an axis.",
                              .max_inputs = -1,
                              .attrs = &Attrs::type_of<AxisAttrs>,
                              .promotion = Promotion::common,
                              .infer = infer_concatenate,
                              .gradient = concatenate_gradient,
                              .partition = Partition::rows};
const OpDef split_like_op = {.name = "split_like",
                             .doc = "Cuts the first tensor into parts of the others' shapes.",
                             .min_inputs = 2,
                             .max_inputs = -1,
                             .attrs = &Attrs::type_of<AxisAttrs>,
                             .infer = infer_split_like,
                             .gradient = split_like_gradient,
                             .partition = Partition::rows};
const OpDef pad_op = {.name = "pad",
                      .doc = "Adds elements of one value around a tensor.",
                      .attrs = &Attrs::type_of<PadAttrs>,
                      .infer = infer_pad,
                      .gradient = pad_gradient};
const OpDef flip_op = {.name = "flip",
                       .doc = "Reverses the order along axes.",
                       .attrs = &Attrs::type_of<AxesAttrs>,
                       .infer = infer_flip,
                       .gradient = flip_gradient};
const OpDef stack_op = {.name = "stack",
                        .doc = "Joins tensors along a new axis.",
                        .max_inputs = -1,
                        .attrs = &Attrs::type_of<AxisAttrs>,
                        .promotion = Promotion::common,
                        .expand = expand_stack,
                        .partition = Partition::rows};
const OpDef split_op = {.name = "split",
                        .doc = "Cuts an axis into parts.",
                        .attrs = &Attrs::type_of<SplitAttrs>,
                        .expand = expand_split,
                        .partition = Partition::rows};
const OpDef tile_op = {.name = "tile",
                       .doc = "Lays the tensor several times along each axis.",
                       .attrs = &Attrs::type_of<TileAttrs>,
                       .expand = expand_tile};
const OpDef repeat_op = {.name = "repeat",
                         .doc = "Repeats each element along an axis.",
                         .attrs = &Attrs::type_of<RepeatAttrs>,
                         .expand = expand_repeat};

Tensor reshape(const Tensor& x, const Shape& newshape) {
  return apply_one(reshape_op, {x}, ShapeAttrs{.shape = newshape});
}

Tensor ravel(const Tensor& x) { return reshape(x, Shape{-1}); }

Tensor merge_axes(const Tensor& x, int64_t axis) {
  return apply_one(merge_axes_op, {x},
                   AxisAttrs{.axis = normalize_axis(axis, x.rank(), "merge_axes")});
}

Tensor split_axis(const Tensor& x, int64_t axis, int64_t outer, int64_t inner) {
  return apply_one(split_axis_op, {x},
                   SplitAxisAttrs{.axis = normalize_axis(axis, x.rank(), "split_axis"),
                                  .outer = outer,
                                  .inner = inner});
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

Tensor concatenate(const std::vector<Tensor>& xs, int64_t axis) {
  require<ValueError>(!xs.empty(), "concatenate",
                      "expected at least one tensor, got none. Check the list.");
  return apply_one(concatenate_op, xs,
                   AxisAttrs{.axis = normalize_axis(axis, xs[0].rank(), "concatenate")});
}

Tensor stack(const std::vector<Tensor>& xs, int64_t axis) {
  require<ValueError>(!xs.empty(), "stack",
                      "expected at least one tensor, got none. Check the list.");
  return apply_one(stack_op, xs,
                   AxisAttrs{.axis = normalize_axis(axis, xs[0].rank() + 1, "stack")});
}

std::vector<Tensor> split(const Tensor& x, int64_t sections, int64_t axis) {
  return apply(split_op, {x},
               SplitAttrs{.sections = sections,
                          .indices = {},
                          .axis = normalize_axis(axis, x.rank(), "split")});
}

std::vector<Tensor> split(const Tensor& x, const std::vector<int64_t>& indices, int64_t axis) {
  return apply(split_op, {x},
               SplitAttrs{.sections = std::nullopt,
                          .indices = indices,
                          .axis = normalize_axis(axis, x.rank(), "split")});
}

Tensor tile(const Tensor& x, const std::vector<int64_t>& repeats) {
  return apply_one(tile_op, {x}, TileAttrs{.repeats = repeats});
}

Tensor repeat(const Tensor& x, int64_t repeats, std::optional<int64_t> axis) {
  if (!axis) return repeat(ravel(x), repeats, 0);
  return apply_one(repeat_op, {x},
                   RepeatAttrs{.repeats = repeats,
                               .axis = normalize_axis(*axis, x.rank(), "repeat")});
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
      &reshape_op, &merge_axes_op, &split_axis_op, &expand_dims_op, &squeeze_op,
      &transpose_op, &broadcast_to_op, &concatenate_op, &split_like_op, &pad_op,
      &flip_op, &stack_op, &split_op, &tile_op, &repeat_op};
  return ops;
}

}  // namespace keratin::ops
