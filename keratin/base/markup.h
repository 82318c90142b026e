// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace keratin::markup {

/// Returns text as it may stand in XML and HTML, also between quotes: marks are written as
/// entities, control characters, which neither may hold, become blanks, and bytes that are no UTF-8
/// U+FFFD.
std::string escaped(std::string_view text);

}  // namespace keratin::markup
