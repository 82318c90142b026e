// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <numbers>

#include "keratin/plot/canvas_internal.h"
#include "keratin/plot/font_internal.h"

namespace keratin::plot {

namespace {

double distance(Point p, Point a, Point b) {
  const double dx = b.x - a.x, dy = b.y - a.y;
  const double length = dx * dx + dy * dy;
  const double t =
      length > 0.0 ? std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / length, 0.0, 1.0) : 0.0;
  return std::hypot(p.x - a.x - t * dx, p.y - a.y - t * dy);
}

// Cuts a line into its dashes.
std::vector<Points> dashes_of(std::span<const Point> points, const std::vector<double>& lengths) {
  if (lengths.empty()) return {Points(points.begin(), points.end())};
  std::vector<Points> pieces{{points[0]}};
  size_t at = 0;
  double left = lengths[0];
  for (size_t i = 1; i < points.size(); ++i) {
    Point from = points[i - 1];
    double length = std::hypot(points[i].x - from.x, points[i].y - from.y);
    while (length > left) {
      const double share = left / length;
      from = {from.x + (points[i].x - from.x) * share, from.y + (points[i].y - from.y) * share};
      length -= left;
      if (at % 2 == 0) pieces.back().push_back(from);
      at = (at + 1) % lengths.size();
      left = lengths[at];
      if (at % 2 == 0) pieces.push_back({from});
    }
    left -= length;
    if (at % 2 == 0) pieces.back().push_back(points[i]);
  }
  return pieces;
}

// Tells whether points have a place at all: what spans the largest numbers may have none.
bool are_finite(std::span<const Point> points) {
  return std::all_of(points.begin(), points.end(), [](const Point& point) {
    return std::isfinite(point.x) && std::isfinite(point.y);
  });
}

}  // namespace

// Is how much of each pixel of a box is covered.
class RasterCanvas::Mask {
 public:
  explicit Mask(const Box& area)
      : box(area),
        columns_(std::max<int64_t>(0, area.right - area.left)),
        cover_(static_cast<size_t>(columns_ * std::max<int64_t>(0, area.bottom - area.top))) {}
  double& at(int64_t x, int64_t y) {
    return cover_[static_cast<size_t>((y - box.top) * columns_ + x - box.left)];
  }
  double at(int64_t x, int64_t y) const { return const_cast<Mask&>(*this).at(x, y); }

  // Adds the part of a row between two places.
  void add_span(int64_t y, double from, double to, double weight) {
    from = std::max(from, static_cast<double>(box.left));
    to = std::min(to, static_cast<double>(box.right));
    for (auto x = static_cast<int64_t>(std::floor(from)); static_cast<double>(x) < to; ++x) {
      const auto left = static_cast<double>(x);
      at(x, y) += weight * (std::min(to, left + 1.0) - std::max(from, left));
    }
  }

  const Box box;

 private:
  int64_t columns_;
  std::vector<double> cover_;
};

RasterCanvas::RasterCanvas(double width, double height, double scale)
    : width_(std::llround(width * scale)),
      height_(std::llround(height * scale)),
      scale_(scale),
      pixels_(static_cast<size_t>(width_ * height_ * 3), 0xff) {
  clip(std::nullopt);
}

void RasterCanvas::clip(const std::optional<Rect>& rect) {
  clip_ = {0, 0, width_, height_};
  if (rect) {
    clip_ = visible(rect->x * scale_, rect->y * scale_, rect->right() * scale_,
                    rect->bottom() * scale_);
  }
}

RasterCanvas::Box RasterCanvas::visible(double left, double top, double right,
                                        double bottom) const {
  const auto inside = [](double value, int64_t low, int64_t high) {
    return static_cast<int64_t>(
        std::clamp(value, static_cast<double>(low), static_cast<double>(high)));
  };
  return {inside(std::floor(left), clip_.left, clip_.right),
          inside(std::floor(top), clip_.top, clip_.bottom),
          inside(std::ceil(right), clip_.left, clip_.right),
          inside(std::ceil(bottom), clip_.top, clip_.bottom)};
}

void RasterCanvas::blend(const Mask& mask, Color color) {
  for (int64_t y = mask.box.top; y < mask.box.bottom; ++y) {
    for (int64_t x = mask.box.left; x < mask.box.right; ++x) {
      const double share = std::min(1.0, mask.at(x, y)) * color.alpha;
      if (share <= 0.0) continue;
      uint8_t* pixel = &pixels_[static_cast<size_t>((y * width_ + x) * 3)];
      const uint8_t parts[] = {color.red, color.green, color.blue};
      for (int i = 0; i < 3; ++i) {
        pixel[i] = static_cast<uint8_t>(std::lround(pixel[i] + (parts[i] - pixel[i]) * share));
      }
    }
  }
}

void RasterCanvas::stroke_pieces(const std::vector<Points>& pieces, double width, Color color) {
  // A pixel is covered by as much as its centre lies inside; of several pieces the nearest counts,
  // so that a line that is partly transparent does not cover itself twice.
  const double reach = width * scale_ / 2.0 + 0.5;
  double left = INFINITY, top = INFINITY, right = -INFINITY, bottom = -INFINITY;
  for (const Points& piece : pieces) {
    for (const Point& point : piece) {
      left = std::min(left, point.x * scale_ - reach);
      right = std::max(right, point.x * scale_ + reach);
      top = std::min(top, point.y * scale_ - reach);
      bottom = std::max(bottom, point.y * scale_ + reach);
    }
  }
  if (!(left < right)) return;
  Mask mask(visible(left, top, right, bottom));
  for (const Points& piece : pieces) {
    for (size_t i = 0; i + 1 < std::max<size_t>(piece.size(), 2); ++i) {
      const Point& last = piece[std::min(i + 1, piece.size() - 1)];
      const Point a{piece[i].x * scale_, piece[i].y * scale_};
      const Point b{last.x * scale_, last.y * scale_};
      const Box box = visible(std::min(a.x, b.x) - reach, std::min(a.y, b.y) - reach,
                              std::max(a.x, b.x) + reach, std::max(a.y, b.y) + reach);
      for (int64_t y = box.top; y < box.bottom; ++y) {
        for (int64_t x = box.left; x < box.right; ++x) {
          const Point center{static_cast<double>(x) + 0.5, static_cast<double>(y) + 0.5};
          const double cover = std::clamp(reach - distance(center, a, b), 0.0, 1.0);
          double& value = mask.at(x, y);
          value = std::max(value, std::min(cover, width * scale_));
        }
      }
    }
  }
  blend(mask, color);
}

void RasterCanvas::polyline(std::span<const Point> points, const Stroke& stroke) {
  if (points.empty() || !are_finite(points)) return;
  stroke_pieces(dashes_of(points, dash_lengths(stroke.dash, stroke.width)), stroke.width,
                stroke.color);
}

void RasterCanvas::polygon(std::span<const Point> points, Color fill) {
  if (points.size() < 3 || !are_finite(points)) return;
  constexpr int rows = 8;  // lines looked at in each row of pixels
  double left = INFINITY, top = INFINITY, right = -INFINITY, bottom = -INFINITY;
  for (const Point& point : points) {
    left = std::min(left, point.x * scale_);
    right = std::max(right, point.x * scale_);
    top = std::min(top, point.y * scale_);
    bottom = std::max(bottom, point.y * scale_);
  }
  Mask mask(visible(left, top, right, bottom));
  std::vector<double> crossings;
  for (int64_t line = mask.box.top * rows; line < mask.box.bottom * rows; ++line) {
    const double y = (static_cast<double>(line) + 0.5) / rows;
    crossings.clear();
    for (size_t i = 0; i < points.size(); ++i) {
      const Point& next = points[(i + 1) % points.size()];
      const Point a{points[i].x * scale_, points[i].y * scale_};
      const Point b{next.x * scale_, next.y * scale_};
      if ((a.y <= y) == (b.y <= y)) continue;
      crossings.push_back(a.x + (b.x - a.x) * (y - a.y) / (b.y - a.y));
    }
    std::sort(crossings.begin(), crossings.end());
    for (size_t i = 0; i + 1 < crossings.size(); i += 2) {
      mask.add_span(line / rows, crossings[i], crossings[i + 1], 1.0 / rows);
    }
  }
  blend(mask, fill);
}

void RasterCanvas::rectangle(const Rect& rect, Color fill) {
  const Point corners[] = {{rect.x, rect.y}, {rect.right(), rect.bottom()}};
  if (!are_finite(corners)) return;
  const Rect scaled{rect.x * scale_, rect.y * scale_, rect.width * scale_, rect.height * scale_};
  Mask mask(visible(scaled.x, scaled.y, scaled.right(), scaled.bottom()));
  for (int64_t y = mask.box.top; y < mask.box.bottom; ++y) {
    const auto row = static_cast<double>(y);
    const double share = std::min(scaled.bottom(), row + 1.0) - std::max(scaled.y, row);
    mask.add_span(y, scaled.x, scaled.right(), std::max(0.0, share));
  }
  blend(mask, fill);
}

void RasterCanvas::disc(Point center, double radius, Color fill, const Stroke& edge) {
  Points circle;
  constexpr int corners = 40;
  for (int i = 0; i <= corners; ++i) {
    const double angle = 2.0 * std::numbers::pi * i / corners;
    circle.push_back({center.x + radius * std::cos(angle), center.y + radius * std::sin(angle)});
  }
  polygon(circle, fill);
  if (edge.width > 0.0) polyline(circle, edge);
}

void RasterCanvas::text(Point at, std::string_view text, const TextStyle& style) {
  const Point places[] = {at};
  if (!are_finite(places)) return;
  std::vector<Points> strokes = text_strokes(text, style.size);
  const double width = text_width(text, style.size);
  const double shift = style.anchor == Anchor::start    ? 0.0
                       : style.anchor == Anchor::middle ? -width / 2.0
                                                        : -width;
  for (Points& piece : strokes) {
    for (Point& point : piece) {
      const Point moved{point.x + shift, point.y};
      point = style.upward ? Point{at.x + moved.y, at.y - moved.x}
                           : Point{at.x + moved.x, at.y + moved.y};
    }
  }
  stroke_pieces(strokes, text_stroke_width(style.size, style.bold), style.color);
}

}  // namespace keratin::plot
