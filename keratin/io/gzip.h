// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <string>

#include "keratin/base/file.h"

namespace keratin {

/// Tells whether bytes begin as a gzip file does.
bool is_gzip(ByteView bytes);

/// Unpacks a gzip file piece by piece, so that whoever reads decides how much memory is used.
class GzipReader {
 public:
  /// Keeps a view of `bytes`; `where` names them in errors.
  GzipReader(ByteView bytes, std::string where);
  GzipReader(GzipReader&&) noexcept;
  GzipReader& operator=(GzipReader&&) noexcept;
  ~GzipReader();

  /// Fills `target` and returns the count of its bytes, fewer only at the end of the file. Throws
  /// FileError for damaged or cut files.
  size_t read(std::span<std::byte> target);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace keratin
