// SPDX-License-Identifier: Apache-2.0
#include "keratin/compiler/passes/passes.h"
#include "keratin/compiler/rewrite.h"
#include "keratin/graph/ops/control_ops.h"
#include "keratin/graph/ops/ops.h"

namespace keratin::compiler {

namespace {

bool is_scalar_one(const Array* constant) {
  return constant != nullptr && constant->size() == 1 && constant->item<double>() == 1.0;
}

// Returns which input a node gives back as it is, or -1. Shapes must be known: two None axes may
// differ when the graph runs.
int same_as_input(const Graph& graph, const Rewriter& rewriter, const Node& node) {
  const OpDef* op = node.op;
  const TensorSpec& result = graph.value(node.outputs[0]).spec;
  const auto keeps = [&](size_t i) {
    return result.shape.is_static() && graph.value(node.inputs[i]).spec == result;
  };
  if (op == &ops::stop_gradient_op) return 0;
  if ((op->traits.view || op == &ops::cast_op || op == &ops::broadcast_to_op) && keeps(0)) return 0;
  if (op == &ops::multiply_op || op == &ops::divide_op) {
    if (keeps(0) && is_scalar_one(rewriter.constant(node.inputs[1]))) return 0;
  }
  if (op == &ops::multiply_op && keeps(1) && is_scalar_one(rewriter.constant(node.inputs[0]))) {
    return 1;
  }
  return -1;
}

// Returns the node that makes what stands for `old` in the new graph, or null.
const Node* producer_of(const Rewriter& rewriter, ValueId old) {
  const Graph& graph = *rewriter.graph();
  const Value& value = graph.value(rewriter.id(old));
  return value.kind == ValueKind::node ? &graph.nodes()[static_cast<size_t>(value.producer)]
                                       : nullptr;
}

}  // namespace

bool simplify(Graph& graph) {
  const Graph& from = graph;  // until the new one takes its place
  Rewriter rewriter(from);
  return rewriter.run(graph, [&](const Node& node) {
    if (node.op == &ops::cond_op && rewriter.constant(node.inputs[0]) != nullptr) {
      std::vector<Tensor> inputs = rewriter.inputs_of(node);
      inputs[0] = Tensor(*rewriter.constant(node.inputs[0]));
      rewriter.replace(node, node.op->expand(inputs, node.attrs));
      return true;
    }
    const int input = same_as_input(from, rewriter, node);
    if (input >= 0) {
      rewriter.replace(node, {rewriter.at(node.inputs[static_cast<size_t>(input)])});
      return true;
    }
    const Node* producer = producer_of(rewriter, node.inputs[0]);
    if (producer == nullptr) return false;
    const auto source = [&] { return traced_tensor(rewriter.graph(), producer->inputs[0]); };
    if (node.op == &ops::negative_op && producer->op == &ops::negative_op) {
      rewriter.replace(node, {source()});
      return true;
    }
    // Of several views only the last matters.
    const TensorSpec& result = from.value(node.outputs[0]).spec;
    if (!node.op->traits.view || !producer->op->traits.view || !result.shape.is_static()) {
      return false;
    }
    const Tensor shown = source();
    rewriter.replace(node,
                     {shown.shape() == result.shape ? shown : ops::reshape(shown, result.shape)});
    return true;
  });
}

}  // namespace keratin::compiler
