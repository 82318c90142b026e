// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "keratin/graph/graph.h"

namespace keratin::detail {

/// Returns the line of one node with the numbers that its values have in the graph; what is wrong
/// with the node prints as `?`.
std::string node_line(const Graph& graph, const Node& node);

/// Tells whether a constant is printed so that it can be read back: it is small, or all its
/// elements are the same.
bool has_text(const Array& constant);

}  // namespace keratin::detail
