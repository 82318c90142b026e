// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/registry.h"

#include <algorithm>

#include "keratin/base/check.h"
#include "keratin/base/text.h"
#include "keratin/nn/error_context.h"
#include "keratin/nn/layers/input_body.h"
#include "keratin/nn/layers/layers.h"

namespace keratin {

namespace {

template <class L, class Options>
Layer make_layer(const Config& config) {
  // Keras writes arguments that select what this version does not have; null means unused.
  Config known = Config::dict();
  for (const auto& [key, value] : config.as_dict()) {
    const bool unused = value.is_null() && (key == "quantization_config" || key == "lora_rank");
    if (!unused) known.set(key, value);
  }
  return L(options_from<Options>(known, "from_config"));
}

template <class L, class Options>
constexpr LayerMaker make{make_layer<L, Options>, describe_fields<Options>};

Layer make_input(const Config& config) {
  layers::InputOptions options;
  options.batch_shape = Codec<Shape>::read(config.at("batch_shape"));
  if (config.get("dtype").is_string()) options.dtype = dtype_from(config.at("dtype").as_string());
  if (config.get("name").is_string()) options.name = config.at("name").as_string();
  if (config.get("optional").is_bool()) options.optional = config.at("optional").as_bool();
  return layers::InputLayer({}, options);
}

// Files hold no code, so that reading one always fails; the codec says what to do instead.
Layer make_lambda(const Config& config) {
  return layers::Lambda(Codec<layers::LambdaFunction>::read(config.get("function")));
}

}  // namespace

const std::vector<LayerType>& layer_types() {
  using namespace layers;
  static const std::vector<LayerType> types = {
      {"InputLayer", {make_input, describe_fields<InputOptions>}},
      {"Dense", make<Dense, DenseOptions>},
      {"Activation", make<layers::Activation, ActivationOptions>},
      {"Dropout", make<Dropout, DropoutOptions>},
      {"Flatten", make<Flatten, FlattenOptions>},
      {"Reshape", make<Reshape, ReshapeOptions>},
      {"Rescaling", make<Rescaling, RescalingOptions>},
      {"Concatenate", make<Concatenate, ConcatenateOptions>},
      {"Add", make<Add, AddOptions>},
      {"Subtract", make<layers::Subtract, SubtractOptions>},
      {"Multiply", make<layers::Multiply, MultiplyOptions>},
      {"Average", make<layers::Average, AverageOptions>},
      {"Maximum", make<layers::Maximum, MaximumOptions>},
      {"Minimum", make<layers::Minimum, MinimumOptions>},
      {"Dot", make<layers::Dot, DotOptions>},
      {"Permute", make<layers::Permute, PermuteOptions>},
      {"RepeatVector", make<layers::RepeatVector, RepeatVectorOptions>},
      {"Identity", make<layers::Identity, IdentityOptions>},
      {"Masking", make<layers::Masking, MaskingOptions>},
      {"Embedding", make<layers::Embedding, EmbeddingOptions>},
      {"EinsumDense", make<layers::EinsumDense, EinsumDenseOptions>},
      {"ReLU", make<layers::ReLU, ReLUOptions>},
      {"LeakyReLU", make<layers::LeakyReLU, LeakyReLUOptions>},
      {"PReLU", make<layers::PReLU, PReLUOptions>},
      {"ELU", make<layers::ELU, ELUOptions>},
      {"Softmax", make<layers::Softmax, SoftmaxOptions>},
      {"BatchNormalization", make<layers::BatchNormalization, BatchNormalizationOptions>},
      {"LayerNormalization", make<layers::LayerNormalization, LayerNormalizationOptions>},
      {"GroupNormalization", make<layers::GroupNormalization, GroupNormalizationOptions>},
      {"RMSNormalization", make<layers::RMSNormalization, RMSNormalizationOptions>},
      {"UnitNormalization", make<layers::UnitNormalization, UnitNormalizationOptions>},
      {"Normalization", make<layers::Normalization, NormalizationOptions>},
      {"AlphaDropout", make<layers::AlphaDropout, AlphaDropoutOptions>},
      {"GaussianDropout", make<layers::GaussianDropout, GaussianDropoutOptions>},
      {"GaussianNoise", make<layers::GaussianNoise, GaussianNoiseOptions>},
      {"SpatialDropout1D", make<layers::SpatialDropout1D, SpatialDropout1DOptions>},
      {"SpatialDropout2D", make<layers::SpatialDropout2D, SpatialDropout2DOptions>},
      {"SpatialDropout3D", make<layers::SpatialDropout3D, SpatialDropout3DOptions>},
      {"ActivityRegularization",
       make<layers::ActivityRegularization, ActivityRegularizationOptions>},
      {"TimeDistributed", make<layers::TimeDistributed, TimeDistributedOptions>},
      {"SpectralNormalization", make<layers::SpectralNormalization, SpectralNormalizationOptions>},
      {"Lambda", {make_lambda, [] { return std::vector<FieldInfo>(); }}},
  };
  return types;
}

bool is_built_in(std::string_view class_name) {
  const std::vector<LayerType>& types = layer_types();
  return std::any_of(types.begin(), types.end(),
                     [&](const LayerType& type) { return type.class_name == class_name; });
}

Layer layer_from_config(const std::string& class_name, const Config& config) {
  std::vector<std::string> names;
  for (const LayerType& type : layer_types()) {
    names.emplace_back(type.class_name);
    if (type.class_name != class_name) continue;
    try {
      return type.make.from_config(config);
    } catch (const Error&) {
      rethrow_in(class_name + ".from_config");
    }
  }
  const std::string hint = text::did_you_mean(class_name, names);
  fail<ConfigError>("layers", "expected a layer class of this version, got '{}'.{}", class_name,
                    hint.empty() ? " Check the class_name." : hint);
}

}  // namespace keratin
