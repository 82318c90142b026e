// SPDX-License-Identifier: Apache-2.0
// The initializers that draw no random numbers; for the sources of this folder.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "keratin/nn/initializer.h"

namespace keratin::detail {

/// Gives one value everywhere; `class_name` is Zeros or Ones and outlives the body.
std::shared_ptr<const InitializerBody> fill_body(std::string_view class_name, double value);

/// Gives a value, or a tensor that broadcasts.
std::shared_ptr<const InitializerBody> constant_body(const Tensor& value);

/// Reads the value of a Constant: a number, or an array as Keras writes it. Throws ConfigError.
Tensor read_constant(const Config& value);

/// Gives the tensor itself.
std::shared_ptr<const InitializerBody> values_body(const Tensor& values);

/// Gives what a function of the user returns; `name` may be empty.
std::shared_ptr<const InitializerBody> function_body(std::string name,
                                                     Initializer::Function function);

}  // namespace keratin::detail
