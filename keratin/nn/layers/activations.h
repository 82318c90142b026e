// SPDX-License-Identifier: Apache-2.0
// Activations that are layers of their own because they have arguments or weights.
#pragma once

#include <optional>

#include "keratin/nn/constraint.h"
#include "keratin/nn/initializer.h"
#include "keratin/nn/layer.h"
#include "keratin/nn/layers/axis_list.h"

namespace keratin::layers {

using OptionalNumber = std::optional<Number>;
using OptionalAxes = std::optional<AxisList>;

struct ReLUOptions {
  KERATIN_OPTIONS(ReLUOptions);
  KERATIN_FIELD(OptionalNumber, max_value, "Largest value of the output; none when empty.") = {};
  KERATIN_FIELD(Number, negative_slope, "Slope below the threshold.") = 0.0;
  KERATIN_FIELD(Number, threshold, "Where the output begins to be the input.") = 0.0;
  KERATIN_LAYER_FIELDS;
};

/// Returns x above the threshold, at most `max_value`, and `negative_slope * (x - threshold)` below
/// it. Any shape. Throws ValueError for negative arguments
/// (keras.io/api/layers/activation_layers/relu).
class ReLU : public TensorLayer {
 public:
  explicit ReLU(ReLUOptions options = {});
};

struct LeakyReLUOptions {
  KERATIN_OPTIONS(LeakyReLUOptions);
  KERATIN_FIELD(Number, negative_slope, "Slope for negative inputs.") = 0.3;
  KERATIN_LAYER_FIELDS;
};

/// Returns x where it is positive and `negative_slope * x` elsewhere. Any shape. Throws ValueError
/// for a negative slope (keras.io/api/layers/activation_layers/leaky_relu).
class LeakyReLU : public TensorLayer {
 public:
  explicit LeakyReLU(Number negative_slope, LeakyReLUOptions options = {});
  explicit LeakyReLU(LeakyReLUOptions options = {});
};

struct PReLUOptions {
  KERATIN_OPTIONS(PReLUOptions);
  KERATIN_FIELD(Initializer, alpha_initializer, "How the slopes start.") = "zeros";
  KERATIN_FIELD(Regularizer, alpha_regularizer, "Adds a loss for the slopes.") = {};
  KERATIN_FIELD(Constraint, alpha_constraint, "Holds the slopes after each step.") = {};
  KERATIN_FIELD(OptionalAxes, shared_axes, "Axes, from 1, along which a slope is shared.") = {};
  KERATIN_LAYER_FIELDS;
};

/// Returns x where it is positive and a trained slope times x elsewhere. Any shape with a batch
/// axis; weight alpha of the shape behind it, 1 for the shared axes
/// (keras.io/api/layers/activation_layers/prelu).
class PReLU : public TensorLayer {
 public:
  explicit PReLU(PReLUOptions options = {});
};

struct ELUOptions {
  KERATIN_OPTIONS(ELUOptions);
  KERATIN_FIELD(Number, alpha, "What the output tends to, negated, for negative inputs.") = 1.0;
  KERATIN_LAYER_FIELDS;
};

/// Returns x where it is positive and `alpha * (exp(x) - 1)` elsewhere. Any shape
/// (keras.io/api/layers/activation_layers/elu).
class ELU : public TensorLayer {
 public:
  explicit ELU(Number alpha, ELUOptions options = {});
  explicit ELU(ELUOptions options = {});
};

struct SoftmaxOptions {
  KERATIN_OPTIONS(SoftmaxOptions);
  KERATIN_FIELD(AxisList, axis, "The axis that sums to 1, or several that do together.") = -1;
  KERATIN_LAYER_FIELDS;
};

/// Returns exp(x) divided by its sum along `axis`. Elements that a mask of the input's shape leaves
/// out become 0 (keras.io/api/layers/activation_layers/softmax).
class Softmax : public TensorLayer {
 public:
  explicit Softmax(SoftmaxOptions options = {});
};

}  // namespace keratin::layers
