// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/ops/indexing.h"

#include <algorithm>

#include "keratin/base/check.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/graph/ops/rules.h"

namespace keratin::ops {

using Bound = std::optional<int64_t>;

SliceRange resolve_slice(Bound start, Bound stop, Bound step, int64_t size) {
  SliceRange range;
  range.step = step.value_or(1);
  const bool forward = range.step > 0;
  const int64_t lowest = forward ? 0 : -1;
  const int64_t highest = forward ? size : size - 1;
  const auto place = [&](Bound bound, int64_t otherwise) {
    if (!bound) return otherwise;
    return std::clamp(*bound < 0 ? *bound + size : *bound, lowest, highest);
  };
  range.start = place(start, forward ? lowest : highest);
  const int64_t end = place(stop, forward ? highest : lowest);
  const int64_t distance = forward ? end - range.start : range.start - end;
  // Counted without a sum that could overflow for a huge step.
  const uint64_t stride =
      forward ? static_cast<uint64_t>(range.step) : uint64_t{0} - static_cast<uint64_t>(range.step);
  if (distance > 0) {
    range.count = static_cast<int64_t>((static_cast<uint64_t>(distance) - 1) / stride) + 1;
  }
  return range;
}

namespace {

using Gradients = std::vector<Tensor>;
using Specs = std::vector<TensorSpec>;

template <class Slices>
void check_slices(const InferCall& call, const Slices& attrs, int rank) {
  const auto count = static_cast<size_t>(rank);
  require<ValueError>(
      attrs.start.size() == count && attrs.stop.size() == count && attrs.step.size() == count,
      call.op.name, "expected a slice for each of {} axes, got {}. Write open ends for the rest.",
      rank, attrs.start.size());
  for (const Bound& step : attrs.step) {
    require<ValueError>(!step || *step != 0, call.op.name,
                        "expected a step that is not 0, got 0. Leave it out for every element.");
  }
}

bool is_whole(Bound start, Bound stop, Bound step) {
  return !start && !stop && (!step || *step == 1 || *step == -1);
}

Specs infer_strided_slice(const InferCall& call) {
  const auto& attrs = call.attrs.as<SliceAttrs>();
  Shape shape = call.inputs[0].shape;
  check_slices(call, attrs, shape.rank());
  for (int i = 0; i < shape.rank(); ++i) {
    const auto at = static_cast<size_t>(i);
    if (shape[i] == None) continue;
    shape[i] = resolve_slice(attrs.start[at], attrs.stop[at], attrs.step[at], shape[i]).count;
  }
  return {{std::move(shape), call.inputs[0].dtype}};
}

// Returns the shape into which an adjoint places its input: that of the tensor after the op's own
// inputs, or the one in its attributes, where None is the size that the input has there.
Specs infer_place_slice(const InferCall& call) {
  const auto& attrs = call.attrs.as<PlaceSliceAttrs>();
  const TensorSpec& part = call.inputs[0];
  const bool has_like = call.inputs.size() > 1;
  Shape shape = has_like ? call.inputs[1].shape : attrs.shape;
  check_slices(call, attrs, shape.rank());
  bool fits = shape.rank() == part.shape.rank();
  for (int i = 0; fits && i < shape.rank(); ++i) {
    const auto at = static_cast<size_t>(i);
    if (shape[i] == None) {
      fits = has_like || is_whole(attrs.start[at], attrs.stop[at], attrs.step[at]);
      if (!has_like) shape[i] = part.shape[i];
    } else if (part.shape[i] != None) {
      const auto range = resolve_slice(attrs.start[at], attrs.stop[at], attrs.step[at], shape[i]);
      fits = range.count == part.shape[i];
    }
  }
  require<ShapeError>(fits, call.op.name,
                      "expected a part that the slice of {} has, got shape {}. Check the slice.",
                      to_string(shape), to_string(part.shape));
  return {{std::move(shape), part.dtype}};
}

Gradients strided_slice_gradient(const GradientCall& call) {
  const auto& attrs = call.attrs.as<SliceAttrs>();
  const Shape& shape = call.inputs[0].shape();
  bool needs_shape = false;
  for (int i = 0; i < shape.rank(); ++i) {
    const auto at = static_cast<size_t>(i);
    const bool whole = is_whole(attrs.start[at], attrs.stop[at], attrs.step[at]);
    needs_shape = needs_shape || (shape[i] == None && !whole);
  }
  std::vector<Tensor> inputs{call.gradient()};
  if (needs_shape) inputs.push_back(call.inputs[0]);
  return {
      apply_one(place_slice_op, std::move(inputs),
                PlaceSliceAttrs{
                    .start = attrs.start, .stop = attrs.stop, .step = attrs.step, .shape = shape})};
}

Gradients place_slice_gradient(const GradientCall& call) {
  const auto& attrs = call.attrs.as<PlaceSliceAttrs>();
  Gradients gradients(call.inputs.size());
  gradients[0] =
      apply_one(strided_slice_op, {call.gradient()},
                SliceAttrs{.start = attrs.start, .stop = attrs.stop, .step = attrs.step});
  return gradients;
}

void check_indices(const InferCall& call) {
  const DType dtype = call.inputs[1].dtype;
  require<DTypeError>(is_int(dtype), call.op.name, "expected integer indices, got {}. Cast them.",
                      name_of(dtype));
}

Shape taken_shape(const Shape& from, int axis, const Shape& indices) {
  std::vector<int64_t> dims(from.begin(), from.begin() + axis);
  dims.insert(dims.end(), indices.begin(), indices.end());
  dims.insert(dims.end(), from.begin() + axis + 1, from.end());
  return Shape(std::move(dims));
}

Specs infer_take(const InferCall& call) {
  const Shape& from = call.inputs[0].shape;
  check_indices(call);
  const int axis = checked_axis(call, call.attrs.as<AxisAttrs>().axis, from.rank());
  return {{taken_shape(from, axis, call.inputs[1].shape), call.inputs[0].dtype}};
}

Specs infer_take_along_axis(const InferCall& call) {
  const Shape& from = call.inputs[0].shape;
  const Shape& indices = call.inputs[1].shape;
  check_indices(call);
  const int axis = checked_axis(call, call.attrs.as<AxisAttrs>().axis, from.rank());
  require<ShapeError>(from.rank() == indices.rank(), call.op.name,
                      "expected indices of rank {}, got shape {}. Reshape them.", from.rank(),
                      to_string(indices));
  Shape one = from;
  one[axis] = 1;
  return {{broadcast_shapes(one, indices, call.op.name), call.inputs[0].dtype}};
}

Shape scattered_shape(const InferCall& call) {
  check_indices(call);
  const auto& attrs = call.attrs.as<ScatterAttrs>();
  const Shape& shape = call.inputs.size() > 2 ? call.inputs[2].shape : attrs.shape;
  checked_axis(call, attrs.axis, shape.rank());
  return shape;
}

Specs infer_scatter_rows(const InferCall& call) {
  const Shape shape = scattered_shape(call);
  const auto axis = static_cast<int>(call.attrs.as<ScatterAttrs>().axis);
  const Shape expected = taken_shape(shape, axis, call.inputs[1].shape);
  require<ShapeError>(is_compatible(expected, call.inputs[0].shape), call.op.name,
                      "expected rows of shape {}, got {}. Check the indices.", to_string(expected),
                      to_string(call.inputs[0].shape));
  return {{shape, call.inputs[0].dtype}};
}

Specs infer_scatter_along_axis(const InferCall& call) {
  Shape one = scattered_shape(call);
  const TensorSpec result{one, call.inputs[0].dtype};
  one[static_cast<int>(call.attrs.as<ScatterAttrs>().axis)] = 1;
  const Shape& indices = call.inputs[1].shape;
  const Shape expected = broadcast_shapes(one, indices, call.op.name);
  require<ShapeError>(indices.rank() == one.rank() && is_compatible(expected, call.inputs[0].shape),
                      call.op.name, "expected values of shape {}, got {}. Check the indices.",
                      to_string(expected), to_string(call.inputs[0].shape));
  return {result};
}

template <const OpDef& Scatter>
Gradients gather_gradient(const GradientCall& call) {
  const Tensor& x = call.inputs[0];
  std::vector<Tensor> inputs{call.gradient(), call.inputs[1]};
  if (!x.shape().is_static()) inputs.push_back(x);
  return {apply_one(Scatter, std::move(inputs),
                    ScatterAttrs{.axis = call.attrs.as<AxisAttrs>().axis, .shape = x.shape()}),
          Tensor()};
}

// Out of range nothing was scattered, so that nothing flows back from there.
template <const OpDef& Gather>
Gradients scatter_gradient(const GradientCall& call) {
  const int64_t axis = call.attrs.as<ScatterAttrs>().axis;
  Gradients gradients(call.inputs.size());
  const Tensor& g = call.gradient();
  const Tensor& indices = call.inputs[1];
  const Tensor size = axis_size(g, {axis}, DType::int64);
  const Tensor wide = cast(indices, DType::int64);
  Tensor inside = logical_and(less(wide, size), greater_equal(wide, negative(size)));
  const Tensor safe = where(inside, wide, zeros_like(wide));
  const Tensor taken = apply_one(Gather, {g, safe}, AxisAttrs{.axis = axis});
  if constexpr (&Gather == &take_op) {
    // The indices stand in the middle of the result: axes of size 1 follow them.
    std::vector<int64_t> added;
    for (int64_t i = indices.rank(); i < taken.rank() - axis; ++i) added.push_back(i);
    inside = apply_one(expand_dims_op, {inside}, AxesAttrs{.axis = std::move(added)});
  }
  gradients[0] = where(inside, taken, zeros_like(taken));
  return gradients;
}

Specs infer_one_hot(const InferCall& call) {
  const auto& attrs = call.attrs.as<OneHotAttrs>();
  const Shape& from = call.inputs[0].shape;
  const int axis = normalize_axis(attrs.axis, from.rank() + 1, call.op.name);
  require<ValueError>(attrs.num_classes >= 0, call.op.name,
                      "expected `num_classes` of 0 or more, got {}. Check the argument.",
                      attrs.num_classes);
  Shape shape = from.slice(0, axis);
  shape.push_back(attrs.num_classes);
  for (int64_t dim : from.slice(axis, from.rank())) shape.push_back(dim);
  return {{std::move(shape), attrs.dtype}};
}

constexpr OpTraits no_gradient{.not_differentiable = true};

}  // namespace

const OpDef strided_slice_op = {.name = "strided_slice",
                                .doc = "Cuts each axis as Python's slices do.",
                                .attrs = &Attrs::type_of<SliceAttrs>,
                                .infer = infer_strided_slice,
                                .gradient = strided_slice_gradient,
                                .partition = Partition::rows};
const OpDef place_slice_op = {.name = "place_slice",
                              .doc = "Places a tensor into a slice of zeros.",
                              .max_inputs = 2,
                              .attrs = &Attrs::type_of<PlaceSliceAttrs>,
                              .infer = infer_place_slice,
                              .gradient = place_slice_gradient,
                              .partition = Partition::rows};
const OpDef take_op = {.name = "take",
                       .doc = "Takes the elements at indices along an axis.",
                       .min_inputs = 2,
                       .max_inputs = 2,
                       .attrs = &Attrs::type_of<AxisAttrs>,
                       .infer = infer_take,
                       .gradient = gather_gradient<scatter_rows_op>,
                       .partition = Partition::rows};
const OpDef scatter_rows_op = {.name = "scatter_rows",
                               .doc = "Adds rows into zeros at indices along an axis.",
                               .min_inputs = 2,
                               .max_inputs = 3,
                               .attrs = &Attrs::type_of<ScatterAttrs>,
                               .infer = infer_scatter_rows,
                               .gradient = scatter_gradient<take_op>,
                               .partition = Partition::rows};
const OpDef take_along_axis_op = {.name = "take_along_axis",
                                  .doc = "Takes one element for each index along an axis.",
                                  .min_inputs = 2,
                                  .max_inputs = 2,
                                  .attrs = &Attrs::type_of<AxisAttrs>,
                                  .infer = infer_take_along_axis,
                                  .gradient = gather_gradient<scatter_along_axis_op>,
                                  .partition = Partition::rows};
const OpDef scatter_along_axis_op = {.name = "scatter_along_axis",
                                     .doc = "Adds elements into zeros at indices along an axis.",
                                     .min_inputs = 2,
                                     .max_inputs = 3,
                                     .attrs = &Attrs::type_of<ScatterAttrs>,
                                     .infer = infer_scatter_along_axis,
                                     .gradient = scatter_gradient<take_along_axis_op>,
                                     .partition = Partition::rows};
const OpDef one_hot_op = {.name = "one_hot",
                          .doc = "Puts 1 at the index and 0 elsewhere on a new axis.",
                          .attrs = &Attrs::type_of<OneHotAttrs>,
                          .infer = infer_one_hot,
                          .traits = no_gradient,
                          .partition = Partition::rows};

Tensor take(const Tensor& x, const Tensor& indices, std::optional<int64_t> axis) {
  if (!axis) return take(ravel(x), indices, 0);
  return apply_one(take_op, {x, indices},
                   AxisAttrs{.axis = normalize_axis(*axis, x.rank(), "take")});
}

Tensor take_along_axis(const Tensor& x, const Tensor& indices, std::optional<int64_t> axis) {
  if (!axis) return take_along_axis(ravel(x), ravel(indices), 0);
  return apply_one(take_along_axis_op, {x, indices},
                   AxisAttrs{.axis = normalize_axis(*axis, x.rank(), "take_along_axis")});
}

Tensor one_hot(const Tensor& x, int64_t num_classes, int64_t axis, DType dtype) {
  return apply_one(one_hot_op, {x},
                   OneHotAttrs{.num_classes = num_classes,
                               .axis = normalize_axis(axis, x.rank() + 1, "one_hot"),
                               .dtype = dtype});
}

std::span<const OpDef* const> indexing_ops() {
  static constexpr const OpDef* ops[] = {
      &get_item_op,     &strided_slice_op,   &place_slice_op,        &take_op,
      &scatter_rows_op, &take_along_axis_op, &scatter_along_axis_op, &one_hot_op};
  return ops;
}

}  // namespace keratin::ops
