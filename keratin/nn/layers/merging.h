// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/nn/layer.h"

namespace keratin::layers {

struct AddOptions {
  KERATIN_OPTIONS(AddOptions);
  KERATIN_LAYER_FIELDS;
};

/// Adds a list of inputs of equal shapes; axes of size 1 broadcast
/// (keras.io/api/layers/merging_layers/add).
class Add : public TensorLayer {
 public:
  explicit Add(AddOptions options = {});
};

struct ConcatenateOptions {
  KERATIN_OPTIONS(ConcatenateOptions);
  KERATIN_FIELD(int64_t, axis, "The axis along which the inputs are joined.") = -1;
  KERATIN_LAYER_FIELDS;
};

/// Joins a list of inputs along an axis; the other axes are equal
/// (keras.io/api/layers/merging_layers/concatenate).
class Concatenate : public TensorLayer {
 public:
  explicit Concatenate(ConcatenateOptions options = {});
};

/// Is Add as a function.
Tensor add(const Nest& inputs, AddOptions options = {});
/// Is Concatenate as a function.
Tensor concatenate(const Nest& inputs, ConcatenateOptions options = {});

}  // namespace keratin::layers
