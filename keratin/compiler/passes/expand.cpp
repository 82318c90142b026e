// SPDX-License-Identifier: Apache-2.0
#include "keratin/compiler/passes/passes.h"
#include "keratin/compiler/rewrite.h"

namespace keratin::compiler {

bool expand(Graph& graph) {
  const Graph from = graph;
  Rewriter rewriter(from, Trace::Mode::primitives);
  return rewriter.run(graph, [&](const Node& node) {
    if (node.op->expand == nullptr) return false;
    rewriter.replace(node, node.op->expand(rewriter.inputs_of(node), node.attrs));
    return true;
  });
}

}  // namespace keratin::compiler
