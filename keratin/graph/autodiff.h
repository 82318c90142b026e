// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "keratin/graph/tensor.h"

namespace keratin {

/// Returns the gradient of the sum of `target` with respect to each of `sources`, all values of
/// the graph that is being traced. The gradients are ordinary tensors of that graph, so gradients
/// of gradients follow. Where nothing flows the gradient is zero. Throws ValueError outside of a
/// trace and for concrete sources, DTypeError for a target or source that is no float.
std::vector<Tensor> gradients(const Tensor& target, const std::vector<Tensor>& sources);

/// Is the same with a gradient given for `target` itself; throws ShapeError when it has another
/// shape.
std::vector<Tensor> gradients(const Tensor& target, const std::vector<Tensor>& sources,
                              const Tensor& target_gradient);

}  // namespace keratin
