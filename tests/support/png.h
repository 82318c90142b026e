// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <zlib.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "keratin/base/file.h"

namespace keratin::testing_support {

/// Is a picture of RGB pixels.
struct Picture {
  int64_t width = 0, height = 0;
  std::vector<uint8_t> pixels;
  std::array<int, 3> at(int64_t x, int64_t y) const {
    const auto first = static_cast<size_t>((y * width + x) * 3);
    return {pixels[first], pixels[first + 1], pixels[first + 2]};
  }
  /// Returns how many pixels have a colour.
  int64_t count(const std::array<int, 3>& color) const {
    int64_t found = 0;
    for (int64_t y = 0; y < height; ++y) {
      for (int64_t x = 0; x < width; ++x) found += at(x, y) == color;
    }
    return found;
  }
};

/// Reads a PNG file of RGB pixels whose rows are not filtered and that has one piece of data.
inline Picture decode_png(ByteView bytes) {
  const auto* raw = reinterpret_cast<const uint8_t*>(bytes.data());
  const auto number = [&](size_t at) {
    return int64_t{raw[at]} << 24 | raw[at + 1] << 16 | raw[at + 2] << 8 | raw[at + 3];
  };
  Picture picture;
  EXPECT_GT(bytes.size(), 57u);
  EXPECT_EQ(text_of(bytes.first(8)), "\x89PNG\r\n\x1a\n");
  picture.width = number(16);
  picture.height = number(20);
  EXPECT_EQ(raw[24], 8);
  EXPECT_EQ(raw[25], 2);  // RGB
  std::vector<uint8_t> rows(static_cast<size_t>(picture.height * (picture.width * 3 + 1)));
  auto size = static_cast<uLongf>(rows.size());
  EXPECT_EQ(text_of(bytes.subspan(37, 4)), "IDAT");
  EXPECT_EQ(::uncompress(rows.data(), &size, raw + 41, static_cast<uLong>(number(33))), Z_OK);
  EXPECT_EQ(size, rows.size());
  const auto row = static_cast<size_t>(picture.width * 3);
  for (size_t at = 0; at < rows.size(); at += row + 1) {
    EXPECT_EQ(rows[at], 0);
    const auto first = rows.begin() + static_cast<std::ptrdiff_t>(at) + 1;
    picture.pixels.insert(picture.pixels.end(), first, first + static_cast<std::ptrdiff_t>(row));
  }
  return picture;
}

}  // namespace keratin::testing_support
