// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <unordered_map>

#include "keratin/compiler/passes/passes.h"
#include "keratin/compiler/rewrite.h"

namespace keratin::compiler {

namespace {

constexpr size_t largest_compared_constant = 4096;

template <class T>
void append_bytes(std::string& key, const T& value) {
  key.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// Returns a text that two constants share just when they are the same bits; of large ones, when
// they are the same memory.
std::string key_of(const Value& constant) {
  const Array& data = constant.constant;
  std::string key = to_string(constant.spec) + ":";
  if (data.bytes() <= largest_compared_constant) {
    const Array flat = data.contiguous();
    key.append(static_cast<const char*>(flat.raw()), flat.bytes());
    return key;
  }
  append_bytes(key, data.raw());
  for (int64_t stride : data.strides()) append_bytes(key, stride);
  return key;
}

// Returns a text that nodes share which compute the same, but for what their attributes say.
std::string key_of(const Rewriter& rewriter, const Node& node) {
  std::string key;
  append_bytes(key, node.op);
  std::vector<ValueId> inputs = rewriter.ids(node.inputs);
  if (node.op->traits.commutative) std::sort(inputs.begin(), inputs.end());
  for (ValueId id : inputs) append_bytes(key, id);
  return key;
}

}  // namespace

bool cse(Graph& graph) {
  const Graph& from = graph;  // until the new one takes its place
  Rewriter rewriter(from);
  std::unordered_map<std::string, ValueId> constants;
  for (size_t i = 0; i < from.values().size(); ++i) {
    if (from.values()[i].kind != ValueKind::constant) continue;
    const auto id = static_cast<ValueId>(i);
    const auto [first, is_new] = constants.try_emplace(key_of(from.values()[i]), id);
    if (!is_new) rewriter.merge(id, first->second);
  }
  std::unordered_map<std::string, std::vector<const Node*>> nodes;
  return rewriter.run(graph, [&](const Node& node) {
    std::vector<const Node*>& similar = nodes[key_of(rewriter, node)];
    const auto first = std::find_if(similar.begin(), similar.end(),
                                    [&](const Node* other) { return other->attrs == node.attrs; });
    if (first == similar.end()) {
      similar.push_back(&node);
      return false;
    }
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      rewriter.set(node.outputs[i], rewriter.id((*first)->outputs[i]));
    }
    return true;
  });
}

}  // namespace keratin::compiler
