// SPDX-License-Identifier: Apache-2.0
// Tensors of rank 1 from numbers, and back.
#pragma once

#include <vector>

#include "keratin/graph/tensor.h"

namespace keratin::testing_support {

using Floats = std::vector<float>;

inline Tensor vector(const Floats& values) {
  return Tensor::from(values, {static_cast<int64_t>(values.size())});
}

inline Floats floats(const Tensor& tensor) { return tensor.to_vector<float>(); }

}  // namespace keratin::testing_support
