// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <type_traits>

#include "keratin/graph/tensor.h"
#include "keratin/nn/object.h"

namespace keratin {

class Regularizer;

namespace detail {

/// Is a function of one tensor that is not the handle `Handle` itself.
template <class F, class Handle>
concept TensorFunctionFor =
    std::is_invocable_r_v<Tensor, const F&, const Tensor&> && !std::is_same_v<F, Handle>;

}  // namespace detail

/// Is what a `..._regularizer` argument takes: nothing, a name, an object of namespace regularizers
/// or a function that returns the scalar penalty of a weight.
class Regularizer {
 public:
  using Function = std::function<Tensor(const Tensor&)>;

  Regularizer() = default;
  Regularizer(std::nullptr_t) {}
  /// Takes the name of a built-in regularizer; throws ValueError for others, with a suggestion.
  Regularizer(const char* name);
  Regularizer(const std::string& name);
  /// Takes a function of the user and the name under which it is written.
  Regularizer(std::string name, Function function);
  template <detail::TensorFunctionFor<Regularizer> F>
  Regularizer(F function) : Regularizer(std::string(), Function(std::move(function))) {}
  /// Takes a function and what is written for it.
  Regularizer(Function function, Config config);

  bool defined() const { return body_ != nullptr; }
  /// Returns the penalty, a scalar of x's dtype.
  Tensor operator()(const Tensor& x) const;
  /// Returns the envelope that Keras writes; null for none.
  Config to_config() const;
  static Regularizer from_config(const Config& config);

 private:
  struct Body {
    Function function;
    Config config;  // null for a function without a name
  };
  std::shared_ptr<const Body> body_;
};

template <>
struct Codec<Regularizer> {
  static Config write(const Regularizer& value) { return value.to_config(); }
  static Regularizer read(const Config& config) { return Regularizer::from_config(config); }
  static std::string type_name() { return "regularizer"; }
};

namespace regularizers {

struct L1L2Options {
  KERATIN_OPTIONS(L1L2Options);
  KERATIN_FIELD(double, l1, "Factor of the sum of absolute values.") = 0.0;
  KERATIN_FIELD(double, l2, "Factor of the sum of squares.") = 0.0;
};

struct OrthogonalRegularizerOptions {
  KERATIN_OPTIONS(OrthogonalRegularizerOptions);
  KERATIN_FIELD(double, factor, "Factor of the mean cosine.") = 0.01;
  KERATIN_FIELD(std::string, mode, "rows or columns.") = "rows";
};

/// Adds l1 * sum(|x|) (keras.io/api/layers/regularizers). Throws ValueError for a factor that is
/// negative or not finite.
Regularizer L1(double l1 = 0.01);
/// Adds l2 * sum(x^2); there is no half. Throws ValueError as L1 does.
Regularizer L2(double l2 = 0.01);
/// Adds both. Throws ValueError as L1 does.
Regularizer L1L2(L1L2Options options = {});
/// Adds half the mean size of the cosines between rows, or columns, of a matrix. Throws ValueError
/// as L1 does, and for another mode.
Regularizer OrthogonalRegularizer(OrthogonalRegularizerOptions options = {});

}  // namespace regularizers

}  // namespace keratin
