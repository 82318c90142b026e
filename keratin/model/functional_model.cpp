// SPDX-License-Identifier: Apache-2.0
// A functional model: a graph of layers as a model, and its config.
#include <algorithm>
#include <functional>
#include <map>

#include "keratin/base/check.h"
#include "keratin/model/error_context.h"
#include "keratin/model/model_body.h"
#include "keratin/model/op_nodes.h"

namespace keratin {

namespace {

class FunctionalStructure final : public Structure {
 public:
  explicit FunctionalStructure(FunctionalGraph graph) : graph_(std::move(graph)) {}
  std::string class_name() const override { return "Functional"; }
  Nest call(const Nest& inputs, const CallArgs& args) override { return graph_.run(inputs, args); }
  const FunctionalGraph* graph() const override { return &graph_; }
  std::vector<Layer> layers(const ModelBody&) const override { return graph_.layers(); }
  Config get_config(const ModelBody& model) const override { return functional_config(model); }

 private:
  FunctionalGraph graph_;
};

std::shared_ptr<ModelBody> make(const Nest& inputs, const Nest& outputs,
                                const ModelSettings& settings) {
  const std::string name = settings.name.empty() ? "functional" : settings.name;
  FunctionalGraph graph(inputs, outputs, name);
  const std::vector<Layer> layers = graph.layers();
  auto structure = std::make_unique<FunctionalStructure>(std::move(graph));
  auto body = std::make_shared<ModelBody>(std::move(structure), settings);
  body->set_tracked_layers(layers);
  body->set_built();
  return body;
}

// Index of a call among the calls of its operation that belong to the model: files count those.
class NodeIndices {
 public:
  explicit NodeIndices(const FunctionalGraph& graph) {
    std::map<const Operation*, std::vector<const CallNode*>> calls;
    for (const auto& node : graph.nodes()) calls[node->operation.get()].push_back(node.get());
    for (auto& [operation, nodes] : calls) {
      std::sort(nodes.begin(), nodes.end(),
                [](const CallNode* a, const CallNode* b) { return a->index < b->index; });
      for (size_t i = 0; i < nodes.size(); ++i) index_[nodes[i]] = static_cast<int64_t>(i);
    }
  }
  Config history(const Tensor& tensor) const {
    const CallNode& node = *tensor.origin();
    return Config::list({node.operation->operation_name(), index_.at(&node),
                         static_cast<int64_t>(tensor.origin_index())});
  }

 private:
  std::map<const CallNode*, int64_t> index_;
};

Config number_config(const Tensor& number) {
  if (number.dtype() == DType::bool_) return number.item<bool>();
  return is_float(number.dtype()) ? Config(number.item<double>()) : Config(number.item<int64_t>());
}

Config values_config(const Tensor& tensor) {
  if (tensor.rank() == 0) return number_config(tensor);
  Config::List items;
  for (int64_t i = 0; i < tensor.shape()[0]; ++i) items.push_back(values_config(tensor[i]));
  return Config::list(std::move(items));
}

Config tensor_config(const Tensor& tensor, const NodeIndices& indices) {
  if (!tensor.is_keras_tensor()) {
    // A plain number is written as one.
    if (tensor.is_weak()) return number_config(tensor);
    return Config::dict({{"class_name", "__numpy__"},
                         {"config", Config::dict({{"value", values_config(tensor)},
                                                  {"dtype", name_of(tensor.dtype())}})}});
  }
  return Config::dict({{"class_name", "__keras_tensor__"},
                       {"config", Config::dict({{"shape", Codec<Shape>::write(tensor.shape())},
                                                {"dtype", name_of(tensor.dtype())},
                                                {"keras_history", indices.history(tensor)}})}});
}

Config nest_config(const Nest& nest, const std::function<Config(const Tensor&)>& leaf) {
  if (nest.empty()) return {};
  if (nest.is_tensor()) return leaf(nest.tensor());
  if (nest.is_dict()) {
    Config::Dict items;
    for (const auto& [key, item] : nest.items()) items.emplace_back(key, nest_config(item, leaf));
    return Config::dict(std::move(items));
  }
  Config::List items;
  for (const auto& [key, item] : nest.items()) items.push_back(nest_config(item, leaf));
  return Config::list(std::move(items));
}

Config call_config(const CallNode& node, const std::function<Config(const Tensor&)>& write) {
  Config kwargs = Config::dict();
  const auto& arguments = *static_cast<const CallArgs*>(node.arguments.get());
  if (arguments.training) kwargs.set("training", *arguments.training);
  if (!node.masks.empty()) {
    kwargs.set("mask", nest_config(node.masks, [&](const Tensor& mask) {
                 return mask.defined() ? write(mask) : Config();
               }));
  }
  const Config inputs = nest_config(node.inputs, write);
  const auto& layer = static_cast<const LayerBody&>(*node.operation);
  const bool apart = node.inputs.is_list() && layer.takes_apart(node.inputs.size());
  return Config::dict({{"args", apart ? inputs : Config::list({inputs})}, {"kwargs", kwargs}});
}

}  // namespace

std::shared_ptr<ModelBody> make_functional(const ModelOptions& options) {
  ModelSettings settings;
  settings.name = options.name;
  auto body = make(options.inputs, options.outputs, settings);
  if (!options.trainable) body->set_trainable(false);
  return body;
}

Config functional_config(const ModelBody& model) {
  const FunctionalGraph& graph = *model.structure().graph();
  const NodeIndices indices(graph);
  const auto write = [&](const Tensor& tensor) { return tensor_config(tensor, indices); };
  Config::List layers;
  for (const auto& operation : graph.operations()) {
    const auto layer = std::dynamic_pointer_cast<LayerBody>(operation);
    const std::vector<const CallNode*> calls = graph.calls_of(*operation);
    Config item;
    if (layer == nullptr) {
      item =
          with_context(model.operation_name(), [&] { return op_node_config(*calls.at(0), write); });
      if (item.is_null()) continue;
    } else {
      item = serialize_layer(Layer(layer));
      item.set("name", operation->operation_name());
      Config::List nodes;
      for (const CallNode* node : calls) nodes.push_back(call_config(*node, write));
      item.set("inbound_nodes", Config::list(std::move(nodes)));
    }
    layers.push_back(std::move(item));
  }
  const auto triple = [&](const Tensor& tensor) {
    Config history = indices.history(tensor);
    const auto* layer = dynamic_cast<const LayerBody*>(tensor.origin()->operation.get());
    const bool nested = layer != nullptr && layer->class_name() == "Functional";
    if (!nested) return history;
    // Calls of nested functional models are counted from 1 here.
    return Config::list({history[0], history[1].as_int() + 1, history[2]});
  };
  const auto triples = [&](const Nest& nest) { return nest_config(nest, triple); };
  return Config::dict({{"name", model.operation_name()},
                       {"trainable", model.trainable()},
                       {"layers", Config::list(std::move(layers))},
                       {"input_layers", triples(graph.inputs())},
                       {"output_layers", triples(graph.outputs())}});
}

}  // namespace keratin
