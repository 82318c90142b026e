// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "keratin/base/check.h"
#include "keratin/base/markup.h"
#include "keratin/plot/canvas_internal.h"

namespace keratin::plot {

namespace {

// Returns a length with at most two decimals, without zeros at the end.
std::string length(double value) {
  std::string text = fmt::format("{:.2f}", std::isfinite(value) ? value : 0.0);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

std::string hex(Color color) {
  return fmt::format("#{:02x}{:02x}{:02x}", color.red, color.green, color.blue);
}

std::string filled(Color color) {
  std::string text = fmt::format("fill=\"{}\"", hex(color));
  if (color.alpha < 1.0) text += fmt::format(" fill-opacity=\"{}\"", length(color.alpha));
  return text;
}

std::string stroked(const Stroke& stroke) {
  std::string text =
      fmt::format("stroke=\"{}\" stroke-width=\"{}\"", hex(stroke.color), length(stroke.width));
  if (stroke.color.alpha < 1.0) {
    text += fmt::format(" stroke-opacity=\"{}\"", length(stroke.color.alpha));
  }
  std::string dashes;
  for (const double part : dash_lengths(stroke.dash, stroke.width)) {
    dashes += (dashes.empty() ? "" : " ") + length(part);
  }
  if (!dashes.empty()) text += fmt::format(" stroke-dasharray=\"{}\"", dashes);
  return text;
}

std::string listed(std::span<const Point> points) {
  std::string text;
  for (const Point& point : points) {
    text += (text.empty() ? "" : " ") + length(point.x) + "," + length(point.y);
  }
  return text;
}

}  // namespace

SvgCanvas::SvgCanvas(double width, double height, std::string prefix)
    : prefix_(std::move(prefix)), width_(width), height_(height) {
  rectangle({0.0, 0.0, width, height}, colors::white);
}

void SvgCanvas::polyline(std::span<const Point> points, const Stroke& stroke) {
  if (points.size() < 2) return;
  body_ += fmt::format(
      "<polyline points=\"{}\" fill=\"none\" {} stroke-linejoin=\"round\" "
      "stroke-linecap=\"round\"/>\n",
      listed(points), stroked(stroke));
}

void SvgCanvas::polygon(std::span<const Point> points, Color fill) {
  if (points.size() < 3) return;
  body_ += fmt::format("<polygon points=\"{}\" {}/>\n", listed(points), filled(fill));
}

void SvgCanvas::rectangle(const Rect& rect, Color fill) {
  body_ += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" {}/>\n", length(rect.x),
                       length(rect.y), length(rect.width), length(rect.height), filled(fill));
}

void SvgCanvas::disc(Point center, double radius, Color fill, const Stroke& edge) {
  body_ += fmt::format("<circle cx=\"{}\" cy=\"{}\" r=\"{}\" {}{}/>\n", length(center.x),
                       length(center.y), length(radius), filled(fill),
                       edge.width > 0.0 ? " " + stroked(edge) : "");
}

void SvgCanvas::text(Point at, std::string_view text, const TextStyle& style) {
  std::string more;
  if (style.anchor == Anchor::middle) more += " text-anchor=\"middle\"";
  if (style.anchor == Anchor::end) more += " text-anchor=\"end\"";
  if (style.bold) more += " font-weight=\"bold\"";
  if (style.upward) {
    more += fmt::format(" transform=\"rotate(-90 {} {})\"", length(at.x), length(at.y));
  }
  body_ += fmt::format("<text x=\"{}\" y=\"{}\" font-size=\"{}\" {}{}>{}</text>\n", length(at.x),
                       length(at.y), length(style.size), filled(style.color), more,
                       markup::escaped(text));
}

void SvgCanvas::clip(const std::optional<Rect>& rect) {
  if (clipped_) body_ += "</g>\n";
  clipped_ = rect.has_value();
  if (!rect) return;
  ++clips_;
  body_ += fmt::format(
      "<clipPath id=\"{0}clip{1}\"><rect x=\"{2}\" y=\"{3}\" width=\"{4}\" height=\"{5}\"/>"
      "</clipPath>\n<g clip-path=\"url(#{0}clip{1})\">\n",
      prefix_, clips_, length(rect->x), length(rect->y), length(rect->width), length(rect->height));
}

std::string SvgCanvas::document() const {
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" "
      "viewBox=\"0 0 {0} {1}\" font-family=\"Helvetica, Arial, 'DejaVu Sans', sans-serif\">\n"
      "{2}{3}</svg>\n",
      length(width_), length(height_), body_, clipped_ ? "</g>\n" : "");
}

std::vector<double> dash_lengths(Dash dash, double width) {
  switch (dash) {
    case Dash::solid:
      return {};
    case Dash::dashed:
      return {4.0 * width, 2.6 * width};
    case Dash::dotted:
      return {0.1 * width, 2.6 * width};
  }
  return {};
}

}  // namespace keratin::plot
