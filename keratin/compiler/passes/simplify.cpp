// SPDX-License-Identifier: Apache-2.0
#include "keratin/compiler/passes/passes.h"
#include "keratin/compiler/rewrite.h"
#include "keratin/graph/ops/ops.h"

namespace keratin::compiler {

namespace {

bool is_scalar_one(const Array* constant) {
  return constant != nullptr && constant->size() == 1 && constant->item<double>() == 1.0;
}

// Returns which input a node may be replaced by, or -1.
int same_as_input(const Graph& graph, const Rewriter& rewriter, const Node& node) {
  const OpDef* op = node.op;
  const TensorSpec& result = graph.value(node.outputs[0]).spec;
  const auto keeps = [&](size_t i) { return graph.value(node.inputs[i]).spec == result; };
  if (op == &ops::stop_gradient_op) return 0;
  const bool reorders = op == &ops::cast_op || op == &ops::reshape_op ||
                        op == &ops::broadcast_to_op;
  if (reorders && keeps(0)) return 0;
  if (op == &ops::multiply_op || op == &ops::divide_op) {
    if (keeps(0) && is_scalar_one(rewriter.constant(node.inputs[1]))) return 0;
  }
  if (op == &ops::multiply_op && keeps(1) && is_scalar_one(rewriter.constant(node.inputs[0]))) {
    return 1;
  }
  return -1;
}

}  // namespace

bool simplify(Graph& graph) {
  const Graph from = graph;
  Rewriter rewriter(from);
  return rewriter.run(graph, [&](const Node& node) {
    const int input = same_as_input(from, rewriter, node);
    if (input >= 0) {
      rewriter.replace(node, {rewriter.at(node.inputs[static_cast<size_t>(input)])});
      return true;
    }
    const Value& source = from.value(node.inputs.empty() ? node.outputs[0] : node.inputs[0]);
    if (source.kind != ValueKind::node || source.producer < 0 || node.inputs.size() != 1) {
      return false;
    }
    const Node& producer = from.nodes()[static_cast<size_t>(source.producer)];
    if (node.op == &ops::negative_op && producer.op == &ops::negative_op) {
      rewriter.replace(node, {rewriter.at(producer.inputs[0])});
      return true;
    }
    // Only the last of several reshapes matters.
    if (node.op == &ops::reshape_op && producer.op == &ops::reshape_op &&
        from.value(node.outputs[0]).spec.shape.is_static()) {
      rewriter.replace(node, {ops::reshape(rewriter.at(producer.inputs[0]),
                                           from.value(node.outputs[0]).spec.shape)});
      return true;
    }
    return false;
  });
}

}  // namespace keratin::compiler
