// SPDX-License-Identifier: Apache-2.0
// The ops of shaping.h that join tensors, cut them into parts and repeat them.
#include "keratin/base/check.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/graph/ops/rules.h"

namespace keratin::ops {

namespace {

using Gradients = std::vector<Tensor>;
using Specs = std::vector<TensorSpec>;

Specs infer_concatenate(const InferCall& call) {
  Shape shape = call.inputs[0].shape;
  const int axis = checked_axis(call, call.attrs.as<AxisAttrs>().axis, shape.rank());
  for (const TensorSpec& input : call.inputs.subspan(1)) {
    bool fits = input.shape.rank() == shape.rank();
    for (int i = 0; fits && i < shape.rank(); ++i) {
      const int64_t dim = input.shape[i];
      if (i == axis) {
        shape[i] = shape[i] == None || dim == None ? None : shape[i] + dim;
        check_size(shape, call.op.name);  // before a further sum could overflow
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
  const Specs joined = infer_concatenate({call.op, std::span<const TensorSpec>(parts), call.attrs});
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

}  // namespace

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
  return apply(
      split_op, {x},
      SplitAttrs{
          .sections = sections, .indices = {}, .axis = normalize_axis(axis, x.rank(), "split")});
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
  return apply_one(
      repeat_op, {x},
      RepeatAttrs{.repeats = repeats, .axis = normalize_axis(*axis, x.rank(), "repeat")});
}

}  // namespace keratin::ops
