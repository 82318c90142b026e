// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/terminal.h"

#if defined(__unix__) || defined(__APPLE__)
#include <sys/ioctl.h>
#include <unistd.h>
#endif

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <optional>

namespace keratin::terminal {
namespace {

constexpr int default_columns = 80;

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

std::string lower_trimmed(std::string_view text) {
  std::string result;
  for (unsigned char c : text) {
    if (std::isspace(c) == 0) {
      result += static_cast<char>(std::tolower(c));
    }
  }
  return result;
}

std::optional<int> digits(std::string_view text) {
  int value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

// Empty when the descriptor is no terminal; a pseudo-terminal may say 0.
std::optional<int> columns_of(int descriptor) {
#if defined(TIOCGWINSZ)
  winsize size{};
  if (ioctl(descriptor, TIOCGWINSZ, &size) == 0) {
    return size.ws_col;
  }
#endif
  (void)descriptor;
  return std::nullopt;
}

bool takes_escapes(int descriptor) {
  std::string_view compatible = environment("TTY_COMPATIBLE");
  if (compatible == "0" || compatible == "1") {
    return compatible == "1";
  }
  const char* force = std::getenv("FORCE_COLOR");
  return force != nullptr ? *force != '\0' : is_terminal(descriptor);
}

bool is_dumb() {
  std::string term = lower_trimmed(environment("TERM"));
  return term == "dumb" || term == "unknown";
}

}  // namespace

bool is_terminal(int descriptor) {
#if defined(__unix__) || defined(__APPLE__)
  return isatty(descriptor) != 0;
#else
  (void)descriptor;
  return false;
#endif
}

int columns(int descriptor) {
  if (int chosen = digits(environment("COLUMNS")).value_or(0); chosen > 0) {
    return chosen;
  }
  int measured = columns_of(descriptor).value_or(0);
  return measured > 0 ? measured : default_columns;
}

int console_columns() {
  std::optional<int> chosen = digits(environment("COLUMNS"));
  bool both_chosen = chosen && digits(environment("LINES"));
  if (is_dumb() && takes_escapes(standard_output) && !both_chosen) {
    return default_columns;
  }
  if (chosen && *chosen > 0) {
    return *chosen;
  }
  for (int descriptor : {0, 1, 2}) {
    if (std::optional<int> measured = columns_of(descriptor)) {
      return *measured > 0 ? *measured : default_columns;
    }
  }
  return default_columns;
}

Colors colors(int descriptor) {
  if (!takes_escapes(descriptor) || is_dumb()) {
    return Colors::none;
  }
  if (!environment("NO_COLOR").empty()) {
    return Colors::bold;
  }
  std::string depth = lower_trimmed(environment("COLORTERM"));
  if (depth == "truecolor" || depth == "24bit") {
    return Colors::eight_bit;  // Keras asks for palette colours, which need no more than 256
  }
  std::string term = lower_trimmed(environment("TERM"));
  std::string suffix = term.substr(term.rfind('-') + 1);
  return suffix == "256color" || suffix == "kitty" ? Colors::eight_bit : Colors::standard;
}

}  // namespace keratin::terminal
