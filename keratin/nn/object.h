// SPDX-License-Identifier: Apache-2.0
// How an object of Keras (an initializer, a loss, an optimizer ...) is written in a config.
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/base/codec.h"

namespace keratin {

/// Returns `{"module", "class_name", "config", "registered_name": null}`, which is how Keras
/// writes an object of its own (keras.io/api/models/model_saving_apis/serialization_utils).
Config envelope(std::string_view module, std::string_view class_name, Config config);

/// Returns how Keras writes an object of a class that a user registered in the package "Custom".
Config custom_envelope(std::string_view class_name, Config config);

/// Returns how Keras writes a function that stands where an object may stand.
Config function_envelope(std::string_view name);

/// Is an object as it stands in a config.
struct ObjectSpec {
  std::string module;           ///< empty for null
  std::string class_name;       ///< "function" for a function
  Config config;                ///< the arguments; the name of a function
  std::string registered_name;  ///< empty for null

  bool is_function() const { return class_name == "function"; }
};

/// Reads an envelope; a plain string is an object of that name without arguments, and null is
/// none. Throws ConfigError with `where` for anything else.
std::optional<ObjectSpec> read_object(const Config& config, std::string_view where);

/// Throws ValueError for a name that is none of `known`, with a suggestion; UnsupportedError when
/// it is one of `missing`, names that Keras knows and this version does not.
[[noreturn]] void unknown_object(std::string_view where, std::string_view kind,
                                 std::string_view name, const std::vector<std::string>& known,
                                 const std::vector<std::string>& missing = {});

/// Throws ConfigError unless the arguments of an object that takes none are empty.
void expect_no_arguments(const Config& config, std::string_view where);

/// Throws ConfigError that says how to give a name to a function that is to be written.
[[noreturn]] void nameless_function(std::string_view where);

/// Is a number that remembers whether it was written as an integer, as Python's numbers do: 2 is
/// written as `2` and 2.0 as `2.0`.
class Number {
 public:
  template <std::floating_point T>
  Number(T value) : value_(static_cast<double>(value)) {}
  template <std::integral T>
  Number(T value) : value_(static_cast<double>(value)), is_int_(true) {}

  operator double() const { return value_; }
  bool is_int() const { return is_int_; }

 private:
  double value_ = 0.0;
  bool is_int_ = false;
};

template <>
struct Codec<Number> {
  static Config write(const Number& value) {
    const double number = value;
    return value.is_int() ? Config(static_cast<int64_t>(number)) : Config(number);
  }
  static Number read(const Config& config) {
    return config.is_int() ? Number(config.as_int()) : Number(config.as_number());
  }
  static std::string type_name() { return "float"; }
};

namespace detail {

/// Cuts the name of a type out of what the compiler calls a function with that type.
std::string short_type_name(std::string_view pretty);

}  // namespace detail

/// Returns the name of a user's class without its namespaces: its member `class_name` if it has
/// one, "lambda" for a lambda and "function" for a function pointer.
template <class T>
std::string type_name() {
  if constexpr (requires { std::string(T::class_name); }) {
    return std::string(T::class_name);
  } else {
    return detail::short_type_name(__PRETTY_FUNCTION__);
  }
}

namespace detail {

/// Returns Keras' name of a function object of ours, and the name of any other callable's type.
template <class F>
std::string function_name() {
  if constexpr (requires { std::string(F::keras_name); }) {
    return std::string(F::keras_name);
  } else {
    return type_name<F>();
  }
}

/// Tells whether `name` is no name but what `function_name` says of a lambda or function pointer.
inline bool is_nameless(std::string_view name) { return name == "lambda" || name == "function"; }

}  // namespace detail

}  // namespace keratin
