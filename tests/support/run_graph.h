// SPDX-License-Identifier: Apache-2.0
// Runs a traced graph op by op, the plain way: what compiled plans are compared with.
#pragma once

#include <vector>

#include "keratin/graph/graph.h"

namespace keratin::testing_support {

/// Returns the outputs for these inputs by the reference kernels, and then gives the variables
/// their new values. Call it when the trace has ended.
std::vector<Tensor> run_graph(const Graph& graph, const std::vector<Tensor>& inputs);

}  // namespace keratin::testing_support
