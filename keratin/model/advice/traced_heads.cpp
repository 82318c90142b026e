// SPDX-License-Identifier: Apache-2.0
// The last op of each output of a model that is no graph of layers, such as a subclassed one, from
// the trace of its step.
#include "keratin/graph/graph.h"
#include "keratin/graph/ops/elementwise.h"
#include "keratin/graph/ops/linalg.h"
#include "keratin/graph/ops/nn.h"
#include "keratin/model/advice/advisor_internal.h"
#include "keratin/model/train/compiled.h"

namespace keratin::advice {

namespace {

const Node* node_of(const Graph& graph, ValueId id) {
  const Value& value = graph.value(id);
  return value.kind == ValueKind::node ? &graph.nodes()[static_cast<size_t>(value.producer)]
                                       : nullptr;
}

// A product with a variable, and a variable that is added, can give any number.
bool is_dense(const Graph& graph, const Node& node) {
  const auto reads_variable = [&](ValueId id) {
    return graph.value(id).kind == ValueKind::variable;
  };
  if (node.op == &ops::matmul_op) return reads_variable(node.inputs[1]);
  if (node.op != &ops::add_op || !reads_variable(node.inputs[1])) return false;
  const Node* product = node_of(graph, node.inputs[0]);
  return product != nullptr && product->op == &ops::matmul_op && is_dense(graph, *product);
}

std::string activation_of(const Tensor& output) {
  const TensorBody& body = output.body();
  const Node* node = body.graph ? node_of(*body.graph, body.value) : nullptr;
  if (node == nullptr) return "";
  if (is_dense(*body.graph, *node)) return "linear";
  if (node->op == &ops::softmax_op) {
    const int64_t axis = node->attrs.as<ops::SoftmaxAttrs>().axis;
    return axis == -1 || axis == output.rank() - 1 ? "softmax" : "";
  }
  const bool known = node->op == &ops::sigmoid_op || node->op == &ops::relu_op ||
                     node->op == &ops::tanh_op || node->op == &ops::softplus_op;
  return known ? std::string(node->op->name) : "";
}

}  // namespace

void Advisor::note_outputs(const std::vector<OutputPart>& parts) {
  heads_.clear();
  for (const OutputPart& part : parts) {
    Head head{.output = part.name,
              .label = parts.size() == 1 ? "the output" : "output `" + part.name + "`",
              .activation = activation_of(part.y_pred)};
    const Shape& shape = part.y_pred.shape();
    head.rank = shape.rank();
    if (shape.rank() > 0) head.units = shape.back();
    heads_.push_back(std::move(head));
  }
}

}  // namespace keratin::advice
