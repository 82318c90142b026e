// SPDX-License-Identifier: Apache-2.0
#include "keratin/compiler/passes/passes.h"
#include "keratin/compiler/rewrite.h"
#include "keratin/graph/evaluate.h"

namespace keratin::compiler {

namespace {

// A larger result is left to the plan, where its memory is shared with other values.
constexpr int64_t largest_result = 4096;

}  // namespace

bool fold_constants(Graph& graph) {
  const Graph& from = graph;  // until the new one takes its place
  Rewriter rewriter(from);
  return rewriter.run(graph, [&](const Node& node) {
    if (node.op->expand != nullptr) return false;
    std::vector<Array> inputs;
    for (ValueId id : node.inputs) {
      const Array* constant = rewriter.constant(id);
      if (constant == nullptr) return false;
      inputs.push_back(*constant);
    }
    std::vector<TensorSpec> specs;
    for (ValueId id : node.outputs) {
      specs.push_back(from.value(id).spec);
      if (!specs.back().shape.is_static()) return false;
      if (specs.back().shape.element_count() > largest_result) return false;
    }
    std::vector<Tensor> outputs;
    for (Array& result : evaluator().run(*node.op, node.attrs, inputs, specs)) {
      outputs.push_back(rewriter.add_constant(std::move(result)));
    }
    rewriter.replace(node, outputs);
    return true;
  });
}

}  // namespace keratin::compiler
