// SPDX-License-Identifier: Apache-2.0
// The letters of pictures: strokes on a grid in which capitals are 14 high and small letters 10.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "keratin/plot/canvas_internal.h"

namespace keratin::plot {

/// Is one character: the width of its strokes, and their path: `M x y` goes to a place, `L x y`
/// draws a line to it (more pairs may follow), `A x y rx ry from to` draws an arc of an ellipse
/// around (x, y) between two angles in degrees, after a line to its start if the pen is down.
struct Glyph {
  char32_t code;
  double width;
  std::string_view path;
};

/// Returns all characters that there are, sorted by code.
std::span<const Glyph> glyphs();

/// Returns how wide a line of text is in points.
double text_width(std::string_view text, double size);

/// Returns the strokes of a line of text that starts at (0, 0); y points down.
std::vector<Points> text_strokes(std::string_view text, double size);

/// Returns the width of these strokes.
double text_stroke_width(double size, bool bold);

}  // namespace keratin::plot
