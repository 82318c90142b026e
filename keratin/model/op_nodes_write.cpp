// SPDX-License-Identifier: Apache-2.0
// Writes the ops of functional models as Keras has them: a class of keras.src.ops.
#include <algorithm>
#include <set>

#include "keratin/base/check.h"
#include "keratin/base/text.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/model/op_nodes.h"

namespace keratin {

namespace {

using WriteTensor = std::function<Config(const Tensor&)>;

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string module_of(std::string_view op) {
  if (is_one_of(op, {"relu", "sigmoid", "softplus", "log_sigmoid", "softmax", "log_softmax",
                     "one_hot"})) {
    return "keras.src.ops.nn";
  }
  if (is_one_of(op, {"rsqrt", "erf", "logsumexp"})) return "keras.src.ops.math";
  if (is_one_of(op, {"cast", "stop_gradient"})) return "keras.src.ops.core";
  return "keras.src.ops.numpy";
}

// Returns a list of axes as Keras' arguments have it: None for all, a number for one.
Config axes_config(const Config& axes) {
  if (!axes.is_list()) return axes;
  if (axes.size() == 0) return {};
  return axes.size() == 1 ? axes[0] : axes;
}

// Returns a list of one axis or all as Keras' argmax has it, whose None stands for all.
Config one_axis_config(const Config& axes) { return axes.size() == 1 ? axes[0] : Config(); }

// Returns a new shape as Keras' reshape takes it, with -1 for the free axis.
Config free_shape(const Config& shape) {
  Config::List dims;
  for (const Config& dim : shape.as_list()) dims.push_back(dim.is_null() ? Config(-1) : dim);
  return Config::list(std::move(dims));
}

// Returns the arguments of the class' constructor besides the name.
Config arguments_of(const CallNode& node, const OpOperation& operation) {
  const std::string_view op = operation.op().name;
  if (op == "round") return Config::dict({{"decimals", 0}});
  if (op == "clip") {
    const std::vector<Tensor> inputs = node.inputs.flatten();
    const bool plain = !inputs[1].is_keras_tensor() && !inputs[2].is_keras_tensor();
    require<UnsupportedError>(plain, op,
                              "expected numbers as bounds of clip to write it, got "
                              "Keras tensors. Use maximum and minimum.");
    return Config::dict({{"x_min", inputs[1].item<double>()}, {"x_max", inputs[2].item<double>()}});
  }
  Config config = Config::dict();
  const Config attrs = operation.attrs().to_config();
  for (const auto& [key, value] : attrs.as_dict()) {
    if (op == "get_item") continue;
    if (op == "reshape") {
      config.set("newshape", free_shape(value));
    } else if (key == "axis" && is_one_of(op, {"argmax", "argmin"})) {
      config.set(key, one_axis_config(value));
    } else {
      config.set(key, key == "axis" ? axes_config(value) : value);
    }
  }
  return config;
}

Config slice_config(const Slice& slice) {
  const auto end = [](const std::optional<int64_t>& value) {
    return value ? Config(*value) : Config();
  };
  return Config::dict({{"class_name", "__slice__"},
                       {"config", Config::dict({{"start", end(slice.start)},
                                                {"stop", end(slice.stop)},
                                                {"step", end(slice.step)}})}});
}

Config index_config(const Index& index) {
  switch (index.kind) {
    case Index::Kind::integer:
      return index.at;
    case Index::Kind::slice:
      return slice_config(index.range);
    case Index::Kind::ellipsis:
      return Config::dict({{"class_name", "__ellipsis__"}, {"config", Config::dict()}});
    case Index::Kind::new_axis:
      break;
  }
  return {};
}

// Returns the arguments of the call.
Config call_arguments(const CallNode& node, const OpOperation& operation,
                      const WriteTensor& write) {
  Config::List args;
  for (const Tensor& tensor : node.inputs.flatten()) args.push_back(write(tensor));
  const std::string_view op = operation.op().name;
  if (op == "concatenate" || op == "stack") return Config::list({Config::list(std::move(args))});
  if (op == "clip" || operation.kind() != op) args.resize(1);  // the rest is in the class
  if (op == "get_item") {
    Config::List items;
    for (const Index& item : operation.attrs().as<ops::GetItemAttrs>().items) {
      items.push_back(index_config(item));
    }
    args.push_back(Config::list(std::move(items)));
  }
  return Config::list(std::move(args));
}

// Says the record's words again, with the tensors as they are called now.
Config with_tensors(const Config& config, const std::vector<Tensor>& tensors, size_t& at,
                    const WriteTensor& write) {
  if (config.is_list()) {
    Config::List items;
    for (const Config& item : config.as_list()) {
      items.push_back(with_tensors(item, tensors, at, write));
    }
    return Config::list(std::move(items));
  }
  if (!config.is_dict()) return config;
  if (config.get("class_name") == Config("__keras_tensor__")) return write(tensors.at(at++));
  Config::Dict items;
  for (const auto& [key, value] : config.as_dict()) {
    items.emplace_back(key, with_tensors(value, tensors, at, write));
  }
  return Config::dict(std::move(items));
}

Config recorded(const OpRecord& record, const std::string& name, const WriteTensor& write) {
  if (record.item.is_null()) return {};
  size_t at = 0;
  Config args = with_tensors(record.args, record.tensors, at, write);
  Config kwargs = with_tensors(record.kwargs, record.tensors, at, write);
  Config item = record.item;
  item.set("name", name);
  item.set(
      "inbound_nodes",
      Config::list({Config::dict({{"args", std::move(args)}, {"kwargs", std::move(kwargs)}})}));
  return item;
}

// Tells whether Keras has a class for the op whose arguments are those written here.
bool is_written(const OpDef& op) {
  if (op.attrs == nullptr) return op.name != "squared_difference";
  return is_one_of(op.name, {"cast",         "sum",         "prod",
                             "max",          "min",         "any",
                             "all",          "argmax",      "argmin",
                             "cumsum",       "mean",        "var",
                             "std",          "logsumexp",   "reshape",
                             "expand_dims",  "squeeze",     "transpose",
                             "broadcast_to", "concatenate", "flip",
                             "stack",        "tile",        "repeat",
                             "get_item",     "take",        "take_along_axis",
                             "one_hot",      "softmax",     "log_softmax",
                             "full_like"});
}

}  // namespace

std::vector<std::shared_ptr<CallNode>> ops_between(const std::vector<Tensor>& results,
                                                   const std::vector<Tensor>& inputs) {
  std::set<const CallNode*> seen;
  for (const Tensor& input : inputs) {
    if (input.is_keras_tensor() && input.origin()) seen.insert(input.origin().get());
  }
  std::vector<std::shared_ptr<CallNode>> found;
  std::vector<Tensor> next = results;
  while (!next.empty()) {
    const Tensor tensor = next.back();
    next.pop_back();
    if (!tensor.is_keras_tensor() || !tensor.origin()) continue;
    if (!seen.insert(tensor.origin().get()).second) continue;
    found.push_back(tensor.origin());
    for (const Tensor& input : tensor.origin()->inputs.flatten()) next.push_back(input);
  }
  return found;
}

Config op_node_config(const CallNode& node, const WriteTensor& write) {
  const auto& operation = static_cast<const OpOperation&>(*node.operation);
  const std::string& name = operation.operation_name();
  if (node.arguments != nullptr) {
    return recorded(*static_cast<const OpRecord*>(node.arguments.get()), name, write);
  }
  const OpDef& op = operation.op();
  const bool known = is_written(op) && (op.name != "reshape" || node.inputs.size() == 1);
  require<UnsupportedError>(known, "functional model",
                            "expected ops that Keras' files have, got '{}'. Put it into a layer.",
                            op.name);
  const std::string class_name = text::pascal_case(operation.kind());
  Config config = Config::dict({{"name", name}});
  const Config arguments = arguments_of(node, operation);
  for (const auto& [key, value] : arguments.as_dict()) config.set(key, value);
  const Config call =
      Config::dict({{"args", call_arguments(node, operation, write)}, {"kwargs", Config::dict()}});
  return Config::dict({{"module", module_of(op.name)},
                       {"class_name", class_name},
                       {"config", std::move(config)},
                       {"registered_name", class_name},
                       {"name", name},
                       {"inbound_nodes", Config::list({call})}});
}

}  // namespace keratin
