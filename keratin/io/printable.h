// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cctype>
#include <string>
#include <string_view>

namespace keratin::detail {

/// Returns text of a file in a form that is safe to show, at most 40 characters of it.
inline std::string shown(std::string_view text) {
  constexpr size_t longest = 40;
  std::string result;
  for (char c : text.substr(0, longest)) {
    result += std::isprint(static_cast<unsigned char>(c)) != 0 ? c : '?';
  }
  return text.size() > longest ? result + "..." : result;
}

}  // namespace keratin::detail
