// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/markup.h"

#include "keratin/base/terminal.h"

namespace keratin::markup {

namespace {

bool is_control(char32_t code) {
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0xfffe || code == 0xffff;
}

}  // namespace

std::string escaped(std::string_view text) {
  std::u32string result;
  for (const char32_t code : terminal::decode(text)) {
    switch (code) {
      case U'<':
        result += U"&lt;";
        break;
      case U'>':
        result += U"&gt;";
        break;
      case U'&':
        result += U"&amp;";
        break;
      case U'"':
        result += U"&quot;";
        break;
      case U'\'':
        result += U"&#39;";
        break;
      default:
        result += is_control(code) ? U' ' : code;
    }
  }
  return terminal::encode(result);
}

}  // namespace keratin::markup
