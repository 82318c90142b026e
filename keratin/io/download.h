// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "keratin/base/fields.h"

namespace keratin {

/// Says how a file is downloaded.
struct DownloadOptions {
  /// Hexadecimal digits that the content must hash to; empty takes any content.
  std::string file_hash = "";
  /// "auto" (by the length of `file_hash`), "sha256" or "md5".
  std::string hash_algorithm = "auto";
  /// Prints the address and the progress to stderr.
  bool verbose = true;
};

/// Downloads `url` (https, http or file) to `path`; the file appears only when it is complete and
/// its hash is right. Throws FileError that names the address.
void download(const std::string& url, const std::string& path, const DownloadOptions& options = {});

/// Returns the folder of Keras' settings and cached files: `$KERAS_HOME` or `~/.keras`.
std::string keras_home();

namespace utils {

struct GetFileOptions {
  KERATIN_OPTIONS(GetFileOptions);
  KERATIN_FIELD(std::string, file_hash, "Hash that the file must have; empty takes any.") = "";
  KERATIN_FIELD(std::string, cache_subdir,
                "Folder below the cache, or an absolute one.") = "datasets";
  KERATIN_FIELD(std::string, hash_algorithm, "auto, sha256 or md5.") = "auto";
  KERATIN_FIELD(std::string, cache_dir, "Cache; empty means $KERAS_HOME or ~/.keras.") = "";
  KERATIN_FIELD(bool, force_download, "Downloads even what is there.") = false;
};

/// Returns the path of a file that is downloaded from `origin` unless it is in the cache with the
/// right hash. An empty `fname` takes the name from the address; a cache that cannot be written is
/// replaced by /tmp/.keras. Throws ValueError for wrong names, and FileError. See
/// `keras.utils.get_file`; archives are not extracted.
std::string get_file(const std::string& fname, const std::string& origin,
                     const GetFileOptions& options = {});

}  // namespace utils

}  // namespace keratin
