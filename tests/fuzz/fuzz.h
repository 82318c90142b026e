// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <ctime>

#include "keratin/base/error.h"
#include "keratin/base/file.h"

namespace keratin::fuzz {

/// Is what a process may compute for one input. Sanitizers make the readers some five times as
/// slow: 5 seconds stand for one. Time on the clock says little on a machine with other load.
constexpr std::clock_t longest = 5 * CLOCKS_PER_SEC;

/// Gives bytes to a reader, which may refuse them with an Error; whatever else it throws is a find,
/// and so is what takes too long.
template <class Reader>
int run(const uint8_t* data, size_t size, Reader&& reader) {
  const std::clock_t start = std::clock();
  try {
    reader(ByteView(reinterpret_cast<const std::byte*>(data), size));
  } catch (const Error&) {
  }
  if (std::clock() - start > longest) {
    std::fputs("fuzz: this input takes more than 5 seconds\n", stderr);
    __builtin_trap();
  }
  return 0;
}

}  // namespace keratin::fuzz
