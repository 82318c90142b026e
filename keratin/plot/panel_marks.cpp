// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "keratin/plot/panel_internal.h"

namespace keratin::plot {

namespace {

// Far outside of any page, and still fit for arithmetic and for programs that read SVG.
double bounded(double place) { return std::clamp(place, -1e5, 1e5); }

Stroke stroke_of(const Mark& mark) {
  return {.color = mark.color, .width = mark.size, .dash = mark.dash};
}

// Returns the pieces of a line between values that have no place.
std::vector<Points> pieces_of(const Mark& mark, const Scale& x, const Scale& y) {
  std::vector<Points> pieces(1);
  for (size_t i = 0; i < mark.x.size(); ++i) {
    if (x.has(mark.x[i]) && y.has(mark.y[i])) {
      pieces.back().push_back({bounded(x(mark.x[i])), bounded(y(mark.y[i]))});
    } else if (!pieces.back().empty()) {
      pieces.emplace_back();
    }
  }
  return pieces;
}

void draw_line(Canvas& canvas, const Mark& mark, const Scale& x, const Scale& y) {
  for (const Points& piece : pieces_of(mark, x, y)) {
    // A value between two gaps would be seen nowhere as a line.
    if (piece.size() == 1) canvas.disc(piece[0], mark.size, mark.color, {.width = 0.0});
    if (piece.size() > 1) canvas.polyline(piece, stroke_of(mark));
  }
}

void draw_points(Canvas& canvas, const Mark& mark, const Scale& x, const Scale& y,
                 const Rect& plot) {
  const Color fill = mark.hollow ? colors::white : mark.color;
  for (const Points& piece : pieces_of(mark, x, y)) {
    for (const Point& point : piece) {
      canvas.disc(point, mark.size, fill, {.color = mark.color, .width = 1.4});
      if (mark.text.empty()) continue;
      const bool on_left = point.x > plot.x + plot.width * 0.75;
      canvas.text({point.x + (on_left ? -1.0 : 1.0) * (mark.size + 5.0), point.y - 5.0}, mark.text,
                  {.size = tick_size, .anchor = on_left ? Anchor::end : Anchor::start});
    }
  }
}

void draw_area(Canvas& canvas, const Mark& mark, const Scale& x, const Scale& y) {
  Points outline, back;
  const auto close = [&] {
    outline.insert(outline.end(), back.rbegin(), back.rend());
    canvas.polygon(outline, mark.color);
    outline.clear();
    back.clear();
  };
  for (size_t i = 0; i < mark.x.size(); ++i) {
    if (!x.has(mark.x[i]) || !y.has(mark.y[i]) || !y.has(mark.upper[i])) {
      close();
      continue;
    }
    outline.push_back({bounded(x(mark.x[i])), bounded(y(mark.upper[i]))});
    back.push_back({bounded(x(mark.x[i])), bounded(y(mark.y[i]))});
  }
  close();
}

void draw_bars(Canvas& canvas, const Mark& mark, const Scale& x, const Scale& y) {
  const double base = y.has(0.0) ? bounded(y(0.0)) : y.places.first;
  for (size_t i = 0; i < mark.y.size(); ++i) {
    if (!x.has(mark.x[i]) || !x.has(mark.x[i + 1]) || !y.has(mark.y[i])) continue;
    const double left = bounded(x(mark.x[i])), right = bounded(x(mark.x[i + 1]));
    const double top = bounded(y(mark.y[i]));
    // A thin gap keeps neighbours apart.
    canvas.rectangle({std::min(left, right) + 0.4, std::min(top, base),
                      std::max(0.0, std::abs(right - left) - 0.8), std::abs(base - top)},
                     mark.color);
  }
}

void draw_span(Canvas& canvas, const Mark& mark, const Scale& x, const Rect& plot) {
  const double from = std::clamp(x(std::min(mark.x[0], mark.x[1])), plot.x, plot.right());
  const double to = std::clamp(x(std::max(mark.x[0], mark.x[1])), plot.x, plot.right());
  canvas.rectangle({from, plot.y, to - from, plot.height}, mark.color);
}

}  // namespace

void draw_mark(Canvas& canvas, const Mark& mark, const Scale& x, const Scale& y, const Rect& plot) {
  switch (mark.kind) {
    case Mark::Kind::line:
      return draw_line(canvas, mark, x, y);
    case Mark::Kind::points:
      return draw_points(canvas, mark, x, y, plot);
    case Mark::Kind::area:
      return draw_area(canvas, mark, x, y);
    case Mark::Kind::bars:
      return draw_bars(canvas, mark, x, y);
    case Mark::Kind::span:
      return draw_span(canvas, mark, x, plot);
    case Mark::Kind::rule_x: {
      if (!x.has(mark.x[0])) return;
      const double at = bounded(x(mark.x[0]));
      const Point ends[] = {{at, plot.bottom()}, {at, plot.y}};
      return canvas.polyline(ends, stroke_of(mark));
    }
    case Mark::Kind::rule_y: {
      if (!y.has(mark.y[0])) return;
      const double at = bounded(y(mark.y[0]));
      const Point ends[] = {{plot.x, at}, {plot.right(), at}};
      return canvas.polyline(ends, stroke_of(mark));
    }
    case Mark::Kind::heat_map:
      return;  // is drawn alone
  }
}

void draw_swatch(Canvas& canvas, const Mark& mark, Point at, double width) {
  const double middle = at.y - tick_size * 0.355;
  switch (mark.kind) {
    case Mark::Kind::area:
    case Mark::Kind::bars:
    case Mark::Kind::span:
      return canvas.rectangle({at.x + 2.0, middle - 5.0, width - 4.0, 10.0}, mark.color);
    case Mark::Kind::points:
      return canvas.disc({at.x + width / 2.0, middle}, mark.size,
                         mark.hollow ? colors::white : mark.color,
                         {.color = mark.color, .width = 1.4});
    default: {
      const Point ends[] = {{at.x + 1.0, middle}, {at.x + width - 1.0, middle}};
      return canvas.polyline(ends, stroke_of(mark));
    }
  }
}

}  // namespace keratin::plot
