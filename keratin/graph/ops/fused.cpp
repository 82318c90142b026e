// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/ops/fused.h"

namespace keratin::ops {

namespace {

std::vector<Tensor> expand_fused(std::span<const Tensor> in, const Attrs& attrs) {
  const SubGraph& body = attrs.as<FusedAttrs>().body;
  check_sub_graph(body, in.size(), "fused");
  return replay(*body.graph, in);
}

}  // namespace

const OpDef fused_op = {.name = "fused",
                        .doc = "Runs a graph of primitives as one operation.",
                        .max_inputs = -1,
                        .attrs = &Attrs::type_of<FusedAttrs>,
                        .expand = expand_fused,
                        .traits = {.tiled = true, .not_differentiable = true},
                        .partition = Partition::rows};

std::span<const OpDef* const> fused_ops() {
  static const OpDef* const ops[] = {&fused_op};
  return ops;
}

}  // namespace keratin::ops
