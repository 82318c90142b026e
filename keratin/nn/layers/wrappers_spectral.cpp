// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/check.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/nn/layers/wrapper_body.h"
#include "keratin/nn/layers/wrappers.h"

namespace keratin::layers {

namespace {

class SpectralNormalizationBody final : public WrapperBody {
 public:
  explicit SpectralNormalizationBody(const SpectralNormalizationOptions& options)
      : WrapperBody("SpectralNormalization", options), power_iterations_(options.power_iterations) {
    require<ValueError>(power_iterations_ >= 1, label(),
                        "expected power_iterations of 1 or more, got {}. Use 1.",
                        power_iterations_);
  }

  void check(const Nest& inputs) const override {
    const Shape& shape = inputs.tensor().shape();
    require<ShapeError>(shape.rank() >= 1, label(),
                        "expected inputs of rank 1 or more, got a scalar. Add an axis.");
    if (build_inputs().empty()) return;
    const Shape built = build_inputs().tensor().shape();
    require<ShapeError>(shape[-1] == built[-1] || shape[-1] == None || built[-1] == None, label(),
                        "expected inputs whose last axis is {}, got shape {}. Reshape them.",
                        built[-1], to_string(shape));
  }

  void build(const Nest& inputs) override {
    wrapped().body().build_once(inputs);
    const Weight& kernel = weight_of(wrapped().body());
    kernel_ = kernel.variable;
    add_weight(vector_u_, {.shape = {1, kernel_.shape()[-1]},
                           .initializer = initializers::TruncatedNormal({.stddev = 0.02}),
                           .trainable = false,
                           .dtype = kernel_.dtype()});
    share_weight(kernel);
  }

  Nest call(const Nest& inputs, const CallArgs& args) override {
    if (*args.training) normalize_kernel();
    const Tensor output = wrapped()(inputs).tensor();
    return ops::cast(output, inputs.tensor().dtype());
  }

 private:
  // Returns the weight that Keras finds under an attribute of that name.
  const Weight& weight_of(const LayerBody& layer) const {
    for (const char* name : {"kernel", "embeddings"}) {
      for (const Weight& weight : layer.own_weights()) {
        if (weight.variable.name() == name) return weight;
      }
    }
    fail<ValueError>(label(),
                     "expected a layer with `kernel` or `embeddings`, got {}. Wrap another layer.",
                     layer.label());
  }

  // A kernel of zeros stays as it is: there is nothing to divide by.
  void normalize_kernel() {
    const DType dtype = dtype_policy().compute_dtype();
    const Tensor kernel = ops::cast(kernel_.value(), dtype);
    const Tensor before = ops::cast(vector_u_.value(), dtype);
    const Tensor is_zero = ops::all(ops::equal(kernel, 0));
    const Tensor matrix = ops::reshape(kernel, {-1, kernel.shape()[-1]});
    Tensor u = before;
    Tensor v;
    for (int64_t i = 0; i < power_iterations_; ++i) {
      v = ops::normalize(ops::matmul(u, ops::transpose(matrix)));
      u = ops::normalize(ops::matmul(v, matrix));
    }
    u = ops::stop_gradient(u);
    v = ops::stop_gradient(v);
    const Tensor sigma = ops::matmul(ops::matmul(v, matrix), ops::transpose(u));
    const Tensor divisor = ops::where(is_zero, ops::ones_like(sigma), sigma);
    const Tensor divided = ops::reshape(matrix / divisor, kernel.shape());
    vector_u_.assign(ops::cast(ops::where(is_zero, before, u), vector_u_.dtype()));
    kernel_.assign(ops::cast(divided, kernel_.dtype()));
  }

  int64_t power_iterations_;
  Variable kernel_;
  Variable vector_u_ = Variable::declare("vector_u");
};

SpectralNormalizationOptions with_layer(const Layer& layer, SpectralNormalizationOptions options) {
  options.layer = layer;
  return options;
}

}  // namespace

SpectralNormalization::SpectralNormalization(const Layer& layer,
                                             SpectralNormalizationOptions options)
    : SpectralNormalization(with_layer(layer, std::move(options))) {}
SpectralNormalization::SpectralNormalization(SpectralNormalizationOptions options)
    : TensorLayer(std::make_shared<SpectralNormalizationBody>(options)) {}

}  // namespace keratin::layers
