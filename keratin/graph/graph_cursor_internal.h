// SPDX-License-Identifier: Apache-2.0
// Takes a line of the text form of graphs apart.
#pragma once

#include <charconv>
#include <string>
#include <string_view>

#include "keratin/base/check.h"
#include "keratin/base/config.h"

namespace keratin::detail {

inline bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

inline bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// Walks over one line; what it does not find ends in a ConfigError that says where.
class Cursor {
 public:
  Cursor(std::string_view line, const std::string& where) : rest_(line), where_(where) { skip(); }

  const std::string& where() const { return where_; }
  bool at_end() const { return rest_.empty(); }
  bool starts_with(char c) const { return rest_.starts_with(c); }

  [[noreturn]] void expected(std::string_view what) const {
    const std::string found =
        at_end() ? "the end of the line" : to_json(Config(rest_.substr(0, 24)));
    fail<ConfigError>(where_, "expected {}, got {}. Check the text.", what, found);
  }

  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    drop(1);
    return true;
  }

  void need(char c) {
    if (!take(c)) expected(fmt::format("`{}`", c));
  }

  void need_end() const {
    if (!at_end()) expected("the end of the line");
  }

  /// Takes letters, digits and underscores.
  std::string_view word(std::string_view what) {
    size_t length = 0;
    while (length < rest_.size() && is_word(rest_[length])) ++length;
    if (length == 0) expected(what);
    return drop(length);
  }

  /// Takes what stands before the next blank or one of `ends`.
  std::string_view until(std::string_view ends, std::string_view what) {
    size_t length = 0;
    while (length < rest_.size() && !is_blank(rest_[length]) &&
           ends.find(rest_[length]) == std::string_view::npos) {
      ++length;
    }
    if (length == 0) expected(what);
    return drop(length);
  }

  template <class T>
  T whole_number(std::string_view what) {
    const Cursor before = *this;
    const std::string_view digits = word(what);
    T value = 0;
    const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (end.ec != std::errc() || end.ptr != digits.data() + digits.size()) before.expected(what);
    return value;
  }

  /// Takes one JSON value: up to a comma or closing bracket that is not inside of it.
  Config json(std::string_view what) {
    size_t length = 0;
    size_t depth = 0;
    bool inside_text = false;
    for (; length < rest_.size(); ++length) {
      const char c = rest_[length];
      if (inside_text) {
        if (c == '\\') {
          ++length;
        } else if (c == '"') {
          inside_text = false;
        }
      } else if (c == '"') {
        inside_text = true;
      } else if (c == '[' || c == '{') {
        ++depth;
      } else if (c == ']' || c == '}') {
        if (depth == 0) break;
        --depth;
      } else if (depth == 0 && (c == ',' || c == ':' || c == '=')) {
        break;
      }
    }
    length = std::min(length, rest_.size());
    if (length == 0) expected(what);
    return parse_json(drop(length), where_);
  }

  std::string quoted(std::string_view what) {
    if (!starts_with('"')) expected(what);
    return json(what).as_string();
  }

 private:
  std::string_view drop(size_t length) {
    const std::string_view taken = rest_.substr(0, length);
    rest_.remove_prefix(length);
    skip();
    return taken;
  }
  void skip() {
    while (!rest_.empty() && is_blank(rest_.front())) rest_.remove_prefix(1);
  }

  std::string_view rest_;
  const std::string& where_;
};

}  // namespace keratin::detail
