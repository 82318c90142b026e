// SPDX-License-Identifier: Apache-2.0
// The configs of Keras 1 and 2 in today's words. Keras 3 itself refuses most of these files.
#include <algorithm>
#include <array>

#include "keratin/model/saving/legacy_h5.h"

namespace keratin {

namespace {

struct Renaming {
  std::string_view from, to;
};

// Of Keras 1. An empty name drops what today's classes do not have.
constexpr std::array<Renaming, 16> renamed_arguments = {{
    {"output_dim", "units"},
    {"p", "rate"},
    {"init", "kernel_initializer"},
    {"bias", "use_bias"},
    {"W_regularizer", "kernel_regularizer"},
    {"b_regularizer", "bias_regularizer"},
    {"W_constraint", "kernel_constraint"},
    {"b_constraint", "bias_constraint"},
    {"nb_filter", "filters"},
    {"border_mode", "padding"},
    {"subsample", "strides"},
    {"inner_init", "recurrent_initializer"},
    {"inner_activation", "recurrent_activation"},
    {"input_dim", ""},
    {"input_length", ""},
    {"input_dtype", ""},
}};

constexpr std::array<Renaming, 4> renamed_initializers = {{
    {"uniform", "random_uniform"},
    {"normal", "random_normal"},
    {"zero", "zeros"},
    {"one", "ones"},
}};

template <size_t N>
std::string_view renamed(const std::array<Renaming, N>& table, std::string_view name) {
  for (const Renaming& row : table) {
    if (row.from == name) return row.to;
  }
  return name;
}

std::string text_at(const Config& config, std::string_view key) {
  return config.get(key).is_string() ? config.at(key).as_string() : std::string();
}

Config modern_initializer(const Config& value) {
  if (value.is_string()) return renamed(renamed_initializers, value.as_string());
  if (!value.has("class_name") || !value.get("config").is_dict()) return value;
  Config arguments = Config::dict();
  for (const auto& [key, item] : value.at("config").as_dict()) {
    // What Keras 2 called normal was a truncated normal distribution.
    const bool normal = key == "distribution" && item == Config("normal");
    if (key != "dtype") arguments.set(key, normal ? Config("truncated_normal") : item);
  }
  Config result = value;
  result.set("config", std::move(arguments));
  return result;
}

Config modern_value(std::string_view key, const Config& value) {
  if (key.ends_with("_initializer")) return modern_initializer(value);
  if (key == "dtype" && text_at(value, "class_name") == "Policy") {
    return value.at("config").at("name");
  }
  return value;
}

// Returns the batch shape that an old layer holds of its inputs; null for none.
Config input_shape_of(const Config& arguments) {
  for (const char* key : {"batch_input_shape", "batch_shape"}) {
    if (arguments.get(key).is_list()) return arguments.at(key);
  }
  if (arguments.get("input_dim").is_int()) {
    return Config::list({nullptr, arguments.at("input_dim")});
  }
  return {};
}

Config modern_arguments(const std::string& class_name, const Config& legacy) {
  Config result = Config::dict();
  if (class_name == "InputLayer") {
    result.set("batch_shape", input_shape_of(legacy));
    for (const char* key : {"dtype", "sparse", "ragged", "name"}) {
      if (legacy.has(key)) result.set(key, modern_value(key, legacy.at(key)));
    }
    return result;
  }
  for (const auto& [key, value] : legacy.as_dict()) {
    if (key == "batch_input_shape") continue;
    const bool embedding_size = class_name == "Embedding" && key.ends_with("put_dim");
    const std::string_view name = embedding_size ? key : renamed(renamed_arguments, key);
    if (name.empty() || (key != name && legacy.has(name))) continue;
    // Keras 2 wrote the one axis of BatchNormalization as a list.
    const bool list_of_axis =
        class_name == "BatchNormalization" && key == "axis" && value.is_list() && value.size() == 1;
    result.set(name, list_of_axis ? value[0] : modern_value(name, value));
  }
  return result;
}

Config item_of(const std::string& class_name, Config arguments) {
  return Config::dict({{"class_name", class_name}, {"config", std::move(arguments)}});
}

// Until Keras 2.2 the first layer of a Sequential model held the shape of the inputs.
Config input_for(const Config& layer) {
  const Config arguments = layer.get("config");
  const Config shape = layer.get("class_name") == Config("InputLayer") ? Config()
                       : arguments.is_dict()                           ? input_shape_of(arguments)
                                                                       : Config();
  if (shape.is_null()) return {};
  Config input = Config::dict({{"batch_shape", shape}});
  if (arguments.get("dtype").is_string()) input.set("dtype", arguments.at("dtype"));
  const std::string name = text_at(arguments, "name");
  if (!name.empty()) input.set("name", name + "_input");
  return item_of("InputLayer", std::move(input));
}

Config modern_sequential(const Config& legacy) {
  const bool is_list = legacy.is_list();
  const Config& layers = is_list ? legacy : legacy.at("layers");
  Config::List items;
  for (const Config& layer : layers.as_list()) {
    const Config input = items.empty() ? input_for(layer) : Config();
    if (!input.is_null()) items.push_back(input);
    items.push_back(modern_layer(layer));
  }
  Config result = Config::dict({{"name", is_list ? Config() : legacy.get("name")}});
  if (!is_list && legacy.has("trainable")) result.set("trainable", legacy.at("trainable"));
  result.set("layers", Config::list(std::move(items)));
  if (!is_list && legacy.has("build_input_shape")) {
    result.set("build_input_shape", legacy.at("build_input_shape"));
  }
  return result;
}

Config tensor_of(const Config& history) {
  return Config::dict(
      {{"class_name", "__keras_tensor__"},
       {"config",
        Config::dict({{"keras_history", Config::list({history[0], history[1], history[2]})}})}});
}

// Until Keras 2 a call was the list of the tensors that it takes: [[name, call, output, {}]].
Config modern_call(const Config& legacy) {
  if (!legacy.is_list()) return legacy;
  Config::List tensors;
  Config kwargs = Config::dict();
  for (const Config& tensor : legacy.as_list()) {
    tensors.push_back(tensor_of(tensor));
    if (tensor.size() > 3 && tensor[3].is_dict()) kwargs = tensor[3];
  }
  const bool is_one = tensors.size() == 1;
  Config inputs = is_one ? std::move(tensors[0]) : Config::list(std::move(tensors));
  return Config::dict({{"args", Config::list({std::move(inputs)})}, {"kwargs", kwargs}});
}

bool is_history(const Config& config) {
  return config.is_list() && config.size() == 3 && config[0].is_string();
}

// Returns the ends of a model; Keras 2 wrote a single tensor as a list of one.
Config modern_ends(const Config& ends) {
  const bool one = ends.is_list() && ends.size() == 1 && is_history(ends[0]);
  return one ? ends[0] : ends;
}

Config modern_functional(const Config& legacy) {
  Config::List layers;
  for (const Config& layer : legacy.at("layers").as_list()) {
    Config item = modern_layer(layer);
    // Ops have a name and arguments, but none of the arguments of layers.
    const Config arguments = item.at("config");  // item changes below
    const std::string class_name = text_at(item, "class_name");
    const bool is_op = !arguments.has("trainable") && class_name != "InputLayer" &&
                       class_name != "Sequential" && text_at(item, "module").empty();
    if (is_op) item.set("module", "keras.src.ops");
    item.set("name", layer.has("name") ? layer.at("name") : arguments.at("name"));
    Config::List calls;
    const Config old_calls = layer.get("inbound_nodes");
    if (old_calls.is_list()) {
      for (const Config& call : old_calls.as_list()) calls.push_back(modern_call(call));
    }
    item.set("inbound_nodes", Config::list(std::move(calls)));
    layers.push_back(std::move(item));
  }
  Config result = Config::dict({{"name", legacy.get("name")}});
  if (legacy.has("trainable")) result.set("trainable", legacy.at("trainable"));
  result.set("layers", Config::list(std::move(layers)));
  result.set("input_layers", modern_ends(legacy.at("input_layers")));
  result.set("output_layers", modern_ends(legacy.at("output_layers")));
  return result;
}

Config modern_optimizer(const Config& legacy) {
  if (!legacy.get("config").is_dict()) return legacy;
  Config arguments = Config::dict();
  for (const auto& [key, value] : legacy.at("config").as_dict()) {
    const bool gone = key == "decay" || key == "is_legacy_optimizer" || key == "jit_compile" ||
                      (key == "epsilon" && value.is_null());
    if (!gone) arguments.set(key == "lr" ? "learning_rate" : key, value);
  }
  Config result = legacy;
  result.set("config", std::move(arguments));
  return result;
}

// Returns losses and metrics, alone or in lists and dicts, as they are today.
Config modern_objects(const Config& legacy) {
  if (legacy.is_list()) {
    Config::List items;
    for (const Config& item : legacy.as_list()) items.push_back(modern_objects(item));
    return Config::list(std::move(items));
  }
  if (!legacy.is_dict()) return legacy;
  if (text_at(legacy, "class_name") == "MeanMetricWrapper" &&
      legacy.get("config").get("fn").is_string()) {
    return legacy.at("config").at("fn");
  }
  Config result = Config::dict();
  for (const auto& [key, value] : legacy.as_dict()) {
    const bool is_auto = key == "reduction" && value == Config("auto");
    result.set(key, is_auto ? Config("sum_over_batch_size") : modern_objects(value));
  }
  return result;
}

}  // namespace

Config modern_layer(const Config& legacy) {
  const std::string& class_name = legacy.at("class_name").as_string();
  const Config& config = legacy.at("config");
  Config result = legacy;
  if (class_name == "Sequential") {
    result.set("config", modern_sequential(config));
  } else if (class_name == "Functional" || class_name == "Model") {
    result.set("class_name", "Functional");
    result.set("config", modern_functional(config));
  } else {
    result.set("config", modern_arguments(class_name, config));
  }
  return result;
}

Config modern_compile_config(const Config& legacy) {
  Config result = Config::dict({{"optimizer", modern_optimizer(legacy.at("optimizer_config"))}});
  for (const char* key : {"loss", "metrics", "weighted_metrics"}) {
    result.set(key, modern_objects(legacy.get(key)));
  }
  result.set("loss_weights", legacy.get("loss_weights"));
  return result;
}

}  // namespace keratin
