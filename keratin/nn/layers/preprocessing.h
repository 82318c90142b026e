// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <optional>
#include <vector>

#include "keratin/nn/layer.h"
#include "keratin/nn/layers/axis_list.h"
#include "keratin/nn/object.h"

namespace keratin::layers {

/// Is one number, or one for each channel.
struct Numbers {
  std::vector<Number> values;
  bool is_list = false;
  Numbers(double value) : values{Number(value)} {}
  Numbers(int value) : values{Number(value)} {}
  Numbers(Number value) : values{value} {}
  Numbers(std::initializer_list<double> list) : Numbers(std::vector<double>(list)) {}
  Numbers(const std::vector<double>& list) : values(list.begin(), list.end()), is_list(true) {}
  /// Returns a scalar, or a tensor [channels], of that dtype.
  Tensor tensor(DType dtype) const;
};

struct RescalingOptions {
  KERATIN_OPTIONS(RescalingOptions);
  KERATIN_FIELD(Numbers, scale, "Multiplies the inputs; one number for all or each channel.") = 1;
  KERATIN_FIELD(Numbers, offset, "Is added then.") = 0.0;
  KERATIN_LAYER_FIELDS;
};

/// Returns inputs * scale + offset as floats. Any shape
/// (keras.io/api/layers/preprocessing_layers/image_preprocessing/rescaling).
class Rescaling : public TensorLayer {
 public:
  explicit Rescaling(Numbers scale, RescalingOptions options = {});
  explicit Rescaling(RescalingOptions options);
};

using OptionalNumbers = std::optional<Numbers>;

struct NormalizationOptions {
  KERATIN_OPTIONS(NormalizationOptions);
  KERATIN_FIELD(AxisList, axis, "The axes that have a mean each; an empty list for none.") = -1;
  KERATIN_FIELD(OptionalNumbers, mean, "The mean, when it is known.") = {};
  KERATIN_FIELD(OptionalNumbers, variance, "The variance, when the mean is given.") = {};
  KERATIN_FIELD(bool, invert, "Undo a normalization instead.") = false;
  KERATIN_LAYER_FIELDS;
};

/// Returns (x - mean) / sqrt(variance). Mean and variance are given, or learned by `adapt`; weights
/// mean, variance, count then. Any shape
/// (keras.io/api/layers/preprocessing_layers/numerical/normalization).
class Normalization : public TensorLayer {
 public:
  explicit Normalization(NormalizationOptions options = {});
  /// Takes mean and variance from data, batch axis included; what was learned before is forgotten.
  /// Throws ValueError for a layer whose mean was given, ShapeError for data of other sizes.
  void adapt(const Tensor& data) const;
};

}  // namespace keratin::layers

namespace keratin {

template <>
struct Codec<layers::Numbers> {
  static Config write(const layers::Numbers& numbers);
  static layers::Numbers read(const Config& config);
  static std::string type_name() { return "float or list of float"; }
};

}  // namespace keratin
