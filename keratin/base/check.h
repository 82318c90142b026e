// SPDX-License-Identifier: Apache-2.0
// For source files only: this header brings fmt, which public headers must not.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <string_view>
#include <utility>

#include "keratin/base/error.h"

namespace keratin {

/// Throws `E` with the text `<where>: <message>`.
template <class E, class... Args>
[[noreturn]] void fail(std::string_view where, fmt::format_string<Args...> message,
                       Args&&... args) {
  throw E(std::string(where) + ": " + fmt::format(message, std::forward<Args>(args)...));
}

/// Throws `E` with the text `<where>: <message>` unless `condition` holds.
template <class E, class... Args>
void require(bool condition, std::string_view where, fmt::format_string<Args...> message,
             Args&&... args) {
  if (!condition) [[unlikely]] {
    fail<E>(where, message, std::forward<Args>(args)...);
  }
}

}  // namespace keratin
