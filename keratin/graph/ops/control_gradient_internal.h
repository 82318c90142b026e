// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/graph/op.h"

namespace keratin::ops {

// The gradient rules of scan, cond and while_loop.
std::vector<Tensor> scan_gradient(const GradientCall& call);
std::vector<Tensor> cond_gradient(const GradientCall& call);
/// Throws ValueError: there is none.
std::vector<Tensor> while_gradient(const GradientCall& call);

}  // namespace keratin::ops
