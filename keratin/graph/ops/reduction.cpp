// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/ops/reduction.h"

#include <algorithm>
#include <numeric>

#include "keratin/base/check.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/graph/ops/rules.h"

namespace keratin::ops {

namespace {

using Gradients = std::vector<Tensor>;

// Returns the axes counted from the front and sorted.
std::vector<int64_t> resolve_axes(const Axes& axes, int rank, std::string_view where) {
  std::vector<int64_t> result = axes.list;
  if (axes.all) {
    result.resize(static_cast<size_t>(rank));
    std::iota(result.begin(), result.end(), 0);
    return result;
  }
  for (int64_t& axis : result) axis = normalize_axis(axis, rank, where);
  std::sort(result.begin(), result.end());
  require<ValueError>(std::adjacent_find(result.begin(), result.end()) == result.end(), where,
                      "expected each axis once, got `axis` {}. Drop the duplicates.", axes.list);
  return result;
}

ReduceAttrs reduce_attrs(const Tensor& x, const Axes& axis, bool keepdims, const OpDef& op) {
  return {.axis = resolve_axes(axis, x.rank(), op.name), .keepdims = keepdims};
}

Shape reduced_shape(const InferCall& call) {
  const auto& attrs = call.attrs.as<ReduceAttrs>();
  const Shape& from = call.inputs[0].shape;
  std::vector<bool> reduced(from.size(), false);
  int64_t last = -1;
  for (int64_t axis : attrs.axis) {
    require<ValueError>(axis > last && axis < from.rank(), call.op.name,
                        "expected `axis` sorted and between 0 and {}, got {}. Count axes from "
                        "the front.",
                        from.rank() - 1, attrs.axis);
    reduced[static_cast<size_t>(axis)] = true;
    last = axis;
  }
  Shape shape;
  for (size_t i = 0; i < from.size(); ++i) {
    if (!reduced[i]) {
      shape.push_back(from.dims()[i]);
    } else if (attrs.keepdims) {
      shape.push_back(1);
    }
  }
  return shape;
}

// Sums and products of small integers are at least 32 bits wide.
DType accumulated(DType dtype) {
  switch (dtype) {
    case DType::bool_:
    case DType::int8:
    case DType::int16:
      return DType::int32;
    case DType::uint8:
    case DType::uint16:
      return DType::uint32;
    default:
      return dtype;
  }
}

std::vector<TensorSpec> infer_accumulated(const InferCall& call) {
  return {{reduced_shape(call), accumulated(call.inputs[0].dtype)}};
}

std::vector<TensorSpec> infer_others(const InferCall& call) {
  reduced_shape(call);
  return infer_same(call);
}

std::vector<TensorSpec> infer_chosen(const InferCall& call) {
  return {{reduced_shape(call), call.inputs[0].dtype}};
}

std::vector<TensorSpec> infer_bool(const InferCall& call) {
  return {{reduced_shape(call), DType::bool_}};
}

std::vector<TensorSpec> infer_index(const InferCall& call) {
  const auto& attrs = call.attrs.as<ReduceAttrs>();
  const int rank = call.inputs[0].shape.rank();
  require<ValueError>(static_cast<int>(attrs.axis.size()) == rank || attrs.axis.size() == 1,
                      call.op.name, "expected one axis or all of them, got {}. Call it in turn.",
                      attrs.axis);
  return {{reduced_shape(call), DType::int32}};
}

std::vector<TensorSpec> infer_cumsum(const InferCall& call) {
  const TensorSpec& x = call.inputs[0];
  checked_axis(call, call.attrs.as<AxisAttrs>().axis, x.shape.rank());
  return {{x.shape, x.dtype == DType::bool_ ? DType::int32 : x.dtype}};
}

// Returns a result or its gradient with the reduced axes as axes of size 1.
Tensor with_axes(const Tensor& y, const ReduceAttrs& attrs) {
  if (attrs.keepdims || attrs.axis.empty()) return y;
  return apply_one(expand_dims_op, {y}, AxesAttrs{.axis = attrs.axis});
}

Gradients sum_gradient(const GradientCall& call) {
  const auto& attrs = call.attrs.as<ReduceAttrs>();
  return {broadcast_as(with_axes(call.gradient(), attrs), call.inputs[0])};
}

// The slope at an element is the product of the others, zeros among them or not.
Gradients prod_gradient(const GradientCall& call) {
  const Tensor others = apply_one(prod_others_op, {call.inputs[0]}, call.attrs);
  return {with_axes(call.gradient(), call.attrs.as<ReduceAttrs>()) * others};
}

// Element j is a factor of all results but its own. Where it is zero itself, what it multiplies is
// not to be had from them; no second derivative is given there.
Gradients prod_others_gradient(const GradientCall& call) {
  const Tensor& x = call.inputs[0];
  const Tensor parts = call.gradient() * call.outputs[0];
  const Tensor total = sum(parts, Axes(call.attrs.as<ReduceAttrs>().axis), true);
  const Tensor is_zero = equal(x, 0);
  const Tensor slope = (total - parts) / where(is_zero, ones_like(x), x);
  return {where(is_zero, zeros_like(x), slope)};
}

// Equal extremes share the gradient, as in JAX; a NaN is none, so nothing flows back from it.
Gradients extreme_gradient(const GradientCall& call) {
  const auto& attrs = call.attrs.as<ReduceAttrs>();
  const Tensor& x = call.inputs[0];
  const Tensor& g = call.gradient();
  const Tensor is_hit = equal(x, with_axes(call.outputs[0], attrs));
  const Tensor hits = sum(cast(is_hit, x.dtype()), Axes(attrs.axis), true);
  return {where(is_hit, with_axes(g, attrs) / hits, zeros_like(x))};
}

Gradients cumsum_gradient(const GradientCall& call) {
  const int64_t axis = call.attrs.as<AxisAttrs>().axis;
  return {flip(cumsum(flip(call.gradient(), axis), axis), axis)};
}

// Averages are computed in float32 at least.
DType averaging(DType dtype) { return dtype == DType::float64 ? dtype : DType::float32; }

Tensor average(const Tensor& x, const Axes& axes, bool keepdims) {
  return sum(x, axes, keepdims) / axis_size(x, axes.list, x.dtype());
}

Tensor restore(const Tensor& y, DType dtype) { return is_float(dtype) ? cast(y, dtype) : y; }

std::vector<Tensor> expand_mean(std::span<const Tensor> in, const Attrs& attrs) {
  const auto& options = attrs.as<ReduceAttrs>();
  const DType dtype = in[0].dtype();
  const Tensor x = cast(in[0], averaging(dtype));
  return {restore(average(x, Axes(options.axis), options.keepdims), dtype)};
}

std::vector<Tensor> expand_var(std::span<const Tensor> in, const Attrs& attrs) {
  const auto& options = attrs.as<ReduceAttrs>();
  const Axes axes(options.axis);
  const DType dtype = in[0].dtype();
  const Tensor x = cast(in[0], averaging(dtype));
  const Tensor centered = x - average(x, axes, true);
  return {restore(average(square(centered), axes, options.keepdims), dtype)};
}

std::vector<Tensor> expand_std(std::span<const Tensor> in, const Attrs& attrs) {
  const auto& options = attrs.as<ReduceAttrs>();
  return {sqrt(var(in[0], Axes(options.axis), options.keepdims))};
}

std::vector<Tensor> expand_logsumexp(std::span<const Tensor> in, const Attrs& attrs) {
  const auto& options = attrs.as<ReduceAttrs>();
  const Axes axes(options.axis);
  const Tensor& x = in[0];
  // Infinite rows are not shifted: inf - inf has no value.
  const Tensor largest =
      apply_one(max_op, {x}, ReduceAttrs{.axis = options.axis, .keepdims = true});
  const Tensor shift = stop_gradient(where(isfinite(largest), largest, zeros_like(largest)));
  const Tensor result = log(sum(exp(x - shift), axes, true)) + shift;
  if (options.keepdims || options.axis.empty()) return {result};
  return {apply_one(squeeze_op, {result}, AxesAttrs{.axis = options.axis})};
}

constexpr OpDef reduction(std::string_view name, std::string_view doc, Infer infer,
                          GradientRule gradient, Partition partition = Partition::reduce) {
  return {.name = name,
          .doc = doc,
          .attrs = &Attrs::type_of<ReduceAttrs>,
          .infer = infer,
          .gradient = gradient,
          .traits = {.not_differentiable = gradient == nullptr},
          .partition = partition};
}

constexpr OpDef composite(std::string_view name, std::string_view doc, Expand expand,
                          Promotion promotion = Promotion::none) {
  return {.name = name,
          .doc = doc,
          .attrs = &Attrs::type_of<ReduceAttrs>,
          .promotion = promotion,
          .expand = expand,
          .partition = Partition::reduce};
}

Tensor reduce(const OpDef& op, const Tensor& x, const Axes& axis, bool keepdims) {
  return apply_one(op, {x}, reduce_attrs(x, axis, keepdims, op));
}

// The extreme of nothing has no value; inside other ops it is infinite.
void require_elements(const OpDef& op, const Tensor& x, const ReduceAttrs& attrs) {
  for (int64_t axis : attrs.axis) {
    require<ValueError>(x.shape()[static_cast<int>(axis)] != 0, op.name,
                        "expected at least one element along axis {}, got shape {}. Give it data "
                        "or another axis.",
                        axis, to_string(x.shape()));
  }
}

Tensor extreme(const OpDef& op, const Tensor& x, const Axes& axis, bool keepdims) {
  ReduceAttrs attrs = reduce_attrs(x, axis, keepdims, op);
  require_elements(op, x, attrs);
  return apply_one(op, {x}, std::move(attrs));
}

Tensor index_of(const OpDef& op, const Tensor& x, std::optional<int64_t> axis, bool keepdims) {
  return extreme(op, x, axis ? Axes(*axis) : Axes(), keepdims);
}

}  // namespace

const OpDef sum_op =
    reduction("sum", "Adds the elements along axes.", infer_accumulated, sum_gradient);
const OpDef prod_op =
    reduction("prod", "Multiplies the elements along axes.", infer_accumulated, prod_gradient);
const OpDef prod_others_op = {.name = "prod_others",
                              .doc = "Returns for each element the product of the others.",
                              .attrs = &Attrs::type_of<ReduceAttrs>,
                              .infer = infer_others,
                              .gradient = prod_others_gradient,
                              .partition = Partition::rows};
const OpDef max_op =
    reduction("max", "Returns the largest element along axes.", infer_chosen, extreme_gradient);
const OpDef min_op =
    reduction("min", "Returns the smallest element along axes.", infer_chosen, extreme_gradient);
const OpDef any_op =
    reduction("any", "Tells whether an element is true (not zero).", infer_bool, nullptr);
const OpDef all_op =
    reduction("all", "Tells whether all elements are true (not zero).", infer_bool, nullptr);
const OpDef argmax_op = reduction("argmax", "Returns the index of the first largest element.",
                                  infer_index, nullptr, Partition::rows);
const OpDef argmin_op = reduction("argmin", "Returns the index of the first smallest element.",
                                  infer_index, nullptr, Partition::rows);
const OpDef cumsum_op = {.name = "cumsum",
                         .doc = "Adds each element to the sum of those before it.",
                         .attrs = &Attrs::type_of<AxisAttrs>,
                         .infer = infer_cumsum,
                         .gradient = cumsum_gradient,
                         .partition = Partition::rows};
const OpDef mean_op = composite("mean", "Averages the elements along axes.", expand_mean);
const OpDef var_op = composite("var", "Averages the squared distances from the mean.", expand_var);
const OpDef std_op = composite("std", "Returns the square root of the variance.", expand_std);
const OpDef logsumexp_op = composite("logsumexp", "Returns log(sum(exp(x))) without overflow.",
                                     expand_logsumexp, Promotion::floating);

Tensor sum(const Tensor& x, const Axes& axis, bool keepdims) {
  return reduce(sum_op, x, axis, keepdims);
}

Tensor prod(const Tensor& x, const Axes& axis, bool keepdims) {
  return reduce(prod_op, x, axis, keepdims);
}

Tensor mean(const Tensor& x, const Axes& axis, bool keepdims) {
  return reduce(mean_op, x, axis, keepdims);
}

Tensor var(const Tensor& x, const Axes& axis, bool keepdims) {
  return reduce(var_op, x, axis, keepdims);
}

Tensor std(const Tensor& x, const Axes& axis, bool keepdims) {
  return reduce(std_op, x, axis, keepdims);
}

Tensor max(const Tensor& x, const Axes& axis, bool keepdims) {
  return extreme(max_op, x, axis, keepdims);
}

Tensor min(const Tensor& x, const Axes& axis, bool keepdims) {
  return extreme(min_op, x, axis, keepdims);
}

Tensor any(const Tensor& x, const Axes& axis, bool keepdims) {
  return reduce(any_op, x, axis, keepdims);
}

Tensor all(const Tensor& x, const Axes& axis, bool keepdims) {
  return reduce(all_op, x, axis, keepdims);
}

Tensor logsumexp(const Tensor& x, const Axes& axis, bool keepdims) {
  return reduce(logsumexp_op, x, axis, keepdims);
}

Tensor argmax(const Tensor& x, std::optional<int64_t> axis, bool keepdims) {
  return index_of(argmax_op, x, axis, keepdims);
}

Tensor argmin(const Tensor& x, std::optional<int64_t> axis, bool keepdims) {
  return index_of(argmin_op, x, axis, keepdims);
}

Tensor cumsum(const Tensor& x, std::optional<int64_t> axis) {
  if (!axis) return cumsum(ravel(x), 0);
  return apply_one(cumsum_op, {x}, AxisAttrs{.axis = normalize_axis(*axis, x.rank(), "cumsum")});
}

std::span<const OpDef* const> reduction_ops() {
  static constexpr const OpDef* ops[] = {
      &sum_op,    &prod_op,   &prod_others_op, &max_op,  &min_op, &any_op, &all_op,
      &argmax_op, &argmin_op, &cumsum_op,      &mean_op, &var_op, &std_op, &logsumexp_op};
  return ops;
}

}  // namespace keratin::ops
