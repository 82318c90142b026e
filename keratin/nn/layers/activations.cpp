// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/layers/activations.h"

#include "keratin/base/check.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/nn/activation.h"
#include "keratin/nn/layer_body.h"

namespace keratin::layers {

namespace {

// Written so that NaN fails too.
void check_not_negative(const LayerBody& body, std::string_view name, double value) {
  require<ValueError>(value >= 0.0, body.label(),
                      "expected `{}` to be 0 or more, got {}. Pass such a number.", name, value);
}

class ReLUBody final : public LayerBody {
 public:
  explicit ReLUBody(const ReLUOptions& options) : LayerBody("ReLU", options), options_(options) {
    if (options_.max_value) check_not_negative(*this, "max_value", *options_.max_value);
    check_not_negative(*this, "negative_slope", options_.negative_slope);
    check_not_negative(*this, "threshold", options_.threshold);
    set_built();
  }
  Nest call(const Nest& inputs, const CallArgs&) override {
    const double unlimited = -1.0;
    return keratin::activations::relu(inputs.tensor(), options_.negative_slope,
                                      options_.max_value ? double{*options_.max_value} : unlimited,
                                      options_.threshold);
  }
  bool supports_masking() const override { return true; }

 private:
  ReLUOptions options_;
};

class LeakyReLUBody final : public LayerBody {
 public:
  explicit LeakyReLUBody(const LeakyReLUOptions& options)
      : LayerBody("LeakyReLU", options), slope_(options.negative_slope) {
    check_not_negative(*this, "negative_slope", slope_);
    set_built();
  }
  Nest call(const Nest& inputs, const CallArgs&) override {
    return keratin::activations::leaky_relu(inputs.tensor(), slope_);
  }
  bool supports_masking() const override { return true; }

 private:
  double slope_;
};

class PReLUBody final : public LayerBody {
 public:
  explicit PReLUBody(const PReLUOptions& options)
      : LayerBody("PReLU", options), options_(options) {}

  void check(const Nest& inputs) const override {
    const Shape& shape = inputs.tensor().shape();
    require<ShapeError>(shape.rank() >= 1, label(),
                        "expected inputs with a batch axis, got a scalar. Add one.");
    if (!built()) return;
    const Shape& slopes = alpha_.shape();
    bool fits = shape.rank() == slopes.rank() + 1;
    for (int i = 1; fits && i < shape.rank(); ++i) {
      fits = slopes[i - 1] == 1 || shape[i] == None || shape[i] == slopes[i - 1];
    }
    require<ShapeError>(fits, label(),
                        "expected inputs like {}, got shape {}. The layer was built with them.",
                        to_string(build_inputs().tensor().shape()), to_string(shape));
  }

  void build(const Nest& inputs) override {
    const Shape& input = inputs.tensor().shape();
    Shape shape = input.slice(1, input.rank());
    for (int64_t axis : options_.shared_axes.value_or(AxisList({})).axes) {
      require<ValueError>(axis >= 1 && axis <= shape.rank(), label(),
                          "expected `shared_axes` from 1 to {}, got {}. The batch axis does not "
                          "count.",
                          shape.rank(), axis);
      shape[static_cast<int>(axis) - 1] = 1;
    }
    alpha_ = add_weight("alpha", {.shape = shape,
                                  .initializer = options_.alpha_initializer,
                                  .regularizer = options_.alpha_regularizer,
                                  .constraint = options_.alpha_constraint});
  }

  Nest call(const Nest& inputs, const CallArgs&) override {
    const Tensor& x = inputs.tensor();
    const Tensor alpha = ops::cast(alpha_, dtype_policy().compute_dtype());
    return ops::relu(x) + -alpha * ops::relu(-x);
  }
  bool supports_masking() const override { return true; }

 private:
  PReLUOptions options_;
  Variable alpha_;
};

class ELUBody final : public LayerBody {
 public:
  explicit ELUBody(const ELUOptions& options) : LayerBody("ELU", options), alpha_(options.alpha) {
    set_built();
  }
  Nest call(const Nest& inputs, const CallArgs&) override {
    return keratin::activations::elu(inputs.tensor(), alpha_);
  }
  bool supports_masking() const override { return true; }

 private:
  double alpha_;
};

class SoftmaxBody final : public LayerBody {
 public:
  explicit SoftmaxBody(const SoftmaxOptions& options)
      : LayerBody("Softmax", options), axis_(options.axis) {
    require<ValueError>(!axis_.axes.empty(), label(),
                        "expected one axis or more, got none. Use -1 for the last one.");
    set_built();
  }

  Nest call(const Nest& inputs, const CallArgs& args) override {
    const Tensor& given = inputs.tensor();
    if (!args.mask.is_tensor() || !args.mask.tensor().defined()) return softmax(given);
    const Tensor mask = checked_mask(given, args.mask.tensor());
    const double large = given.dtype() == DType::float16 ? -3e4 : -1e9;
    return ops::where(mask, softmax(ops::where(mask, given, large)), 0.0);
  }

  bool supports_masking() const override { return true; }
  bool takes_mask() const override { return true; }

 private:
  Tensor softmax(const Tensor& x) const {
    if (axis_.axes.size() == 1) return ops::softmax(x, axis_.axes[0]);
    const ops::Axes axes(axis_.resolved(x.rank(), label()));
    return ops::exp(x - ops::logsumexp(x, axes, true));
  }

  Tensor checked_mask(const Tensor& x, const Tensor& mask) const {
    bool fits = mask.rank() <= x.rank();
    for (int i = 1; fits && i <= mask.rank(); ++i) {
      const int64_t size = mask.shape()[-i];
      fits = size == 1 || size == None || x.shape()[-i] == None || size == x.shape()[-i];
    }
    require<ShapeError>(fits, label(),
                        "expected a mask that broadcasts to the input {}, got shape {}. Reshape "
                        "it.",
                        to_string(x.shape()), to_string(mask.shape()));
    return mask.dtype() == DType::bool_ ? mask : ops::greater(mask, 0.5);
  }

  AxisList axis_;
};

LeakyReLUOptions with_slope(Number negative_slope, LeakyReLUOptions options) {
  options.negative_slope = negative_slope;
  return options;
}

ELUOptions with_alpha(Number alpha, ELUOptions options) {
  options.alpha = alpha;
  return options;
}

PReLUOptions seeded(PReLUOptions options) {
  resolve_initializers(options);
  // Keras writes one shared axis as a list.
  if (options.shared_axes) options.shared_axes = AxisList(options.shared_axes->axes);
  return options;
}

}  // namespace

ReLU::ReLU(ReLUOptions options) : TensorLayer(std::make_shared<ReLUBody>(options)) {}

LeakyReLU::LeakyReLU(Number negative_slope, LeakyReLUOptions options)
    : LeakyReLU(with_slope(negative_slope, std::move(options))) {}

LeakyReLU::LeakyReLU(LeakyReLUOptions options)
    : TensorLayer(std::make_shared<LeakyReLUBody>(options)) {}

PReLU::PReLU(PReLUOptions options)
    : TensorLayer(std::make_shared<PReLUBody>(seeded(std::move(options)))) {}

ELU::ELU(Number alpha, ELUOptions options) : ELU(with_alpha(alpha, std::move(options))) {}

ELU::ELU(ELUOptions options) : TensorLayer(std::make_shared<ELUBody>(options)) {}

Softmax::Softmax(SoftmaxOptions options) : TensorLayer(std::make_shared<SoftmaxBody>(options)) {}

}  // namespace keratin::layers
