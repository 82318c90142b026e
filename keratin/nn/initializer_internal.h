// SPDX-License-Identifier: Apache-2.0
// What the sources of the initializers share.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "keratin/nn/described.h"
#include "keratin/nn/initializer.h"

namespace keratin::detail {

inline constexpr std::string_view initializer_module = "keras.initializers";

/// Is one class of initializers: its names, and how it is made of a config.
struct InitializerClass {
  std::string_view class_name;
  std::string_view alias;  ///< beside the class name and its snake case
  ClassMaker<Initializer> make;
};

/// Returns the classes that draw random numbers.
std::span<const InitializerClass> random_initializers();

/// Gives one value everywhere; `class_name` is Zeros or Ones and outlives the body.
std::shared_ptr<const InitializerBody> fill_body(std::string_view class_name, double value);

/// Gives a value, or a tensor that broadcasts.
std::shared_ptr<const InitializerBody> constant_body(const Tensor& value);

/// Reads the value of a Constant: a number, or an array as Keras writes it. Throws ConfigError.
Tensor read_constant(const Config& value);

/// Writes an array as Keras writes one of NumPy.
Config array_config(const Tensor& value);

/// Gives a part of a Fourier transform.
std::shared_ptr<const InitializerBody> stft_body(const initializers::STFTOptions& options);

/// Gives a matrix with the gain on its diagonal.
std::shared_ptr<const InitializerBody> identity_body(const initializers::IdentityOptions& options);

/// Gives the tensor itself.
std::shared_ptr<const InitializerBody> values_body(const Tensor& values);

/// Gives what a function of the user returns; `name` may be empty.
std::shared_ptr<const InitializerBody> function_body(std::string name,
                                                     Initializer::Function function);

}  // namespace keratin::detail
