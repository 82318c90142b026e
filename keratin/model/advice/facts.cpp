// SPDX-License-Identifier: Apache-2.0
// What a model and the arguments of compile tell before there is data.
#include <algorithm>
#include <limits>

#include "keratin/base/text.h"
#include "keratin/graph/attrs.h"
#include "keratin/model/advice/advisor_internal.h"
#include "keratin/model/model_body.h"
#include "keratin/model/train/compiled.h"
#include "keratin/model/train/trainer.h"
#include "keratin/nn/registry.h"

namespace keratin::advice {

namespace {

constexpr double endless = std::numeric_limits<double>::infinity();

template <size_t N>
bool any_of(std::string_view name, const std::string_view (&names)[N]) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

// Layers that give on what they take, value by value.
bool passes_on(const LayerBody& layer) {
  constexpr std::string_view names[] = {"Dropout", "AlphaDropout", "GaussianDropout", "Identity",
                                        "ActivityRegularization"};
  return any_of(layer.class_name(), names);
}

// Layers that only move values, so that a softmax no longer lies along the last axis.
bool moves(const LayerBody& layer) {
  constexpr std::string_view names[] = {"Reshape", "Flatten", "Permute", "RepeatVector"};
  return any_of(layer.class_name(), names);
}

// An op called on Keras tensors: only those whose values are known without their attributes.
std::string activation_of_op(const OpOperation& operation) {
  constexpr std::string_view known[] = {"sigmoid", "relu", "tanh"};
  const std::string name(operation.op().name);
  return any_of(name, known) ? name : "";
}

std::string without_softmax(std::string activation) {
  return activation == "softmax" || activation == "log_softmax" ? "" : activation;
}

// Walks back from an output to the layer that gives its values.
std::string head_activation(const Tensor& output, int depth = 0) {
  const auto& node = output.origin();
  if (!node || depth > 64) return "";
  if (const auto* op = dynamic_cast<const OpOperation*>(node->operation.get())) {
    return activation_of_op(*op);
  }
  auto* layer = dynamic_cast<LayerBody*>(node->operation.get());
  if (layer == nullptr) return "";
  if (auto* model = dynamic_cast<ModelBody*>(layer)) {
    const FunctionalGraph* graph = model->structure().graph();
    if (graph == nullptr) return "";
    return head_activation(graph->outputs().flatten()[static_cast<size_t>(output.origin_index())],
                           depth + 1);
  }
  if (!is_built_in(layer->class_name())) return "";
  const bool moved = moves(*layer);
  if (!moved && !passes_on(*layer)) return activation_of(*layer);
  if (!node->inputs.is_tensor()) return "";
  const std::string before = head_activation(node->inputs.tensor(), depth + 1);
  return moved ? without_softmax(before) : before;
}

// The last layer of a Sequential model without an input shape.
Head head_of_unbuilt(const ModelBody& model) {
  Head head{.output = "", .label = "the output", .activation = ""};
  std::vector<Layer> layers = model.layers();
  while (!layers.empty() && passes_on(layers.back().body())) layers.pop_back();
  std::string activation;
  if (!layers.empty() && layers.back().class_name() == "Activation") {
    activation = activation_of(layers.back().body());
    layers.pop_back();
  }
  if (layers.empty() || !is_built_in(layers.back().class_name())) return head;
  const LayerBody& last = layers.back().body();
  head.output = last.operation_name();
  head.label = "output `" + head.output + "`";
  head.activation = activation.empty() ? activation_of(last) : activation;
  if (last.class_name() == "Dense") head.units = last.get_config().get("units").as_int();
  return head;
}

std::vector<Head> heads_of(ModelBody& model) {
  const FunctionalGraph* graph = model.structure().graph();
  if (graph == nullptr && model.structure().class_name() == "Sequential") {
    return {head_of_unbuilt(model)};
  }
  if (graph == nullptr) {
    const std::vector<Head>& traced = model.trainer().advisor().heads();
    if (!traced.empty()) return traced;
    return {{.output = "", .label = "the output", .activation = ""}};
  }
  const std::vector<Tensor> outputs = graph->outputs().flatten();
  std::vector<std::string> names = graph->output_names();
  if (graph->outputs().is_dict()) {
    names.clear();
    for (const auto& [key, item] : graph->outputs().items()) names.push_back(key);
    std::sort(names.begin(), names.end());
  }
  std::vector<Head> heads;
  for (size_t i = 0; i < outputs.size() && i < names.size(); ++i) {
    Head head{.output = names[i],
              .label = "output `" + names[i] + "`",
              .activation = head_activation(outputs[i])};
    const Shape& shape = outputs[i].shape();
    head.rank = shape.rank();
    if (shape.rank() > 0 && shape.back() != None) head.units = shape.back();
    heads.push_back(std::move(head));
  }
  return heads;
}

std::string full_name(const std::string& written) {
  static constexpr std::pair<std::string_view, std::string_view> aliases[] = {
      {"mse", "mean_squared_error"},
      {"mae", "mean_absolute_error"},
      {"mape", "mean_absolute_percentage_error"},
      {"msle", "mean_squared_logarithmic_error"},
      {"bce", "binary_crossentropy"},
      {"kld", "kl_divergence"},
      {"ce", "crossentropy"},
      {"acc", "accuracy"}};
  const std::string lower = text::lower(written);
  for (const auto& [alias, name] : aliases) {
    if (lower == alias) return std::string(name);
  }
  return written == lower ? written : text::snake_case(written);
}

// Keras' own objects only: a class of the user may have any name.
std::optional<Part> part_of(const Config& written, std::string_view where) {
  const std::optional<ObjectSpec> spec = read_object(written, where);
  if (!spec || !spec->registered_name.empty()) return std::nullopt;
  if (spec->is_function()) return Part{full_name(spec->config.as_string())};
  Part part{full_name(spec->class_name)};
  if (spec->config.is_dict()) part.arguments = spec->config;
  return part;
}

template <class T>
void add_part(std::vector<Part>& parts, const T& object, std::string_view where) {
  if (!object.defined()) return;
  try {
    if (auto part = part_of(object.to_config(), where)) parts.push_back(std::move(*part));
  } catch (const std::exception&) {  // a function without a name
  }
}

void add_losses(std::vector<OutputFacts>& outputs, const Losses& losses) {
  for (size_t i = 0; i < outputs.size(); ++i) {
    const auto& items = losses.items();
    for (size_t j = 0; j < items.size(); ++j) {
      const bool mine = losses.kind() == Losses::Kind::one || outputs.size() == 1 ||
                        (losses.kind() == Losses::Kind::list && i == j);
      const bool named = losses.kind() == Losses::Kind::dict;
      if (named ? items[j].first == outputs[i].head.output : mine) {
        add_part(outputs[i].losses, items[j].second, "loss");
      }
    }
  }
}

void add_all_metrics(OutputFacts& output, const Metrics& metrics) {
  if (metrics.kind() == Metrics::Kind::one) add_part(output.metrics, metrics.metric(), "metric");
  for (const auto& [name, inner] : metrics.items()) add_all_metrics(output, inner);
}

void add_metrics(std::vector<OutputFacts>& outputs, const Metrics& metrics) {
  if (metrics.kind() == Metrics::Kind::dict) {
    for (OutputFacts& output : outputs) {
      for (const auto& [name, inner] : metrics.items()) {
        if (name == output.head.output) add_all_metrics(output, inner);
      }
    }
  } else if (outputs.size() == 1) {
    add_all_metrics(outputs[0], metrics);
  } else if (metrics.items().size() == outputs.size()) {
    for (size_t i = 0; i < outputs.size(); ++i) {
      add_all_metrics(outputs[i], metrics.items()[i].second);
    }
  }
}

bool has_kernel(const LayerBody& layer) {
  return layer.class_name() == "Dense" || layer.class_name() == "EinsumDense";
}

// Returns the label of a layer with a kernel that takes an input unchanged.
std::string first_layer(const FunctionalGraph& graph, const Tensor& input, int depth = 0) {
  for (const auto& node : graph.nodes()) {
    const std::vector<Tensor> taken = node->inputs.flatten();
    const bool takes = std::any_of(taken.begin(), taken.end(), [&](const Tensor& tensor) {
      return tensor.is_keras_tensor() && key_of(tensor) == key_of(input);
    });
    auto* layer = dynamic_cast<LayerBody*>(node->operation.get());
    if (!takes || layer == nullptr || !is_built_in(layer->class_name())) continue;
    if (has_kernel(*layer)) return layer->trainable() ? layer->label() : "";
    if ((moves(*layer) || passes_on(*layer)) && depth < 64) {
      const std::string found = first_layer(graph, node->outputs().flatten()[0], depth + 1);
      if (!found.empty()) return found;
    }
  }
  return "";
}

std::string first_layer_of_unbuilt(const ModelBody& model) {
  if (model.structure().class_name() != "Sequential") return "";
  for (const Layer& layer : model.layers()) {
    const LayerBody& body = layer.body();
    if (!is_built_in(body.class_name())) return "";
    if (has_kernel(body)) return body.trainable() ? body.label() : "";
    if (!moves(body) && !passes_on(body) && body.class_name() != "InputLayer") return "";
  }
  return "";
}

std::vector<InputFacts> inputs_of(const ModelBody& model) {
  const FunctionalGraph* graph = model.structure().graph();
  if (graph == nullptr) {
    return {{.name = "", .first_layer = first_layer_of_unbuilt(model)}};
  }
  const std::vector<std::string> names = graph->input_names();
  const std::vector<Tensor> tensors = graph->inputs().flatten();
  std::vector<InputFacts> inputs;
  for (size_t i = 0; i < tensors.size() && i < names.size(); ++i) {
    inputs.push_back({.name = names[i], .first_layer = first_layer(*graph, tensors[i])});
  }
  return inputs;
}

}  // namespace

std::string activation_of(const LayerBody& layer) {
  const std::string& name = layer.class_name();
  const Config config = layer.get_config();
  if (name == "Dense" || name == "EinsumDense" || name == "Activation") {
    const Config given = config.get("activation");
    return given.is_string() ? given.as_string() : "";
  }
  if (name == "Softmax") {
    const Config axis = config.get("axis");
    return axis.is_int() && axis.as_int() == -1 ? "softmax" : "";
  }
  if (name == "ReLU") {
    const bool plain = config.get("max_value").is_null() &&
                       config.get("negative_slope").as_number() == 0.0 &&
                       config.get("threshold").as_number() == 0.0;
    return plain ? "relu" : "";
  }
  constexpr std::string_view unbounded[] = {"LeakyReLU", "ELU", "PReLU"};
  return any_of(name, unbounded) ? text::snake_case(name) : "";
}

bool Part::flag(std::string_view key) const {
  const Config value = arguments.get(key);
  return value.is_bool() && value.as_bool();
}

Facts facts_of(ModelBody& model, const CompileOptions* options) {
  Facts facts;
  for (Head& head : heads_of(model)) facts.outputs.push_back({.head = std::move(head)});
  facts.inputs = inputs_of(model);
  if (options == nullptr) return facts;
  add_losses(facts.outputs, options->loss);
  add_metrics(facts.outputs, options->metrics);
  add_metrics(facts.outputs, options->weighted_metrics);
  const Optimizer& optimizer = options->optimizer;
  facts.trained = optimizer.built() && optimizer.iterations().item<int64_t>() > 0;
  return facts;
}

bool is_binary_loss(const Part& loss) {
  return loss.name == "binary_crossentropy" || loss.name == "binary_focal_crossentropy";
}

bool is_sparse_loss(const Part& loss) { return loss.name == "sparse_categorical_crossentropy"; }

bool is_categorical_loss(const Part& loss) {
  constexpr std::string_view names[] = {"categorical_crossentropy",
                                        "categorical_focal_crossentropy",
                                        "categorical_generalized_cross_entropy"};
  return is_sparse_loss(loss) || any_of(loss.name, names);
}

bool is_cross_entropy(const Part& loss) {
  return is_binary_loss(loss) || is_categorical_loss(loss) || loss.name == "crossentropy";
}

bool is_regression_loss(const Part& loss) {
  constexpr std::string_view names[] = {"mean_squared_error",
                                        "mean_absolute_error",
                                        "mean_absolute_percentage_error",
                                        "huber",
                                        "mean_squared_logarithmic_error",
                                        "log_cosh"};
  return any_of(loss.name, names);
}

std::optional<Range> range_of(const std::string& activation) {
  constexpr std::string_view shares[] = {"sigmoid", "softmax", "hard_sigmoid", "sparsemax",
                                         "sparse_sigmoid"};
  constexpr std::string_view endless_above[] = {"relu", "softplus", "exponential", "squareplus",
                                                "sparse_plus"};
  constexpr std::string_view both_signs[] = {"tanh", "softsign", "hard_tanh"};
  constexpr std::string_view free[] = {"linear",     "elu",         "selu",        "gelu",
                                       "silu",       "swish",       "mish",        "celu",
                                       "leaky_relu", "prelu",       "p_re_lu",     "hard_silu",
                                       "hard_swish", "hard_shrink", "soft_shrink", "tanh_shrink",
                                       "threshold",  "leaky_re_lu", "glu"};
  if (any_of(activation, shares)) return Range{0.0, 1.0};
  if (any_of(activation, endless_above)) return Range{0.0, endless};
  if (any_of(activation, both_signs)) return Range{-1.0, 1.0};
  if (activation == "relu6") return Range{0.0, 6.0};
  if (activation == "log_softmax" || activation == "log_sigmoid") return Range{-endless, 0.0};
  if (any_of(activation, free)) return Range{-endless, endless};
  return std::nullopt;
}

void add(Findings& findings, std::string code, std::string part, const std::string& what,
         std::string use) {
  std::string sentence = what + "; use " + use + ".";
  findings.push_back({std::move(code), std::move(part), std::move(sentence), std::move(use)});
}

}  // namespace keratin::advice
