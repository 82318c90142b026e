// SPDX-License-Identifier: Apache-2.0
// Layers that bring their input to a mean of 0 and a variance of 1, or to a norm of 1.
#pragma once

#include "keratin/nn/constraint.h"
#include "keratin/nn/initializer.h"
#include "keratin/nn/layer.h"
#include "keratin/nn/layers/axis_list.h"

namespace keratin::layers {

struct BatchNormalizationOptions {
  KERATIN_OPTIONS(BatchNormalizationOptions);
  KERATIN_FIELD(int64_t, axis, "The axis of the features.") = -1;
  KERATIN_FIELD(double, momentum, "Share that the moving statistics keep per step.") = 0.99;
  KERATIN_FIELD(double, epsilon, "Added to the variance.") = 1e-3;
  KERATIN_FIELD(bool, center, "Whether beta is added.") = true;
  KERATIN_FIELD(bool, scale, "Whether gamma multiplies.") = true;
  KERATIN_FIELD(Initializer, beta_initializer, "How beta starts.") = "zeros";
  KERATIN_FIELD(Initializer, gamma_initializer, "How gamma starts.") = "ones";
  KERATIN_FIELD(Initializer, moving_mean_initializer, "How the moving mean starts.") = "zeros";
  KERATIN_FIELD(Initializer, moving_variance_initializer,
                "How the moving variance starts.") = "ones";
  KERATIN_FIELD(Regularizer, beta_regularizer, "Adds a loss for beta.") = {};
  KERATIN_FIELD(Regularizer, gamma_regularizer, "Adds a loss for gamma.") = {};
  KERATIN_FIELD(Constraint, beta_constraint, "Holds beta after each step.") = {};
  KERATIN_FIELD(Constraint, gamma_constraint, "Holds gamma after each step.") = {};
  KERATIN_FIELD(bool, renorm, "Train with corrections towards the moving statistics.") = false;
  KERATIN_FIELD(Config, renorm_clipping, "Bounds of the corrections: rmax, rmin, dmax.") = {};
  KERATIN_FIELD(double, renorm_momentum, "Share that the renorm statistics keep.") = 0.99;
  KERATIN_FIELD(bool, synchronized, "Is not there on one machine; must be false.") = false;
  KERATIN_LAYER_FIELDS;
};

/// Normalizes each feature by the mean and variance of the batch while training, and by their
/// moving averages otherwise; a frozen layer always takes the averages. Masked steps do not count.
/// Any shape with a known `axis`; weights gamma, beta, moving_mean, moving_variance
/// (keras.io/api/layers/normalization_layers/batch_normalization).
class BatchNormalization : public TensorLayer {
 public:
  explicit BatchNormalization(BatchNormalizationOptions options = {});
};

struct LayerNormalizationOptions {
  KERATIN_OPTIONS(LayerNormalizationOptions);
  KERATIN_FIELD(AxisList, axis, "The axes that are normalized together.") = -1;
  KERATIN_FIELD(Number, epsilon, "Added to the variance.") = 1e-3;
  KERATIN_FIELD(bool, center, "Whether beta is added.") = true;
  KERATIN_FIELD(bool, scale, "Whether gamma multiplies.") = true;
  KERATIN_FIELD(Initializer, beta_initializer, "How beta starts.") = "zeros";
  KERATIN_FIELD(Initializer, gamma_initializer, "How gamma starts.") = "ones";
  KERATIN_FIELD(Regularizer, beta_regularizer, "Adds a loss for beta.") = {};
  KERATIN_FIELD(Regularizer, gamma_regularizer, "Adds a loss for gamma.") = {};
  KERATIN_FIELD(Constraint, beta_constraint, "Holds beta after each step.") = {};
  KERATIN_FIELD(Constraint, gamma_constraint, "Holds gamma after each step.") = {};
  KERATIN_FIELD(bool, rms_scaling, "Divide only, as old files ask for it.") = false;
  KERATIN_LAYER_FIELDS;
};

/// Normalizes each sample by its own mean and variance over `axis`. Weights gamma, beta of the
/// sizes of these axes (keras.io/api/layers/normalization_layers/layer_normalization).
class LayerNormalization : public TensorLayer {
 public:
  explicit LayerNormalization(LayerNormalizationOptions options = {});
};

struct GroupNormalizationOptions {
  KERATIN_OPTIONS(GroupNormalizationOptions);
  KERATIN_FIELD(int64_t, groups, "The number of groups; -1 for one per channel.") = 32;
  KERATIN_FIELD(int64_t, axis, "The axis of the channels.") = -1;
  KERATIN_FIELD(Number, epsilon, "Added to the variance.") = 1e-3;
  KERATIN_FIELD(bool, center, "Whether beta is added.") = true;
  KERATIN_FIELD(bool, scale, "Whether gamma multiplies.") = true;
  KERATIN_FIELD(Initializer, beta_initializer, "How beta starts.") = "zeros";
  KERATIN_FIELD(Initializer, gamma_initializer, "How gamma starts.") = "ones";
  KERATIN_FIELD(Regularizer, beta_regularizer, "Adds a loss for beta.") = {};
  KERATIN_FIELD(Regularizer, gamma_regularizer, "Adds a loss for gamma.") = {};
  KERATIN_FIELD(Constraint, beta_constraint, "Holds beta after each step.") = {};
  KERATIN_FIELD(Constraint, gamma_constraint, "Holds gamma after each step.") = {};
  KERATIN_LAYER_FIELDS;
};

/// Normalizes each group of channels of a sample by its mean and variance. Weights gamma, beta
/// [channels]. Throws ShapeError unless the groups divide the channels
/// (keras.io/api/layers/normalization_layers/group_normalization).
class GroupNormalization : public TensorLayer {
 public:
  explicit GroupNormalization(GroupNormalizationOptions options = {});
};

struct RMSNormalizationOptions {
  KERATIN_OPTIONS(RMSNormalizationOptions);
  KERATIN_FIELD(AxisList, axis, "The axes that are normalized together, the last ones.") = -1;
  KERATIN_FIELD(Number, epsilon, "Added to the mean of squares.") = 1e-6;
  KERATIN_LAYER_FIELDS;
};

/// Divides each sample by the root of its mean square over `axis`. Weight scale of the sizes of
/// these axes (keras.io/api/layers/normalization_layers/rms_normalization).
class RMSNormalization : public TensorLayer {
 public:
  explicit RMSNormalization(RMSNormalizationOptions options = {});
};

struct UnitNormalizationOptions {
  KERATIN_OPTIONS(UnitNormalizationOptions);
  KERATIN_FIELD(AxisList, axis, "The axes along which the norm becomes 1.") = -1;
  KERATIN_LAYER_FIELDS;
};

/// Divides by the Euclidean norm along `axis`. Any shape
/// (keras.io/api/layers/normalization_layers/unit_normalization).
class UnitNormalization : public TensorLayer {
 public:
  explicit UnitNormalization(UnitNormalizationOptions options = {});
};

}  // namespace keratin::layers
