// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>

#include "keratin/compiler/bodies.h"
#include "keratin/compiler/passes/passes.h"
#include "keratin/graph/ops/control_ops.h"

namespace keratin::compiler {

namespace {

// Returns what stays of a node with graphs, some of whose outputs are used.
Shrunk what_stays(const Graph& graph, const Node& node, const std::vector<bool>& used) {
  std::vector<bool> used_outputs;
  for (ValueId id : node.outputs) used_outputs.push_back(used[static_cast<size_t>(id)]);
  return shrink(graph, node, used_outputs);
}

// Copies nodes, or what stays of them, to a graph without the others.
class Copier {
 public:
  Copier(const Graph& from, const std::vector<bool>& used)
      : from_(from), map_(from.values().size(), -1) {
    to_.values().reserve(from.values().size());
    to_.nodes().reserve(from.nodes().size());
    for (size_t i = 0; i < map_.size(); ++i) {
      const Value& value = from.values()[i];
      const bool stays = value.kind == ValueKind::input || used[i];
      if (value.kind == ValueKind::node || !stays) continue;
      map_[i] = static_cast<ValueId>(to_.values().size());
      to_.values().push_back(value);
    }
  }

  void add(const Node& node) { add(node, node.attrs, node.inputs, node.outputs); }
  void add(const Node& node, const Shrunk& stays) {
    add(node, stays.attrs, those_of(node.inputs, stays.inputs),
        those_of(node.outputs, stays.outputs));
  }

  Graph finish() {
    to_.outputs = mapped(from_.outputs);
    for (const Update& update : from_.updates) {
      to_.updates.push_back({update.variable, map_[static_cast<size_t>(update.value)]});
    }
    return std::move(to_);
  }

 private:
  static std::vector<ValueId> those_of(const std::vector<ValueId>& ids,
                                       const std::vector<size_t>& indices) {
    std::vector<ValueId> result;
    for (size_t i : indices) result.push_back(ids[i]);
    return result;
  }

  std::vector<ValueId> mapped(const std::vector<ValueId>& ids) const {
    std::vector<ValueId> result;
    for (ValueId id : ids) result.push_back(map_[static_cast<size_t>(id)]);
    return result;
  }

  void add(const Node& node, const Attrs& attrs, const std::vector<ValueId>& inputs,
           const std::vector<ValueId>& outputs) {
    std::vector<TensorSpec> specs;
    for (ValueId id : outputs) specs.push_back(from_.value(id).spec);
    const std::vector<ValueId> now = to_.add_node(*node.op, attrs, mapped(inputs), specs);
    for (size_t i = 0; i < now.size(); ++i) map_[static_cast<size_t>(outputs[i])] = now[i];
  }

  const Graph& from_;
  Graph to_;
  std::vector<ValueId> map_;
};

}  // namespace

bool dead_code(Graph& graph) {
  std::vector<bool> used(graph.values().size(), false);
  const auto use = [&](ValueId id) { used[static_cast<size_t>(id)] = true; };
  const auto is_used = [&](ValueId id) { return used[static_cast<size_t>(id)]; };
  for (ValueId id : graph.outputs) use(id);
  for (const Update& update : graph.updates) use(update.value);
  std::vector<bool> stays(graph.nodes().size(), false);
  std::map<size_t, Shrunk> shrunk;  // of nodes with graphs
  bool all_stay = true;
  for (size_t i = graph.nodes().size(); i-- > 0;) {
    const Node& node = graph.nodes()[i];
    stays[i] = std::any_of(node.outputs.begin(), node.outputs.end(), is_used);
    if (!stays[i]) {
      all_stay = false;
    } else if (ops::has_bodies(*node.op)) {
      const Shrunk& part = shrunk[i] = what_stays(graph, node, used);
      all_stay = all_stay && part.inputs.size() == node.inputs.size() &&
                 part.outputs.size() == node.outputs.size();
      for (size_t k : part.inputs) use(node.inputs[k]);
    } else {
      for (ValueId id : node.inputs) use(id);
    }
  }
  for (size_t i = 0; i < used.size(); ++i) {
    const ValueKind kind = graph.values()[i].kind;
    const bool may_go = kind == ValueKind::variable || kind == ValueKind::constant;
    all_stay = all_stay && (used[i] || !may_go);
  }
  if (all_stay) return false;
  Copier copier(graph, used);
  for (size_t i = 0; i < stays.size(); ++i) {
    const Node& node = graph.nodes()[i];
    const auto part = shrunk.find(i);
    if (part != shrunk.end()) {
      copier.add(node, part->second);
    } else if (stays[i]) {
      copier.add(node);
    }
  }
  graph = copier.finish();
  return true;
}

}  // namespace keratin::compiler
