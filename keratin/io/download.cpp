// SPDX-License-Identifier: Apache-2.0
#include "keratin/io/download.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <system_error>

#include "keratin/base/check.h"
#include "keratin/base/file.h"
#include "keratin/base/text.h"
#include "keratin/io/checksum.h"
#include "keratin/io/transfer_internal.h"

namespace keratin {

namespace {

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
  AtomicFile file(path);
  if (options.verbose) std::cerr << "Downloading data from " << url << std::endl;
  const auto take = [&](ByteView bytes) {
    file.write(bytes);
    hash.update(bytes);
  };
  fetch(url, take, options.verbose && ::isatty(STDERR_FILENO) == 1);
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
