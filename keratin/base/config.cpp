// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/config.h"

#include "keratin/base/check.h"

namespace keratin {

namespace {

std::string_view kind_of(const Config& config) {
  if (config.is_null()) return "null";
  if (config.is_bool()) return "a bool";
  if (config.is_int()) return "an integer";
  if (config.is_number()) return "a number";
  if (config.is_string()) return "a string";
  return config.is_list() ? "a list" : "a dict";
}

[[noreturn]] void wrong_kind(std::string_view expected, const Config& config) {
  fail<ConfigError>("config", "expected {}, got {}. Check the value in the configuration.",
                    expected, kind_of(config));
}

}  // namespace

Config Config::list(List items) {
  Config config;
  config.value_ = std::make_shared<List>(std::move(items));
  return config;
}

Config Config::dict(Dict items) {
  Config config;
  config.value_ = std::make_shared<Dict>(std::move(items));
  return config;
}

bool Config::as_bool() const {
  if (!is_bool()) wrong_kind("a bool", *this);
  return std::get<bool>(value_);
}

int64_t Config::as_int() const {
  if (is_int()) return std::get<int64_t>(value_);
  if (is_number()) {
    const double value = std::get<double>(value_);
    // Python accepts 5.0 where an integer is meant; anything with a fraction is a mistake.
    if (value >= -9.0e15 && value <= 9.0e15) {
      const auto whole = static_cast<int64_t>(value);
      if (static_cast<double>(whole) == value) return whole;
    }
  }
  wrong_kind("an integer", *this);
}

double Config::as_number() const {
  if (is_int()) return static_cast<double>(std::get<int64_t>(value_));
  if (!is_number()) wrong_kind("a number", *this);
  return std::get<double>(value_);
}

const std::string& Config::as_string() const {
  if (!is_string()) wrong_kind("a string", *this);
  return std::get<std::string>(value_);
}

const Config::List& Config::as_list() const {
  if (!is_list()) wrong_kind("a list", *this);
  return *std::get<std::shared_ptr<List>>(value_);
}

const Config::Dict& Config::as_dict() const {
  if (!is_dict()) wrong_kind("a dict", *this);
  return *std::get<std::shared_ptr<Dict>>(value_);
}

bool Config::has(std::string_view key) const {
  if (!is_dict()) return false;
  for (const auto& [name, value] : as_dict()) {
    if (name == key) return true;
  }
  return false;
}

const Config& Config::at(std::string_view key) const {
  for (const auto& [name, value] : as_dict()) {
    if (name == key) return value;
  }
  std::vector<std::string> names;
  for (const auto& [name, value] : as_dict()) names.push_back(name);
  fail<ConfigError>("config", "expected a key '{}', got only [{}]. Check the configuration.", key,
                    fmt::join(names, ", "));
}

Config Config::get(std::string_view key) const { return has(key) ? at(key) : Config(); }

const Config& Config::operator[](size_t index) const {
  const List& items = as_list();
  require<ConfigError>(index < items.size(), "config",
                       "expected an index below {}, got {}. Check the configuration.", items.size(),
                       index);
  return items[index];
}

size_t Config::size() const { return is_list() ? as_list().size() : as_dict().size(); }

void Config::set(std::string_view key, Config value) {
  if (is_null()) *this = dict();
  auto items = std::make_shared<Dict>(as_dict());
  for (auto& [name, old] : *items) {
    if (name == key) {
      old = std::move(value);
      value_ = std::move(items);
      return;
    }
  }
  items->emplace_back(key, std::move(value));
  value_ = std::move(items);
}

void Config::push_back(Config value) {
  if (is_null()) *this = list();
  auto items = std::make_shared<List>(as_list());
  items->push_back(std::move(value));
  value_ = std::move(items);
}

bool Config::operator==(const Config& other) const {
  if (is_list() && other.is_list()) return as_list() == other.as_list();
  if (is_dict() && other.is_dict()) return as_dict() == other.as_dict();
  return value_ == other.value_;
}

}  // namespace keratin
