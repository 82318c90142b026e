// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/check.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/nn/layer_body.h"
#include "keratin/nn/layers/normalization.h"

namespace keratin::layers {

namespace {

constexpr double keras_epsilon = 1e-7;  // keras.config.epsilon()

struct Moments {
  Tensor mean;
  Tensor variance;
};

class BatchNormalizationBody final : public LayerBody {
 public:
  explicit BatchNormalizationBody(const BatchNormalizationOptions& options)
      : LayerBody("BatchNormalization", options), options_(options) {
    require<ValueError>(!options_.synchronized, label(),
                        "expected `synchronized` to be false, got true. Statistics of several "
                        "machines are not there.");
    if (options_.renorm) check_clipping();
  }

  void check(const Nest& inputs) const override {
    const Shape& shape = inputs.tensor().shape();
    const int axis = normalize_axis(options_.axis, shape.rank(), label());
    if (!built()) return;
    const Shape& known = build_inputs().tensor().shape();
    const bool fits = shape.rank() == known.rank() &&
                      (shape[axis] == None || shape[axis] == moving_mean_.shape()[0]);
    require<ShapeError>(fits, label(),
                        "expected inputs like {}, got shape {}. The layer was built with them.",
                        to_string(known), to_string(shape));
  }

  void build(const Nest& inputs) override {
    const Shape& input = inputs.tensor().shape();
    const int64_t size = input[static_cast<int>(options_.axis)];
    require<ShapeError>(size != None, label(),
                        "expected a known axis {}, got shape {}. Give its size.", options_.axis,
                        to_string(input));
    const Shape shape{size};
    if (options_.scale) {
      gamma_ = add_weight("gamma", {.shape = shape,
                                    .initializer = options_.gamma_initializer,
                                    .regularizer = options_.gamma_regularizer,
                                    .constraint = options_.gamma_constraint});
    }
    if (options_.center) {
      beta_ = add_weight("beta", {.shape = shape,
                                  .initializer = options_.beta_initializer,
                                  .regularizer = options_.beta_regularizer,
                                  .constraint = options_.beta_constraint});
    }
    moving_mean_ = add_statistic("moving_mean", shape, options_.moving_mean_initializer);
    moving_variance_ =
        add_statistic("moving_variance", shape, options_.moving_variance_initializer);
    if (!options_.renorm) return;
    const Initializer root(
        [variance = options_.moving_variance_initializer](const Shape& s, DType dtype) {
          return ops::sqrt(variance(s, dtype));
        });
    moving_stddev_ = add_statistic("moving_stddev", shape, root);
    renorm_mean_ = add_statistic("renorm_mean", shape, options_.moving_mean_initializer);
    renorm_stddev_ = add_statistic("renorm_stddev", shape, root);
  }

  Nest call(const Nest& inputs, const CallArgs& args) override {
    const DType dtype = promote(inputs.tensor().dtype(), DType::float32);
    const Tensor x = ops::cast(inputs.tensor(), dtype);
    Tensor gamma = options_.scale ? ops::cast(gamma_, dtype) : Tensor();
    Tensor beta = options_.center ? ops::cast(beta_, dtype) : Tensor();
    Moments moments{ops::cast(moving_mean_, dtype), ops::cast(moving_variance_, dtype)};
    // A frozen layer takes the moving statistics, as in Keras.
    if (*args.training && trainable()) {
      const Tensor mask = args.mask.is_tensor() ? args.mask.tensor() : Tensor();
      const Moments of_batch = mask.defined() ? masked_moments(x, mask) : plain_moments(x);
      if (options_.renorm) {
        correct(of_batch, gamma, beta);
        update_renorm(of_batch);
      } else {
        move(moving_mean_, of_batch.mean, options_.momentum);
        move(moving_variance_, of_batch.variance, options_.momentum);
      }
      moments = of_batch;
    }
    return ops::cast(normalized(x, moments, gamma, beta), dtype_policy().compute_dtype());
  }

  bool supports_masking() const override { return true; }
  bool takes_mask() const override { return true; }

 private:
  Variable add_statistic(const std::string& name, const Shape& shape, const Initializer& first) {
    return add_weight(name, {.shape = shape, .initializer = first, .trainable = false});
  }

  void check_clipping() const {
    const Config& clipping = options_.renorm_clipping;
    if (clipping.is_null()) return;
    for (const auto& [key, value] : clipping.as_dict()) {
      require<ValueError>(key == "rmax" || key == "rmin" || key == "dmax", label(),
                          "expected rmax, rmin or dmax in `renorm_clipping`, got '{}'. Check the "
                          "spelling.",
                          key);
    }
    const Config& most = clipping.get("rmax");
    const Config& least = clipping.get("rmin");
    require<ValueError>(
        most.is_null() || least.is_null() || most.as_number() >= least.as_number(), label(),
        "expected rmax of `renorm_clipping` to be rmin or more, got {} and {}. Swap them.",
        to_json(most), to_json(least));
    const Config& shift = clipping.get("dmax");
    require<ValueError>(shift.is_null() || shift.as_number() >= 0.0, label(),
                        "expected dmax of `renorm_clipping` to be 0 or more, got {}. Drop the "
                        "sign.",
                        to_json(shift));
  }

  std::vector<int64_t> reduced_axes(int rank) const {
    std::vector<int64_t> axes;
    const int kept = normalize_axis(options_.axis, rank, label());
    for (int i = 0; i < rank; ++i) {
      if (i != kept) axes.push_back(i);
    }
    return axes;
  }

  Moments plain_moments(const Tensor& x) const {
    const ops::Axes axes(reduced_axes(x.rank()));
    return {ops::mean(x, axes), ops::var(x, axes)};
  }

  Moments masked_moments(const Tensor& x, const Tensor& mask) const {
    require<ShapeError>(mask.rank() == x.rank() - 1, label(),
                        "expected a mask with an axis less than the input {}, got shape {}. "
                        "Reshape it.",
                        to_string(x.shape()), to_string(mask.shape()));
    const ops::Axes axes(reduced_axes(x.rank()));
    const Tensor counted =
        ops::logical_and(ops::expand_dims(mask, -1), ops::ones_like(x, DType::bool_));
    const Tensor count = ops::sum(ops::cast(counted, x.dtype()), axes, true) + keras_epsilon;
    const Tensor mean = ops::sum(ops::where(counted, x, 0), axes, true) / count;
    const Tensor distance = ops::where(counted, x - mean, 0);
    const Tensor variance = ops::sum(ops::square(distance), axes, true) / count;
    const Shape flat = moving_mean_.shape();
    return {ops::reshape(mean, flat), ops::reshape(variance, flat)};
  }

  static void move(const Variable& average, const Tensor& value, double momentum) {
    const Tensor kept = ops::cast(average, value.dtype()) * momentum;
    average.assign(kept + value * (1.0 - momentum));
  }

  Tensor clipped(Tensor x, const char* least, const char* most) const {
    const Config& clipping = options_.renorm_clipping;
    if (clipping.is_null()) return x;
    if (!clipping.get(least).is_null()) x = ops::maximum(x, clipping.get(least).as_number());
    if (!clipping.get(most).is_null()) x = ops::minimum(x, clipping.get(most).as_number());
    return x;
  }

  // Scales and shifts so that the result is that of the renorm statistics; no gradient flows
  // through the corrections.
  void correct(const Moments& of_batch, Tensor& gamma, Tensor& beta) const {
    const DType dtype = of_batch.mean.dtype();
    const Tensor least = ops::sqrt(ops::cast(options_.epsilon, dtype));
    const Tensor stddev = ops::maximum(ops::cast(renorm_stddev_, dtype), least);
    Tensor r = ops::sqrt(of_batch.variance + options_.epsilon) / stddev;
    Tensor d = (of_batch.mean - ops::cast(renorm_mean_, dtype)) / stddev;
    r = ops::stop_gradient(clipped(r, "rmin", "rmax"));
    const Config& most =
        options_.renorm_clipping.is_null() ? Config() : options_.renorm_clipping.get("dmax");
    if (!most.is_null()) d = ops::clip(d, -most.as_number(), most.as_number());
    d = ops::stop_gradient(d);
    const Tensor shift = gamma.defined() ? d * gamma : d;
    gamma = gamma.defined() ? r * gamma : r;
    beta = beta.defined() ? shift + beta : shift;
  }

  void update_renorm(const Moments& of_batch) const {
    const Tensor stddev = ops::sqrt(of_batch.variance + options_.epsilon);
    move(renorm_mean_, of_batch.mean, options_.renorm_momentum);
    move(renorm_stddev_, stddev, options_.renorm_momentum);
    move(moving_mean_, of_batch.mean, options_.momentum);
    move(moving_stddev_, stddev, options_.momentum);
    moving_variance_.assign(
        ops::relu(ops::square(ops::cast(moving_stddev_, stddev.dtype())) - options_.epsilon));
  }

  // In Keras' order of operations, so that the last bits agree too.
  Tensor normalized(const Tensor& x, const Moments& moments, const Tensor& gamma,
                    const Tensor& beta) const {
    Shape shape(std::vector<int64_t>(static_cast<size_t>(x.rank()), 1));
    shape[static_cast<int>(options_.axis)] = moving_mean_.shape()[0];
    const auto spread = [&](const Tensor& values) { return ops::reshape(values, shape); };
    Tensor factor = ops::rsqrt(spread(moments.variance) + options_.epsilon);
    if (gamma.defined()) factor = factor * spread(gamma);
    Tensor shift = -spread(moments.mean) * factor;
    if (beta.defined()) shift = shift + spread(beta);
    return x * factor + shift;
  }

  BatchNormalizationOptions options_;
  Variable gamma_, beta_, moving_mean_, moving_variance_;
  Variable moving_stddev_, renorm_mean_, renorm_stddev_;
};

BatchNormalizationOptions seeded(BatchNormalizationOptions options) {
  resolve_initializers(options);
  // With renorm Keras writes an empty dict for none.
  if (options.renorm && options.renorm_clipping.is_null()) options.renorm_clipping = Config::dict();
  return options;
}

}  // namespace

BatchNormalization::BatchNormalization(BatchNormalizationOptions options)
    : TensorLayer(std::make_shared<BatchNormalizationBody>(seeded(std::move(options)))) {}

}  // namespace keratin::layers
