// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "keratin/graph/tensor.h"

namespace keratin::detail {

/// Returns the gradient of the sum of `targets` times `target_gradients` for each of `sources`, all
/// values of the trace that is open; an empty handle where nothing flows. An empty handle as a
/// target's gradient means zero.
std::vector<Tensor> pull_back(const std::vector<Tensor>& targets,
                              const std::vector<Tensor>& sources,
                              const std::vector<Tensor>& target_gradients);

}  // namespace keratin::detail
