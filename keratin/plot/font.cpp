// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <numbers>

#include "keratin/base/terminal.h"
#include "keratin/plot/font_internal.h"

namespace keratin::plot {

namespace {

constexpr double capital_height = 14.0;
constexpr double capital_share = 0.71;  // of the size, as in common fonts
constexpr double gap = 3.5;             // between characters
constexpr Glyph unknown{0, 8.0, "M 0 0 L 0 14 L 8 14 L 8 0 L 0 0"};

double unit_of(double size) { return size * capital_share / capital_height; }

const Glyph& glyph_of(char32_t code) {
  const std::span<const Glyph> all = glyphs();
  const auto found = std::lower_bound(all.begin(), all.end(), code,
                                      [](const Glyph& g, char32_t c) { return g.code < c; });
  return found != all.end() && found->code == code ? *found : unknown;
}

// Reads a path of the table, which is all there is to read.
class PathReader {
 public:
  explicit PathReader(std::string_view path) : rest_(path) {}

  std::vector<Points> read() {
    while (skip_blanks(), !rest_.empty()) {
      const char first = rest_.front();
      if (first == 'M' || first == 'L' || first == 'A') {
        command_ = first;
        rest_.remove_prefix(1);
      }
      step();
    }
    return std::move(pieces_);
  }

 private:
  void skip_blanks() {
    while (!rest_.empty() && rest_.front() == ' ') rest_.remove_prefix(1);
  }

  double number() {
    skip_blanks();
    const size_t end = std::min(rest_.find(' '), rest_.size());
    const double value = std::stod(std::string(rest_.substr(0, end)));
    rest_.remove_prefix(end);
    return value;
  }

  Point point() {
    const double x = number();
    return {x, number()};
  }

  void step() {
    if (command_ == 'M') {
      pieces_.push_back({point()});
    } else if (command_ == 'L') {
      pieces_.back().push_back(point());
    } else {
      arc();
    }
  }

  void arc() {
    const Point center = point();
    const Point radius = point();
    const Point angles = point();
    if (pieces_.empty()) pieces_.emplace_back();
    const int parts = std::max(2, static_cast<int>(std::abs(angles.y - angles.x) / 10.0));
    for (int i = 0; i <= parts; ++i) {
      const double degrees = angles.x + (angles.y - angles.x) * i / parts;
      const double angle = degrees * std::numbers::pi / 180.0;
      pieces_.back().push_back(
          {center.x + radius.x * std::cos(angle), center.y + radius.y * std::sin(angle)});
    }
  }

  std::string_view rest_;
  char command_ = 'M';
  std::vector<Points> pieces_;
};

}  // namespace

double text_width(std::string_view text, double size) {
  double width = 0.0;
  for (const char32_t code : terminal::decode(text)) width += glyph_of(code).width + gap;
  return std::max(0.0, width - gap) * unit_of(size);
}

std::vector<Points> text_strokes(std::string_view text, double size) {
  std::vector<Points> all;
  const double unit = unit_of(size);
  double x = 0.0;
  for (const char32_t code : terminal::decode(text)) {
    const Glyph& glyph = glyph_of(code);
    for (Points& piece : PathReader(glyph.path).read()) {
      for (Point& point : piece) point = {(x + point.x) * unit, -point.y * unit};
      all.push_back(std::move(piece));
    }
    x += glyph.width + gap;
  }
  return all;
}

double text_stroke_width(double size, bool bold) { return unit_of(size) * (bold ? 2.3 : 1.6); }

}  // namespace keratin::plot
