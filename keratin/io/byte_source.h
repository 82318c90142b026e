// SPDX-License-Identifier: Apache-2.0
// Bytes that are read in parts, so that large arrays go from a file straight to where they belong.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "keratin/base/file.h"

namespace keratin {

/// Is a file, a member of an archive, or a block of memory. One thread at a time may read.
class ByteSource {
 public:
  ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;
  virtual ~ByteSource() = default;

  virtual uint64_t size() const = 0;
  /// Fills `target` with the bytes from `offset` on, which end before `size()`; throws FileError
  /// when they cannot be read.
  virtual void read(uint64_t offset, std::span<std::byte> target) const = 0;
};

/// Returns the bytes of a regular file, which stays open; throws FileError that names the path.
std::shared_ptr<const ByteSource> file_source(const std::string& path);

/// Returns a block of memory as a source.
std::shared_ptr<const ByteSource> memory_source(Bytes bytes);

}  // namespace keratin
