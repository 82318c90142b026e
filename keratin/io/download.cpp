// SPDX-License-Identifier: Apache-2.0
#include "keratin/io/download.h"

#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <memory>
#include <system_error>

#include "keratin/base/check.h"
#include "keratin/base/file.h"
#include "keratin/base/text.h"
#include "keratin/io/checksum.h"
#include "keratin/io/curl_internal.h"

namespace keratin {

namespace {

/// Is where the library's callbacks put what arrives.
struct Transfer {
  AtomicFile& file;
  FileHash& hash;
  std::exception_ptr problem;
  bool shows_progress = false;
  curl_off_t shown = -1;
};

size_t take_bytes(char* data, size_t size, size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  try {
    const ByteView bytes = bytes_of({data, size * count});
    transfer.file.write(bytes);
    transfer.hash.update(bytes);
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
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "https,http,file");
  curl_easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS_STR, is_secure ? "https" : "https,http");
#else
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS,
                   static_cast<long>(CURLPROTO_HTTPS | CURLPROTO_HTTP | CURLPROTO_FILE));
  curl_easy_setopt(
      handle, CURLOPT_REDIR_PROTOCOLS,
      static_cast<long>(is_secure ? CURLPROTO_HTTPS : CURLPROTO_HTTPS | CURLPROTO_HTTP));
#endif
}

void set_options(CURL* handle, const std::string& url, Transfer& transfer, char* problem_text) {
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  set_protocols(handle, url.starts_with("https:"));
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(handle, CURLOPT_MAXREDIRS, 10L);
  curl_easy_setopt(handle, CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, 30L);
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, 60L);
  curl_easy_setopt(handle, CURLOPT_USERAGENT, "keratin");
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, problem_text);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &take_bytes);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &transfer);
  if (transfer.shows_progress) {
    curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, &show_progress);
    curl_easy_setopt(handle, CURLOPT_XFERINFODATA, &transfer);
  }
}

void check_result(CURL* handle, CURLcode code, const std::string& url, const char* problem_text) {
  if (code == CURLE_OK) return;
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
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
                  *problem_text != '\0' ? problem_text : curl_easy_strerror(code));
}

bool can_write(const std::filesystem::path& folder) {
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  return !problem && ::access(folder.c_str(), W_OK) == 0;
}

std::string expand_home(const std::string& path) {
  const char* home = std::getenv("HOME");
  if (home == nullptr || (path != "~" && !path.starts_with("~/"))) return path;
  return home + path.substr(1);
}

/// Returns the last part of an address' path, without query and fragment.
std::string name_in_url(const std::string& url) {
  const std::string path = url.substr(0, url.find_first_of("?#"));
  const size_t scheme = path.find("://");
  const size_t start = scheme == std::string::npos ? 0 : path.find('/', scheme + 3);
  if (start == std::string::npos) return "";
  return path.substr(path.rfind('/') + 1);
}

}  // namespace

void download(const std::string& url, const std::string& path, const DownloadOptions& options) {
  FileHash hash(options.hash_algorithm, options.file_hash);
  const CurlHandle handle = make_curl_handle(url);
  AtomicFile file(path);
  Transfer transfer{file, hash, nullptr, options.verbose && ::isatty(STDERR_FILENO) == 1};
  char problem_text[CURL_ERROR_SIZE] = "";
  set_options(handle.get(), url, transfer, problem_text);
  if (options.verbose) std::cerr << "Downloading data from " << url << std::endl;
  const CURLcode code = curl_easy_perform(handle.get());
  if (transfer.shown >= 0) std::cerr << std::endl;
  if (transfer.problem) std::rethrow_exception(transfer.problem);
  check_result(handle.get(), code, url, problem_text);
  if (!options.file_hash.empty()) {
    const std::string got = hash.hex_digest();
    require<FileError>(got == text::lower(options.file_hash), url,
                       "expected a file with the hash {}, got {}. The file is incomplete, damaged "
                       "or another one; try again.",
                       options.file_hash, got);
  }
  file.commit();
}

std::string keras_home() {
  const char* chosen = std::getenv("KERAS_HOME");
  if (chosen != nullptr && *chosen != '\0') return chosen;
  const char* home = std::getenv("HOME");
  if (home != nullptr && *home != '\0') return (std::filesystem::path(home) / ".keras").string();
  return "/tmp/.keras";
}

namespace utils {

std::string get_file(const std::string& fname, const std::string& origin,
                     const GetFileOptions& options) {
  constexpr std::string_view where = "get_file";
  require<ValueError>(!origin.empty(), where,
                      "expected `origin`, the address of the file, got an empty text. Give it.");
  require<ValueError>(fname.find('/') == std::string::npos, where,
                      "expected `fname` to be a name without folders, got '{}'. Give the folder as "
                      "`cache_dir` or `cache_subdir`.",
                      fname);
  const std::string name = fname.empty() ? name_in_url(origin) : fname;
  require<ValueError>(!name.empty() && name != "." && name != "..", where,
                      "expected a file name in the address, got '{}'. Give `fname`.", origin);
  std::filesystem::path base =
      expand_home(options.cache_dir.empty() ? keras_home() : options.cache_dir);
  if (!can_write(base)) base = "/tmp/.keras";
  const std::filesystem::path folder = base / options.cache_subdir;
  require<FileError>(can_write(folder), folder.string(),
                     "expected a folder that can be written, got none. Set KERAS_HOME to one.");
  const std::string target = (folder / name).string();
  if (!options.force_download && std::filesystem::exists(target)) {
    if (options.file_hash.empty() ||
        validate_file(target, options.file_hash, options.hash_algorithm)) {
      return target;
    }
    std::cerr << "A local file was found, but its hash is not " << options.file_hash
              << ": it is incomplete or outdated and is downloaded again." << std::endl;
  }
  download(origin, target, {options.file_hash, options.hash_algorithm, true});
  return target;
}

}  // namespace utils

}  // namespace keratin
