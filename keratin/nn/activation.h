// SPDX-License-Identifier: Apache-2.0
// Activation functions: each is one object, callable and usable as `.activation =
// activations::relu`.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

#include "keratin/graph/tensor.h"
#include "keratin/nn/object.h"

namespace keratin {

class Activation;

namespace detail {

template <class F>
concept ActivationFunction =
    std::is_invocable_r_v<Tensor, const F&, const Tensor&> && !std::is_same_v<F, Activation>;

}  // namespace detail

/// Is what an `activation` argument takes: nothing (the identity), a name, an object of namespace
/// activations, or any function of a tensor.
class Activation {
 public:
  using Function = std::function<Tensor(const Tensor&)>;

  /// Makes the identity, which Keras calls "linear".
  Activation() = default;
  Activation(std::nullptr_t) {}
  /// Takes the name of a built-in activation; throws ValueError for others, with a suggestion.
  Activation(const char* name);
  Activation(const std::string& name);
  /// Takes a function of the user and the name under which it is written.
  Activation(std::string name, Function function);
  template <class F>
  requires detail::ActivationFunction<F> Activation(F function) {
    if constexpr (requires { F::keras_name; }) {
      set(std::string(F::keras_name), std::move(function));
    } else {
      set("", std::move(function));
    }
  }

  Tensor operator()(const Tensor& x) const;
  /// Returns Keras' name, "linear" for none, and an empty text for a function without a name.
  const std::string& name() const;
  /// Tells whether this gives back what it takes.
  bool is_linear() const { return body_ == nullptr; }

 private:
  struct Body {
    std::string name;
    Function function;
  };
  void set(std::string name, Function function);
  std::shared_ptr<const Body> body_;
};

/// Writes the name, "linear" for none; throws ConfigError for a function without a name.
template <>
struct Codec<Activation> {
  static Config write(const Activation& value);
  static Activation read(const Config& config);
  static std::string type_name() { return "activation"; }
};

namespace activations {

#define KERATIN_ACTIVATION(Type, object)                    \
  struct Type {                                             \
    static constexpr std::string_view keras_name = #object; \
    Tensor operator()(const Tensor& x) const;               \
  };                                                        \
  inline constexpr Type object {}

/// Returns x (keras.io/api/layers/activations has all of these).
KERATIN_ACTIVATION(Linear, linear);
/// Returns 1 / (1 + exp(-x)).
KERATIN_ACTIVATION(Sigmoid, sigmoid);
/// Returns the hyperbolic tangent.
KERATIN_ACTIVATION(Tanh, tanh);
/// Returns log(1 + exp(x)).
KERATIN_ACTIVATION(Softplus, softplus);
/// Returns x / (1 + |x|).
KERATIN_ACTIVATION(Softsign, softsign);
/// Returns x * sigmoid(x).
KERATIN_ACTIVATION(Silu, silu);
/// Is silu under its other name.
inline constexpr Silu swish{};
/// Returns exp(x).
KERATIN_ACTIVATION(Exponential, exponential);
/// Returns x / 6 + 0.5, cut to [0, 1].
KERATIN_ACTIVATION(HardSigmoid, hard_sigmoid);
/// Returns x * hard_sigmoid(x).
KERATIN_ACTIVATION(HardSilu, hard_silu);
/// Is hard_silu under its other name.
inline constexpr HardSilu hard_swish{};
/// Returns x cut to [-1, 1].
KERATIN_ACTIVATION(HardTanh, hard_tanh);
/// Returns x * tanh(softplus(x)).
KERATIN_ACTIVATION(Mish, mish);
/// Returns log(sigmoid(x)).
KERATIN_ACTIVATION(LogSigmoid, log_sigmoid);
/// Returns x - tanh(x).
KERATIN_ACTIVATION(TanhShrink, tanh_shrink);
/// Returns x cut to [0, 6].
KERATIN_ACTIVATION(Relu6, relu6);
/// Returns elu with the two constants that keep mean and variance.
KERATIN_ACTIVATION(Selu, selu);
/// Returns 0 below -1, x above 1, and (x + 1)^2 / 4 between.
KERATIN_ACTIVATION(SparsePlus, sparse_plus);
/// Returns (x + 1) / 2, cut to [0, 1].
KERATIN_ACTIVATION(SparseSigmoid, sparse_sigmoid);

#undef KERATIN_ACTIVATION

/// Returns x above `threshold` (at most `max_value`, where that is not negative) and
/// `negative_slope * (x - threshold)` below it.
struct Relu {
  static constexpr std::string_view keras_name = "relu";
  Tensor operator()(const Tensor& x, double negative_slope = 0.0, double max_value = -1.0,
                    double threshold = 0.0) const;
};
inline constexpr Relu relu{};

/// Returns x where it is positive and `negative_slope * x` elsewhere.
struct LeakyRelu {
  static constexpr std::string_view keras_name = "leaky_relu";
  Tensor operator()(const Tensor& x, double negative_slope = 0.2) const;
};
inline constexpr LeakyRelu leaky_relu{};

/// Returns x where it is positive and `alpha * (exp(x) - 1)` elsewhere.
struct Elu {
  static constexpr std::string_view keras_name = "elu";
  Tensor operator()(const Tensor& x, double alpha = 1.0) const;
};
inline constexpr Elu elu{};

/// Returns max(x, 0) + alpha * (exp(min(x, 0) / alpha) - 1).
struct Celu {
  static constexpr std::string_view keras_name = "celu";
  Tensor operator()(const Tensor& x, double alpha = 1.0) const;
};
inline constexpr Celu celu{};

/// Returns x times the normal distribution's share below x, or its approximation by tanh.
struct Gelu {
  static constexpr std::string_view keras_name = "gelu";
  Tensor operator()(const Tensor& x, bool approximate = false) const;
};
inline constexpr Gelu gelu{};

/// Returns exp(x) divided by its sum along `axis`.
struct Softmax {
  static constexpr std::string_view keras_name = "softmax";
  Tensor operator()(const Tensor& x, int64_t axis = -1) const;
};
inline constexpr Softmax softmax{};

/// Returns the logarithm of softmax.
struct LogSoftmax {
  static constexpr std::string_view keras_name = "log_softmax";
  Tensor operator()(const Tensor& x, int64_t axis = -1) const;
};
inline constexpr LogSoftmax log_softmax{};

/// Returns the first half of x along `axis` times the sigmoid of the second.
struct Glu {
  static constexpr std::string_view keras_name = "glu";
  Tensor operator()(const Tensor& x, int64_t axis = -1) const;
};
inline constexpr Glu glu{};

/// Returns x where it is further from 0 than `threshold`, and 0 elsewhere.
struct HardShrink {
  static constexpr std::string_view keras_name = "hard_shrink";
  Tensor operator()(const Tensor& x, double threshold = 0.5) const;
};
inline constexpr HardShrink hard_shrink{};

/// Returns x drawn towards 0 by `threshold`, and 0 where it would cross it.
struct SoftShrink {
  static constexpr std::string_view keras_name = "soft_shrink";
  Tensor operator()(const Tensor& x, double threshold = 0.5) const;
};
inline constexpr SoftShrink soft_shrink{};

/// Returns (x + sqrt(x^2 + b)) / 2.
struct Squareplus {
  static constexpr std::string_view keras_name = "squareplus";
  Tensor operator()(const Tensor& x, double b = 4.0) const;
};
inline constexpr Squareplus squareplus{};

/// Returns sparse shares of 1 along `axis`, as Keras on JAX computes them: for more than one share
/// they sum to less.
struct Sparsemax {
  static constexpr std::string_view keras_name = "sparsemax";
  Tensor operator()(const Tensor& x, int64_t axis = -1) const;
};
inline constexpr Sparsemax sparsemax{};

/// Returns x above `threshold` and `default_value` elsewhere. It has no name for `.activation`:
/// pass a function that calls it.
struct Threshold {
  Tensor operator()(const Tensor& x, double threshold, double default_value) const;
};
inline constexpr Threshold threshold{};

}  // namespace activations

}  // namespace keratin
