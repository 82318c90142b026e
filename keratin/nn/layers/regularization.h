// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "keratin/nn/layer.h"
#include "keratin/nn/object.h"

namespace keratin::layers {

using OptionalSeed = std::optional<int64_t>;
using NoiseShape = std::optional<Shape>;

struct DropoutOptions {
  KERATIN_OPTIONS(DropoutOptions);
  KERATIN_FIELD(Number, rate, "Share of the elements that are dropped, 0 to 1.") = 0.0;
  KERATIN_FIELD(NoiseShape, noise_shape, "Shape of the decisions; None for the input's size.") = {};
  KERATIN_FIELD(OptionalSeed, seed, "Seed of the decisions; drawn when there is none.") = {};
  KERATIN_LAYER_FIELDS;
};

/// Zeroes a share of the elements while training and divides the others by 1 - rate. Any shape
/// (keras.io/api/layers/regularization_layers/dropout).
class Dropout : public TensorLayer {
 public:
  explicit Dropout(Number rate, DropoutOptions options = {});
  explicit Dropout(DropoutOptions options);
};

struct AlphaDropoutOptions {
  KERATIN_OPTIONS(AlphaDropoutOptions);
  KERATIN_FIELD(Number, rate, "Share of the elements that are dropped, 0 to 1.") = 0.0;
  KERATIN_FIELD(NoiseShape, noise_shape, "Shape of the decisions; None for the input's size.") = {};
  KERATIN_FIELD(OptionalSeed, seed, "Seed of the decisions; drawn when there is none.") = {};
  KERATIN_LAYER_FIELDS;
};

/// Sets a share of the elements to the negative saturation of selu while training, and keeps mean
/// and variance. Any shape. Throws ValueError for a call with a rate of 1
/// (keras.io/api/layers/regularization_layers/alpha_dropout).
class AlphaDropout : public TensorLayer {
 public:
  explicit AlphaDropout(Number rate, AlphaDropoutOptions options = {});
  explicit AlphaDropout(AlphaDropoutOptions options);
};

struct GaussianDropoutOptions {
  KERATIN_OPTIONS(GaussianDropoutOptions);
  KERATIN_FIELD(Number, rate, "As strong as a Dropout of that rate, 0 to below 1.") = 0.0;
  KERATIN_FIELD(OptionalSeed, seed, "Seed of the noise; drawn when there is none.") = {};
  KERATIN_LAYER_FIELDS;
};

/// Multiplies by normal noise of mean 1 and deviation sqrt(rate / (1 - rate)) while training. Any
/// shape (keras.io/api/layers/regularization_layers/gaussian_dropout).
class GaussianDropout : public TensorLayer {
 public:
  explicit GaussianDropout(Number rate, GaussianDropoutOptions options = {});
  explicit GaussianDropout(GaussianDropoutOptions options);
};

struct GaussianNoiseOptions {
  KERATIN_OPTIONS(GaussianNoiseOptions);
  KERATIN_FIELD(Number, stddev, "Standard deviation of the noise, 0 to 1.") = 0.0;
  KERATIN_FIELD(OptionalSeed, seed, "Seed of the noise; drawn when there is none.") = {};
  KERATIN_LAYER_FIELDS;
};

/// Adds normal noise of mean 0 while training. Any shape
/// (keras.io/api/layers/regularization_layers/gaussian_noise).
class GaussianNoise : public TensorLayer {
 public:
  explicit GaussianNoise(Number stddev, GaussianNoiseOptions options = {});
  explicit GaussianNoise(GaussianNoiseOptions options);
};

struct SpatialDropout1DOptions {
  KERATIN_OPTIONS(SpatialDropout1DOptions);
  KERATIN_FIELD(Number, rate, "Share of the channels that are dropped, 0 to 1.") = 0.0;
  KERATIN_FIELD(OptionalSeed, seed, "Seed of the decisions; drawn when there is none.") = {};
  KERATIN_LAYER_FIELDS;
};

/// Is a Dropout of whole channels. Input [batch, steps, channels]
/// (keras.io/api/layers/regularization_layers/spatial_dropout1d).
class SpatialDropout1D : public TensorLayer {
 public:
  explicit SpatialDropout1D(Number rate, SpatialDropout1DOptions options = {});
  explicit SpatialDropout1D(SpatialDropout1DOptions options);
};

struct SpatialDropout2DOptions {
  KERATIN_OPTIONS(SpatialDropout2DOptions);
  KERATIN_FIELD(Number, rate, "Share of the channels that are dropped, 0 to 1.") = 0.0;
  KERATIN_FIELD(std::string, data_format, "channels_last or channels_first.") = "channels_last";
  KERATIN_FIELD(OptionalSeed, seed, "Seed of the decisions; drawn when there is none.") = {};
  KERATIN_LAYER_FIELDS;
};

/// Is a Dropout of whole channels. Input [batch, rows, columns, channels]
/// (keras.io/api/layers/regularization_layers/spatial_dropout2d).
class SpatialDropout2D : public TensorLayer {
 public:
  explicit SpatialDropout2D(Number rate, SpatialDropout2DOptions options = {});
  explicit SpatialDropout2D(SpatialDropout2DOptions options);
};

struct SpatialDropout3DOptions {
  KERATIN_OPTIONS(SpatialDropout3DOptions);
  KERATIN_FIELD(Number, rate, "Share of the channels that are dropped, 0 to 1.") = 0.0;
  KERATIN_FIELD(std::string, data_format, "channels_last or channels_first.") = "channels_last";
  KERATIN_FIELD(OptionalSeed, seed, "Seed of the decisions; drawn when there is none.") = {};
  KERATIN_LAYER_FIELDS;
};

/// Is a Dropout of whole channels. Input [batch, planes, rows, columns, channels]
/// (keras.io/api/layers/regularization_layers/spatial_dropout3d).
class SpatialDropout3D : public TensorLayer {
 public:
  explicit SpatialDropout3D(Number rate, SpatialDropout3DOptions options = {});
  explicit SpatialDropout3D(SpatialDropout3DOptions options);
};

struct ActivityRegularizationOptions {
  KERATIN_OPTIONS(ActivityRegularizationOptions);
  KERATIN_FIELD(Number, l1, "Factor of the sum of absolute values.") = 0.0;
  KERATIN_FIELD(Number, l2, "Factor of the sum of squares.") = 0.0;
  KERATIN_LAYER_FIELDS;
};

/// Adds a loss for the size of its input, divided by the batch size, and returns the input. Any
/// shape (keras.io/api/layers/regularization_layers/activity_regularization).
class ActivityRegularization : public TensorLayer {
 public:
  explicit ActivityRegularization(ActivityRegularizationOptions options = {});
};

}  // namespace keratin::layers
