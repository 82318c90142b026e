// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/object.h"

#include <algorithm>

#include "keratin/base/check.h"
#include "keratin/base/text.h"

namespace keratin {

namespace {

Config object_config(Config module, std::string_view class_name, Config config,
                     Config registered_name) {
  return Config::dict({{"module", std::move(module)},
                       {"class_name", class_name},
                       {"config", std::move(config)},
                       {"registered_name", std::move(registered_name)}});
}

std::string text_or_empty(const Config& config) {
  return config.is_string() ? config.as_string() : std::string();
}

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

Config envelope(std::string_view module, std::string_view class_name, Config config) {
  return object_config(module, class_name, std::move(config), nullptr);
}

Config custom_envelope(std::string_view class_name, Config config) {
  return object_config(nullptr, class_name, std::move(config), "Custom>" + std::string(class_name));
}

Config function_envelope(std::string_view name) {
  return object_config("builtins", "function", name, "function");
}

std::optional<ObjectSpec> read_object(const Config& config, std::string_view where) {
  if (config.is_null()) return std::nullopt;
  if (config.is_string()) return ObjectSpec{"", config.as_string(), Config::dict(), ""};
  require<ConfigError>(config.is_dict() && config.get("class_name").is_string(), where,
                       "expected a name, or an object with 'class_name' and 'config', got {}. "
                       "Check the file.",
                       to_json(config));
  ObjectSpec spec{text_or_empty(config.get("module")), config.at("class_name").as_string(),
                  config.get("config"), text_or_empty(config.get("registered_name"))};
  if (spec.config.is_null()) spec.config = Config::dict();
  const bool fits = spec.is_function() ? spec.config.is_string() : spec.config.is_dict();
  require<ConfigError>(fits, where, "expected the 'config' of {} to be {}, got {}. Check the file.",
                       spec.class_name, spec.is_function() ? "a name" : "a dict",
                       to_json(spec.config));
  return spec;
}

void unknown_object(std::string_view where, std::string_view kind, std::string_view name,
                    const std::vector<std::string>& known,
                    const std::vector<std::string>& missing) {
  if (contains(missing, name)) {
    fail<UnsupportedError>(where,
                           "expected {} of this version, got '{}', which only Keras has. "
                           "Use one of {}.",
                           kind, name, text::join(known, ", "));
  }
  fail<ValueError>(where, "expected the name of {}, got '{}'.{}", kind, name,
                   text::choice_of(name, known));
}

void expect_no_arguments(const Config& config, std::string_view where) {
  if (config.size() > 0) detail::unknown_option(where, config.as_dict()[0].first, {});
}

void nameless_function(std::string_view where) {
  fail<ConfigError>(where,
                    "expected a function with a name to write, got a nameless one. Give it "
                    "a name where it is passed.");
}

namespace detail {

std::string short_type_name(std::string_view pretty) {
  // g++ writes "... [with T = a::B; std::string = ...]", clang "... [T = a::B]".
  const size_t start = pretty.find("T = ");
  std::string_view name = pretty.substr(start + 4, pretty.find_first_of(";]", start) - start - 4);
  if (name.find("lambda") != std::string_view::npos) return "lambda";
  if (name.find("(*") != std::string_view::npos) return "function";
  name = name.substr(0, name.find('<'));
  const size_t colons = name.rfind("::");
  return std::string(colons == std::string_view::npos ? name : name.substr(colons + 2));
}

}  // namespace detail

}  // namespace keratin
