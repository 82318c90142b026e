// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "keratin/graph/ops/reduction.h"
#include "keratin/nn/regularizer.h"

namespace keratin {

/// Is what a `..._constraint` argument takes: nothing, a name, an object of namespace constraints
/// or a function that returns the weight as it may be. Optimizers apply it after each update.
class Constraint {
 public:
  using Function = std::function<Tensor(const Tensor&)>;

  Constraint() = default;
  Constraint(std::nullptr_t) {}
  /// Takes the name of a built-in constraint; throws ValueError for others, with a suggestion.
  Constraint(const char* name);
  Constraint(const std::string& name);
  /// Takes a function of the user and the name under which it is written.
  Constraint(std::string name, Function function);
  template <detail::TensorFunctionFor<Constraint> F>
  Constraint(F function) : Constraint(std::string(), Function(std::move(function))) {}
  /// Takes a function and what is written for it.
  Constraint(Function function, Config config);

  bool defined() const { return body_ != nullptr; }
  /// Returns the weight as it may be; the shape stays.
  Tensor operator()(const Tensor& weight) const;
  /// Returns the envelope that Keras writes; null for none.
  Config to_config() const;
  static Constraint from_config(const Config& config);

 private:
  struct Body {
    Function function;
    Config config;  // null for a function without a name
  };
  std::shared_ptr<const Body> body_;
};

template <>
struct Codec<Constraint> {
  static Config write(const Constraint& value) { return value.to_config(); }
  static Constraint read(const Config& config) { return Constraint::from_config(config); }
  static std::string type_name() { return "constraint"; }
};

/// Writes one axis as a number and several as a list; null is all of them.
template <>
struct Codec<ops::Axes> {
  static Config write(const ops::Axes& axes);
  static ops::Axes read(const Config& config);
  static std::string type_name() { return "int or list of int"; }
};

namespace constraints {

struct MaxNormOptions {
  KERATIN_OPTIONS(MaxNormOptions);
  KERATIN_FIELD(Number, max_value, "Largest norm.") = 2;
  KERATIN_FIELD(ops::Axes, axis, "Axes along which the norm is taken.") = 0;
};

struct MinMaxNormOptions {
  KERATIN_OPTIONS(MinMaxNormOptions);
  KERATIN_FIELD(Number, min_value, "Least norm.") = 0.0;
  KERATIN_FIELD(Number, max_value, "Largest norm.") = 1.0;
  KERATIN_FIELD(Number, rate, "How far one update goes towards the range, 0 to 1.") = 1.0;
  KERATIN_FIELD(ops::Axes, axis, "Axes along which the norm is taken.") = 0;
};

struct UnitNormOptions {
  KERATIN_OPTIONS(UnitNormOptions);
  KERATIN_FIELD(ops::Axes, axis, "Axes along which the norm is taken.") = 0;
};

/// Scales weights whose norm is larger than `max_value` (keras.io/api/layers/constraints).
Constraint MaxNorm(MaxNormOptions options = {});
/// Is the same with the value first: `MaxNorm(3)`.
template <class T>
requires(std::is_arithmetic_v<T>) Constraint MaxNorm(T max_value) {
  return MaxNorm(MaxNormOptions{.max_value = max_value});
}
/// Scales weights so that their norm comes into a range.
Constraint MinMaxNorm(MinMaxNormOptions options = {});
/// Sets negative weights to zero.
Constraint NonNeg();
/// Scales weights to norm 1.
Constraint UnitNorm(UnitNormOptions options = {});

}  // namespace constraints

}  // namespace keratin
