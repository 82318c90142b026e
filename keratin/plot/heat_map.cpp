// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "keratin/plot/font_internal.h"
#include "keratin/plot/panel_internal.h"

namespace keratin::plot {

namespace {

Color mixed(Color low, Color high, double share) {
  const auto part = [&](uint8_t a, uint8_t b) {
    return static_cast<uint8_t>(std::lround(a + (b - a) * share));
  };
  return {part(low.red, high.red), part(low.green, high.green), part(low.blue, high.blue)};
}

// Leads from nearly white by way of a colour to a dark shade of it.
Color shade(Color color, double share) {
  const Color light = mixed(colors::white, color, 0.06);
  const Color dark = mixed(color, {0, 0, 0}, 0.45);
  return share < 0.6 ? mixed(light, color, share / 0.6) : mixed(color, dark, (share - 0.6) / 0.4);
}

bool is_dark(Color color) {
  return 0.299 * color.red + 0.587 * color.green + 0.114 * color.blue < 140.0;
}

std::string written(double value) {
  if (value == std::floor(value) && std::abs(value) < 1e15) return fmt::format("{:.0f}", value);
  return fmt::format("{:.2f}", value);
}

// Returns what is filled of a field: large ones leave a thin white gap, small ones, the pixels of a
// picture, reach below their neighbours to the right and below, so that no seam shows.
Rect painted(const Rect& field, const Rect& plot) {
  constexpr double small = 6.0;
  if (std::min(field.width, field.height) >= small) {
    return {field.x + 0.5, field.y + 0.5, field.width - 1.0, field.height - 1.0};
  }
  return {field.x, field.y, std::min(field.width + 1.0, plot.right() - field.x),
          std::min(field.height + 1.0, plot.bottom() - field.y)};
}

void draw_names(Canvas& canvas, const Mark& mark, const Rect& plot) {
  const double width = plot.width / mark.x[0], height = plot.height / mark.y[0];
  const bool upright = has_upright_names(mark, plot.width);
  for (size_t i = 0; i < mark.map.column_names.size(); ++i) {
    const double x = plot.x + (static_cast<double>(i) + 0.5) * width;
    const std::string& name = mark.map.column_names[i];
    if (upright) {
      canvas.text({x + tick_size * 0.355, plot.bottom() + 6.0}, name,
                  {.size = tick_size, .anchor = Anchor::end, .upward = true});
    } else {
      canvas.text({x, plot.bottom() + 15.0}, name, {.size = tick_size, .anchor = Anchor::middle});
    }
  }
  for (size_t i = 0; i < mark.map.row_names.size(); ++i) {
    const double y = plot.y + (static_cast<double>(i) + 0.5) * height;
    canvas.text({plot.x - 7.0, y + tick_size * 0.355}, mark.map.row_names[i],
                {.size = tick_size, .anchor = Anchor::end});
  }
}

}  // namespace

bool has_upright_names(const Mark& mark, double width) {
  const double field = width / mark.x[0];
  return std::any_of(
      mark.map.column_names.begin(), mark.map.column_names.end(),
      [&](const std::string& name) { return text_width(name, tick_size) > field - 4.0; });
}

void draw_heat_map(Canvas& canvas, const Mark& mark, const Rect& plot) {
  double low = 0.0, high = 0.0;
  for (const double value : mark.upper) {
    if (!std::isfinite(value)) continue;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  const auto columns = static_cast<size_t>(mark.x[0]);
  const double width = plot.width / mark.x[0], height = plot.height / mark.y[0];
  const double size = std::min({tick_size, height * 0.5, width * 0.36});
  for (size_t i = 0; i < mark.upper.size(); ++i) {
    const double value = mark.upper[i];
    const Rect field{plot.x + static_cast<double>(i % columns) * width,
                     plot.y + static_cast<double>(i / columns) * height, width, height};
    const double share = high > low ? (value - low) / (high - low) : 0.0;
    const Color color = std::isfinite(value) ? shade(mark.color, share) : colors::white;
    canvas.rectangle(painted(field, plot), color);
    if (!mark.map.show_values || !std::isfinite(value) || size < 4.0) continue;
    canvas.text({field.x + width / 2.0, field.y + height / 2.0 + size * 0.355}, written(value),
                {.size = size,
                 .anchor = Anchor::middle,
                 .color = is_dark(color) ? colors::white : colors::black});
  }
  draw_names(canvas, mark, plot);
}

}  // namespace keratin::plot
