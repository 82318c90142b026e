// SPDX-License-Identifier: Apache-2.0
#include "keratin/io/http.h"

#include "keratin/base/check.h"
#include "keratin/io/curl_internal.h"

namespace keratin {

namespace {

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, FreeList>;

HeaderList list_of(const std::vector<HttpHeader>& headers) {
  HeaderList list;
  for (const auto& [name, value] : headers) {
    // libcurl sends a header without a value where it ends in a semicolon.
    const std::string line = value.empty() ? name + ";" : name + ": " + value;
    list.reset(curl_slist_append(list.release(), line.c_str()));
  }
  return list;
}

size_t drop_bytes(char*, size_t size, size_t count, void*) { return size * count; }

}  // namespace

CurlHandle make_curl_handle(const std::string& url) {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  CurlHandle handle(started == CURLE_OK ? curl_easy_init() : nullptr);
  require<FileError>(handle != nullptr, url,
                     "expected libcurl to start, got a failure. Check the memory that is left.");
  return handle;
}

void http_post(const std::string& url, std::string_view body,
               const std::vector<HttpHeader>& headers) {
  require<FileError>(url.starts_with("http://") || url.starts_with("https://"), url,
                     "expected an address that begins with http:// or https://, got another one. "
                     "Correct it.");
  const CurlHandle handle = make_curl_handle(url);
  const HeaderList list = list_of(headers);
  char problem_text[CURL_ERROR_SIZE] = "";
  curl_easy_setopt(handle.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle.get(), CURLOPT_POST, 1L);
  curl_easy_setopt(handle.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_easy_setopt(handle.get(), CURLOPT_POSTFIELDS, body.data());
  curl_easy_setopt(handle.get(), CURLOPT_HTTPHEADER, list.get());
  curl_easy_setopt(handle.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle.get(), CURLOPT_CONNECTTIMEOUT, 30L);
  curl_easy_setopt(handle.get(), CURLOPT_TIMEOUT, 60L);
  curl_easy_setopt(handle.get(), CURLOPT_USERAGENT, "keratin");
  curl_easy_setopt(handle.get(), CURLOPT_ERRORBUFFER, problem_text);
  curl_easy_setopt(handle.get(), CURLOPT_WRITEFUNCTION, &drop_bytes);
  const CURLcode code = curl_easy_perform(handle.get());
  require<FileError>(code == CURLE_OK, url,
                     "expected an answer, got '{}'. Check the address and that a server runs "
                     "there.",
                     *problem_text != '\0' ? problem_text : curl_easy_strerror(code));
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
