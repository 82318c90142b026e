// SPDX-License-Identifier: Apache-2.0
// How callbacks speak: as Keras' print_msg to standard output, as warnings to standard error.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <utility>

namespace keratin::callbacks {

/// Prints a line to standard output at once.
template <class... Args>
void say(fmt::format_string<Args...> message, Args&&... args) {
  std::puts(fmt::format(message, std::forward<Args>(args)...).c_str());
  std::fflush(stdout);
}

/// Prints a line to standard error.
template <class... Args>
void warn(fmt::format_string<Args...> message, Args&&... args) {
  std::fputs((fmt::format(message, std::forward<Args>(args)...) + "\n").c_str(), stderr);
}

}  // namespace keratin::callbacks
