// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/layers/lambda.h"

#include "keratin/base/check.h"
#include "keratin/nn/layer_body.h"

namespace keratin {

Config Codec<layers::LambdaFunction>::write(const layers::LambdaFunction& function) {
  if (function.name().empty() || detail::is_nameless(function.name())) nameless_function("Lambda");
  return function_envelope(function.name());
}

layers::LambdaFunction Codec<layers::LambdaFunction>::read(const Config&) {
  fail<UnsupportedError>("Lambda",
                         "expected a layer without code of its own, got a Lambda. Write its "
                         "function as the `call` of a CustomLayer and use that in the model.");
}

namespace layers {

namespace {

class LambdaBody final : public LayerBody {
 public:
  explicit LambdaBody(const LambdaOptions& options)
      : LayerBody("Lambda", options), options_(options) {
    require<ValueError>(options_.function.defined(), label(),
                        "expected a function, got none. Pass one.");
  }

  Nest call(const Nest& inputs, const CallArgs& args) override {
    Nest outputs = options_.function(inputs, args);
    if (!options_.output_shape) return outputs;
    for (const Tensor& output : outputs.flatten()) {
      const Shape& shape = output.shape();
      const bool fits =
          shape.rank() >= 1 && is_compatible(shape.slice(1, shape.rank()), *options_.output_shape);
      require<ShapeError>(fits, label(),
                          "expected an output of `output_shape` {} behind the batch, got {}. "
                          "Correct one of them.",
                          to_string(*options_.output_shape), to_string(shape));
    }
    return outputs;
  }

  bool takes_empty_places() const override { return true; }
  bool takes_mask() const override { return true; }
  bool supports_masking() const override { return options_.mask != nullptr; }
  bool makes_mask() const override { return supports_masking(); }
  Tensor compute_mask(const Nest& inputs, const Nest& mask) const override {
    return options_.mask(inputs, mask);
  }

  Config get_config() const override {
    Config config = Config::dict();
    const Config all = LayerBody::get_config();
    for (const auto& [key, value] : all.as_dict()) {
      if (key != "output_shape" || !value.is_null()) config.set(key, value);
    }
    config.set("arguments", Config::dict());
    return config;
  }

 private:
  LambdaOptions options_;
};

LambdaOptions with_function(LambdaFunction function, LambdaOptions options) {
  options.function = std::move(function);
  return options;
}

}  // namespace

Lambda::Lambda(LambdaFunction function, LambdaOptions options)
    : Layer(std::make_shared<LambdaBody>(with_function(std::move(function), std::move(options)))) {}

}  // namespace layers

}  // namespace keratin
