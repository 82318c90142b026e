// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace keratin {

/// Is a header of a request: name, value.
using HttpHeader = std::pair<std::string, std::string>;

/// Posts `body` to `url` (http or https) and waits for the answer, whatever its status. A header
/// replaces the one of the same name that the library would send. Throws FileError that names the
/// address where there is no answer.
void http_post(const std::string& url, std::string_view body,
               const std::vector<HttpHeader>& headers);

/// Returns text as a form sends it: a space is `+`, and bytes but letters, digits and `_.-~` are
/// `%XX`.
std::string form_encoded(std::string_view text);

}  // namespace keratin
