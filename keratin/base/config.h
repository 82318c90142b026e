// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace keratin {

/// Is a small value like a JSON document: null, bool, integer, number, text, list or dict. Dicts
/// keep the order in which their keys were added, as Python's do.
class Config {
 public:
  using List = std::vector<Config>;
  using Dict = std::vector<std::pair<std::string, Config>>;

  Config() = default;
  Config(std::nullptr_t) {}
  Config(bool value) : value_(value) {}
  Config(int value) : value_(int64_t{value}) {}
  Config(int64_t value) : value_(value) {}
  Config(double value) : value_(value) {}
  Config(const char* value) : value_(std::string(value)) {}
  Config(std::string_view value) : value_(std::string(value)) {}
  Config(std::string value) : value_(std::move(value)) {}

  static Config list(List items = {});
  static Config dict(Dict items = {});

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  bool is_bool() const { return std::holds_alternative<bool>(value_); }
  bool is_int() const { return std::holds_alternative<int64_t>(value_); }
  bool is_number() const { return is_int() || std::holds_alternative<double>(value_); }
  bool is_string() const { return std::holds_alternative<std::string>(value_); }
  bool is_list() const { return std::holds_alternative<std::shared_ptr<List>>(value_); }
  bool is_dict() const { return std::holds_alternative<std::shared_ptr<Dict>>(value_); }

  /// Each throws ConfigError when the value is of another kind.
  bool as_bool() const;
  int64_t as_int() const;
  double as_number() const;
  const std::string& as_string() const;
  const List& as_list() const;
  const Dict& as_dict() const;

  /// Tells whether a dict holds `key`; false for anything that is no dict.
  bool has(std::string_view key) const;
  /// Returns the value at `key`; throws ConfigError that names the key when it is missing.
  const Config& at(std::string_view key) const;
  /// Returns the value at `key`, or null when it is missing.
  Config get(std::string_view key) const;
  const Config& operator[](size_t index) const;
  /// Returns the number of items of a list or dict.
  size_t size() const;

  /// Adds or replaces `key` of a dict; a null becomes a dict.
  void set(std::string_view key, Config value);
  /// Adds to a list; a null becomes a list.
  void push_back(Config value);

  bool operator==(const Config& other) const;

 private:
  // Lists and dicts are shared until changed, so that copies of configurations cost nothing.
  std::variant<std::monostate, bool, int64_t, double, std::string, std::shared_ptr<List>,
               std::shared_ptr<Dict>>
      value_;
};

/// Returns JSON text spelled as Python's `json.dumps` spells it: separators ", " and ": ",
/// non-ASCII characters escaped, shortest numbers, `NaN` and `Infinity` as bare words. With
/// `indent` > 0 one item a line.
std::string to_json(const Config& config, int indent = 0);

/// Reads JSON text; `NaN`, `Infinity` and `-Infinity` are taken as Python's `json` takes them.
/// Throws ConfigError with `where` and the position.
Config parse_json(std::string_view text, std::string_view where = "parse_json");

}  // namespace keratin
