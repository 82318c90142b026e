// SPDX-License-Identifier: Apache-2.0
// The one place that reaches the network: transfer_curl.cpp, or transfer_none.cpp in a build
// without libcurl, which refuses.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/base/file.h"
#include "keratin/io/http.h"

namespace keratin {

/// Takes the bytes that come next; what it throws ends the transfer and is passed on.
using TakeBytes = std::function<void(ByteView)>;

/// Gives the content of `url` (https, http or file) to `take`, piece by piece; shows its progress
/// on standard error. Throws FileError that names the address, UnsupportedError without libcurl.
void fetch(const std::string& url, const TakeBytes& take, bool shows_progress);

/// Does what `http_post` promises, for an address that is one.
void post(const std::string& url, std::string_view body, const std::vector<HttpHeader>& headers);

}  // namespace keratin
