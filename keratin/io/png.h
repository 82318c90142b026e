// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "keratin/base/file.h"

namespace keratin {

/// Returns a PNG file of 8-bit pixels [height, width, channels] with 1 (grey), 3 (RGB) or 4 (RGBA)
/// channels. Throws ValueError for other channels and numbers of pixels, and for no pixels.
Bytes png_bytes(std::span<const uint8_t> pixels, int64_t width, int64_t height, int64_t channels);

}  // namespace keratin
