// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/graph/graph.h"

namespace keratin::compiler {

/// Is what passes may ask about where a plan will run.
class Backend {
 public:
  virtual ~Backend() = default;
  /// Tells whether the node can be part of a `fused` op; its shapes are static.
  virtual bool fuses(const Graph& graph, const Node& node) const = 0;
  /// Tells whether the node is a product that a `fused` op over its rows and columns should begin
  /// with; its shapes are static.
  virtual bool fuses_product(const Graph& graph, const Node& node) const = 0;
};

/// Returns the backend that is linked in.
const Backend& backend();

}  // namespace keratin::compiler
