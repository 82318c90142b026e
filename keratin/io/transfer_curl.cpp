// SPDX-License-Identifier: Apache-2.0
#include <curl/curl.h>
#include <dlfcn.h>

#include <exception>
#include <iostream>
#include <memory>

#include "keratin/base/check.h"
#include "keratin/io/transfer_internal.h"

namespace keratin {

namespace {

/// Is libcurl, which is loaded when the network is first needed: with the thirty libraries that it
/// needs itself, that takes longer than a whole program takes to load a model and predict.
struct Curl {
  decltype(&curl_global_init) global_init;
  decltype(&curl_easy_init) easy_init;
  decltype(&curl_easy_cleanup) easy_cleanup;
  decltype(&curl_easy_setopt) easy_setopt;
  decltype(&curl_easy_perform) easy_perform;
  decltype(&curl_easy_getinfo) easy_getinfo;
  decltype(&curl_easy_strerror) easy_strerror;
  decltype(&curl_slist_append) slist_append;
  decltype(&curl_slist_free_all) slist_free_all;
};

template <class Function>
void find_function(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  require<UnsupportedError>(function != nullptr, "libcurl",
                            "expected the function {}, got a library without it. Install another "
                            "version of libcurl.",
                            name);
}

Curl load_curl() {
  void* library = nullptr;
  std::string problem;
  for (const char* name : {"libcurl.so.4", "libcurl-gnutls.so.4", "libcurl-nss.so.4"}) {
    library = ::dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (library != nullptr) break;
    if (problem.empty()) problem = ::dlerror();
  }
  require<UnsupportedError>(library != nullptr, "libcurl",
                            "expected libcurl.so.4, which reaches the network, got '{}'. Install "
                            "libcurl4.",
                            problem);
  Curl curl = {};
  find_function(library, "curl_global_init", curl.global_init);
  find_function(library, "curl_easy_init", curl.easy_init);
  find_function(library, "curl_easy_cleanup", curl.easy_cleanup);
  find_function(library, "curl_easy_setopt", curl.easy_setopt);
  find_function(library, "curl_easy_perform", curl.easy_perform);
  find_function(library, "curl_easy_getinfo", curl.easy_getinfo);
  find_function(library, "curl_easy_strerror", curl.easy_strerror);
  find_function(library, "curl_slist_append", curl.slist_append);
  find_function(library, "curl_slist_free_all", curl.slist_free_all);
  return curl;
}

const Curl& curl() {
  static const Curl loaded = load_curl();
  return loaded;
}

struct CloseCurlHandle {
  void operator()(CURL* handle) const { curl().easy_cleanup(handle); }
};
using CurlHandle = std::unique_ptr<CURL, CloseCurlHandle>;

CurlHandle make_curl_handle(const std::string& url) {
  static const CURLcode started = curl().global_init(CURL_GLOBAL_DEFAULT);
  CurlHandle handle(started == CURLE_OK ? curl().easy_init() : nullptr);
  require<FileError>(handle != nullptr, url,
                     "expected libcurl to start, got a failure. Check the memory that is left.");
  return handle;
}

/// Is where the library's callbacks put what arrives.
struct Transfer {
  const TakeBytes& take;
  std::exception_ptr problem;
  bool shows_progress = false;
  curl_off_t shown = -1;
};

size_t take_bytes(char* data, size_t size, size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  try {
    transfer.take(bytes_of({data, size * count}));
    return size * count;
  } catch (...) {
    transfer.problem = std::current_exception();  // must not pass through C
    return 0;
  }
}

int show_progress(void* user, curl_off_t total, curl_off_t now, curl_off_t, curl_off_t) {
  constexpr curl_off_t step = 1 << 20;
  auto& transfer = *static_cast<Transfer*>(user);
  const bool is_end = total > 0 && now == total;
  if (now == transfer.shown || (now - transfer.shown < step && !is_end)) return 0;
  transfer.shown = now;
  std::cerr << '\r' << now;
  if (total > 0) std::cerr << '/' << total << " (" << 100 * now / total << "%)";
  std::cerr << std::flush;
  return 0;
}

void set_protocols(CURL* handle, bool is_secure) {
#if LIBCURL_VERSION_NUM >= 0x075500
  const CURLcode first = curl().easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "https,http,file");
  const CURLcode then =
      curl().easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS_STR, is_secure ? "https" : "https,http");
#else
  const CURLcode first =
      curl().easy_setopt(handle, CURLOPT_PROTOCOLS,
                         static_cast<long>(CURLPROTO_HTTPS | CURLPROTO_HTTP | CURLPROTO_FILE));
  const CURLcode then = curl().easy_setopt(
      handle, CURLOPT_REDIR_PROTOCOLS,
      static_cast<long>(is_secure ? CURLPROTO_HTTPS : CURLPROTO_HTTPS | CURLPROTO_HTTP));
#endif
  // The library that is loaded may be older than the headers.
  require<UnsupportedError>(first == CURLE_OK && then == CURLE_OK, "libcurl",
                            "expected a version that can limit protocols, got one that refuses. "
                            "Install version {} or a later one.",
                            LIBCURL_VERSION);
}

void set_options(CURL* handle, const std::string& url, Transfer& transfer, char* problem_text) {
  curl().easy_setopt(handle, CURLOPT_URL, url.c_str());
  set_protocols(handle, url.starts_with("https:"));
  curl().easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 1L);
  curl().easy_setopt(handle, CURLOPT_MAXREDIRS, 10L);
  curl().easy_setopt(handle, CURLOPT_FAILONERROR, 1L);
  curl().easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl().easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, 30L);
  curl().easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl().easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, 60L);
  curl().easy_setopt(handle, CURLOPT_USERAGENT, "keratin");
  curl().easy_setopt(handle, CURLOPT_ERRORBUFFER, problem_text);
  curl().easy_setopt(handle, CURLOPT_WRITEFUNCTION, &take_bytes);
  curl().easy_setopt(handle, CURLOPT_WRITEDATA, &transfer);
  if (transfer.shows_progress) {
    curl().easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
    curl().easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, &show_progress);
    curl().easy_setopt(handle, CURLOPT_XFERINFODATA, &transfer);
  }
}

void check_result(CURL* handle, CURLcode code, const std::string& url, const char* problem_text) {
  if (code == CURLE_OK) return;
  long status = 0;
  curl().easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  require<FileError>(code != CURLE_HTTP_RETURNED_ERROR, url,
                     "expected a file at this address, got HTTP status {}. Check the address.",
                     status);
  require<FileError>(code != CURLE_FILE_COULDNT_READ_FILE, url,
                     "expected a file at this address, got none that can be read. Check the "
                     "address.");
  require<FileError>(code != CURLE_PARTIAL_FILE, url,
                     "expected the whole file, got a connection that ended before ({}). Try again.",
                     problem_text);
  fail<FileError>(url,
                  "expected to download the file, got '{}'. Check the network and its proxy, or "
                  "fetch the file by other means.",
                  *problem_text != '\0' ? problem_text : curl().easy_strerror(code));
}

struct FreeList {
  void operator()(curl_slist* list) const { curl().slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, FreeList>;

HeaderList list_of(const std::vector<HttpHeader>& headers) {
  HeaderList list;
  for (const auto& [name, value] : headers) {
    // libcurl sends a header without a value where it ends in a semicolon.
    const std::string line = value.empty() ? name + ";" : name + ": " + value;
    list.reset(curl().slist_append(list.release(), line.c_str()));
  }
  return list;
}

size_t drop_bytes(char*, size_t size, size_t count, void*) { return size * count; }

}  // namespace

void fetch(const std::string& url, const TakeBytes& take, bool shows_progress) {
  const CurlHandle handle = make_curl_handle(url);
  Transfer transfer{take, nullptr, shows_progress};
  char problem_text[CURL_ERROR_SIZE] = "";
  set_options(handle.get(), url, transfer, problem_text);
  const CURLcode code = curl().easy_perform(handle.get());
  if (transfer.shown >= 0) std::cerr << std::endl;
  if (transfer.problem) std::rethrow_exception(transfer.problem);
  check_result(handle.get(), code, url, problem_text);
}

void post(const std::string& url, std::string_view body, const std::vector<HttpHeader>& headers) {
  const CurlHandle handle = make_curl_handle(url);
  const HeaderList list = list_of(headers);
  char problem_text[CURL_ERROR_SIZE] = "";
  curl().easy_setopt(handle.get(), CURLOPT_URL, url.c_str());
  curl().easy_setopt(handle.get(), CURLOPT_POST, 1L);
  curl().easy_setopt(handle.get(), CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(body.size()));
  curl().easy_setopt(handle.get(), CURLOPT_POSTFIELDS, body.data());
  curl().easy_setopt(handle.get(), CURLOPT_HTTPHEADER, list.get());
  curl().easy_setopt(handle.get(), CURLOPT_NOSIGNAL, 1L);
  curl().easy_setopt(handle.get(), CURLOPT_CONNECTTIMEOUT, 30L);
  curl().easy_setopt(handle.get(), CURLOPT_TIMEOUT, 60L);
  curl().easy_setopt(handle.get(), CURLOPT_USERAGENT, "keratin");
  curl().easy_setopt(handle.get(), CURLOPT_ERRORBUFFER, problem_text);
  curl().easy_setopt(handle.get(), CURLOPT_WRITEFUNCTION, &drop_bytes);
  const CURLcode code = curl().easy_perform(handle.get());
  require<FileError>(code == CURLE_OK, url,
                     "expected an answer, got '{}'. Check the address and that a server runs "
                     "there.",
                     *problem_text != '\0' ? problem_text : curl().easy_strerror(code));
}

}  // namespace keratin
