// SPDX-License-Identifier: Apache-2.0
// Layers that users write.
#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "keratin/nn/layer_body.h"

namespace keratin {

/// Are the options of a custom layer that has none of its own.
struct CustomLayerOptions {
  KERATIN_OPTIONS(CustomLayerOptions);
  KERATIN_LAYER_FIELDS;
};

/// Adds a scalar to the losses of the layer that is being called, which training adds to its loss
/// and `losses` of its model returns. Does nothing where no layer is called and nothing is traced.
void add_loss(const Tensor& loss);

namespace detail {

/// Becomes a bool and nothing else, which tells a training flag from other parameters.
struct TrainingFlag {
  bool value = false;
  template <std::same_as<bool> T>
  operator T() const {
    return value;
  }
};

/// Tells whether `call` takes these inputs, followed by CallArgs, a training flag or nothing.
template <class User, class... Inputs>
concept Calls = requires(User& user, const CallArgs& args, const Inputs&... inputs) {
  user.call(inputs..., args);
}
|| requires(User& user, TrainingFlag flag, const Inputs&... inputs) { user.call(inputs..., flag); }
|| requires(User& user, const Inputs&... inputs) { user.call(inputs...); };

/// Tells whether `call` takes two, three or four inputs apart.
template <class User>
concept CallsApart =
    Calls<User, Nest, Nest> || Calls<User, Nest, Nest, Nest> || Calls<User, Nest, Nest, Nest, Nest>;

template <class User, class... Inputs>
auto call_with(User& user, const CallArgs& args, const Inputs&... inputs) {
  if constexpr (requires { user.call(inputs..., args); }) {
    return user.call(inputs..., args);
  } else if constexpr (requires { user.call(inputs..., TrainingFlag{}); }) {
    return user.call(inputs..., TrainingFlag{args.training.value_or(false)});
  } else {
    return user.call(inputs...);
  }
}

/// Is only there for the type that it returns: the one of a user's `call`.
template <class User>
auto call_result(User& user, const Nest& x, const CallArgs& args) {
  if constexpr (Calls<User, Nest>) {
    return call_with(user, args, x);
  } else if constexpr (Calls<User, Nest, Nest>) {
    return call_with(user, args, x, x);
  } else if constexpr (Calls<User, Nest, Nest, Nest>) {
    return call_with(user, args, x, x, x);
  } else {
    return call_with(user, args, x, x, x, x);
  }
}

template <class User>
concept GivesTensor = std::same_as<decltype(call_result(std::declval<User&>(), std::declval<Nest>(),
                                                        std::declval<CallArgs>())),
                                   Tensor>;

/// Makes layers part of the body's under the name of an attribute; returns them.
template <std::convertible_to<Layer> L>
L track_as(LayerBody& body, const std::string& attribute, L inner) {
  body.track(inner);
  body.name_attribute({.name = attribute, .layers = {inner}});
  return inner;
}
template <std::convertible_to<Layer> L>
std::vector<L> track_as(LayerBody& body, const std::string& attribute, std::vector<L> inner) {
  for (const L& layer : inner) body.track(layer);
  body.name_attribute({attribute, std::vector<Layer>(inner.begin(), inner.end()), true});
  return inner;
}

/// Is a metric: a handle, or an object of a user's class.
template <class T>
concept IsMetric = std::same_as<T, Metric> || std::is_base_of_v<CustomMetric<T>, T>;

/// Makes the state of a layer, metric or seed generator part of the body's; returns it.
template <class Body, class T>
T track_in(Body& body, T inner) {
  if constexpr (IsMetric<T>) {
    body.track_metric(inner);
  } else {
    body.track(inner);
  }
  return inner;
}

/// Throws ValueError that names the layer and the inputs that its `call` does not take.
[[noreturn]] void wrong_inputs(const std::string& class_name, const Nest& inputs);

/// Calls a user's `call`, whichever of the allowed forms it has.
template <class User>
Nest call_user(User& user, const Nest& inputs, const CallArgs& args) {
  static_assert(Calls<User, Nest> || CallsApart<User>,
                "`call` takes a `const Tensor&` or `const Nest&`, or two to four of them, then "
                "`const CallArgs&`, `bool training` or nothing");
  const size_t count = inputs.is_list() ? inputs.size() : 1;
  if constexpr (Calls<User, Nest, Nest>) {
    if (count == 2) return Nest(call_with(user, args, inputs[0], inputs[1]));
  }
  if constexpr (Calls<User, Nest, Nest, Nest>) {
    if (count == 3) return Nest(call_with(user, args, inputs[0], inputs[1], inputs[2]));
  }
  if constexpr (Calls<User, Nest, Nest, Nest, Nest>) {
    if (count == 4) {
      return Nest(call_with(user, args, inputs[0], inputs[1], inputs[2], inputs[3]));
    }
  }
  if constexpr (Calls<User, Nest>) {
    return Nest(call_with(user, args, inputs));
  } else {
    wrong_inputs(type_name<User>(), inputs);
  }
}

/// Calls a user's `build` with all inputs or with the input's shape: the first one's where `call`
/// takes them apart.
template <class User>
void build_user(User& user, const Nest& inputs) {
  if constexpr (requires { user.build(inputs); }) {
    user.build(inputs);
  } else if constexpr (requires { user.build(inputs.shape()); }) {
    user.build(CallsApart<User> && inputs.is_list() ? inputs[0].shape() : inputs.shape());
  } else {
    static_assert(
        !requires { &User::build; }, "`build` takes a `const Shape&` or `const Nest&`");
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
  bool accepts_mask() const override { return true; }
  bool takes_apart(size_t inputs) const override {
    return (inputs == 2 && Calls<User, Nest, Nest>) ||
           (inputs == 3 && Calls<User, Nest, Nest, Nest>) ||
           (inputs == 4 && Calls<User, Nest, Nest, Nest, Nest>);
  }
  void build(const Nest& inputs) override { build_user(*user, inputs); }
  Tensor compute_mask(const Nest& inputs, const Nest& mask) const override {
    if constexpr (requires { user->compute_mask(inputs, mask); }) {
      return user->compute_mask(inputs, mask);
    } else {
      return LayerBody::compute_mask(inputs, mask);
    }
  }
  bool takes_empty_places() const override { return true; }
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
/// `call` takes one Tensor or Nest, or two to four (`sampling(mean, log_var)`), then `const
/// CallArgs&`, `bool training` or nothing. State lives in variables and layers, which are handles:
/// copies of the object are the same layer. Other members are copied when the layer is first used.
/// The `input_shape` of the options, `build` and `compute_mask` are optional. Files that Python is
/// to read too need the names of Python's attributes: `track(layers::Dropout(0.5), "dropout")`.
template <class User, class Options = CustomLayerOptions>
class CustomLayer {
 public:
  CustomLayer() : CustomLayer(Options{}) {}
  explicit CustomLayer(Options given)
      : options(std::move(given)),
        shared_(std::make_shared<detail::CustomLayerBody<User>>(options)),
        body_(shared_.get()) {}

  Options options;

  /// Calls the layer; gives a tensor when `call` does, else what it gives.
  auto operator()(const Nest& inputs, const CallArgs& args = {}) const {
    if constexpr (detail::GivesTensor<User>) {
      return layer()(inputs, args).tensor();
    } else {
      return layer()(inputs, args);
    }
  }
  /// Calls the layer on two to four inputs: the same as on a list of them.
  template <std::convertible_to<Nest> B>
  auto operator()(const Nest& a, const B& b, const CallArgs& args = {}) const {
    return (*this)(Nest::list({a, b}), args);
  }
  template <std::convertible_to<Nest> B, std::convertible_to<Nest> C>
  auto operator()(const Nest& a, const B& b, const C& c, const CallArgs& args = {}) const {
    return (*this)(Nest::list({a, b, c}), args);
  }
  template <std::convertible_to<Nest> B, std::convertible_to<Nest> C, std::convertible_to<Nest> D>
  auto operator()(const Nest& a, const B& b, const C& c, const D& d,
                  const CallArgs& args = {}) const {
    return (*this)(Nest::list({a, b, c, d}), args);
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
  /// Makes the state of a layer, metric or seed generator part of this layer's. A metric, which
  /// `call` updates, is reset and reported with those of the model around.
  template <class T>
  T track(T inner) {
    return detail::track_in(*body_, std::move(inner));
  }
  /// Does so for a layer, or a list of them, that has that name in Python: files go by it.
  template <class T>
  T track(T inner, const std::string& attribute) {
    return detail::track_as(*body_, attribute, std::move(inner));
  }
  void add_loss(const Tensor& loss) { keratin::add_loss(loss); }

 private:
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
