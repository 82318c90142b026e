// SPDX-License-Identifier: Apache-2.0
// Finds hidden units that never fire, by running the model up to them.
#include <algorithm>

#include "keratin/model/advice/facts_internal.h"
#include "keratin/model/functional.h"
#include "keratin/model/model_body.h"

namespace keratin::advice {

namespace {

constexpr int64_t most_rows = 256;
constexpr int64_t fewest_rows = 32;   // fewer prove nothing
constexpr int64_t fewest_units = 16;  // of which most may fail; trained networks do with a quarter

bool is_output(const FunctionalGraph& graph, const CallNode& node) {
  const std::vector<Tensor> outputs = graph.outputs().flatten();
  return std::any_of(outputs.begin(), outputs.end(),
                     [&](const Tensor& output) { return output.origin().get() == &node; });
}

// Returns the Dense layer that gives a relu layer its inputs; null for another one.
LayerBody* dense_before(const CallNode& relu) {
  if (!relu.inputs.is_tensor() || !relu.inputs.tensor().origin()) return nullptr;
  auto* layer = dynamic_cast<LayerBody*>(relu.inputs.tensor().origin()->operation.get());
  const bool plain = layer != nullptr && layer->class_name() == "Dense" && layer->built();
  return plain && activation_of(*layer) == "linear" ? layer : nullptr;
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

void check_layer(const HiddenRelu& hidden, const Tensor& values, bool most, Findings& findings) {
  const int64_t units = values.shape().back();
  const int64_t dead = dead_of(values);
  const bool all = dead == units;
  if (!all && !(most && units >= fewest_units && 8 * dead >= 7 * units)) return;
  add(findings, "units-never-fire", hidden.dense->operation_name(),
      hidden.dense->label() + ": " + (all ? "none" : std::to_string(units - dead)) + " of " +
          std::to_string(units) + " \"relu\" units " + (units - dead == 1 ? "fires" : "fire") +
          " for any of " + std::to_string(values.shape()[0]) + " samples",
      "kernel_initializer \"he_normal\" with zeros as biases, a smaller learning rate, or "
      "\"leaky_relu\"");
}

}  // namespace

std::vector<HiddenRelu> hidden_relus(const FunctionalGraph& graph) {
  std::vector<HiddenRelu> found;
  for (const auto& node : graph.nodes()) {
    auto* layer = dynamic_cast<LayerBody*>(node->operation.get());
    if (layer == nullptr || is_output(graph, *node)) continue;
    const std::string& kind = layer->class_name();
    const bool is_dense = kind == "Dense" && layer->built();
    if (!is_dense && kind != "Activation" && kind != "ReLU") continue;
    if (activation_of(*layer) != "relu") continue;
    LayerBody* dense = is_dense ? layer : dense_before(*node);
    if (dense != nullptr) found.push_back({dense, node->outputs().flatten()[0]});
  }
  return found;
}

void check_dead_units(ModelBody& model, const Nest& x, bool most, Findings& findings) {
  const FunctionalGraph* graph = model.structure().graph();
  const std::vector<Tensor> given = x.flatten();
  if (graph == nullptr || given.empty()) return;
  for (const Tensor& tensor : given) {
    if (!tensor.defined() || !tensor.is_concrete() || tensor.rank() == 0) return;
    if (tensor.shape()[0] < fewest_rows) return;
  }
  const std::vector<HiddenRelu> hidden = hidden_relus(*graph);
  if (hidden.empty()) return;
  std::vector<Tensor> outputs;
  for (const HiddenRelu& layer : hidden) outputs.push_back(layer.output);
  const Nest rows = x.map([](const Tensor& tensor) { return some_rows(tensor, most_rows); });
  const Model part(
      ModelOptions{.inputs = graph->inputs(), .outputs = Nest(outputs), .name = "advice"});
  const std::vector<Tensor> values = part.predict(rows, {.verbose = 0}).flatten();
  for (size_t i = 0; i < hidden.size(); ++i) check_layer(hidden[i], values[i], most, findings);
}

}  // namespace keratin::advice
