// SPDX-License-Identifier: Apache-2.0
// What `summary()` tells of a model: rows for the table in summary.h.
#include <algorithm>
#include <cstdio>
#include <map>
#include <set>

#include "keratin/base/terminal.h"
#include "keratin/base/text.h"
#include "keratin/graph/trace.h"
#include "keratin/model/model_body.h"
#include "keratin/model/summary.h"
#include "keratin/model/train/trainer.h"
#include "keratin/nn/registry.h"

namespace keratin {

namespace {

SummaryShape shape_of(const Shape& shape) {
  std::vector<SummaryShape::Dim> dims;
  for (int64_t dim : shape) {
    dims.push_back(dim == None ? SummaryShape::Dim() : SummaryShape::Dim(dim));
  }
  return SummaryShape::of(std::move(dims));
}

SummaryShape shapes_of(const Nest& outputs) {
  const std::vector<Tensor> flat = outputs.flatten();
  if (flat.size() == 1) return shape_of(flat[0].shape());
  std::vector<SummaryShape> items;
  for (const Tensor& tensor : flat) items.push_back(shape_of(tensor.shape()));
  return SummaryShape::list_of(std::move(items));
}

// What a layer that was built on data gives for the shapes that it was built on. Keras keeps these
// of its own layers with a `build`, which are those with weights or several inputs.
SummaryShape output_of_build(LayerBody& layer) {
  if (const auto* model = dynamic_cast<const ModelBody*>(&layer)) {
    const FunctionalGraph* graph = model->structure().graph();
    return graph == nullptr ? SummaryShape() : shapes_of(graph->outputs());
  }
  const Nest& inputs = layer.build_inputs();
  if (inputs.empty() || !is_built_in(layer.class_name())) return {};
  const Trace trace(Trace::Mode::specs);
  return shapes_of(layer.invoke(inputs, {.training = false}));
}

// The last call of a layer on Keras tensors; what Keras shows as its output.
SummaryShape output_of(LayerBody& layer) {
  const auto& calls = layer.calls();
  for (auto at = calls.rbegin(); at != calls.rend(); ++at) {
    if (const auto node = at->lock()) return shapes_of(node->outputs());
  }
  return output_of_build(layer);
}

int64_t count_of(const std::vector<Variable>& variables) {
  int64_t count = 0;
  for (const Variable& variable : variables) count += variable.shape().element_count();
  return count;
}

SummaryCount total_of(const std::vector<Variable>& variables) {
  SummaryCount total;
  for (const Variable& variable : variables) {
    const int64_t count = variable.shape().element_count();
    total.parameters += count;
    total.bytes += static_cast<double>(count) * static_cast<double>(size_of(variable.dtype()));
  }
  return total;
}

// Keras shows connections where a model is more than a chain.
bool is_chain(const FunctionalGraph& graph) {
  std::map<const Operation*, int> uses;
  std::map<const CallNode*, int> users;
  for (const auto& node : graph.nodes()) {
    if (++uses[node->operation.get()] > 1) return false;
    int parents = 0;
    for (const Tensor& parent : node->parents()) {
      ++parents;
      if (++users[parent.origin().get()] > 1) return false;
    }
    if (parents > 1) return false;
  }
  return graph.inputs().flatten().size() == 1 && graph.outputs().flatten().size() == 1;
}

class RowMaker {
 public:
  explicit RowMaker(const FunctionalGraph* graph) : graph_(graph) {}

  void add(const std::shared_ptr<Operation>& operation, int depth,
           std::vector<SummaryRow>& rows) const {
    SummaryRow row;
    row.name = operation->operation_name();
    row.depth = depth;
    if (depth == 0) row.connections = connections_of(*operation);
    const auto layer = std::dynamic_pointer_cast<LayerBody>(operation);
    if (layer == nullptr) {
      const auto& op = static_cast<const OpOperation&>(*operation);
      row.class_name = text::pascal_case(op.kind());
      for (const auto& node : graph_->nodes()) {
        if (node->operation == operation) row.output = shapes_of(node->outputs());
      }
      rows.push_back(std::move(row));
      return;
    }
    row.class_name = layer->class_name();
    row.is_built = layer->built();
    row.output = output_of(*layer);
    const std::vector<Variable> weights = layer->weights();
    row.has_weights = !weights.empty();
    row.is_trainable = layer->trainable();
    row.parameters = row.is_built ? count_of(weights) : 0;
    rows.push_back(std::move(row));
    if (const auto* model = dynamic_cast<const ModelBody*>(layer.get())) {
      for (const Layer& inner : model->layers()) add(inner.shared_body(), depth + 1, rows);
    }
  }

 private:
  std::vector<SummaryConnection> connections_of(const Operation& operation) const {
    std::vector<SummaryConnection> connections;
    if (graph_ == nullptr) return connections;
    for (const CallNode* node : graph_->calls_of(operation)) {
      for (const Tensor& parent : node->parents()) {
        const CallNode& before = *parent.origin();
        connections.push_back(
            {before.operation->operation_name(), before.index, parent.origin_index()});
      }
    }
    return connections;
  }

  const FunctionalGraph* graph_;
};

}  // namespace

void Model::summary(const SummaryPrintOptions& options) const {
  ModelBody& model = model_body();
  const FunctionalGraph* graph = model.structure().graph();
  const bool functional = model.class_name() == "Functional";
  ModelSummary table;
  table.name = name();
  table.has_connections = functional && !is_chain(*graph);
  const RowMaker maker(functional ? graph : nullptr);
  if (functional) {
    for (const auto& operation : graph->operations()) maker.add(operation, 0, table.rows);
  } else {
    for (const Layer& layer : layers()) maker.add(layer.shared_body(), 0, table.rows);
  }
  table.trainable = total_of(trainable_weights());
  table.non_trainable = total_of(non_trainable_weights());
  if (model.trainer().compiled() && optimizer().built()) {
    table.optimizer = total_of(optimizer().variables());
  }
  SummaryOptions render;
  render.line_length = options.line_length.value_or(0);
  render.positions = options.positions;
  render.expand_nested = options.expand_nested;
  render.show_trainable = options.show_trainable;
  render.columns = terminal::columns();
  render.console_columns = terminal::console_columns();
  if (!options.print_fn) render.colors = terminal::colors();
  const std::string text = render_summary(table, render);
  if (!options.print_fn) {
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
    return;
  }
  std::vector<std::string> lines = text::split(text, '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  for (const std::string& line : lines) options.print_fn(line);
}

}  // namespace keratin
