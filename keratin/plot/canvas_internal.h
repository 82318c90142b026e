// SPDX-License-Identifier: Apache-2.0
// What panels draw on. Lengths are points (a picture has `scale` pixels for each), y points down.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/base/file.h"
#include "keratin/plot/axes.h"
#include "keratin/plot/color.h"

namespace keratin::plot {

struct Point {
  double x = 0.0, y = 0.0;
};

using Points = std::vector<Point>;

struct Rect {
  double x = 0.0, y = 0.0, width = 0.0, height = 0.0;
  double right() const { return x + width; }
  double bottom() const { return y + height; }
};

struct Stroke {
  Color color = colors::black;
  double width = 1.0;
  Dash dash = Dash::solid;
};

enum class Anchor : uint8_t { start, middle, end };

struct TextStyle {
  double size = 11.0;
  Anchor anchor = Anchor::start;
  Color color = colors::black;
  bool bold = false;
  bool upward = false;  ///< turned by 90 degrees, to be read from below
};

/// Returns the lengths of strokes and gaps in points; empty for a line without gaps.
std::vector<double> dash_lengths(Dash dash, double width);

/// Is a surface of a size in points.
class Canvas {
 public:
  virtual ~Canvas() = default;
  virtual void polyline(std::span<const Point> points, const Stroke& stroke) = 0;
  virtual void polygon(std::span<const Point> points, Color fill) = 0;
  virtual void rectangle(const Rect& rect, Color fill) = 0;
  /// Fills a circle and draws its edge.
  virtual void disc(Point center, double radius, Color fill, const Stroke& edge) = 0;
  /// Writes one line of text; `at` is on its base line.
  virtual void text(Point at, std::string_view text, const TextStyle& style) = 0;
  /// Hides what is drawn outside of a rectangle, until the next call without one.
  virtual void clip(const std::optional<Rect>& rect) = 0;
};

/// Writes SVG; the ids in it begin with `prefix`.
class SvgCanvas final : public Canvas {
 public:
  SvgCanvas(double width, double height, std::string prefix = "");
  void polyline(std::span<const Point> points, const Stroke& stroke) override;
  void polygon(std::span<const Point> points, Color fill) override;
  void rectangle(const Rect& rect, Color fill) override;
  void disc(Point center, double radius, Color fill, const Stroke& edge) override;
  void text(Point at, std::string_view text, const TextStyle& style) override;
  void clip(const std::optional<Rect>& rect) override;
  /// Returns the whole document.
  std::string document() const;

 private:
  std::string prefix_;
  std::string body_;
  double width_, height_;
  int clips_ = 0;
  bool clipped_ = false;
};

/// Paints pixels.
class RasterCanvas final : public Canvas {
 public:
  RasterCanvas(double width, double height, double scale);
  void polyline(std::span<const Point> points, const Stroke& stroke) override;
  void polygon(std::span<const Point> points, Color fill) override;
  void rectangle(const Rect& rect, Color fill) override;
  void disc(Point center, double radius, Color fill, const Stroke& edge) override;
  void text(Point at, std::string_view text, const TextStyle& style) override;
  void clip(const std::optional<Rect>& rect) override;
  int64_t width() const { return width_; }
  int64_t height() const { return height_; }
  /// Returns the pixels as RGB, row after row.
  const std::vector<uint8_t>& pixels() const { return pixels_; }

 private:
  class Mask;
  struct Box {
    int64_t left, top, right, bottom;  // the last two are outside
  };
  Box visible(double left, double top, double right, double bottom) const;
  void blend(const Mask& mask, Color color);
  void stroke_pieces(const std::vector<Points>& pieces, double width, Color color);

  int64_t width_, height_;
  double scale_;
  std::vector<uint8_t> pixels_;
  Box clip_{};
};

}  // namespace keratin::plot
