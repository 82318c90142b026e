// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>

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

struct SubtractOptions {
  KERATIN_OPTIONS(SubtractOptions);
  KERATIN_LAYER_FIELDS;
};

/// Subtracts the second of two inputs from the first; axes of size 1 broadcast
/// (keras.io/api/layers/merging_layers/subtract).
class Subtract : public TensorLayer {
 public:
  explicit Subtract(SubtractOptions options = {});
};

struct MultiplyOptions {
  KERATIN_OPTIONS(MultiplyOptions);
  KERATIN_LAYER_FIELDS;
};

/// Multiplies a list of inputs element by element; a masked element counts as 1
/// (keras.io/api/layers/merging_layers/multiply).
class Multiply : public TensorLayer {
 public:
  explicit Multiply(MultiplyOptions options = {});
};

struct AverageOptions {
  KERATIN_OPTIONS(AverageOptions);
  KERATIN_LAYER_FIELDS;
};

/// Averages a list of inputs element by element (keras.io/api/layers/merging_layers/average).
class Average : public TensorLayer {
 public:
  explicit Average(AverageOptions options = {});
};

struct MaximumOptions {
  KERATIN_OPTIONS(MaximumOptions);
  KERATIN_LAYER_FIELDS;
};

/// Takes the largest of a list of inputs, element by element; masked elements do not count
/// (keras.io/api/layers/merging_layers/maximum).
class Maximum : public TensorLayer {
 public:
  explicit Maximum(MaximumOptions options = {});
};

struct MinimumOptions {
  KERATIN_OPTIONS(MinimumOptions);
  KERATIN_LAYER_FIELDS;
};

/// Takes the smallest of a list of inputs, element by element; masked elements do not count
/// (keras.io/api/layers/merging_layers/minimum).
class Minimum : public TensorLayer {
 public:
  explicit Minimum(MinimumOptions options = {});
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

/// Names the axis of both inputs of a Dot, or one axis of each: `Dot(1)`, `Dot({1, 2})`.
struct DotAxes {
  int64_t first = 0;
  int64_t second = 0;
  bool is_pair = false;
  DotAxes(int axis) : DotAxes(int64_t{axis}) {}
  DotAxes(int64_t axis) : first(axis), second(axis) {}
  DotAxes(int64_t of_first, int64_t of_second)
      : first(of_first), second(of_second), is_pair(true) {}
};

struct DotOptions {
  KERATIN_OPTIONS(DotOptions);
  KERATIN_FIELD(DotAxes, axes, "The axes over which products are added up.") = -1;
  KERATIN_FIELD(bool, normalize, "Divide by the norms along the axes: cosines.") = false;
  KERATIN_LAYER_FIELDS;
};

/// Adds up products over one axis of each of two inputs, for each sample. Inputs [batch, ..., n,
/// ...], output [batch, the other axes of both]; [batch, 1] of vectors
/// (keras.io/api/layers/merging_layers/dot).
class Dot : public TensorLayer {
 public:
  explicit Dot(DotAxes axes, DotOptions options = {});
  // A template, so that `Dot({1, 2})` means axes and nothing else.
  template <std::same_as<DotOptions> T>
  explicit Dot(T options) : Dot(options.axes, options) {}
};

/// Is Add as a function.
Tensor add(const Nest& inputs, AddOptions options = {});
/// Is Subtract as a function.
Tensor subtract(const Nest& inputs, SubtractOptions options = {});
/// Is Multiply as a function.
Tensor multiply(const Nest& inputs, MultiplyOptions options = {});
/// Is Average as a function.
Tensor average(const Nest& inputs, AverageOptions options = {});
/// Is Maximum as a function.
Tensor maximum(const Nest& inputs, MaximumOptions options = {});
/// Is Minimum as a function.
Tensor minimum(const Nest& inputs, MinimumOptions options = {});
/// Is Dot as a function.
Tensor dot(const Nest& inputs, DotAxes axes = -1, DotOptions options = {});
/// Is Concatenate as a function.
Tensor concatenate(const Nest& inputs, ConcatenateOptions options = {});

}  // namespace keratin::layers

namespace keratin {

/// Writes one axis as a number and two as a list.
template <>
struct Codec<layers::DotAxes> {
  static Config write(const layers::DotAxes& axes);
  static layers::DotAxes read(const Config& config);
  static std::string type_name() { return "int or list of int"; }
};

}  // namespace keratin
