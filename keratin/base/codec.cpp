// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/codec.h"

#include "keratin/base/check.h"
#include "keratin/base/text.h"

namespace keratin::detail {

void unknown_option(std::string_view where, std::string_view key,
                    const std::vector<std::string>& known) {
  if (known.empty()) {
    fail<ConfigError>(where, "expected no options, got '{}'. Leave it out.", key);
  }
  fail<ConfigError>(where, "expected one of the options [{}], got '{}'.{}", fmt::join(known, ", "),
                    key, text::choice(key, known));
}

void wrong_option(std::string_view where, std::string_view key, const std::string& problem) {
  constexpr std::string_view vague = "config: ";
  const bool is_vague = problem.starts_with(vague);
  fail<ConfigError>(fmt::format("{}, option '{}'", where, key), "{}",
                    problem.substr(is_vague ? vague.size() : 0));
}

}  // namespace keratin::detail
