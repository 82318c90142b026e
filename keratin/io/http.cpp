// SPDX-License-Identifier: Apache-2.0
#include "keratin/io/http.h"

#include "keratin/base/check.h"
#include "keratin/io/transfer_internal.h"

namespace keratin {

void http_post(const std::string& url, std::string_view body,
               const std::vector<HttpHeader>& headers) {
  require<FileError>(url.starts_with("http://") || url.starts_with("https://"), url,
                     "expected an address that begins with http:// or https://, got another one. "
                     "Correct it.");
  post(url, body, headers);
}

std::string form_encoded(std::string_view text) {
  constexpr std::string_view plain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~";
  std::string result;
  for (const char c : text) {
    if (plain.find(c) != std::string_view::npos) {
      result += c;
    } else if (c == ' ') {
      result += '+';
    } else {
      result += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return result;
}

}  // namespace keratin
