// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/check.h"
#include "keratin/io/transfer_internal.h"

namespace keratin {

namespace {

[[noreturn]] void refuse(const std::string& url) {
  fail<UnsupportedError>(url,
                         "expected a build with libcurl, which reaches the network, got one "
                         "without. Build with KERATIN_CURL=ON.");
}

}  // namespace

void fetch(const std::string& url, const TakeBytes&, bool) { refuse(url); }

void post(const std::string& url, std::string_view, const std::vector<HttpHeader>&) { refuse(url); }

}  // namespace keratin
