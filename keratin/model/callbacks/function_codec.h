// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "keratin/base/codec.h"

namespace keratin {

namespace detail {

[[noreturn]] void function_in_config();

}  // namespace detail

/// Writes null: a callback's function has no name. Throws ConfigError for reading one.
template <class R, class... Args>
struct Codec<std::function<R(Args...)>> {
  static Config write(const std::function<R(Args...)>&) { return Config(); }
  static std::function<R(Args...)> read(const Config& config) {
    if (config.is_null()) return {};
    detail::function_in_config();
  }
  static std::string type_name() { return "function"; }
};

}  // namespace keratin
