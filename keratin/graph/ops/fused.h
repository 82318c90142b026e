// SPDX-License-Identifier: Apache-2.0
// Several ops as one, which a backend may run in one go.
#pragma once

#include <memory>
#include <string>

#include "keratin/graph/graph.h"

namespace keratin {

/// Is a graph that an op carries as an attribute; written and read in the text form of graphs.
struct SubGraph {
  std::shared_ptr<const Graph> graph;
};

template <>
struct Codec<SubGraph> {
  static Config write(const SubGraph& value) {
    return value.graph ? Config(to_string(*value.graph)) : Config();
  }
  static SubGraph read(const Config& config) {
    if (config.is_null()) return {};
    return {parse_graph(config.as_string())};
  }
  static std::string type_name() { return "graph"; }
};

}  // namespace keratin

namespace keratin::ops {

struct FusedAttrs {
  KERATIN_OPTIONS(FusedAttrs);
  KERATIN_FIELD(SubGraph, body, "Primitives over as many inputs as the op has.") = {};
};

/// Stands for the graph in its attributes: same inputs, same outputs. It is made by a pass when
/// gradients have been taken, and expands into the graph where no backend runs it whole.
extern const OpDef fused_op;

std::span<const OpDef* const> fused_ops();

}  // namespace keratin::ops
