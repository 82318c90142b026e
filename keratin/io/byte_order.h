// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "keratin/base/file.h"

namespace keratin {

static_assert(std::endian::native == std::endian::little, "the readers assume little-endian");

/// Reverses the bytes of each of `count` elements of `size` bytes.
inline void swap_byte_order(std::byte* data, size_t count, size_t size) {
  if (size < 2) return;
  for (size_t i = 0; i < count; ++i) std::reverse(data + i * size, data + (i + 1) * size);
}

/// Returns the little-endian number in `bytes` (at most 8).
inline uint64_t little_endian(ByteView bytes) {
  uint64_t value = 0;
  for (size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<uint64_t>(bytes[i]);
  return value;
}

/// Returns the big-endian number in `bytes` (at most 8).
inline uint64_t big_endian(ByteView bytes) {
  uint64_t value = 0;
  for (std::byte byte : bytes) value = value << 8 | static_cast<uint64_t>(byte);
  return value;
}

}  // namespace keratin
