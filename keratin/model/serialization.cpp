// SPDX-License-Identifier: Apache-2.0
// How layers and models are written as configs and made of them.
#include "keratin/base/check.h"
#include "keratin/model/model_body.h"
#include "keratin/nn/error_context.h"
#include "keratin/nn/object.h"
#include "keratin/nn/registry.h"

namespace keratin {

Config serialize_layer(const Layer& layer) {
  const bool is_functional = layer.class_name() == "Functional";
  const bool is_sequential = layer.class_name() == "Sequential";
  std::string module = "keras.layers";
  if (is_sequential) module = "keras";
  if (is_functional) module = "keras.src.models.functional";
  Config config = envelope(module, layer.class_name(), layer.get_config());
  if (is_functional) config.set("registered_name", "Functional");
  const Nest& inputs = layer.body().build_inputs();
  if (inputs.is_tensor() && !layer.weights().empty()) {
    config.set("build_config",
               Config::dict({{"input_shape", Codec<Shape>::write(inputs.shape())}}));
  }
  return config;
}

Layer deserialize_layer(const Config& config) {
  const std::string& class_name = config.at("class_name").as_string();
  const Config& arguments = config.at("config");
  if (class_name == "Functional" || class_name == "Model") {
    return Layer(functional_from_config(arguments));
  }
  if (class_name == "Sequential") return Layer(sequential_from_config(arguments));
  return layer_from_config(class_name, arguments);
}

Model Model::from_config(const Config& config) {
  Layer layer;
  try {
    layer = deserialize_layer(config);
  } catch (const Error&) {
    rethrow_in("Model.from_config");
  }
  auto body = std::dynamic_pointer_cast<ModelBody>(layer.shared_body());
  require<ConfigError>(body != nullptr, "Model.from_config",
                       "expected a model, got the layer class '{}'. Put it into a Sequential.",
                       layer.class_name());
  return Model(std::move(body));
}

Model models::model_from_json(const std::string& json) {
  return Model::from_config(parse_json(json, "model_from_json"));
}

}  // namespace keratin
