// SPDX-License-Identifier: Apache-2.0
// How the type of a field is written to and read from a Config. There is one codec for each type;
// they carry Keras' quirks so that layers carry none.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "keratin/base/config.h"
#include "keratin/base/fields.h"

namespace keratin {

/// Is specialised for each type that a field may have: `static Config write(const T&)`,
/// `static T read(const Config&)` and `static std::string type_name()`.
template <class T>
struct Codec;

template <>
struct Codec<bool> {
  static Config write(bool value) { return value; }
  static bool read(const Config& config) { return config.as_bool(); }
  static std::string type_name() { return "bool"; }
};

template <class T>
requires(std::is_integral_v<T> && !std::is_same_v<T, bool>) struct Codec<T> {
  static Config write(T value) { return static_cast<int64_t>(value); }
  static T read(const Config& config) { return static_cast<T>(config.as_int()); }
  static std::string type_name() { return "int"; }
};

template <class T>
requires std::is_floating_point_v<T>
struct Codec<T> {
  static Config write(T value) { return static_cast<double>(value); }
  static T read(const Config& config) { return static_cast<T>(config.as_number()); }
  static std::string type_name() { return "float"; }
};

template <>
struct Codec<std::string> {
  static Config write(const std::string& value) { return value; }
  static std::string read(const Config& config) { return config.as_string(); }
  static std::string type_name() { return "str"; }
};

template <>
struct Codec<Config> {
  static Config write(const Config& value) { return value; }
  static Config read(const Config& config) { return config; }
  static std::string type_name() { return "any"; }
};

template <class T>
struct Codec<std::optional<T>> {
  static Config write(const std::optional<T>& value) {
    if (!value) return Config();
    return Codec<T>::write(*value);
  }
  static std::optional<T> read(const Config& config) {
    if (config.is_null()) return std::nullopt;
    return Codec<T>::read(config);
  }
  static std::string type_name() { return Codec<T>::type_name() + " or None"; }
};

template <class T>
struct Codec<std::vector<T>> {
  static Config write(const std::vector<T>& values) {
    Config::List items;
    for (const T& value : values) items.push_back(Codec<T>::write(value));
    return Config::list(std::move(items));
  }
  static std::vector<T> read(const Config& config) {
    std::vector<T> values;
    for (const Config& item : config.as_list()) values.push_back(Codec<T>::read(item));
    return values;
  }
  static std::string type_name() { return "list of " + Codec<T>::type_name(); }
};

namespace detail {

[[noreturn]] void unknown_option(std::string_view where, std::string_view key,
                                 const std::vector<std::string>& known);
[[noreturn]] void wrong_option(std::string_view where, std::string_view key,
                               const std::string& problem);

}  // namespace detail

/// Returns the fields of an options struct as a dict, in their order.
template <class Options>
Config config_of(const Options& options) {
  Config::Dict items;
  for_each_field(options, [&](auto field, const auto& member) {
    items.emplace_back(field.name, Codec<std::remove_cvref_t<decltype(member)>>::write(member));
  });
  return Config::dict(std::move(items));
}

/// Returns an options struct read from a dict. Throws ConfigError for a key that is no field
/// ("did you mean") and for a value that does not fit its field.
template <class Options>
Options options_from(const Config& config, std::string_view where) {
  Options options;
  std::vector<std::string> known;
  for_each_field(options, [&](auto field, auto&) { known.emplace_back(field.name); });
  for (const auto& item : config.as_dict()) {
    const std::string& key = item.first;
    const Config& value = item.second;
    bool found = false;
    for_each_field(options, [&](auto field, auto& member) {
      if (field.name != key) return;
      found = true;
      try {
        member = Codec<std::remove_cvref_t<decltype(member)>>::read(value);
      } catch (const std::exception& error) {
        detail::wrong_option(where, key, error.what());
      }
    });
    if (!found) detail::unknown_option(where, key, known);
  }
  return options;
}

}  // namespace keratin
