// SPDX-License-Identifier: Apache-2.0
// Layers that hold another layer.
#pragma once

#include "keratin/nn/layer.h"
#include "keratin/nn/object.h"

namespace keratin {

/// Writes a layer within another one's config as Keras does: an envelope with its build_config.
/// Defined in `model/serialization.cpp`, since the layer may be a model.
template <>
struct Codec<Layer> {
  static Config write(const Layer& layer);
  static Layer read(const Config& config);
  static std::string type_name() { return "layer"; }
};

namespace layers {

struct TimeDistributedOptions {
  KERATIN_OPTIONS(TimeDistributedOptions);
  KERATIN_FIELD(Layer, layer, "The layer that is applied to each step.") = {};
  KERATIN_LAYER_FIELDS;
};

/// Applies one layer to each step of its input, with the same weights. Input [batch, steps, ...],
/// output [batch, steps, *the layer's output behind its batch]; a mask [batch, steps, ...] goes to
/// the layer step by step and on to what follows. One around another is written
/// `TimeDistributed({.layer = inner})`, as a copy is what C++ makes of the other form. Throws
/// ShapeError for inputs of rank below 3 and masks of other steps
/// (keras.io/api/layers/recurrent_layers/time_distributed).
class TimeDistributed : public TensorLayer {
 public:
  explicit TimeDistributed(const Layer& layer, TimeDistributedOptions options = {});
  explicit TimeDistributed(TimeDistributedOptions options);
};

struct SpectralNormalizationOptions {
  KERATIN_OPTIONS(SpectralNormalizationOptions);
  KERATIN_FIELD(Layer, layer, "The layer whose kernel or embeddings are normalized.") = {};
  KERATIN_FIELD(int64_t, power_iterations, "Steps towards the largest singular value.") = 1;
  KERATIN_LAYER_FIELDS;
};

/// Divides the kernel of a layer by its largest singular value whenever it is called in training
/// (Miyato et al., 2018), and casts what the layer returns to the inputs' dtype. Inputs and outputs
/// are the layer's. In `fit` the optimizer moves the kernel as it was before, as in Keras on JAX; a
/// call outside of it leaves the kernel divided. Throws ValueError for a layer that has neither
/// `kernel` nor `embeddings` and for power_iterations below 1
/// (keras.io/api/layers/normalization_layers/spectral_normalization).
class SpectralNormalization : public TensorLayer {
 public:
  explicit SpectralNormalization(const Layer& layer, SpectralNormalizationOptions options = {});
  explicit SpectralNormalization(SpectralNormalizationOptions options);
};

}  // namespace layers

}  // namespace keratin
