// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "keratin/graph/tensor.h"

namespace keratin::utils {

/// Returns class numbers as rows with a single 1: x [...] or [..., 1] gives float64
/// [..., num_classes]. Without `num_classes` (or with 0) it is the largest number plus 1; a
/// negative number counts from the last class. Throws ValueError for numbers outside. See
/// `keras.utils.to_categorical`, of which this is the NumPy form.
Tensor to_categorical(const Tensor& x, std::optional<int64_t> num_classes = std::nullopt);

/// Returns x divided by its norm of the given order (any number, infinities too) along `axis`; a
/// norm of 0 counts as 1. Floats keep their dtype, others become float64; a vector [n] gives
/// [1, n], as in Keras. See `keras.utils.normalize`, of which this is the NumPy form, except that
/// axis 0 divides along axis 0, where Keras takes the last axis by mistake. Throws ValueError.
Tensor normalize(const Tensor& x, int64_t axis = -1, double order = 2.0);

}  // namespace keratin::utils
