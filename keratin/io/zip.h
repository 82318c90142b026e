// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/io/byte_source.h"

namespace keratin {

/// Bounds what a zip archive may ask for; an archive beyond a bound is refused when it is opened.
struct ZipLimits {
  uint64_t max_entries = 65'535;
  /// Of all entries together, uncompressed.
  uint64_t max_total_bytes = uint64_t{1} << 40;
  /// Uncompressed to stored size of one entry; deflate itself reaches 1032.
  uint64_t max_ratio = 1'100;
  /// Above this many bytes in total the archive may grow `large_ratio` times at most.
  uint64_t large_bytes = uint64_t{1} << 32;
  uint64_t large_ratio = 100;
};

/// Is one member of a zip archive.
struct ZipEntry {
  std::string name;
  uint64_t size = 0;
  uint64_t stored_size = 0;
  bool compressed = false;
};

/// Reads a zip archive whose members are stored or deflated. Encrypted members, other methods,
/// duplicate names, overlapping members and archives beyond the limits are refused. Everything
/// throws FileError that names the archive and the member. One thread at a time may use a reader.
class ZipReader {
 public:
  explicit ZipReader(const std::string& path, const ZipLimits& limits = {});
  /// Reads an archive in memory; `where` names it in errors.
  ZipReader(Bytes archive, std::string where, const ZipLimits& limits = {});
  ZipReader(ZipReader&&) noexcept;
  ZipReader& operator=(ZipReader&&) noexcept;
  ~ZipReader();

  /// Returns the members in the order of the archive.
  const std::vector<ZipEntry>& entries() const;
  bool has(std::string_view name) const;
  /// Returns the content of a member, its check sum verified.
  Bytes read(std::string_view name);
  /// Returns a member whose check sum has been verified. One that is stored is read from the
  /// archive in parts, and keeps it open; another one is unpacked into memory.
  std::shared_ptr<const ByteSource> open(std::string_view name);
  /// Returns `archive[name]`, the name of a member in errors.
  std::string where(std::string_view name) const;

 private:
  struct State;
  uint64_t index_of(std::string_view name) const;
  std::shared_ptr<State> state_;
};

/// Writes a zip archive that appears at its path only when `commit` returns. Dates are 1980-01-01,
/// so that equal content gives equal bytes. Everything throws FileError that names the path.
class ZipWriter {
 public:
  explicit ZipWriter(const std::string& path);
  ZipWriter(ZipWriter&&) noexcept;
  ZipWriter& operator=(ZipWriter&&) noexcept;
  ~ZipWriter();

  /// Adds a member; its name must be new, and UTF-8.
  void add(std::string_view name, Bytes content, bool compressed = false);
  void commit();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace keratin
