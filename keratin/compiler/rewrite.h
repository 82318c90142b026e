// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "keratin/graph/trace.h"

namespace keratin::compiler {

/// Copies a graph node by node into a new one, and lets a pass decide what a node becomes.
class Rewriter {
 public:
  explicit Rewriter(const Graph& from, Trace::Mode mode = Trace::Mode::graph);

  /// Returns what stands for an old value in the new graph.
  ValueId id(ValueId old) const {
    const ValueId now = map_[static_cast<size_t>(old)];
    if (now < 0) not_there(old);
    return now;
  }
  Tensor at(ValueId old) const { return traced_tensor(trace_.graph(), id(old)); }
  std::vector<ValueId> ids(std::span<const ValueId> old) const;
  std::vector<Tensor> inputs_of(const Node& node) const;
  /// Returns the constant behind an old value's replacement, or null.
  const Array* constant(ValueId old) const;
  /// Says what stands for the node's outputs from now on. Throws InternalError when a spec differs.
  void replace(const Node& node, const std::vector<Tensor>& outputs);
  /// Says what value of the new graph stands for an old one from now on.
  void set(ValueId old, ValueId now) { map_[static_cast<size_t>(old)] = now; }
  const std::shared_ptr<Graph>& graph() const { return trace_.graph(); }
  /// Says that what stands for `other` stands for `old` too, both constants.
  void merge(ValueId old, ValueId other);
  Tensor add_constant(Array array);

  /// Calls `visit(node)` for each node in order; where it returns false the node is copied.
  /// Returns the new graph, with the old one's outputs and updates, and whether anything changed.
  bool run(Graph& graph, const std::function<bool(const Node&)>& visit);
  /// Does the same in another order of the nodes, given by their indices.
  bool run(Graph& graph, std::span<const int> order, const std::function<bool(const Node&)>& visit);

 private:
  void copy(const Node& node);
  [[noreturn]] static void not_there(ValueId old);

  const Graph& from_;
  Trace trace_;
  std::vector<ValueId> map_;
  bool changed_ = false;
};

}  // namespace keratin::compiler
