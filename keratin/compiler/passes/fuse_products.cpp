// SPDX-License-Identifier: Apache-2.0
// A product whose result one `fused` op goes through moves into it, in front: the result then stays
// in a cache, a few rows at a time. This is how optimizers join the gradients of weights.
#include <map>
#include <set>

#include "keratin/compiler/backend.h"
#include "keratin/compiler/passes/passes.h"
#include "keratin/compiler/rewrite.h"
#include "keratin/compiler/tiles.h"
#include "keratin/graph/ops/fused.h"
#include "keratin/graph/ops/ops.h"

namespace keratin::compiler {

namespace {

const Graph& body_of(const Node& fused) { return *fused.attrs.as<ops::FusedAttrs>().body.graph; }

class ProductFusion {
 public:
  explicit ProductFusion(const Graph& graph) : graph_(graph), uses_(graph.values().size(), 0) {
    const auto use = [&](ValueId id) { ++uses_[static_cast<size_t>(id)]; };
    for (const Node& node : graph.nodes()) {
      for (ValueId id : node.inputs) use(id);
    }
    for (ValueId id : graph.outputs) use(id);
    for (const Update& update : graph.updates) use(update.value);
    for (const Node& node : graph.nodes()) choose(node);
  }

  /// Returns the input of a fused op that is a product to move into it, or -1.
  int input_of(const Node& fused) const {
    const auto found = chosen_.find(&fused);
    return found == chosen_.end() ? -1 : found->second;
  }

  const Node& product_of(const Node& fused) const {
    const ValueId id = fused.inputs[static_cast<size_t>(input_of(fused))];
    return graph_.nodes()[static_cast<size_t>(graph_.value(id).producer)];
  }

  bool moves(const Node& product) const { return moved_.contains(&product); }

 private:
  void choose(const Node& fused) {
    if (fused.op != &ops::fused_op || begins_with_product(body_of(fused))) return;
    for (size_t i = 0; i < fused.inputs.size(); ++i) {
      const Value& value = graph_.value(fused.inputs[i]);
      if (value.kind != ValueKind::node || uses_[static_cast<size_t>(fused.inputs[i])] != 1) {
        continue;
      }
      const Node& product = graph_.nodes()[static_cast<size_t>(value.producer)];
      if (!backend().fuses_product(graph_, product) || !goes_in_full(body_of(fused), i)) continue;
      chosen_[&fused] = static_cast<int>(i);
      moved_.insert(&product);
      return;
    }
  }

  // Tells whether a fused op goes through all rows and columns of an input.
  static bool goes_in_full(const Graph& body, size_t input) {
    const ValueId id = body.inputs()[input];
    const TileSpace space = space_of(body);
    if (body.value(id).spec.shape != space.shape) return false;
    for (const Node& node : body.nodes()) {
      for (size_t i = 0; i < node.inputs.size(); ++i) {
        if (node.inputs[i] == id && space.of_operand(body, node, i) != Extent::full) return false;
      }
    }
    return true;
  }

  const Graph& graph_;
  std::vector<int> uses_;
  std::map<const Node*, int> chosen_;
  std::set<const Node*> moved_;
};

// Returns the body with the product in front, whose operands are its first two inputs.
std::shared_ptr<Graph> join(const Graph& graph, const Node& product, const Graph& body,
                            size_t input) {
  auto joined = std::make_shared<Graph>();
  std::vector<ValueId> map(body.values().size(), -1);
  const auto name = [&] { return "x" + std::to_string(joined->inputs().size()); };
  std::vector<ValueId> operands;
  for (ValueId id : product.inputs) {
    operands.push_back(joined->add_input(graph.value(id).spec, name()));
  }
  const std::vector<ValueId> inputs = body.inputs();
  for (size_t i = 0; i < inputs.size(); ++i) {
    const auto old = static_cast<size_t>(inputs[i]);
    if (i != input) map[old] = joined->add_input(body.value(inputs[i]).spec, name());
  }
  for (size_t i = 0; i < map.size(); ++i) {
    const Value& value = body.values()[i];
    if (value.kind == ValueKind::constant) map[i] = joined->add_constant(value.constant);
  }
  map[static_cast<size_t>(inputs[input])] = joined->add_node(
      *product.op, product.attrs, operands, {graph.value(product.outputs[0]).spec})[0];
  for (const Node& node : body.nodes()) {
    std::vector<ValueId> from;
    for (ValueId id : node.inputs) from.push_back(map[static_cast<size_t>(id)]);
    const TensorSpec& spec = body.value(node.outputs[0]).spec;
    map[static_cast<size_t>(node.outputs[0])] =
        joined->add_node(*node.op, node.attrs, from, {spec})[0];
  }
  for (ValueId id : body.outputs) joined->outputs.push_back(map[static_cast<size_t>(id)]);
  return joined;
}

}  // namespace

bool fuse_products(Graph& graph) {
  const Graph& from = graph;  // until the new one takes its place
  const ProductFusion fusion(from);
  Rewriter rewriter(from);
  return rewriter.run(graph, [&](const Node& node) {
    if (fusion.moves(node)) return true;  // its only user takes it along
    const int input = fusion.input_of(node);
    if (input < 0) return false;
    const Node& product = fusion.product_of(node);
    const std::shared_ptr<Graph> body =
        join(from, product, body_of(node), static_cast<size_t>(input));
    std::vector<ValueId> inputs = rewriter.ids(product.inputs);
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      if (static_cast<int>(i) != input) inputs.push_back(rewriter.id(node.inputs[i]));
    }
    std::vector<TensorSpec> specs;
    for (ValueId id : node.outputs) specs.push_back(from.value(id).spec);
    const std::vector<ValueId> results =
        rewriter.graph()->add_node(ops::fused_op, ops::FusedAttrs{.body = {body}}, inputs, specs);
    for (size_t i = 0; i < results.size(); ++i) {
      rewriter.set(node.outputs[i], results[i]);
    }
    return true;
  });
}

}  // namespace keratin::compiler
