// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "keratin/base/error.h"
#include "keratin/base/file.h"

namespace keratin::fuzz {

/// Gives bytes to a reader, which may refuse them with an Error; whatever else it throws is a find.
template <class Reader>
int run(const uint8_t* data, size_t size, Reader&& reader) {
  try {
    reader(ByteView(reinterpret_cast<const std::byte*>(data), size));
  } catch (const Error&) {
  }
  return 0;
}

}  // namespace keratin::fuzz
