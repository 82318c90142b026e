// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/layers/preprocessing.h"

#include <algorithm>
#include <cmath>

#include "keratin/base/check.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/nn/layer_body.h"

namespace keratin {

Config Codec<layers::Numbers>::write(const layers::Numbers& numbers) {
  if (!numbers.is_list) return Codec<Number>::write(numbers.values[0]);
  return Codec<std::vector<Number>>::write(numbers.values);
}

layers::Numbers Codec<layers::Numbers>::read(const Config& config) {
  if (!config.is_list()) return Codec<Number>::read(config);
  std::vector<double> values;
  for (const Config& item : config.as_list()) values.push_back(item.as_number());
  return values;
}

namespace layers {

Tensor Numbers::tensor(DType dtype) const {
  const std::vector<double> plain(values.begin(), values.end());
  const Shape shape = is_list ? Shape{static_cast<int64_t>(plain.size())} : Shape{};
  return Tensor::from(plain, shape).cast(dtype);
}

namespace {

class RescalingBody final : public LayerBody {
 public:
  explicit RescalingBody(const RescalingOptions& options)
      : LayerBody("Rescaling", options), options_(options) {
    check_numbers("scale", options_.scale);
    check_numbers("offset", options_.offset);
  }

  Nest call(const Nest& inputs, const CallArgs&) override {
    const DType dtype = dtype_policy().compute_dtype();
    return ops::cast(inputs.tensor(), dtype) * options_.scale.tensor(dtype) +
           options_.offset.tensor(dtype);
  }

  bool supports_masking() const override { return true; }

 private:
  void check_numbers(std::string_view name, const Numbers& numbers) const {
    bool fits = !numbers.values.empty();
    for (double value : numbers.values) fits = fits && std::isfinite(value);
    require<ValueError>(fits, label(),
                        "expected `{}` to be a finite number or a list of them, got {}. Check how "
                        "it was computed.",
                        name, to_json(Codec<Numbers>::write(numbers)));
  }

  RescalingOptions options_;
};

class NormalizationBody final : public LayerBody {
 public:
  explicit NormalizationBody(const NormalizationOptions& options)
      : LayerBody("Normalization", options), options_(options) {
    const auto& mean = options_.mean;
    const auto& variance = options_.variance;
    require<ValueError>(mean.has_value() == variance.has_value(), label(),
                        "expected `mean` and `variance` together, got one of them. Pass both.");
    if (!mean) return;
    const bool alike =
        mean->is_list == variance->is_list && mean->values.size() == variance->values.size();
    require<ValueError>(alike, label(),
                        "expected `mean` and `variance` of equal length, got {} and {}. Correct "
                        "one of them.",
                        mean->values.size(), variance->values.size());
    require<ValueError>(!mean->is_list || !options_.axis.axes.empty(), label(),
                        "expected one number as `mean` without axes, got a list. Name its axis.");
  }

  void check(const Nest& inputs) const override {
    const Shape& shape = inputs.tensor().shape();
    for (int64_t axis : kept_axes(shape.rank())) {
      const int at = static_cast<int>(axis);
      require<ShapeError>(shape[at] != None, label(),
                          "expected a known axis {}, got shape {}. Give its size.", axis,
                          to_string(shape));
      if (!built()) continue;
      const Shape& known = build_inputs().tensor().shape();
      require<ShapeError>(shape.rank() == known.rank() && shape[at] == known[at], label(),
                          "expected inputs like {}, got shape {}. The layer was built with them.",
                          to_string(known), to_string(shape));
    }
  }

  void build(const Nest& inputs) override {
    if (options_.mean) return;
    const Shape& input = inputs.tensor().shape();
    Shape shape;
    for (int64_t axis : kept_axes(input.rank())) shape.push_back(input[static_cast<int>(axis)]);
    mean_ = add_weight("mean", {.shape = shape, .initializer = "zeros", .trainable = false});
    variance_ = add_weight("variance", {.shape = shape, .initializer = "ones", .trainable = false});
    add_weight("count", {.initializer = "zeros", .trainable = false, .dtype = DType::int32});
  }

  Nest call(const Nest& inputs, const CallArgs&) override {
    const DType dtype = dtype_policy().compute_dtype();
    const Tensor x = ops::cast(inputs.tensor(), dtype);
    const Tensor mean = spread(options_.mean, mean_, dtype);
    const Tensor root = ops::sqrt(spread(options_.variance, variance_, dtype));
    const Tensor stddev = ops::maximum(root, 1e-7);
    return options_.invert ? mean + x * stddev : (x - mean) / stddev;
  }

  bool supports_masking() const override { return true; }

  void adapt(const Tensor& data) {
    require<ValueError>(!options_.mean, label(),
                        "expected a layer that learns its mean, got one with a `mean`. Leave it "
                        "out to call adapt.");
    check(data);
    build_once(data);
    const std::vector<int64_t> kept = kept_axes(data.rank());
    std::vector<int64_t> reduced;
    for (int i = 0; i < data.rank(); ++i) {
      if (std::find(kept.begin(), kept.end(), i) == kept.end()) reduced.push_back(i);
    }
    const ops::Axes axes(reduced);
    mean_.assign(ops::mean(data, axes));
    variance_.assign(ops::var(data, axes));
  }

 private:
  std::vector<int64_t> kept_axes(int rank) const { return options_.axis.resolved(rank, label()); }

  // Returns given numbers, or what was learned, in a shape that broadcasts to the input.
  Tensor spread(const OptionalNumbers& given, const Variable& learned, DType dtype) const {
    if (given && !given->is_list) return given->tensor(dtype);
    const Shape& input = build_inputs().tensor().shape();
    const std::vector<int64_t> kept = kept_axes(input.rank());
    Shape shape(std::vector<int64_t>(input.size(), 1));
    if (!given) {
      for (int64_t axis : kept) shape[static_cast<int>(axis)] = input[static_cast<int>(axis)];
      return ops::reshape(ops::cast(learned, dtype), shape);
    }
    shape[static_cast<int>(kept.back())] = static_cast<int64_t>(given->values.size());
    return ops::reshape(given->tensor(dtype), shape);
  }

  NormalizationOptions options_;
  Variable mean_, variance_;
};

// Keras writes one axis as a list too.
NormalizationOptions with_axis_list(NormalizationOptions options) {
  options.axis = AxisList(options.axis.axes);
  return options;
}

RescalingOptions with_scale(Numbers scale, RescalingOptions options) {
  options.scale = std::move(scale);
  return options;
}

}  // namespace

Rescaling::Rescaling(Numbers scale, RescalingOptions options)
    : Rescaling(with_scale(std::move(scale), std::move(options))) {}

Rescaling::Rescaling(RescalingOptions options)
    : TensorLayer(std::make_shared<RescalingBody>(options)) {}

Normalization::Normalization(NormalizationOptions options)
    : TensorLayer(std::make_shared<NormalizationBody>(with_axis_list(std::move(options)))) {}

void Normalization::adapt(const Tensor& data) const {
  static_cast<NormalizationBody&>(body()).adapt(data);
}

}  // namespace layers

}  // namespace keratin
