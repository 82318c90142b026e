// SPDX-License-Identifier: Apache-2.0
// Reads the config of a functional model: layers first, then the calls between them.
#include <algorithm>
#include <array>
#include <map>

#include "keratin/base/check.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/model/model_body.h"
#include "keratin/model/op_nodes.h"
#include "keratin/nn/layers/input_body.h"
#include "keratin/nn/object.h"

namespace keratin {

namespace {

// Is one operation of the config while the model is being put together.
struct Part {
  std::string name;
  Layer layer;     // of a layer
  std::string op;  // the class of an op
  Config config;
  Config item;  // of an op, without its calls
  Config calls;
  size_t done = 0;                 // calls that have been made
  std::vector<Nest> outputs = {};  // of each call
};

bool is_history(const Config& config) {
  return config.is_list() && config.size() == 3 && config[0].is_string();
}

class Reader {
 public:
  explicit Reader(const Config& config)
      : config_(config), where_("model `" + name_of_model() + "`") {
    for (const Config& item : config.at("layers").as_list()) add(item);
  }

  std::shared_ptr<ModelBody> read() {
    bool progress = true;
    while (progress) {
      progress = false;
      for (Part& part : parts_) {
        while (part.done < part.calls.size() && is_ready(part.calls[part.done])) {
          call(part, part.calls[part.done]);
          ++part.done;
          progress = true;
        }
      }
    }
    for (const Part& part : parts_) {
      require<ConfigError>(part.done == part.calls.size(), where_,
                           "expected calls whose inputs exist, got one of '{}' that cannot be "
                           "made. Check the inbound_nodes.",
                           part.name);
    }
    ModelOptions options;
    options.name = name_of_model();
    options.inputs = endpoints(config_.at("input_layers"));
    options.outputs = endpoints(config_.at("output_layers"));
    if (config_.has("trainable")) options.trainable = config_.at("trainable").as_bool();
    return make_functional(options);
  }

 private:
  std::string name_of_model() const {
    return config_.get("name").is_string() ? config_.at("name").as_string() : "";
  }

  void add(const Config& item) {
    Part part;
    part.name = item.at("name").as_string();
    part.config = item.at("config");
    part.calls = item.get("inbound_nodes");
    if (part.calls.is_null()) part.calls = Config::list();
    const std::string module = item.get("module").is_string() ? item.at("module").as_string() : "";
    if (module.starts_with("keras.src.ops") || module.starts_with("keras.ops")) {
      part.op = item.at("class_name").as_string();
      part.item = Config::dict();
      for (const auto& [key, value] : item.as_dict()) {
        if (key != "inbound_nodes") part.item.set(key, value);
      }
    } else {
      part.layer = deserialize_layer(item);
      part.layer.body().set_name(part.name);
      if (part.layer.class_name() == "InputLayer") {
        auto& input = static_cast<layers::InputBody&>(part.layer.body());
        part.outputs.emplace_back(input.tensor());
      }
    }
    parts_.push_back(std::move(part));
  }

  Part& find(const std::string& name) {
    for (Part& part : parts_) {
      if (part.name == name) return part;
    }
    fail<ConfigError>(where_,
                      "expected the name of a layer of the model, got '{}'. Check the "
                      "config.",
                      name);
  }

  // A nested model counts its calls from 1 in files, as it has a call of its own.
  const Nest* output_of(const Config& history) {
    Part& part = find(history[0].as_string());
    const auto index = static_cast<size_t>(history[1].as_int());
    return index < part.outputs.size() ? &part.outputs[index] : nullptr;
  }

  // Returns the output that a history [name, call, output] means.
  Tensor tensor_of(const Nest& outputs, const Config& history) const {
    const std::vector<Tensor> tensors = outputs.flatten();
    const int64_t index = history[2].as_int();
    const auto count = static_cast<int64_t>(tensors.size());
    require<ConfigError>(index >= 0 && index < count, where_,
                         "expected the index of one of {} outputs of '{}', got {}. Check the "
                         "config.",
                         count, history[0].as_string(), index);
    return tensors[static_cast<size_t>(index)];
  }

  bool is_ready(const Config& config) {
    if (config.is_list()) {
      for (const Config& item : config.as_list()) {
        if (!is_ready(item)) return false;
      }
    }
    if (!config.is_dict()) return true;
    if (config.get("class_name") == Config("__keras_tensor__")) {
      return output_of(config.at("config").at("keras_history")) != nullptr;
    }
    for (const auto& [key, value] : config.as_dict()) {
      if (!is_ready(value)) return false;
    }
    return true;
  }

  static Tensor constant(const Config& config) {
    const Config& value = config.at("config").at("value");
    const DType dtype = dtype_from(config.at("config").at("dtype").as_string());
    std::vector<double> numbers;
    Shape shape;
    const std::function<void(const Config&, int)> collect = [&](const Config& item, int depth) {
      if (!item.is_list()) {
        numbers.push_back(item.is_bool() ? (item.as_bool() ? 1.0 : 0.0) : item.as_number());
        return;
      }
      if (shape.rank() == depth) shape.push_back(static_cast<int64_t>(item.size()));
      for (const Config& inner : item.as_list()) collect(inner, depth + 1);
    };
    collect(value, 0);
    return Tensor::from(numbers, shape).cast(dtype);
  }

  Nest value_of(const Config& config) {
    if (config.is_null()) return {};
    if (config.is_bool()) return Tensor(config.as_bool());
    if (config.is_int()) return Tensor(config.as_int());
    if (config.is_number()) return Tensor(config.as_number());
    if (config.is_list()) {
      std::vector<Nest> items;
      for (const Config& item : config.as_list()) items.push_back(value_of(item));
      return Nest::list(std::move(items));
    }
    const Config kind = config.get("class_name");
    if (kind == Config("__keras_tensor__")) {
      const Config& history = config.at("config").at("keras_history");
      return tensor_of(*output_of(history), history);
    }
    if (kind == Config("__tensor__") || kind == Config("__numpy__")) return constant(config);
    std::vector<Nest::Item> items;
    for (const auto& [key, value] : config.as_dict()) items.emplace_back(key, value_of(value));
    return Nest::dict(std::move(items));
  }

  void call(Part& part, const Config& node) {
    const Config& args = node.at("args");
    const Config kwargs = node.get("kwargs");
    if (!part.op.empty()) {
      part.outputs.push_back(call_op(part, args, kwargs));
      return;
    }
    CallArgs call_args;
    if (kwargs.has("training") && kwargs.at("training").is_bool()) {
      call_args.training = kwargs.at("training").as_bool();
    }
    require<ConfigError>(args.size() >= 1, where_,
                         "expected inputs for the layer '{}', got none. Check the config.",
                         part.name);
    // Python's calls may have a mask behind the inputs, or several inputs one by one.
    const bool apart = args.size() > 1 && part.layer.body().takes_apart(args.size());
    const bool masked = args.size() == 2 && part.layer.body().takes_mask();
    require<ConfigError>(args.size() == 1 || apart || masked, where_,
                         "expected a call of '{}' with its inputs, got one with {} arguments. Pass "
                         "the others by name.",
                         part.name, args.size());
    const Nest inputs = value_of(apart ? args : args[0]);
    call_args.mask = mask_of(masked && !apart ? args[1] : kwargs.get("mask"), inputs);
    part.outputs.push_back(part.layer(inputs, call_args));
  }

  // Tells whether a config holds nothing but tensors, of the graph or with their values, and null.
  static bool are_tensors(const Config& config) {
    if (config.is_list()) {
      const Config::List& items = config.as_list();
      return std::all_of(items.begin(), items.end(), are_tensors);
    }
    if (!config.is_dict()) return config.is_null();
    const Config kind = config.get("class_name");
    if (kind.is_string()) {
      constexpr std::array<std::string_view, 3> kinds = {"__keras_tensor__", "__tensor__",
                                                         "__numpy__"};
      return std::find(kinds.begin(), kinds.end(), kind.as_string()) != kinds.end();
    }
    const Config::Dict& items = config.as_dict();
    return std::all_of(items.begin(), items.end(),
                       [](const auto& item) { return are_tensors(item.second); });
  }

  // Returns the masks that a call was given, an empty handle where there is none of an input.
  Nest mask_of(const Config& config, const Nest& inputs) {
    require<ConfigError>(are_tensors(config), where_,
                         "expected a tensor or None as `mask`, got {}. Check the inbound_nodes.",
                         to_json(config));
    std::vector<Tensor> masks;
    bool any = false;
    for (const Nest& place : value_of(config).places()) {
      masks.push_back(place.is_tensor() ? place.tensor() : Tensor());
      any = any || masks.back().defined();
    }
    if (!any) return {};
    require<ConfigError>(masks.size() == inputs.flatten().size(), where_,
                         "expected a mask for each of {} inputs, got {}. Check the inbound_nodes.",
                         inputs.flatten().size(), masks.size());
    return inputs.pack(masks);
  }

  static void rename(const Tensor& tensor, const std::string& name) {
    if (!tensor.origin()) return;
    static_cast<OpOperation&>(*tensor.origin()->operation).set_name(name);
  }

  Nest call_op(Part& part, const Config& args, const Config& kwargs) {
    std::vector<Tensor> inputs;
    std::vector<Tensor> results;
    if (part.op == "GetItem") {
      append(value_of(args[0]), inputs);
      results = {ops::get_item(inputs.at(0), index_items(args[1]))};
    } else {
      for (const Config& item : args.as_list()) append(value_of(item), inputs);
      if (kwargs.is_dict()) {
        for (const auto& [key, value] : kwargs.as_dict()) append(value_of(value), inputs);
      }
      results = call_op_node(part.op, part.config, inputs);
    }
    std::vector<Nest> outputs(results.begin(), results.end());
    for (const Tensor& result : results) rename(result, part.name);
    keep_words(part, args, kwargs, inputs, results);
    return outputs.size() == 1 ? outputs[0] : Nest::list(std::move(outputs));
  }

  // Lets the ops remember how the file has them.
  void keep_words(const Part& part, const Config& args, const Config& kwargs,
                  const std::vector<Tensor>& inputs, const std::vector<Tensor>& results) {
    if (!part.item.has("registered_name")) return;  // of a legacy file, whose words are too few
    auto record = std::make_shared<OpRecord>();
    record->item = part.item;
    record->args = args;
    record->kwargs = kwargs.is_null() ? Config::dict() : kwargs;
    collect_tensors(args, record->tensors);
    collect_tensors(kwargs, record->tensors);
    for (const auto& node : ops_between(results, inputs)) {
      const bool is_last = node == results[0].origin();
      node->arguments = is_last ? record : std::make_shared<OpRecord>();
    }
  }

  void collect_tensors(const Config& config, std::vector<Tensor>& tensors) {
    if (config.is_list()) {
      for (const Config& item : config.as_list()) collect_tensors(item, tensors);
    } else if (config.get("class_name") == Config("__keras_tensor__")) {
      tensors.push_back(value_of(config).tensor());
    } else if (config.is_dict()) {
      for (const auto& [key, value] : config.as_dict()) collect_tensors(value, tensors);
    }
  }

  static void append(const Nest& value, std::vector<Tensor>& inputs) {
    for (const Tensor& tensor : value.flatten()) inputs.push_back(tensor);
  }

  Nest endpoints(const Config& config) {
    if (is_history(config)) {
      Part& part = find(config[0].as_string());
      int64_t index = config[1].as_int();
      // Calls of nested functional models are counted from 1 here.
      const bool nested = part.layer.defined() && part.layer.class_name() == "Functional";
      if (nested && index > 0) --index;
      const auto count = static_cast<int64_t>(part.outputs.size());
      require<ConfigError>(index >= 0 && index < count, where_,
                           "expected the index of one of {} calls of '{}', got {}. Check the "
                           "config.",
                           count, part.name, index);
      return tensor_of(part.outputs[static_cast<size_t>(index)], config);
    }
    if (config.is_list()) {
      std::vector<Nest> items;
      for (const Config& item : config.as_list()) items.push_back(endpoints(item));
      return Nest::list(std::move(items));
    }
    std::vector<Nest::Item> items;
    for (const auto& [key, value] : config.as_dict()) items.emplace_back(key, endpoints(value));
    return Nest::dict(std::move(items));
  }

  const Config& config_;
  std::string where_;
  std::vector<Part> parts_;
};

}  // namespace

std::shared_ptr<ModelBody> functional_from_config(const Config& config) {
  return Reader(config).read();
}

}  // namespace keratin
