// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/registry.h"

#include "keratin/base/check.h"
#include "keratin/base/text.h"
#include "keratin/nn/error_context.h"
#include "keratin/nn/layers/input_body.h"
#include "keratin/nn/layers/layers.h"

namespace keratin {

namespace {

template <class L, class Options>
Layer make(const Config& config) {
  // Keras writes arguments that select what this version does not have; null means unused.
  Config known = Config::dict();
  for (const auto& [key, value] : config.as_dict()) {
    const bool unused = value.is_null() && (key == "quantization_config" || key == "lora_rank");
    if (!unused) known.set(key, value);
  }
  return L(options_from<Options>(known, "from_config"));
}

Layer make_input(const Config& config) {
  layers::InputOptions options;
  options.batch_shape = Codec<Shape>::read(config.at("batch_shape"));
  if (config.get("dtype").is_string()) options.dtype = dtype_from(config.at("dtype").as_string());
  if (config.get("name").is_string()) options.name = config.at("name").as_string();
  return layers::InputLayer({}, options);
}

}  // namespace

const std::vector<LayerType>& layer_types() {
  using namespace layers;
  static const std::vector<LayerType> types = {
      {"InputLayer", make_input},
      {"Dense", make<Dense, DenseOptions>},
      {"Activation", make<layers::Activation, ActivationOptions>},
      {"Dropout", make<Dropout, DropoutOptions>},
      {"Flatten", make<Flatten, FlattenOptions>},
      {"Reshape", make<Reshape, ReshapeOptions>},
      {"Rescaling", make<Rescaling, RescalingOptions>},
      {"Concatenate", make<Concatenate, ConcatenateOptions>},
      {"Add", make<Add, AddOptions>},
  };
  return types;
}

Layer layer_from_config(const std::string& class_name, const Config& config) {
  std::vector<std::string> names;
  for (const LayerType& type : layer_types()) {
    names.emplace_back(type.class_name);
    if (type.class_name != class_name) continue;
    try {
      return type.from_config(config);
    } catch (const Error&) {
      rethrow_in(class_name + ".from_config");
    }
  }
  const std::string hint = text::did_you_mean(class_name, names);
  fail<ConfigError>("layers", "expected a layer class of this version, got '{}'.{}", class_name,
                    hint.empty() ? " Use one of " + text::join(names, ", ") + "." : hint);
}

}  // namespace keratin
