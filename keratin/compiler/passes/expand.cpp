// SPDX-License-Identifier: Apache-2.0
#include "keratin/compiler/passes/passes.h"
#include "keratin/compiler/rewrite.h"
#include "keratin/graph/ops/control_ops.h"

namespace keratin::compiler {

bool expand(Graph& graph) {
  const Graph& from = graph;  // until the new one takes its place
  Rewriter rewriter(from, Trace::Mode::primitives);
  const bool changed = rewriter.run(graph, [&](const Node& node) {
    if (ops::has_bodies(*node.op)) {
      // What is in the graphs is expanded, for the shapes that they are given now.
      const std::vector<Tensor> inputs = rewriter.inputs_of(node);
      const Attrs now =
          ops::traced_again(*node.op, node.attrs, specs_of(inputs), Trace::Mode::primitives);
      if (now == node.attrs) return false;
      rewriter.replace(node, apply(*node.op, inputs, now));
      return true;
    }
    if (node.op->expand == nullptr) return false;
    rewriter.replace(node, node.op->expand(rewriter.inputs_of(node), node.attrs));
    return true;
  });
  return ops::lift_constants(graph) || changed;
}

}  // namespace keratin::compiler
