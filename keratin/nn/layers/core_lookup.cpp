// SPDX-License-Identifier: Apache-2.0
// Embedding, and the layers that pass data on: Masking and Identity.
#include "keratin/base/check.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/nn/layer_body.h"
#include "keratin/nn/layers/core.h"

namespace keratin::layers {

namespace {

class EmbeddingBody final : public LayerBody {
 public:
  explicit EmbeddingBody(const EmbeddingOptions& options)
      : LayerBody("Embedding", options), options_(options) {
    check_positive("input_dim", options_.input_dim);
    check_positive("output_dim", options_.output_dim);
    if (options_.weights.defined()) options_.embeddings_initializer = options_.weights;
  }

  bool autocasts() const override { return false; }

  void build(const Nest&) override {
    embeddings = add_weight("embeddings", {.shape = {options_.input_dim, options_.output_dim},
                                           .initializer = options_.embeddings_initializer,
                                           .regularizer = options_.embeddings_regularizer,
                                           .constraint = options_.embeddings_constraint});
  }

  Nest call(const Nest& inputs, const CallArgs&) override {
    Tensor tokens = inputs.tensor();
    if (tokens.dtype() != DType::int32 && tokens.dtype() != DType::int64) {
      tokens = ops::cast(tokens, DType::int32);
    }
    return ops::cast(ops::take(embeddings, tokens, 0), dtype_policy().compute_dtype());
  }

  bool supports_masking() const override { return options_.mask_zero; }
  bool makes_mask() const override { return options_.mask_zero; }
  Tensor compute_mask(const Nest& inputs, const Nest&) const override {
    return ops::not_equal(inputs.tensor(), 0);
  }

  // Unlike other layers this one writes that it has no activity regularizer.
  Config get_config() const override {
    Config config = LayerBody::get_config();
    if (!config.has("activity_regularizer")) config.set("activity_regularizer", Config());
    return config;
  }

  Variable embeddings;

 private:
  void check_positive(std::string_view name, int64_t value) const {
    require<ValueError>(value > 0, label(),
                        "expected `{}` to be a positive integer, got {}. Set the number of "
                        "tokens and the size of their vectors.",
                        name, value);
  }

  EmbeddingOptions options_;
};

class MaskingBody final : public LayerBody {
 public:
  explicit MaskingBody(const MaskingOptions& options)
      : LayerBody("Masking", options), value_(options.mask_value) {
    set_built();
  }

  void check(const Nest& inputs) const override {
    require<ShapeError>(inputs.tensor().rank() >= 1, label(),
                        "expected inputs with an axis of features, got a scalar. Add one.");
  }

  Nest call(const Nest& inputs, const CallArgs&) override {
    const Tensor& x = inputs.tensor();
    const Tensor kept = ops::any(ops::not_equal(x, value_), -1, true);
    return ops::where(kept, x, 0).with_mask(ops::squeeze(kept, -1));
  }

  bool supports_masking() const override { return true; }
  bool makes_mask() const override { return true; }
  Tensor compute_mask(const Nest& inputs, const Nest&) const override {
    return ops::any(ops::not_equal(inputs.tensor(), value_), -1);
  }

 private:
  double value_;
};

class IdentityBody final : public LayerBody {
 public:
  explicit IdentityBody(const IdentityOptions& options) : LayerBody("Identity", options) {
    set_built();
  }
  Nest call(const Nest& inputs, const CallArgs&) override { return inputs; }
  bool supports_masking() const override { return true; }
};

EmbeddingOptions seeded(EmbeddingOptions options) {
  resolve_initializers(options);
  return options;
}

EmbeddingOptions with_sizes(int64_t input_dim, int64_t output_dim, EmbeddingOptions options) {
  options.input_dim = input_dim;
  options.output_dim = output_dim;
  return options;
}

MaskingOptions with_value(Number mask_value, MaskingOptions options) {
  options.mask_value = mask_value;
  return options;
}

}  // namespace

Embedding::Embedding(int64_t input_dim, int64_t output_dim, EmbeddingOptions options)
    : Embedding(with_sizes(input_dim, output_dim, std::move(options))) {}

Embedding::Embedding(EmbeddingOptions options)
    : TensorLayer(std::make_shared<EmbeddingBody>(seeded(std::move(options)))) {}

Variable Embedding::embeddings() const { return static_cast<EmbeddingBody&>(body()).embeddings; }

Masking::Masking(Number mask_value, MaskingOptions options)
    : Masking(with_value(mask_value, std::move(options))) {}

Masking::Masking(MaskingOptions options) : TensorLayer(std::make_shared<MaskingBody>(options)) {}

Identity::Identity(IdentityOptions options) : Layer(std::make_shared<IdentityBody>(options)) {}

}  // namespace keratin::layers
