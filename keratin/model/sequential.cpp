// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>

#include "keratin/base/check.h"
#include "keratin/base/naming.h"
#include "keratin/model/error_context.h"
#include "keratin/model/model_body.h"
#include "keratin/nn/layers/input_body.h"
#include "keratin/nn/registry.h"

namespace keratin {

namespace {

bool is_input_layer(const Layer& layer) { return layer.class_name() == "InputLayer"; }

// Tells whether a layer may give something else than when it was called last: layers in it may have
// been added to, and a user's code may do what it likes.
bool may_have_changed(const Layer& layer) {
  return layer.class_name() == "Lambda" || !is_built_in(layer.class_name()) ||
         layer.body().flatten_layers().size() > 1;
}

class SequentialStructure final : public Structure {
 public:
  std::string class_name() const override { return "Sequential"; }

  void add(ModelBody& model, const Layer& layer, bool rebuilds) {
    for (const Layer& inner : layer.body().flatten_layers()) {
      require<ValueError>(&inner.body() != &model, model.label(),
                          "expected a layer that does not hold this model, got '{}'. Make a new "
                          "model.",
                          layer.name());
    }
    for (const Layer& other : layers_) {
      require<ValueError>(other.name() != layer.name(), model.label(),
                          "expected layers of different names, got '{}' twice. Rename one.",
                          layer.name());
    }
    if (!layers_.empty() && is_input_layer(layer)) {
      fail<ValueError>(model.label(),
                       "expected an Input before all other layers, got '{}' after '{}'. Put it "
                       "first.",
                       layer.name(), layers_.back().name());
    }
    const std::vector<Layer> old_layers = layers_;
    const std::optional<FunctionalGraph> old_graph = graph_;
    try {
      if (layers_.empty()) add_input_of(layer);
      const bool extends = graph_ && std::none_of(layers_.begin(), layers_.end(), may_have_changed);
      layers_.push_back(layer);
      model.set_tracked_layers(visible());
      if (rebuilds) rebuild(model, extends ? layers_.size() - 1 : 1);
    } catch (...) {
      layers_ = old_layers;
      graph_ = old_graph;
      model.set_tracked_layers(visible());
      throw;
    }
  }

  void pop(ModelBody& model) {
    require<ValueError>(!visible().empty(), model.label(),
                        "expected a layer to take off, got an empty model. Add layers first.");
    layers_.pop_back();
    model.set_tracked_layers(visible());
    rebuild(model, 1);
  }

  void build(ModelBody& model, const Nest& inputs) override {
    require<ValueError>(!layers_.empty(), model.label(),
                        "expected layers, got an empty model. Call `add` first.");
    if (graph_ || !inputs.is_tensor()) return;
    if (!is_input_layer(layers_[0])) {
      // Keras inserts an input of the batch shape that it saw, in the first layer's dtype.
      layers::InputOptions options;
      options.batch_shape = inputs.shape();
      options.dtype = layers_[0].body().dtype_policy().compute_dtype();
      layers_.insert(layers_.begin(), layers::InputLayer({}, options));
      has_inserted_input_ = true;
    }
    connect(model.operation_name(), 1);
  }

  void discard_build() override {
    graph_.reset();
    if (has_inserted_input_) layers_.erase(layers_.begin());
    has_inserted_input_ = false;
  }

  Nest call(const Nest& inputs, const CallArgs& args) override {
    if (graph_) return graph_->run(inputs, args);
    Nest x = inputs;
    for (const Layer& layer : layers_) x = layer(x, args);
    return x;
  }

  const FunctionalGraph* graph() const override { return graph_ ? &*graph_ : nullptr; }
  std::vector<Layer> layers(const ModelBody&) const override { return visible(); }

  Config get_config(const ModelBody& model) const override {
    Config::List items;
    for (const Layer& layer : layers_) items.push_back(serialize_layer(layer));
    Config config = Config::dict({{"name", model.operation_name()},
                                  {"trainable", model.trainable()},
                                  {"dtype", Codec<DTypePolicy>::write(model.dtype_policy())},
                                  {"layers", Config::list(std::move(items))}});
    if (graph_) {
      config.set("build_input_shape", Codec<Shape>::write(graph_->inputs().tensor().shape()));
    }
    return config;
  }

  // Calls the layers from the first that the graph does not have.
  void rebuild(ModelBody& model, size_t first) {
    if (first == 1) graph_.reset();
    if (layers_.size() < 2 || !is_input_layer(layers_[0])) return;
    const NameScope scope(model.operation_name());
    connect(model.operation_name(), first);
    model.set_built();
  }

 private:
  std::vector<Layer> visible() const {
    const bool has_input = !layers_.empty() && is_input_layer(layers_[0]);
    return {layers_.begin() + (has_input ? 1 : 0), layers_.end()};
  }

  // The old form: the first layer says what its input looks like.
  void add_input_of(const Layer& layer) {
    const LayerSettings& settings = layer.body().settings();
    if (!settings.input_shape) return;
    layers::InputOptions options;
    options.batch_size = settings.batch_size;
    layers_.push_back(layers::InputLayer(*settings.input_shape, options));
  }

  void connect(const std::string& name, size_t first) {
    const auto input = std::static_pointer_cast<layers::InputBody>(layers_[0].shared_body());
    const Tensor inputs = input->tensor();
    Nest x = first == 1 ? Nest(inputs) : graph_->outputs();
    for (size_t i = first; i < layers_.size(); ++i) {
      x = with_context(name, [&] { return layers_[i](x); });
    }
    // Keras makes a Functional model here, which takes a name from the counter.
    auto_name("Functional");
    graph_.emplace(inputs, x, name);
  }

  std::vector<Layer> layers_;
  bool has_inserted_input_ = false;  // made by `build`, not by the user
  std::optional<FunctionalGraph> graph_;
};

SequentialStructure& structure_of(ModelBody& body) {
  auto* structure = dynamic_cast<SequentialStructure*>(&body.structure());
  require<ValueError>(structure != nullptr, body.label(),
                      "expected a Sequential model, got another. Add layers only to Sequential.");
  return *structure;
}

}  // namespace

std::shared_ptr<ModelBody> make_sequential(const std::string& name) {
  ModelSettings settings;
  settings.name = name;
  return std::make_shared<ModelBody>(std::make_unique<SequentialStructure>(), settings);
}

void add_to_sequential(ModelBody& body, const Layer& layer) {
  with_context(body.operation_name(), [&] { structure_of(body).add(body, layer, true); });
}

void add_to_sequential(ModelBody& body, const std::vector<Layer>& layers) {
  with_context(body.operation_name(), [&] {
    for (const Layer& layer : layers) structure_of(body).add(body, layer, false);
    structure_of(body).rebuild(body, 1);
  });
}

void pop_from_sequential(ModelBody& body) { structure_of(body).pop(body); }

std::shared_ptr<ModelBody> sequential_from_config(const Config& config) {
  auto body = make_sequential(config.get("name").is_null() ? "" : config.at("name").as_string());
  for (const Config& layer : config.at("layers").as_list()) {
    add_to_sequential(*body, deserialize_layer(layer));
  }
  if (config.has("trainable") && !config.at("trainable").as_bool()) body->set_trainable(false);
  if (!body->built() && config.has("build_input_shape") &&
      config.at("build_input_shape").is_list()) {
    const Shape shape = Codec<Shape>::read(config.at("build_input_shape"));
    body->build_once(keras_tensor({shape, DType::float32}));
  }
  return body;
}

}  // namespace keratin
