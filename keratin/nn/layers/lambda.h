// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "keratin/nn/layer.h"
#include "keratin/nn/object.h"

namespace keratin {

namespace layers {
class LambdaFunction;
}  // namespace layers

namespace detail {

template <class F>
concept CallableOnInputs = !std::is_same_v<F, layers::LambdaFunction> &&
                           (std::is_invocable_r_v<Nest, const F&, const Nest&> ||
                            std::is_invocable_r_v<Nest, const F&, const Nest&, const CallArgs&>);

}  // namespace detail

namespace layers {

/// Is a function of a layer's inputs (a Tensor or Nest), and of CallArgs where it wants them.
class LambdaFunction {
 public:
  using Function = std::function<Nest(const Nest&, const CallArgs&)>;

  LambdaFunction() = default;
  /// Takes a function and the name under which it is written.
  LambdaFunction(std::string name, Function function)
      : name_(std::move(name)), function_(std::move(function)) {}
  template <detail::CallableOnInputs F>
  LambdaFunction(F function) : name_(keratin::detail::function_name<F>()) {
    if constexpr (std::is_invocable_r_v<Nest, const F&, const Nest&, const CallArgs&>) {
      function_ = std::move(function);
    } else {
      function_ = [function = std::move(function)](const Nest& inputs, const CallArgs&) {
        return Nest(function(inputs));
      };
    }
  }

  bool defined() const { return function_ != nullptr; }
  Nest operator()(const Nest& inputs, const CallArgs& args) const {
    return function_(inputs, args);
  }
  const std::string& name() const { return name_; }

 private:
  std::string name_;
  Function function_;
};

/// Is what gives the mask of a Lambda's outputs from its inputs and their mask.
using LambdaMask = std::function<Tensor(const Nest& inputs, const Nest& mask)>;

struct LambdaOptions {
  KERATIN_OPTIONS(LambdaOptions);
  KERATIN_FIELD(LambdaFunction, function, "Computes the outputs.") = {};
  KERATIN_FIELD(std::optional<Shape>, output_shape,
                "The shape that the output must have, without the batch.") = {};
  LambdaMask mask = {};  ///< gives the mask of the outputs; without it masks do not pass
  KERATIN_LAYER_FIELDS;
};

/// Makes a layer of a function: `Lambda([](const Tensor& x) { return x * 2; })`. What Keras passes
/// as `arguments` is captured. A function without a name cannot be written to a file; a CustomLayer
/// can (keras.io/api/layers/core_layers/lambda).
class Lambda : public Layer {
 public:
  explicit Lambda(LambdaFunction function, LambdaOptions options = {});
};

}  // namespace layers

/// Writes the name of a function. Throws ConfigError where it has none, and for reading any: files
/// hold no code.
template <>
struct Codec<layers::LambdaFunction> {
  static Config write(const layers::LambdaFunction& function);
  static layers::LambdaFunction read(const Config& config);
  static std::string type_name() { return "function"; }
};

}  // namespace keratin
