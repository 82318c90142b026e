// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace keratin {

using Bytes = std::vector<std::byte>;
using ByteView = std::span<const std::byte>;

/// Views the characters of a text as bytes.
inline ByteView bytes_of(std::string_view text) {
  return std::as_bytes(std::span<const char>(text.data(), text.size()));
}

/// Views bytes as text.
inline std::string_view text_of(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Returns the content of a regular file; throws FileError that names the path.
Bytes read_file(const std::string& path);

/// Is a new file that appears at `path` only when it is complete: until `commit` the bytes go to a
/// temporary file in the same folder, which the destructor removes. An older file keeps its access
/// rights, and a symbolic link its target. Everything throws FileError that names the path.
class AtomicFile {
 public:
  explicit AtomicFile(const std::string& path);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();

  void write(ByteView bytes);
  /// Returns the path of the temporary file, for libraries that write to a path themselves.
  const std::string& temporary_path() const { return temporary_; }
  /// Brings the bytes to the disk and gives the file its name.
  void commit();

 private:
  void close_handle();
  std::string path_;
  std::string temporary_;
  int handle_ = -1;
};

/// Writes a file so that a crash leaves the old one or the new one, never a part of it; throws
/// FileError that names the path.
void write_file_atomically(const std::string& path, ByteView bytes);

}  // namespace keratin
