// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/layers/normalization.h"

#include "keratin/base/check.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/nn/layer_body.h"

namespace keratin::layers {

namespace {

// Sums are taken in float32 or more, as in Keras.
DType statistics_dtype(DType dtype) { return promote(dtype, DType::float32); }

Shape sizes_of(const LayerBody& body, const Shape& input, const std::vector<int64_t>& axes) {
  Shape sizes;
  for (int64_t axis : axes) sizes.push_back(input[static_cast<int>(axis)]);
  require<ShapeError>(sizes.is_static(), body.label(),
                      "expected known sizes of the axes [{}], got shape {}. Give them.",
                      fmt::join(axes, ", "), to_string(input));
  return sizes;
}

// Throws unless the axes of the input have the sizes with which the layer was built.
void check_built(const LayerBody& body, const Nest& inputs, const std::vector<int64_t>& axes) {
  if (!body.built()) return;
  const Shape& shape = inputs.tensor().shape();
  const Shape& known = body.build_inputs().tensor().shape();
  bool fits = shape.rank() == known.rank();
  for (size_t i = 0; fits && i < axes.size(); ++i) {
    const int axis = static_cast<int>(axes[i]);
    fits = shape[axis] == known[axis] || shape[axis] == None;
  }
  require<ShapeError>(fits, body.label(),
                      "expected inputs like {}, got shape {}. The layer was built with them.",
                      to_string(known), to_string(shape));
}

// Keras keeps a list of the axes, in ascending order, once it has built the weights.
Config with_axis_list(Config config, const AxisList& axis) {
  config.set("axis", Codec<AxisList>::write(axis.sorted()));
  return config;
}

// Makes gamma and beta, of which either may be left out.
template <class Options>
class ScaleAndShift {
 public:
  explicit ScaleAndShift(const Options& options) : options_(options) {}

  void build(LayerBody& body, const Shape& shape, bool scale, bool center) {
    if (scale) {
      gamma_ = body.add_weight("gamma", {.shape = shape,
                                         .initializer = options_.gamma_initializer,
                                         .regularizer = options_.gamma_regularizer,
                                         .constraint = options_.gamma_constraint});
    }
    if (center) {
      beta_ = body.add_weight("beta", {.shape = shape,
                                       .initializer = options_.beta_initializer,
                                       .regularizer = options_.beta_regularizer,
                                       .constraint = options_.beta_constraint});
    }
  }
  // Returns x * rsqrt(variance + epsilon) * gamma + beta - mean * ..., in Keras' order.
  Tensor apply(const Tensor& x, const Tensor& mean, const Tensor& variance,
               const Shape& shape) const {
    Tensor factor = ops::rsqrt(variance + double{options_.epsilon});
    if (gamma_.defined()) factor = factor * spread(gamma_, shape, x.dtype());
    Tensor shift = -mean * factor;
    if (beta_.defined()) shift = shift + spread(beta_, shape, x.dtype());
    return x * factor + shift;
  }
  Tensor scaled(const Tensor& x, const Shape& shape) const {
    return gamma_.defined() ? x * spread(gamma_, shape, x.dtype()) : x;
  }

 private:
  static Tensor spread(const Variable& weight, const Shape& shape, DType dtype) {
    return ops::reshape(ops::cast(weight, dtype), shape);
  }
  const Options& options_;
  Variable gamma_, beta_;
};

// Returns a shape of ones but for the given axes.
Shape only_axes(const Shape& shape, const std::vector<int64_t>& axes) {
  Shape result(std::vector<int64_t>(shape.size(), 1));
  for (int64_t axis : axes) result[static_cast<int>(axis)] = shape[static_cast<int>(axis)];
  return result;
}

class LayerNormalizationBody final : public LayerBody {
 public:
  explicit LayerNormalizationBody(const LayerNormalizationOptions& options)
      : LayerBody("LayerNormalization", options), options_(options), weights_(options_) {}

  bool autocasts() const override { return false; }

  void check(const Nest& inputs) const override {
    check_built(*this, inputs, options_.axis.resolved(inputs.tensor().rank(), label()));
  }

  void build(const Nest& inputs) override {
    const Shape& input = inputs.tensor().shape();
    const std::vector<int64_t> axes = options_.axis.resolved(input.rank(), label());
    const bool scale = options_.scale || options_.rms_scaling;
    weights_.build(*this, sizes_of(*this, input, axes), scale,
                   options_.center && !options_.rms_scaling);
  }

  Nest call(const Nest& inputs, const CallArgs&) override {
    const Tensor& given = inputs.tensor();
    const Tensor x = ops::cast(given, statistics_dtype(given.dtype()));
    const std::vector<int64_t> list = options_.axis.resolved(x.rank(), label());
    const ops::Axes axes(list);
    const Shape shape = only_axes(build_inputs().tensor().shape(), list);
    const Tensor variance = ops::var(x, axes, true);
    Tensor y;
    if (options_.rms_scaling) {
      y = weights_.scaled(x * ops::rsqrt(variance + double{options_.epsilon}), shape);
    } else {
      y = weights_.apply(x, ops::mean(x, axes, true), variance, shape);
    }
    return ops::cast(ops::cast(y, given.dtype()), dtype_policy().compute_dtype());
  }

  bool supports_masking() const override { return true; }
  Config get_config() const override {
    return built() ? with_axis_list(LayerBody::get_config(), options_.axis)
                   : LayerBody::get_config();
  }

 private:
  LayerNormalizationOptions options_;
  ScaleAndShift<LayerNormalizationOptions> weights_;
};

class GroupNormalizationBody final : public LayerBody {
 public:
  explicit GroupNormalizationBody(const GroupNormalizationOptions& options)
      : LayerBody("GroupNormalization", options), options_(options), weights_(options_) {
    require<ValueError>(options_.groups > 0 || options_.groups == -1, label(),
                        "expected `groups` to be a positive integer or -1, got {}. Use -1 for "
                        "one group per channel.",
                        options_.groups);
  }

  bool autocasts() const override { return false; }

  void check(const Nest& inputs) const override {
    check_built(*this, inputs, {axis_of(inputs.tensor())});
  }

  void build(const Nest& inputs) override {
    const Shape sizes = sizes_of(*this, inputs.tensor().shape(), {axis_of(inputs.tensor())});
    const int64_t channels = sizes[0];
    if (options_.groups == -1) options_.groups = channels;
    require<ShapeError>(channels % options_.groups == 0 && channels > 0, label(),
                        "expected `groups` to divide the {} channels, got {}. Choose a divisor.",
                        channels, options_.groups);
    weights_.build(*this, sizes, options_.scale, options_.center);
  }

  Nest call(const Nest& inputs, const CallArgs&) override {
    const Tensor& given = inputs.tensor();
    const int64_t axis = axis_of(given);
    const int64_t channels = build_inputs().tensor().shape()[static_cast<int>(axis)];
    const int64_t width = channels / options_.groups;
    const Tensor parts = ops::split_axis(given, axis, options_.groups, width);
    const Tensor x = ops::cast(parts, statistics_dtype(given.dtype()));
    std::vector<int64_t> reduced;
    Shape shape(std::vector<int64_t>(static_cast<size_t>(x.rank()), 1));
    for (int i = 1; i < x.rank(); ++i) {
      if (i != axis) reduced.push_back(i);
    }
    shape[static_cast<int>(axis)] = options_.groups;
    shape[static_cast<int>(axis) + 1] = width;
    const ops::Axes axes(reduced);
    const Tensor y = weights_.apply(x, ops::mean(x, axes, true), ops::var(x, axes, true), shape);
    const Tensor merged = ops::merge_axes(ops::cast(y, given.dtype()), axis);
    return ops::cast(merged, dtype_policy().compute_dtype());
  }

  bool supports_masking() const override { return true; }
  Config get_config() const override {
    Config config = LayerBody::get_config();
    // -1 has become the number of channels once the weights are there.
    config.set("groups", options_.groups);
    return config;
  }

 private:
  int64_t axis_of(const Tensor& x) const {
    const int axis = normalize_axis(options_.axis, x.rank(), label());
    require<ValueError>(axis > 0, label(),
                        "expected an `axis` behind the batch, got {}. Use -1 for the last one.",
                        options_.axis);
    return axis;
  }

  GroupNormalizationOptions options_;
  ScaleAndShift<GroupNormalizationOptions> weights_;
};

class RMSNormalizationBody final : public LayerBody {
 public:
  explicit RMSNormalizationBody(const RMSNormalizationOptions& options)
      : LayerBody("RMSNormalization", options), options_(options) {}

  void check(const Nest& inputs) const override {
    const int rank = inputs.tensor().rank();
    const std::vector<int64_t> axes = options_.axis.resolved(rank, label());
    for (size_t i = 0; i < axes.size(); ++i) {
      // Keras multiplies without moving the scale to its axes, which works for the last ones only.
      require<ValueError>(axes[i] == rank - static_cast<int64_t>(axes.size() - i), label(),
                          "expected the last axes, got [{}] of rank {}. Permute the input.",
                          fmt::join(options_.axis.axes, ", "), rank);
    }
    check_built(*this, inputs, axes);
  }

  void build(const Nest& inputs) override {
    const Shape& input = inputs.tensor().shape();
    const std::vector<int64_t> axes = options_.axis.resolved(input.rank(), label());
    scale_ = add_weight("scale", {.shape = sizes_of(*this, input, axes), .initializer = "ones"});
  }

  Nest call(const Nest& inputs, const CallArgs&) override {
    const Tensor& given = inputs.tensor();
    const Tensor x = ops::cast(given, statistics_dtype(given.dtype()));
    const ops::Axes axes(options_.axis.resolved(x.rank(), label()));
    const Tensor squares = ops::mean(ops::square(x), axes, true);
    const Tensor y = x * ops::rsqrt(squares + double{options_.epsilon});
    return ops::cast(y * scale_in(x.dtype()), given.dtype());
  }

  Config get_config() const override {
    return built() ? with_axis_list(LayerBody::get_config(), options_.axis)
                   : LayerBody::get_config();
  }

 private:
  // The weight passes through the layer's dtype first, as all weights do that Keras casts.
  Tensor scale_in(DType dtype) const {
    return ops::cast(ops::cast(scale_, dtype_policy().compute_dtype()), dtype);
  }

  RMSNormalizationOptions options_;
  Variable scale_;
};

class UnitNormalizationBody final : public LayerBody {
 public:
  explicit UnitNormalizationBody(const UnitNormalizationOptions& options)
      : LayerBody("UnitNormalization", options), axis_(options.axis) {
    set_built();
  }
  Nest call(const Nest& inputs, const CallArgs&) override {
    const Tensor& x = inputs.tensor();
    return ops::normalize(x, ops::Axes(axis_.resolved(x.rank(), label())), 2, 1e-12);
  }
  bool supports_masking() const override { return true; }

 private:
  AxisList axis_;
};

template <class Options>
Options seeded(Options options) {
  resolve_initializers(options);
  return options;
}

}  // namespace

LayerNormalization::LayerNormalization(LayerNormalizationOptions options)
    : TensorLayer(std::make_shared<LayerNormalizationBody>(seeded(std::move(options)))) {}

GroupNormalization::GroupNormalization(GroupNormalizationOptions options)
    : TensorLayer(std::make_shared<GroupNormalizationBody>(seeded(std::move(options)))) {}

RMSNormalization::RMSNormalization(RMSNormalizationOptions options)
    : TensorLayer(std::make_shared<RMSNormalizationBody>(options)) {}

UnitNormalization::UnitNormalization(UnitNormalizationOptions options)
    : TensorLayer(std::make_shared<UnitNormalizationBody>(options)) {}

}  // namespace keratin::layers
