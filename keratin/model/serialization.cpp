// SPDX-License-Identifier: Apache-2.0
// How layers and models are written as configs and made of them.
#include <functional>
#include <map>

#include "keratin/base/check.h"
#include "keratin/graph/trace.h"
#include "keratin/model/cloning.h"
#include "keratin/model/error_context.h"
#include "keratin/model/model_body.h"
#include "keratin/model/saving/compile_config.h"
#include "keratin/model/saving/custom_objects.h"
#include "keratin/model/saving/registered_name_internal.h"
#include "keratin/model/train/trainer.h"
#include "keratin/nn/error_context.h"
#include "keratin/nn/layers/wrapper_body.h"
#include "keratin/nn/layers/wrappers.h"
#include "keratin/nn/object.h"
#include "keratin/nn/registry.h"

namespace keratin {

namespace {

// What the reading or writing of one file knows of layers that stand at several places of it: they
// carry an id, and are one layer again when they are read.
struct Sharing {
  std::map<const LayerBody*, int64_t> ids;                 // while a file is written
  std::map<int64_t, Layer> layers;                         // while a file is read
  std::vector<std::function<void()>>* compiles = nullptr;  // where compiling is put off
};

Sharing*& current_sharing() {
  static thread_local Sharing* sharing = nullptr;
  return sharing;
}

class SharingScope {
 public:
  SharingScope() : outer_(std::exchange(current_sharing(), &sharing_)) {}
  ~SharingScope() { current_sharing() = outer_; }
  SharingScope(const SharingScope&) = delete;
  SharingScope& operator=(const SharingScope&) = delete;

  /// Gives an id to each layer that stands in several models.
  void find_shared(const Layer& model) {
    std::map<const LayerBody*, int> counts;
    count(model, counts);
    for (const auto& [body, places] : counts) {
      const auto next = static_cast<int64_t>(sharing_.ids.size()) + 1;
      if (places > 1) sharing_.ids.emplace(body, next);
    }
  }

 private:
  static void count(const Layer& layer, std::map<const LayerBody*, int>& counts) {
    if (++counts[&layer.body()] > 1) return;
    if (const auto* wrapper = dynamic_cast<const layers::WrapperBody*>(&layer.body())) {
      count(wrapper->wrapped(), counts);
    }
    const auto* model = dynamic_cast<const ModelBody*>(&layer.body());
    if (model == nullptr) return;
    for (const Layer& inner : model->layers()) count(inner, counts);
  }

  Sharing sharing_;
  Sharing* outer_;
};

Config shapes_of(const Nest& inputs) {
  if (inputs.is_tensor()) return Codec<Shape>::write(inputs.shape());
  if (inputs.is_dict()) {
    Config::Dict items;
    for (const auto& [key, item] : inputs.items()) items.emplace_back(key, shapes_of(item));
    return Config::dict(std::move(items));
  }
  Config::List items;
  for (const auto& [key, item] : inputs.items()) items.push_back(shapes_of(item));
  return Config::list(std::move(items));
}

Nest placeholders_of(const Config& shapes) {
  if (shapes.is_dict()) {
    std::vector<Nest::Item> items;
    for (const auto& [key, item] : shapes.as_dict()) items.emplace_back(key, placeholders_of(item));
    return Nest::dict(std::move(items));
  }
  const bool is_shape = shapes.size() == 0 || !shapes[0].is_list();
  if (is_shape) return keras_tensor({Codec<Shape>::read(shapes), DType::float32});
  std::vector<Nest> items;
  for (const Config& item : shapes.as_list()) items.push_back(placeholders_of(item));
  return Nest::list(std::move(items));
}

Config envelope_of(const Layer& layer) {
  const std::string class_name = layer.class_name();
  if (class_name == "Functional") {
    Config config = envelope("keras.src.models.functional", class_name, layer.get_config());
    config.set("registered_name", class_name);
    return config;
  }
  if (class_name == "Sequential") return envelope("keras", class_name, layer.get_config());
  if (is_built_in(class_name)) {
    Config config = layer.get_config();
    // Keras writes how a layer is quantized even if it is not; reading drops that null again.
    const bool quantizable =
        class_name == "Dense" || class_name == "EinsumDense" || class_name == "Embedding";
    if (quantizable) config.set("quantization_config", nullptr);
    return envelope("keras.layers", class_name, std::move(config));
  }
  return with_registered_name(custom_envelope(class_name, layer.get_config()));
}

// Keras' classes that hold Python code or files of other libraries.
void refuse_code(const std::string& class_name) {
  for (const char* name : {"Lambda", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer",
                           "__lambda__", "__typespec__"}) {
    require<UnsupportedError>(class_name != name, "layers",
                              "expected layers that are data, got '{}', which holds Python code. "
                              "Write it as a CustomLayer and save the model with that.",
                              class_name);
  }
}

Layer make_layer(const Config& config) {
  const std::string& class_name = config.at("class_name").as_string();
  const auto text = [&](std::string_view key) {
    return config.get(key).is_string() ? config.at(key).as_string() : std::string();
  };
  const std::string module = text("module");
  const std::string registered_name = text("registered_name");
  const Config& arguments = config.at("config");
  if (const auto custom = find_custom_object(class_name, registered_name)) {
    require<ConfigError>(custom->make_layer != nullptr, "layers",
                         "expected a layer, got the class '{}', which is none. Check "
                         "`custom_objects`.",
                         class_name);
    return custom->make_layer(arguments);
  }
  refuse_code(class_name);
  const bool is_ours = (module.empty() || module == "keras" || module.starts_with("keras.")) &&
                       registered_name.find('>') == std::string::npos;
  require<ConfigError>(is_ours, "layers",
                       "expected a class of Keras or one that is registered, got '{}' of '{}'. "
                       "Pass it in `custom_objects`, or call "
                       "`saving::register_keras_serializable` before.",
                       class_name, registered_name.empty() ? module : registered_name);
  if (class_name == "Functional" || class_name == "Model") {
    return Layer(functional_from_config(arguments));
  }
  if (class_name == "Sequential") return Layer(sequential_from_config(arguments));
  return layer_from_config(class_name, arguments);
}

// Does what Keras does after `from_config`: builds a model that is not, and compiles it.
void finish_model(ModelBody& model, const Config& config) {
  const Config build = config.get("build_config");
  if (!model.built() && build.has("input_shape") && !build.at("input_shape").is_null()) {
    const Nest inputs = placeholders_of(build.at("input_shape"));
    const Trace trace(Trace::Mode::specs);
    model.invoke(inputs, {.training = false});
  }
  const Config compile = config.get("compile_config");
  if (!compile.is_dict() || compile.size() == 0) return;
  const auto finish = [&model, compile] {
    model.trainer().compile(compile_options_from(compile));
    if (model.built()) model.trainer().optimizer().build(model.trainable_weights());
  };
  Sharing* sharing = current_sharing();
  if (sharing != nullptr && sharing->compiles != nullptr) {
    sharing->compiles->push_back([finish, owner = model.shared_from_this()] { finish(); });
  } else {
    finish();
  }
}

Model model_of(const Layer& layer) {
  auto body = std::dynamic_pointer_cast<ModelBody>(layer.shared_body());
  require<ConfigError>(body != nullptr, "Model.from_config",
                       "expected a model, got the layer class '{}'. Put it into a Sequential.",
                       layer.class_name());
  return Model(std::move(body));
}

}  // namespace

Config serialize_layer(const Layer& layer) {
  Config config = envelope_of(layer);
  auto* model = dynamic_cast<ModelBody*>(&layer.body());
  const Nest& inputs = layer.body().build_inputs();
  if (layer.class_name() == "Functional") {
    config.set("build_config", Config::dict({{"input_shape", nullptr}}));
  } else if (model != nullptr && model->structure().graph() != nullptr) {
    const Nest& given = model->structure().graph()->inputs();
    config.set("build_config", Config::dict({{"input_shape", shapes_of(given)}}));
  } else if (!inputs.empty()) {
    config.set("build_config", Config::dict({{"input_shape", shapes_of(inputs)}}));
  }
  if (model != nullptr) {
    const Trainer& trainer = model->trainer();
    config.set("compile_config",
               trainer.compiled() ? compile_config(trainer.compile_options()) : Config::dict());
  }
  if (const Sharing* sharing = current_sharing()) {
    const auto shared = sharing->ids.find(&layer.body());
    if (shared != sharing->ids.end()) config.set("shared_object_id", shared->second);
  }
  return config;
}

Layer deserialize_layer(const Config& config) {
  Sharing* sharing = current_sharing();
  const Config id = sharing == nullptr ? Config() : config.get("shared_object_id");
  if (id.is_int()) {
    const auto known = sharing->layers.find(id.as_int());
    if (known != sharing->layers.end()) return known->second;
  }
  const Layer layer = make_layer(config);
  if (auto* model = dynamic_cast<ModelBody*>(&layer.body())) finish_model(*model, config);
  if (id.is_int()) sharing->layers.emplace(id.as_int(), layer);
  return layer;
}

Config Codec<Layer>::write(const Layer& layer) {
  return layer.defined() ? serialize_layer(layer) : Config();
}

Layer Codec<Layer>::read(const Config& config) { return deserialize_layer(config); }

Model model_from_file(const Config& config, const std::string& where,
                      std::vector<std::function<void()>>& compiles) {
  const SharingScope scope;
  current_sharing()->compiles = &compiles;
  return in_file(where, [&] { return model_of(deserialize_layer(config)); });
}

std::string Model::to_json() const {
  SharingScope scope;
  scope.find_shared(*this);
  return keratin::to_json(serialize_layer(*this));
}

Model Model::from_config(const Config& config) {
  const SharingScope scope;
  Layer layer;
  try {
    layer = deserialize_layer(config);
  } catch (const Error&) {
    rethrow_in("Model.from_config");
  }
  return model_of(layer);
}

Model models::clone_model(const Model& model, const CloneOptions& options) {
  const CustomObjectScope custom(options.custom_objects);
  Layer layer;
  try {
    Config config;
    {
      SharingScope scope;
      scope.find_shared(model);
      config = serialize_layer(model);
    }
    const SharingScope scope;
    layer = deserialize_layer(config);
  } catch (const Error&) {
    rethrow_in("clone_model");
  }
  return model_of(layer);
}

Model models::model_from_json(const std::string& json) {
  return Model::from_config(parse_json(json, "model_from_json"));
}

}  // namespace keratin
