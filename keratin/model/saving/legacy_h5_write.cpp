// SPDX-License-Identifier: Apache-2.0
// Writes legacy whole-model `.h5` files in the words of Keras 3.
#include <algorithm>
#include <array>

#include "keratin/base/check.h"
#include "keratin/model/model_body.h"
#include "keratin/model/saving/compile_config.h"
#include "keratin/model/saving/legacy_h5.h"
#include "keratin/model/train/trainer.h"

namespace keratin {

namespace {

// Short names with which Keras cannot compile a model that it reads from a legacy file.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> long_names = {{
    {"mse", "mean_squared_error"},
    {"mae", "mean_absolute_error"},
    {"msle", "mean_squared_logarithmic_error"},
    {"mape", "mean_absolute_percentage_error"},
}};

// An object header holds 64 KiB; longer lists are spread over several attributes.
constexpr size_t names_in_attribute = 2000;

void set_names(Hdf5Group& group, const std::string& name, const std::vector<std::string>& names) {
  if (names.size() <= names_in_attribute) {
    // h5py writes an empty list as no numbers.
    group.attributes[name] = names.empty() ? Hdf5Attribute(Array::zeros(DType::float64, Shape{0}))
                                           : Hdf5Attribute(names);
    return;
  }
  for (size_t first = 0, part = 0; first < names.size(); first += names_in_attribute, ++part) {
    const size_t last = std::min(names.size(), first + names_in_attribute);
    group.attributes[fmt::format("{}{}", name, part)] =
        std::vector<std::string>(names.begin() + static_cast<std::ptrdiff_t>(first),
                                 names.begin() + static_cast<std::ptrdiff_t>(last));
  }
}

void add_weights(Hdf5Group& group, const std::vector<Variable>& weights) {
  std::vector<std::string> names;
  for (const Variable& weight : weights) {
    const std::string& path = weight.path();
    const size_t slash = path.rfind('/');
    Hdf5Group& folder = slash == std::string::npos ? group : group.make(path.substr(0, slash));
    const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
    require<ValueError>(folder.datasets.emplace(name, Hdf5Dataset(weight.body().data)).second,
                        "save",
                        "expected weights of different paths, got '{}' twice. Rename a layer, or "
                        "save the model as `.keras`.",
                        path);
    names.push_back(path);
  }
  set_names(group, "weight_names", names);
}

// Layers have no modules here, and neither have models.
Config legacy_layer(const Config& item) {
  const Config module = item.get("module");
  const bool is_op = module.is_string() && module.as_string().starts_with("keras.src.ops");
  if (is_op) return item;  // Keras could not tell an op from the layer of its name
  Config arguments = item.at("config");
  if (arguments.get("layers").is_list()) {
    Config::List layers;
    for (const Config& layer : arguments.at("layers").as_list()) {
      layers.push_back(legacy_layer(layer));
    }
    arguments.set("layers", Config::list(std::move(layers)));
  }
  Config result =
      Config::dict({{"class_name", item.at("class_name")}, {"config", std::move(arguments)}});
  for (const char* key : {"name", "inbound_nodes"}) {
    if (item.has(key)) result.set(key, item.at(key));
  }
  return result;
}

// Returns losses and metrics under their long names and without modules.
Config legacy_objects(const Config& config) {
  if (config.is_string()) {
    for (const auto& [name, long_name] : long_names) {
      if (config.as_string() == name) return long_name;
    }
    return config;
  }
  if (config.is_list()) {
    Config::List items;
    for (const Config& item : config.as_list()) items.push_back(legacy_objects(item));
    return Config::list(std::move(items));
  }
  if (!config.is_dict()) return config;
  if (config.has("class_name")) {
    return Config::dict({{"class_name", config.at("class_name")}, {"config", config.at("config")}});
  }
  Config::Dict items;
  for (const auto& [key, value] : config.as_dict()) {
    items.emplace_back(key, legacy_objects(value));
  }
  return Config::dict(std::move(items));
}

// The optimizer is the one that trains, with what `compile` wraps around it.
Config training_config(const Trainer& trainer) {
  const Config compile = compile_config(trainer.compile_options());
  Config result = Config::dict();
  for (const auto& [key, value] : compile.as_dict()) {
    const bool objects = key == "loss" || key == "metrics" || key == "weighted_metrics";
    if (key != "optimizer") result.set(key, objects ? legacy_objects(value) : value);
  }
  result.set("optimizer_config", legacy_objects(trainer.optimizer().to_config()));
  return result;
}

}  // namespace

Hdf5Group legacy_file_of(const Model& model) {
  Hdf5Group file;
  Hdf5Group& group = file.make("model_weights");
  for (Hdf5Group* place : {&file, &group}) {
    place->attributes["keras_version"] = std::string("3.15.1");
    place->attributes["backend"] = std::string("jax");
  }
  file.attributes["model_config"] = to_json(legacy_layer(serialize_layer(model)));
  std::vector<std::string> names;
  for (const Layer& layer : model.layers()) {
    std::vector<Variable> weights = layer.trainable_weights();
    const std::vector<Variable> others = layer.non_trainable_weights();
    weights.insert(weights.end(), others.begin(), others.end());
    add_weights(group.make(layer.name()), weights);
    names.push_back(layer.name());
  }
  set_names(group, "layer_names", names);
  std::vector<Variable> own;
  for (const Weight& weight : model.body().own_weights()) own.push_back(weight.variable);
  add_weights(group.make("top_level_model_weights"), own);
  const Trainer& trainer = model.model_body().trainer();
  if (!trainer.compiled()) return file;
  file.attributes["training_config"] = to_json(training_config(trainer));
  add_weights(file.make("optimizer_weights"), trainer.optimizer().variables());
  return file;
}

}  // namespace keratin
