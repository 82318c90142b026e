// SPDX-License-Identifier: Apache-2.0
// Places one pair of axes on a canvas.
#pragma once

#include "keratin/plot/axes.h"
#include "keratin/plot/canvas_internal.h"
#include "keratin/plot/ticks_internal.h"

namespace keratin::plot {

/// Maps values to places between two ends of a canvas, straight or by logarithm.
struct Scale {
  Range values{0.0, 1.0};
  Range places{0.0, 1.0};
  bool logarithmic = false;
  /// Tells whether a value has a place at all.
  bool has(double value) const;
  double operator()(double value) const;
};

/// Is one pair of axes in a rectangle of a size.
class Panel {
 public:
  Panel(const Axes& axes, double width, double height);

  /// Returns the room that labels need on the left.
  double left_margin() const;
  /// Draws all; the axes begin `margin` to the right of `at`.
  void draw(Canvas& canvas, Point at, double margin);

 private:
  struct Entry {
    const Mark* mark;
    int row;
    double x;
  };
  bool is_map() const;
  void find_ranges();
  void find_ticks();
  /// Places the entries of the legend in rows of a width, and returns how many rows there are.
  int place_legend(double width);
  void draw_legend(Canvas& canvas, double top) const;
  void draw_frame(Canvas& canvas, Point at) const;
  void draw_grid(Canvas& canvas) const;
  void draw_ticks(Canvas& canvas) const;
  double bottom_margin() const;

  const Axes& axes_;
  double width_, height_;
  Rect plot_;
  Scale x_, y_;
  std::vector<Tick> x_ticks_, y_ticks_;
  std::vector<Entry> legend_;
};

/// Draws marks that lie between two axes (panel_marks.cpp).
void draw_mark(Canvas& canvas, const Mark& mark, const Scale& x, const Scale& y, const Rect& plot);
/// Draws what stands for a mark in the legend; `at` is its left end, on the base line of the text.
void draw_swatch(Canvas& canvas, const Mark& mark, Point at, double width);

/// Draws a heat map and the names of its rows and columns (heat_map.cpp).
void draw_heat_map(Canvas& canvas, const Mark& mark, const Rect& plot);
/// Tells whether the names of columns do not fit side by side.
bool has_upright_names(const Mark& mark, double width);

inline constexpr double tick_size = 10.5;
inline constexpr double label_size = 11.5;
inline constexpr double title_size = 12.5;

}  // namespace keratin::plot
