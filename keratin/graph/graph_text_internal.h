// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "keratin/graph/graph.h"

namespace keratin::detail {

/// Returns the line of one node with the numbers that its values have in the graph; what is wrong
/// with the node prints as `?`.
std::string node_line(const Graph& graph, const Node& node);

}  // namespace keratin::detail
