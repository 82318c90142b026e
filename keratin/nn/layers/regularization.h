// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "keratin/nn/layer.h"

namespace keratin::layers {

using OptionalSeed = std::optional<int64_t>;
using NoiseShape = std::optional<Shape>;

struct DropoutOptions {
  KERATIN_OPTIONS(DropoutOptions);
  KERATIN_FIELD(double, rate, "Share of the elements that are dropped, 0 to 1.") = 0.0;
  KERATIN_FIELD(NoiseShape, noise_shape, "Shape of the decisions; None for the input's size.") = {};
  KERATIN_FIELD(OptionalSeed, seed, "Seed of the decisions; drawn when there is none.") = {};
  KERATIN_LAYER_FIELDS;
};

/// Zeroes a share of the elements while training and divides the others by 1 - rate. Any shape
/// (keras.io/api/layers/regularization_layers/dropout).
class Dropout : public TensorLayer {
 public:
  explicit Dropout(double rate, DropoutOptions options = {});
  explicit Dropout(DropoutOptions options);
};

}  // namespace keratin::layers
