// SPDX-License-Identifier: Apache-2.0
// Layers that users write.
#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <utility>

#include "keratin/nn/layer_body.h"

namespace keratin {

/// Are the options of a custom layer that has none of its own.
struct CustomLayerOptions {
  KERATIN_OPTIONS(CustomLayerOptions);
  KERATIN_LAYER_FIELDS;
};

/// Adds to the loss of the step that is being traced; nothing outside of training.
void add_loss(const Tensor& loss);

namespace detail {

/// Calls a user's `call`, whichever of the allowed forms it has.
template <class User>
Nest call_user(User& user, const Nest& inputs, const CallArgs& args) {
  if constexpr (requires { user.call(inputs, args); }) {
    return Nest(user.call(inputs, args));
  } else {
    return Nest(user.call(inputs));
  }
}

/// Calls a user's `build`, if there is one: with the input's shape, or with all inputs.
template <class User>
void build_user(User& user, const Nest& inputs) {
  if constexpr (requires { user.build(inputs); }) {
    user.build(inputs);
  } else if constexpr (requires { user.build(inputs.shape()); }) {
    user.build(inputs.shape());
  }
}

template <class User>
class CustomLayerBody final : public LayerBody {
 public:
  template <class Options>
  explicit CustomLayerBody(const Options& options) : LayerBody(type_name<User>(), options) {}

  Nest call(const Nest& inputs, const CallArgs& args) override {
    return call_user(*user, inputs, args);
  }
  void build(const Nest& inputs) override { build_user(*user, inputs); }
  Tensor compute_mask(const Nest& inputs, const Nest& mask) const override {
    if constexpr (requires { user->compute_mask(inputs, mask); }) {
      return user->compute_mask(inputs, mask);
    } else {
      return LayerBody::compute_mask(inputs, mask);
    }
  }
  bool supports_masking() const override {
    if constexpr (requires { User::supports_masking; }) {
      return User::supports_masking;
    } else {
      return false;
    }
  }

  std::unique_ptr<User> user;
};

}  // namespace detail

/// Is the base of a user's layer:
/// ```
/// struct SimpleDense : CustomLayer<SimpleDense, SimpleDenseOptions> {
///   using CustomLayer::CustomLayer;
///   Variable w = weight("w"), b = weight("b");
///   layers::Dropout dropout = track(layers::Dropout(0.5));
///   void build(const Shape& input) { add_weight(w, {.shape = {input[-1], options.units}}); }
///   Tensor call(const Tensor& x, const CallArgs& args) { return ops::matmul(x, w) + b; }
/// };
/// ```
/// State lives in variables and layers, which are handles: copies of the object are the same layer.
/// Other members are copied when the layer is first used. The `input_shape` of the options, `build`
/// and `compute_mask` are optional.
template <class User, class Options = CustomLayerOptions>
class CustomLayer {
 public:
  explicit CustomLayer(Options given = {})
      : options(std::move(given)),
        shared_(std::make_shared<detail::CustomLayerBody<User>>(options)),
        body_(shared_.get()) {}

  Options options;

  /// Calls the layer; gives a tensor when `call` does, else what it gives.
  auto operator()(const Nest& inputs, const CallArgs& args = {}) const {
    const Nest outputs = layer()(inputs, args);
    if constexpr (gives_tensor()) {
      return outputs.tensor();
    } else {
      return outputs;
    }
  }

  /// Returns the layer's handle, which goes wherever a layer goes.
  Layer layer() const {
    bind();
    return Layer(shared_ ? shared_ : body_->shared_from_this());
  }
  operator Layer() const { return layer(); }

  const std::string& name() const { return body_->operation_name(); }
  std::vector<Variable> weights() const { return layer().weights(); }
  std::vector<Variable> trainable_weights() const { return layer().trainable_weights(); }
  std::vector<Tensor> get_weights() const { return layer().get_weights(); }
  void set_weights(const std::vector<Tensor>& values) const { layer().set_weights(values); }
  void set_trainable(bool trainable) const { layer().set_trainable(trainable); }
  Config get_config() const { return layer().get_config(); }

 protected:
  /// Declares a weight that `build` makes with `add_weight`.
  Variable weight(const std::string& name) { return Variable::declare(name); }
  void add_weight(const Variable& declared, const WeightOptions& weight_options) {
    body_->add_weight(declared, weight_options);
  }
  /// Declares a layer whose weights are part of this one's.
  template <class L>
  L track(L inner) {
    body_->track(inner);
    return inner;
  }
  void add_loss(const Tensor& loss) { keratin::add_loss(loss); }

 private:
  static constexpr bool gives_tensor() {
    if constexpr (requires(User& u, const Nest& n, const CallArgs& a) { u.call(n, a); }) {
      return std::same_as<decltype(std::declval<User&>().call(std::declval<const Nest&>(),
                                                              std::declval<const CallArgs&>())),
                          Tensor>;
    } else {
      return std::same_as<decltype(std::declval<User&>().call(std::declval<const Nest&>())),
                          Tensor>;
    }
  }

  // The body keeps a copy of the user's object, whose handle on the body does not own it.
  void bind() const {
    if (body_->user != nullptr) return;
    body_->user = std::make_unique<User>(static_cast<const User&>(*this));
    static_cast<CustomLayer&>(*body_->user).shared_.reset();
  }

  std::shared_ptr<detail::CustomLayerBody<User>> shared_;
  detail::CustomLayerBody<User>* body_;
};

}  // namespace keratin
