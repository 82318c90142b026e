// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "keratin/graph/nest.h"
#include "keratin/nn/dtype_policy.h"
#include "keratin/nn/regularizer.h"

namespace keratin {

class LayerBody;

/// Are the arguments of a layer's call besides its inputs.
struct CallArgs {
  /// Says whether the call is part of training; without it that of the enclosing call, else false.
  std::optional<bool> training = std::nullopt;
  /// Is the mask of the inputs, in their structure; without it the one that travels with them.
  Nest mask = {};
};

/// Is the shape of one input without the batch, if there is one: `.input_shape = {28, 28, 1}`.
class InputShape : public std::optional<Shape> {
 public:
  using std::optional<Shape>::optional;
  InputShape() = default;
  InputShape(std::initializer_list<int64_t> dims) : std::optional<Shape>(Shape(dims)) {}
};

/// Are the fields that every layer has. They stand last in an options struct and first in a
/// layer's config, as in Keras.
#define KERATIN_LAYER_FIELDS                                                                     \
  KERATIN_FIELD_AT(-4, std::string, name, "Name, unique in the model; made when empty.") = {};   \
  KERATIN_FIELD_AT(-3, bool, trainable, "Whether training changes the weights.") = true;         \
  KERATIN_FIELD_AT(-2, ::keratin::DTypePolicy, dtype, "Dtype of computation and weights.") = {}; \
  KERATIN_FIELD_AT(-1, ::keratin::Regularizer, activity_regularizer,                             \
                   "Adds a loss that depends on the output.") = {};                              \
  ::keratin::InputShape input_shape = {}; /* of the first layer, without the batch */            \
  std::optional<int64_t> batch_size = {}

/// Is a handle on a layer: calling it twice shares the weights, and copies mean the same layer.
/// (keras.io/api/layers/base_layer)
class Layer {
 public:
  Layer() = default;
  explicit Layer(std::shared_ptr<LayerBody> body) : body_(std::move(body)) {}
  /// Takes the layer of an Input, which may start a Sequential model; throws ValueError for other
  /// tensors.
  Layer(const Tensor& input);

  /// Calls the layer on data, traced tensors or Keras tensors; builds it at the first call. Throws
  /// ShapeError and DTypeError that name the layer when the inputs do not fit.
  Nest operator()(const Nest& inputs, const CallArgs& args = {}) const;

  bool defined() const { return body_ != nullptr; }
  const std::string& name() const;
  std::string class_name() const;
  bool built() const;
  /// Makes the weights for inputs of that shape, batch axis included.
  void build(const Shape& input_shape) const;
  bool trainable() const;
  /// Freezes or thaws this layer and all layers in it.
  void set_trainable(bool trainable) const;

  /// Returns the weights in the order of Keras' files.
  std::vector<Variable> weights() const;
  std::vector<Variable> trainable_weights() const;
  std::vector<Variable> non_trainable_weights() const;
  /// Returns the weights and the rest of the state: seeds of random layers.
  std::vector<Variable> variables() const;
  std::vector<Tensor> get_weights() const;
  /// Sets all weights; throws ValueError when the count and ShapeError when a shape differs.
  void set_weights(const std::vector<Tensor>& weights) const;
  int64_t count_params() const;

  /// Returns what the layer was called on, or gave, as Keras tensors; throws ValueError unless it
  /// was called exactly once.
  Nest input() const;
  Nest output() const;
  /// Returns the arguments with Keras' keys.
  Config get_config() const;

  LayerBody& body() const;
  const std::shared_ptr<LayerBody>& shared_body() const { return body_; }
  bool is(const Layer& other) const { return body_ == other.body_; }

 protected:
  std::shared_ptr<LayerBody> body_;
};

/// Is a layer that gives one tensor.
class TensorLayer : public Layer {
 public:
  using Layer::Layer;
  Tensor operator()(const Nest& inputs, const CallArgs& args = {}) const {
    return Layer::operator()(inputs, args).tensor();
  }
};

}  // namespace keratin
