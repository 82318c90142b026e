// SPDX-License-Identifier: Apache-2.0
// The one place that starts libcurl.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <string>

namespace keratin {

struct CloseCurlHandle {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using CurlHandle = std::unique_ptr<CURL, CloseCurlHandle>;

/// Returns a handle of libcurl; throws FileError that names `url` where it does not start.
CurlHandle make_curl_handle(const std::string& url);

}  // namespace keratin
