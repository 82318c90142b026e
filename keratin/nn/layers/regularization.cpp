// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/layers/regularization.h"

#include "keratin/base/check.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/nn/layer_body.h"

namespace keratin::layers {

namespace {

class DropoutBody final : public LayerBody {
 public:
  explicit DropoutBody(const DropoutOptions& options)
      : LayerBody("Dropout", options), options_(options) {
    require<ValueError>(options_.rate >= 0.0 && options_.rate <= 1.0, label(),
                        "expected `rate` between 0 and 1, got {}. Set the share of the elements "
                        "that are dropped.",
                        options_.rate);
    // A rate of 0 draws no seed, as in Keras, so that later layers draw the same.
    if (options_.rate > 0.0) track(generator_.emplace(options_.seed));
    set_built();
  }

  Nest call(const Nest& inputs, const CallArgs& args) override {
    const Tensor& x = inputs.tensor();
    if (!*args.training || options_.rate == 0.0) return x;
    // Keras draws no number when everything is dropped.
    if (options_.rate == 1.0) return ops::zeros_like(x);
    return ops::dropout(x, generator_->next(), options_.rate,
                        options_.noise_shape.value_or(Shape{}));
  }

  bool supports_masking() const override { return true; }

 private:
  DropoutOptions options_;
  std::optional<SeedGenerator> generator_;
};

DropoutOptions with_rate(double rate, DropoutOptions options) {
  options.rate = rate;
  return options;
}

}  // namespace

Dropout::Dropout(double rate, DropoutOptions options)
    : Dropout(with_rate(rate, std::move(options))) {}

Dropout::Dropout(DropoutOptions options) : TensorLayer(std::make_shared<DropoutBody>(options)) {}

}  // namespace keratin::layers
