// SPDX-License-Identifier: Apache-2.0
// A functional model: a graph of layers as a model, and its config.
#include <algorithm>
#include <functional>
#include <map>

#include "keratin/base/check.h"
#include "keratin/model/model_body.h"

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

Config tensor_config(const Tensor& tensor, const NodeIndices& indices) {
  if (!tensor.is_keras_tensor()) {
    return Config::dict(
        {{"class_name", "__tensor__"},
         {"config",
          Config::dict({{"value", tensor.rank() == 0 ? Config(tensor.item<double>()) : Config()},
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
  Config::List layers;
  for (const auto& operation : graph.operations()) {
    const auto layer = std::dynamic_pointer_cast<LayerBody>(operation);
    require<UnsupportedError>(layer != nullptr, model.label(),
                              "expected layers only to write a config, got the operation '{}'. "
                              "Put it into a layer.",
                              operation->operation_name());
    Config item = serialize_layer(Layer(layer));
    item.set("name", operation->operation_name());
    Config::List calls;
    for (const auto& node : graph.nodes()) {
      if (node->operation != operation || node->inputs.empty()) continue;
      Config arguments = nest_config(
          node->inputs, [&](const Tensor& tensor) { return tensor_config(tensor, indices); });
      calls.push_back(Config::dict(
          {{"args", Config::list({std::move(arguments)})}, {"kwargs", Config::dict()}}));
    }
    item.set("inbound_nodes", Config::list(std::move(calls)));
    layers.push_back(std::move(item));
  }
  const auto triples = [&](const Nest& nest) {
    return nest_config(nest, [&](const Tensor& tensor) { return indices.history(tensor); });
  };
  return Config::dict({{"name", model.operation_name()},
                       {"trainable", model.trainable()},
                       {"layers", Config::list(std::move(layers))},
                       {"input_layers", triples(graph.inputs())},
                       {"output_layers", triples(graph.outputs())}});
}

}  // namespace keratin
