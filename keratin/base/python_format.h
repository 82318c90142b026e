// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace keratin::text {

/// Is a value for a field of a pattern, and its name.
using NamedNumber = std::pair<std::string, std::variant<int64_t, double>>;

/// Returns `pattern` with its fields filled in as Python's `str.format` does it: `{epoch:02d}`,
/// `{loss:.2f}`, `{{` for a brace. Throws ValueError, which begins with `where`, for names that are
/// not there, for formats that do not fit the number and for single braces
/// (docs.python.org/3/library/string.html).
std::string python_format(std::string_view pattern, const std::vector<NamedNumber>& values,
                          std::string_view where);

}  // namespace keratin::text
