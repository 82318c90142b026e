// SPDX-License-Identifier: Apache-2.0
// Finds hidden units that never fire, by running the model up to them.
#include <algorithm>

#include "keratin/model/advice/facts_internal.h"
#include "keratin/model/functional.h"
#include "keratin/model/model_body.h"

namespace keratin::advice {

namespace {

constexpr int64_t most_rows = 256;
constexpr int64_t fewest_rows = 32;  // fewer prove nothing
constexpr int64_t fewest_units = 8;  // of which half may fail

struct Hidden {
  std::string name;
  std::string label;
  Tensor output;
};

std::vector<Hidden> hidden_layers(const FunctionalGraph& graph) {
  std::vector<Hidden> hidden;
  for (const auto& node : graph.nodes()) {
    const auto* layer = dynamic_cast<const LayerBody*>(node->operation.get());
    if (layer == nullptr || !is_hidden_relu(graph, *layer)) continue;
    hidden.push_back({layer->operation_name(), layer->label(), node->outputs().flatten()[0]});
  }
  return hidden;
}

// Returns rows that lie evenly in all of them.
Tensor some_rows(const Tensor& tensor, int64_t count) {
  const Array& array = tensor.array();
  Shape shape = array.shape();
  const int64_t rows = shape[0];
  if (rows <= count) return tensor;
  shape[0] = count;
  const Array part(array.dtype(), shape);
  for (int64_t i = 0; i < count; ++i) {
    const int64_t row = i * rows / count;
    part.rows(i, i + 1).assign(array.rows(row, row + 1));
  }
  return Tensor(part);
}

// Returns how many units are 0 in all rows.
int64_t dead_of(const Tensor& values) {
  const auto all = values.to_vector<float>();
  const auto units = static_cast<size_t>(values.shape().back());
  std::vector<bool> fires(units);
  for (size_t i = 0; i < all.size(); ++i) {
    if (!(all[i] == 0.0f)) fires[i % units] = true;
  }
  return std::count(fires.begin(), fires.end(), false);
}

void check_layer(const Hidden& hidden, const Tensor& values, bool most, Findings& findings) {
  const int64_t units = values.shape().back();
  const int64_t dead = dead_of(values);
  const bool all = dead == units;
  if (!all && !(most && units >= fewest_units && 2 * dead >= units)) return;
  add(findings, "units-never-fire", hidden.name,
      hidden.label + ": " + (all ? "none" : std::to_string(units - dead)) + " of " +
          std::to_string(units) + " \"relu\" units " + (units - dead == 1 ? "fires" : "fire") +
          " for any of " + std::to_string(values.shape()[0]) + " samples",
      "kernel_initializer \"he_normal\" with zeros as biases, a smaller learning rate, or "
      "\"leaky_relu\"");
}

}  // namespace

bool is_hidden_relu(const FunctionalGraph& graph, const LayerBody& layer) {
  if (layer.class_name() != "Dense" || !layer.built()) return false;
  const std::vector<std::string> outputs = graph.output_names();
  if (std::find(outputs.begin(), outputs.end(), layer.operation_name()) != outputs.end()) {
    return false;
  }
  const Config activation = layer.get_config().get("activation");
  return activation.is_string() && activation.as_string() == "relu";
}

void check_dead_units(ModelBody& model, const Nest& x, bool most, Findings& findings) {
  const FunctionalGraph* graph = model.structure().graph();
  const std::vector<Tensor> given = x.flatten();
  if (graph == nullptr || given.empty()) return;
  for (const Tensor& tensor : given) {
    if (!tensor.defined() || !tensor.is_concrete() || tensor.rank() == 0) return;
    if (tensor.shape()[0] < fewest_rows) return;
  }
  const std::vector<Hidden> hidden = hidden_layers(*graph);
  if (hidden.empty()) return;
  std::vector<Tensor> outputs;
  for (const Hidden& layer : hidden) outputs.push_back(layer.output);
  const Nest rows = x.map([](const Tensor& tensor) { return some_rows(tensor, most_rows); });
  const Model part(
      ModelOptions{.inputs = graph->inputs(), .outputs = Nest(outputs), .name = "advice"});
  const std::vector<Tensor> values = part.predict(rows, {.verbose = 0}).flatten();
  for (size_t i = 0; i < hidden.size(); ++i) check_layer(hidden[i], values[i], most, findings);
}

}  // namespace keratin::advice
