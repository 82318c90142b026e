// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace keratin::plot {

/// Is a colour of sRGB, and how much of it covers what lies below.
struct Color {
  uint8_t red = 0, green = 0, blue = 0;
  double alpha = 1.0;
  /// Returns the same colour, covering less.
  constexpr Color with_alpha(double value) const { return {red, green, blue, value}; }
  bool operator==(const Color&) const = default;
};

namespace colors {

inline constexpr Color black{0x22, 0x22, 0x22};
inline constexpr Color grey{0x77, 0x77, 0x77};
inline constexpr Color white{0xff, 0xff, 0xff};
// The palette of Okabe and Ito (jfly.uni-koeln.de/color), which people with any kind of colour
// vision tell apart.
inline constexpr Color blue{0x00, 0x72, 0xb2};
inline constexpr Color vermilion{0xd5, 0x5e, 0x00};
inline constexpr Color green{0x00, 0x9e, 0x73};
inline constexpr Color purple{0xcc, 0x79, 0xa7};
inline constexpr Color orange{0xe6, 0x9f, 0x00};
inline constexpr Color sky{0x56, 0xb4, 0xe9};

/// Are the colours of marks that are given none, in order.
inline constexpr std::array<Color, 6> cycle{blue, vermilion, green, purple, orange, sky};

}  // namespace colors

}  // namespace keratin::plot
