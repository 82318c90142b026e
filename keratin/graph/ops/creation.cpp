// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/ops/creation.h"

#include <algorithm>
#include <cmath>

#include "keratin/base/check.h"
#include "keratin/core/convert.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/graph/ops/rules.h"

namespace keratin::ops {

namespace {

std::vector<TensorSpec> infer_full_like(const InferCall& call) {
  const Shape& shape = call.inputs[0].shape;
  const TensorSpec& value = call.inputs[1];
  const DType dtype = call.attrs.as<FullLikeAttrs>().dtype;
  require<DTypeError>(value.dtype == dtype, call.op.name,
                      "expected a value of {}, got {}. Cast it first.", name_of(dtype),
                      name_of(value.dtype));
  require<ShapeError>(value.shape.rank() <= shape.rank() &&
                          is_compatible(shape, broadcast_shapes(shape, value.shape, call.op.name)),
                      call.op.name,
                      "expected a value that broadcasts to {}, got shape {}. Give a scalar.",
                      to_string(shape), to_string(value.shape));
  return {{shape, dtype}};
}

std::vector<Tensor> full_like_gradient(const GradientCall& call) {
  return {Tensor(), unbroadcast(call.gradient(), call.inputs[1])};
}

std::vector<TensorSpec> infer_axis_size(const InferCall& call) {
  const auto& attrs = call.attrs.as<AxisSizeAttrs>();
  const int rank = call.inputs[0].shape.rank();
  for (int64_t axis : attrs.axes) {
    require<ValueError>(axis >= 0 && axis < rank, call.op.name,
                        "expected axes between 0 and {}, got {}. Count them from the front.",
                        rank - 1, axis);
  }
  return {{Shape{}, attrs.dtype}};
}

// Returns an array whose elements `value(i)` gives, computed in T (half types in float32).
template <class F>
Tensor generate(int64_t count, DType dtype, F&& value) {
  Array result(dtype, Shape{count});
  dispatch(dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    T* data = result.data<T>();
    for (int64_t i = 0; i < count; ++i) data[i] = convert<T>(value(TypeTag<T>{}, i));
  });
  return Tensor(std::move(result));
}

Tensor filled(const Shape& shape, const Tensor& value, DType dtype) {
  return broadcast_to(value.cast(dtype), shape);
}

DType range_dtype(std::initializer_list<const Tensor*> values) {
  std::optional<DType> dtype;
  DType weak = DType::int32;
  for (const Tensor* value : values) {
    if (!value->is_weak()) {
      dtype = dtype ? promote(*dtype, value->dtype()) : value->dtype();
    } else if (is_float(value->dtype())) {
      weak = DType::float32;
    }
  }
  if (!dtype) return weak;
  return promote(*dtype, weak == DType::float32 ? Weak::floating : Weak::integer);
}

// A range in whole numbers is exact; in float16 and bfloat16 it is computed in float32, as in JAX.
template <class T>
struct RangeNumber {
  using type = std::conditional_t<std::is_integral_v<T>, int64_t,
                                  std::conditional_t<std::is_same_v<T, double>, double, float>>;
};

}  // namespace

const OpDef full_like_op = {.name = "full_like",
                            .doc = "Fills the first input's shape with the second's value.",
                            .min_inputs = 2,
                            .max_inputs = 2,
                            .attrs = &Attrs::type_of<FullLikeAttrs>,
                            .infer = infer_full_like,
                            .gradient = full_like_gradient,
                            .traits = {.elementwise = true},
                            .partition = Partition::elements};
const OpDef axis_size_op = {.name = "axis_size",
                            .doc = "Returns the product of the sizes of axes.",
                            .attrs = &Attrs::type_of<AxisSizeAttrs>,
                            .infer = infer_axis_size,
                            .traits = {.not_differentiable = true}};

Tensor zeros(const Shape& shape, DType dtype) { return Tensor::zeros(shape, dtype); }
Tensor ones(const Shape& shape, DType dtype) { return Tensor::ones(shape, dtype); }

Tensor full(const Shape& shape, const Tensor& fill_value, DType dtype) {
  return filled(shape, fill_value, dtype);
}

Tensor full_like(const Tensor& x, const Tensor& fill_value, std::optional<DType> dtype) {
  const DType type = dtype.value_or(x.dtype());
  const bool recorded = x.is_keras_tensor();
  if (!recorded && x.shape().is_static()) return filled(x.shape(), fill_value, type);
  return apply_one(full_like_op, {x, fill_value.cast(type)}, FullLikeAttrs{.dtype = type});
}

Tensor zeros_like(const Tensor& x, std::optional<DType> dtype) { return full_like(x, 0, dtype); }
Tensor ones_like(const Tensor& x, std::optional<DType> dtype) { return full_like(x, 1, dtype); }

Tensor eye(int64_t n, std::optional<int64_t> m, int64_t k, DType dtype) {
  const int64_t columns = m.value_or(n);
  require<ValueError>(n >= 0 && columns >= 0, "eye",
                      "expected sizes of 0 or more, got {} and {}. Check the arguments.", n,
                      columns);
  const int64_t rows = n;
  return generate(rows * columns, dtype,
                  [&](auto, int64_t i) { return i / columns + k == i % columns ? 1 : 0; })
      .reshape(Shape{rows, columns});
}

Tensor arange(const Tensor& start, const Tensor& stop, const Tensor& step,
              std::optional<DType> dtype) {
  const auto first = start.item<double>();
  const auto stride = step.item<double>();
  require<ValueError>(stride != 0.0, "arange",
                      "expected a step that is not 0, got 0. Give a positive or negative step.");
  const double length = std::ceil((stop.item<double>() - first) / stride);
  require<ValueError>(length < 0x1p53, "arange",
                      "expected fewer than 2^53 elements, got {}. Check the arguments.", length);
  const int64_t count = length > 0 ? static_cast<int64_t>(length) : 0;
  const DType type = dtype.value_or(range_dtype({&start, &stop, &step}));
  return generate(count, type, [&](auto tag, int64_t i) {
    using N = typename RangeNumber<typename decltype(tag)::type>::type;
    return start.item<N>() + step.item<N>() * static_cast<N>(i);
  });
}

Tensor linspace(double start, double stop, int64_t num, bool endpoint, DType dtype) {
  require<ValueError>(num >= 0, "linspace",
                      "expected `num` of 0 or more, got {}. Check the argument.", num);
  const int64_t parts = endpoint ? num - 1 : num;
  return generate(num, dtype, [&](auto tag, int64_t i) {
    using T = typename decltype(tag)::type;
    using N = std::conditional_t<std::is_same_v<T, double>, double, float>;
    const N first = static_cast<N>(start);
    const N last = static_cast<N>(stop);
    if (num == 1) return first;
    N value = last;
    if (i < parts) {
      const N share = static_cast<N>(i) / static_cast<N>(parts);
      value = first * (N(1) - share) + last * share;
    }
    return std::is_integral_v<T> ? std::floor(value) : value;
  });
}

Tensor convert_to_tensor(const Tensor& x, std::optional<DType> dtype) {
  if (dtype) return x.cast(*dtype);
  if (!x.is_weak()) return x;
  return x.cast(range_dtype({&x}));
}

Tensor axis_size(const Tensor& x, const std::vector<int64_t>& axes, DType dtype) {
  std::vector<int64_t> places;
  int64_t size = 1;
  bool known = true;
  for (int64_t axis : axes) {
    places.push_back(normalize_axis(axis, x.rank(), "axis_size"));
    const int64_t dim = x.shape()[static_cast<int>(places.back())];
    known = known && dim != None;
    size *= dim;
  }
  if (known) return Tensor(Array::scalar<int64_t>(size)).cast(dtype);
  return apply_one(axis_size_op, {x}, AxisSizeAttrs{.axes = std::move(places), .dtype = dtype});
}

std::span<const OpDef* const> creation_ops() {
  static constexpr const OpDef* ops[] = {&full_like_op, &axis_size_op};
  return ops;
}

}  // namespace keratin::ops
