// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/spec.h"

#include <algorithm>

#include "keratin/base/check.h"
#include "keratin/base/text.h"

namespace keratin::cli {

namespace {

Config value_of(const std::string& text) {
  try {
    return parse_json(text);
  } catch (const ConfigError&) {
    return text;
  }
}

}  // namespace

Spec parse_spec(const std::string& text, const std::string& where) {
  const size_t colon = text.find(':');
  Spec spec{.name = text.substr(0, colon)};
  if (colon == std::string::npos) return spec;
  for (const std::string& argument : text::split(text.substr(colon + 1), ',')) {
    const size_t equals = argument.find('=');
    require<ValueError>(equals != std::string::npos && equals > 0, where,
                        "expected name:argument=value,..., got '{}'. Write `=` between each "
                        "argument and its value.",
                        text);
    std::string key = argument.substr(0, equals);
    std::replace(key.begin(), key.end(), '-', '_');
    spec.arguments.set(key, value_of(argument.substr(equals + 1)));
  }
  return spec;
}

}  // namespace keratin::cli
