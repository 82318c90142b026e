// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>
#include <map>
#include <string>

#include "keratin/compiler/passes/passes.h"
#include "keratin/compiler/rewrite.h"

namespace keratin::compiler {

namespace {

constexpr size_t largest_compared_constant = 4096;

// Returns a text that two nodes share just when they compute the same.
std::string key_of(const Rewriter& rewriter, const Node& node,
                   const std::map<ValueId, ValueId>& constants) {
  std::string key(node.op->name);
  if (!node.attrs.empty()) key += to_json(node.attrs.to_config());
  std::vector<ValueId> inputs;
  for (ValueId id : node.inputs) {
    const ValueId now = rewriter.at(id).body().value;
    const auto same = constants.find(now);
    inputs.push_back(same == constants.end() ? now : same->second);
  }
  if (node.op->traits.commutative) std::sort(inputs.begin(), inputs.end());
  for (ValueId id : inputs) key += "," + std::to_string(id);
  return key;
}

// Maps each constant of the new graph to the first one with the same bits.
std::map<ValueId, ValueId> equal_constants(const Graph& graph, const Rewriter& rewriter) {
  std::map<std::string, ValueId> first;
  std::map<ValueId, ValueId> result;
  for (size_t i = 0; i < graph.values().size(); ++i) {
    const Value& value = graph.values()[i];
    if (value.kind != ValueKind::constant) continue;
    const Array data = value.constant.contiguous();
    if (data.bytes() > largest_compared_constant) continue;
    std::string key = to_string(value.spec) + ":";
    key.append(static_cast<const char*>(data.raw()), data.bytes());
    const ValueId id = rewriter.at(static_cast<ValueId>(i)).body().value;
    result[id] = first.try_emplace(std::move(key), id).first->second;
  }
  return result;
}

}  // namespace

bool cse(Graph& graph) {
  const Graph from = graph;
  Rewriter rewriter(from);
  const std::map<ValueId, ValueId> constants = equal_constants(from, rewriter);
  std::map<std::string, const Node*> seen;
  return rewriter.run(graph, [&](const Node& node) {
    const auto [at, is_new] = seen.try_emplace(key_of(rewriter, node, constants), &node);
    if (is_new) return false;
    std::vector<Tensor> outputs;
    for (ValueId id : at->second->outputs) outputs.push_back(rewriter.at(id));
    rewriter.replace(node, outputs);
    return true;
  });
}

}  // namespace keratin::compiler
