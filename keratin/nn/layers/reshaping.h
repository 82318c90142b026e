// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "keratin/nn/layer.h"

namespace keratin::layers {

struct FlattenOptions {
  KERATIN_OPTIONS(FlattenOptions);
  KERATIN_FIELD(std::string, data_format, "channels_last or channels_first.") = "channels_last";
  KERATIN_LAYER_FIELDS;
};

/// Puts all axes but the batch into one. Input [batch, ...], output [batch, n]
/// (keras.io/api/layers/reshaping_layers/flatten).
class Flatten : public TensorLayer {
 public:
  explicit Flatten(FlattenOptions options = {});
};

struct ReshapeOptions {
  KERATIN_OPTIONS(ReshapeOptions);
  KERATIN_FIELD(std::vector<int64_t>, target_shape, "Sizes without the batch axis; -1 once.") = {};
  KERATIN_LAYER_FIELDS;
};

/// Gives the axes behind the batch other sizes. Input [batch, ...], output [batch,
/// *target_shape] (keras.io/api/layers/reshaping_layers/reshape).
class Reshape : public TensorLayer {
 public:
  explicit Reshape(const Shape& target_shape, ReshapeOptions options = {});
  explicit Reshape(ReshapeOptions options);
};

struct PermuteOptions {
  KERATIN_OPTIONS(PermuteOptions);
  KERATIN_FIELD(std::vector<int64_t>, dims, "Which input axis comes at each place, from 1.") = {};
  KERATIN_LAYER_FIELDS;
};

/// Reorders the axes behind the batch: `Permute({2, 1})` swaps two
/// (keras.io/api/layers/reshaping_layers/permute).
class Permute : public TensorLayer {
 public:
  explicit Permute(std::vector<int64_t> dims, PermuteOptions options = {});
  explicit Permute(PermuteOptions options);
};

struct RepeatVectorOptions {
  KERATIN_OPTIONS(RepeatVectorOptions);
  KERATIN_FIELD(int64_t, n, "How often each vector is repeated.") = 0;
  KERATIN_LAYER_FIELDS;
};

/// Repeats each vector along a new axis. Input [batch, features], output [batch, n, features]
/// (keras.io/api/layers/reshaping_layers/repeat_vector).
class RepeatVector : public TensorLayer {
 public:
  explicit RepeatVector(int64_t n, RepeatVectorOptions options = {});
  explicit RepeatVector(RepeatVectorOptions options);
};

}  // namespace keratin::layers
