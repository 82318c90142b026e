// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/codec.h"

#include "keratin/base/check.h"
#include "keratin/base/text.h"

namespace keratin::detail {

void unknown_option(std::string_view where, std::string_view key,
                    const std::vector<std::string>& known) {
  fail<ConfigError>(where, "expected one of the options [{}], got '{}'.{}", fmt::join(known, ", "),
                    key, text::did_you_mean(key, known));
}

void wrong_option(std::string_view where, std::string_view key, const std::string& problem) {
  fail<ConfigError>(where, "option '{}' cannot be read: {}", key, problem);
}

}  // namespace keratin::detail
