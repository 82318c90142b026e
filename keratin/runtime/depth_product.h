// SPDX-License-Identifier: Apache-2.0
// Products of weights that a plan changes: each thread has some of the depth.
#pragma once

#include "keratin/runtime/frame.h"

namespace keratin::runtime {

/// Returns what runs a step, a product of float32 matrices C = A B, with rows of B for each thread:
/// those that it updates as well, so that they stay in its cache. What the threads have summed is
/// then added up, to the bits of the product as a whole. Returns null for other steps, and where
/// there is more to add than to read.
std::unique_ptr<Control> cut_by_depth(const Step& step, int threads);

}  // namespace keratin::runtime
