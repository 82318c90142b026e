// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "keratin/plot/font_internal.h"
#include "keratin/plot/panel_internal.h"

namespace keratin::plot {

namespace {

constexpr Color frame_color{0x55, 0x55, 0x55};
constexpr Color grid_color{0xe4, 0xe4, 0xe4};
constexpr double tick_length = 4.0;
constexpr double legend_row = 18.0;
constexpr double swatch_width = 22.0;

// Is the smallest and largest of the values seen.
struct Extent {
  double low = INFINITY, high = -INFINITY;
  bool positive_only = false;

  void add(double value) {
    if (!std::isfinite(value) || (positive_only && value <= 0.0)) return;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  void add(const std::vector<double>& values) {
    for (const double value : values) add(value);
  }
  // Returns a range with a share of free room at both ends.
  Range padded(double share) const {
    if (!(low <= high)) return positive_only ? Range{0.1, 1.0} : Range{0.0, 1.0};
    if (positive_only) {
      const double factor = low < high ? std::pow(high / low, share) : 2.0;
      return {low / factor, high * factor};
    }
    const double length = high - low;
    if (length > 1e-12 * std::max(std::abs(low), std::abs(high))) {
      return {low - length * share, high + length * share};
    }
    const double half = low == 0.0 ? 0.5 : std::abs(low) * 0.05;
    return {low - half, high + half};
  }
};

}  // namespace

bool Scale::has(double value) const {
  return std::isfinite(value) && (!logarithmic || value > 0.0);
}

double Scale::operator()(double value) const {
  const auto [low, high] = values;
  const double share =
      logarithmic ? std::log(value / low) / std::log(high / low) : (value - low) / (high - low);
  return places.first + share * (places.second - places.first);
}

Panel::Panel(const Axes& axes, double width, double height)
    : axes_(axes), width_(width), height_(height) {
  if (is_map()) return;
  find_ranges();
  find_ticks();
}

bool Panel::is_map() const {
  return !axes_.marks().empty() && axes_.marks()[0].kind == Mark::Kind::heat_map;
}

void Panel::find_ranges() {
  Extent x, y;
  y.positive_only = axes_.log_y;
  bool has_bars = false;
  for (const Mark& mark : axes_.marks()) {
    if (mark.kind == Mark::Kind::span) continue;  // covers what is there
    x.add(mark.x);
    y.add(mark.y);
    y.add(mark.upper);
    if (mark.kind != Mark::Kind::bars) continue;
    has_bars = true;
    y.add(0.0);
  }
  x_.values = axes_.x_range.value_or(x.padded(has_bars ? 0.0 : 0.02));
  y_.values = axes_.y_range.value_or(y.padded(0.05));
  y_.logarithmic = axes_.log_y;
  if (has_bars && !axes_.y_range && !axes_.log_y && y.low >= 0.0) y_.values.first = 0.0;
}

void Panel::find_ticks() {
  const auto count = [](double length, double each) {
    return std::max(2, static_cast<int>(length / each));
  };
  x_ticks_ =
      linear_ticks(x_.values.first, x_.values.second, count(width_ - 60.0, 70.0), axes_.integer_x);
  y_ticks_ = axes_.log_y
                 ? log_ticks(y_.values.first, y_.values.second)
                 : linear_ticks(y_.values.first, y_.values.second, count(height_ - 60.0, 42.0));
}

double Panel::left_margin() const {
  double widest = 0.0;
  if (is_map()) {
    for (const std::string& name : axes_.marks()[0].map.row_names) {
      widest = std::max(widest, text_width(name, tick_size));
    }
  }
  for (const Tick& tick : y_ticks_) widest = std::max(widest, text_width(tick.text, tick_size));
  return widest + tick_length + 5.0 + (axes_.y_label.empty() ? 0.0 : 20.0);
}

double Panel::bottom_margin() const {
  double room = tick_length + 15.0;
  if (is_map() && has_upright_names(axes_.marks()[0], plot_.width)) {
    for (const std::string& name : axes_.marks()[0].map.column_names) {
      room = std::max(room, text_width(name, tick_size) + tick_length + 6.0);
    }
  }
  return room + (axes_.x_label.empty() ? 0.0 : 18.0);
}

int Panel::place_legend(double width) {
  legend_.clear();
  if (!axes_.legend) return 0;
  int row = 0;
  double x = 0.0;
  for (const Mark& mark : axes_.marks()) {
    if (mark.label.empty()) continue;
    const double length = swatch_width + 6.0 + text_width(mark.label, tick_size);
    if (x > 0.0 && x + length > width) {
      ++row;
      x = 0.0;
    }
    legend_.push_back({&mark, row, x});
    x += length + 18.0;
  }
  return legend_.empty() ? 0 : row + 1;
}

void Panel::draw(Canvas& canvas, Point at, double margin) {
  const double last = x_ticks_.empty() ? 0.0 : text_width(x_ticks_.back().text, tick_size) / 2.0;
  plot_ = {at.x + margin, at.y, width_ - margin - std::max(4.0, last), 0.0};
  const double title = axes_.title.empty() ? 0.0 : 22.0;
  const double legend = legend_row * place_legend(plot_.width) + (legend_.empty() ? 0.0 : 4.0);
  plot_.y += title + legend + (title + legend > 0.0 ? 0.0 : 6.0);
  plot_.height = std::max(1.0, at.y + height_ - bottom_margin() - plot_.y);
  if (axes_.equal) {
    const double x_unit = is_map() ? axes_.marks()[0].x[0] : x_.values.second - x_.values.first;
    const double y_unit = is_map() ? axes_.marks()[0].y[0] : y_.values.second - y_.values.first;
    const double unit = std::min(plot_.width / x_unit, plot_.height / y_unit);
    plot_ = {plot_.x, plot_.y, unit * x_unit, unit * y_unit};
  }
  x_.places = {plot_.x, plot_.right()};
  y_.places = {plot_.bottom(), plot_.y};
  if (is_map()) {
    draw_heat_map(canvas, axes_.marks()[0], plot_);
  } else {
    if (axes_.grid) draw_grid(canvas);
    canvas.clip(plot_);
    // What shades lies below all else, wherever it stands in the legend.
    for (const bool shades : {true, false}) {
      for (const Mark& mark : axes_.marks()) {
        if ((mark.kind == Mark::Kind::span) == shades) draw_mark(canvas, mark, x_, y_, plot_);
      }
    }
    canvas.clip(std::nullopt);
    draw_ticks(canvas);
  }
  draw_frame(canvas, at);
  draw_legend(canvas, plot_.y - legend);
}

void Panel::draw_grid(Canvas& canvas) const {
  const Stroke stroke{.color = grid_color, .width = 0.8};
  for (const Tick& tick : y_ticks_) {
    const Point ends[] = {{plot_.x, y_(tick.at)}, {plot_.right(), y_(tick.at)}};
    canvas.polyline(ends, stroke);
  }
  for (const Tick& tick : x_ticks_) {
    const Point ends[] = {{x_(tick.at), plot_.y}, {x_(tick.at), plot_.bottom()}};
    canvas.polyline(ends, stroke);
  }
}

void Panel::draw_ticks(Canvas& canvas) const {
  const Stroke stroke{.color = frame_color, .width = 1.0};
  const Point corner[] = {
      {plot_.x, plot_.y}, {plot_.x, plot_.bottom()}, {plot_.right(), plot_.bottom()}};
  canvas.polyline(corner, stroke);
  for (const Tick& tick : x_ticks_) {
    const double x = x_(tick.at);
    const Point ends[] = {{x, plot_.bottom()}, {x, plot_.bottom() + tick_length}};
    canvas.polyline(ends, stroke);
    canvas.text({x, plot_.bottom() + tick_length + 12.0}, tick.text,
                {.size = tick_size, .anchor = Anchor::middle});
  }
  for (const Tick& tick : y_ticks_) {
    const double y = y_(tick.at);
    const Point ends[] = {{plot_.x - tick_length, y}, {plot_.x, y}};
    canvas.polyline(ends, stroke);
    canvas.text({plot_.x - tick_length - 4.0, y + tick_size * 0.355}, tick.text,
                {.size = tick_size, .anchor = Anchor::end});
  }
}

void Panel::draw_frame(Canvas& canvas, Point at) const {
  if (!axes_.title.empty()) {
    canvas.text({plot_.x, at.y + 12.0}, axes_.title, {.size = title_size, .bold = true});
  }
  if (!axes_.x_label.empty()) {
    canvas.text({plot_.x + plot_.width / 2.0, plot_.bottom() + bottom_margin() - 3.0},
                axes_.x_label, {.size = label_size, .anchor = Anchor::middle});
  }
  if (!axes_.y_label.empty()) {
    canvas.text({at.x + 10.0, plot_.y + plot_.height / 2.0}, axes_.y_label,
                {.size = label_size, .anchor = Anchor::middle, .upward = true});
  }
}

void Panel::draw_legend(Canvas& canvas, double top) const {
  for (const Entry& entry : legend_) {
    const Point at{plot_.x + entry.x, top + legend_row * entry.row + 11.0};
    draw_swatch(canvas, *entry.mark, at, swatch_width);
    canvas.text({at.x + swatch_width + 6.0, at.y}, entry.mark->label, {.size = tick_size});
  }
}

}  // namespace keratin::plot
