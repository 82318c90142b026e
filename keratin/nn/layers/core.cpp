// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/layers/core.h"

#include "keratin/base/check.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/nn/layers/input_body.h"

namespace keratin::layers {

namespace {

std::shared_ptr<InputBody> make_input(const Shape& shape, InputOptions options) {
  if (!options.batch_shape) {
    options.batch_shape = shape.with_front(options.batch_size.value_or(None));
  } else {
    require<ValueError>(shape.empty() && !options.batch_size, "Input",
                        "expected `shape` or `batch_shape`, got both. Give one of them.");
  }
  options.batch_size.reset();
  for (int64_t dim : *options.batch_shape) {
    require<ValueError>(dim >= 0 || dim == None, "Input",
                        "expected sizes of 0 or more, or None, got {}. Check the shape.",
                        to_string(*options.batch_shape));
  }
  check_size(*options.batch_shape, "Input");
  require<ShapeError>(options.batch_shape->rank() <= max_rank, "Input",
                      "expected at most {} axes, got {}. Merge some.", max_rank,
                      options.batch_shape->rank());
  return std::make_shared<InputBody>(std::move(options));
}

class DenseBody final : public LayerBody {
 public:
  explicit DenseBody(const DenseOptions& options) : LayerBody("Dense", options), options_(options) {
    require<ValueError>(options_.units > 0, label(),
                        "expected `units` to be a positive integer, got {}. Set the size of the "
                        "output.",
                        options_.units);
  }

  void check(const Nest& inputs) const override {
    const Shape& shape = inputs.tensor().shape();
    if (shape.rank() < 2) {
      fail<ShapeError>(label(),
                       "expected inputs of rank 2 or more, got shape {}. Add a batch axis.",
                       to_string(shape));
    }
    if (built() && shape[-1] != kernel.shape()[0] && shape[-1] != None) {
      fail<ShapeError>(label(),
                       "expected the last axis of the input to be {}, got shape {}. The layer "
                       "was built with {}.",
                       kernel.shape()[0], to_string(shape),
                       to_string(build_inputs().tensor().shape()));
    }
  }

  void build(const Nest& inputs) override {
    const int64_t width = inputs.tensor().shape()[-1];
    require<ShapeError>(width != None, label(),
                        "expected a known last axis, got shape {}. Give its size.",
                        to_string(inputs.tensor().shape()));
    kernel = add_weight("kernel", {.shape = {width, options_.units},
                                   .initializer = options_.kernel_initializer,
                                   .regularizer = options_.kernel_regularizer,
                                   .constraint = options_.kernel_constraint});
    if (!options_.use_bias) return;
    bias = add_weight("bias", {.shape = {options_.units},
                               .initializer = options_.bias_initializer,
                               .regularizer = options_.bias_regularizer,
                               .constraint = options_.bias_constraint});
  }

  Nest call(const Nest& inputs, const CallArgs&) override {
    const DType compute = dtype_policy().compute_dtype();
    Tensor y = ops::matmul(inputs.tensor(), ops::cast(kernel, compute));
    if (options_.use_bias) y = y + ops::cast(bias, compute);
    return options_.activation(y);
  }

  bool supports_masking() const override { return true; }

  Variable kernel;
  Variable bias;

 private:
  DenseOptions options_;
};

class ActivationBody final : public LayerBody {
 public:
  explicit ActivationBody(const ActivationOptions& options)
      : LayerBody("Activation", options), activation_(options.activation) {
    set_built();
  }
  Nest call(const Nest& inputs, const CallArgs&) override { return activation_(inputs.tensor()); }
  bool supports_masking() const override { return true; }

 private:
  keratin::Activation activation_;
};

// An initializer without a seed draws one when the layer is made, as in Keras.
DenseOptions seeded(DenseOptions options) {
  resolve_initializers(options);
  return options;
}

DenseOptions with_units(int64_t units, DenseOptions options) {
  options.units = units;
  return options;
}

ActivationOptions with_function(keratin::Activation activation, ActivationOptions options) {
  options.activation = std::move(activation);
  return options;
}

}  // namespace

Tensor Input(const Shape& shape, InputOptions options) {
  return make_input(shape, std::move(options))->tensor();
}

InputLayer::InputLayer(const Shape& shape, InputOptions options)
    : TensorLayer(make_input(shape, std::move(options))) {}

Dense::Dense(int64_t units, DenseOptions options) : Dense(with_units(units, std::move(options))) {}

Dense::Dense(DenseOptions options)
    : TensorLayer(std::make_shared<DenseBody>(seeded(std::move(options)))) {}

Variable Dense::kernel() const { return static_cast<DenseBody&>(body()).kernel; }
Variable Dense::bias() const { return static_cast<DenseBody&>(body()).bias; }

Activation::Activation(keratin::Activation activation, ActivationOptions options)
    : Activation(with_function(std::move(activation), std::move(options))) {}

Activation::Activation(ActivationOptions options)
    : TensorLayer(std::make_shared<ActivationBody>(options)) {}

}  // namespace keratin::layers
