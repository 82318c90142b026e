// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "keratin/base/file.h"
#include "keratin/plot/axes.h"

namespace keratin::plot {

/// Are the arguments of a Figure: its size in points (a PNG has more pixels, see `png`), a title
/// over all, and how many axes stand beside each other.
struct FigureOptions {
  double width = 640.0;
  double height = 400.0;
  std::string title = {};
  int64_t columns = 1;
};

/// Is a page with one or more axes.
class Figure {
 public:
  /// Throws ValueError for a size that is not 50 to 10000 points, and for columns below 1.
  explicit Figure(FigureOptions options = {});

  /// Adds axes, beside or below those that are there. The reference lives as long as the figure.
  Axes& add_axes();
  /// Returns the axes in their order.
  const std::deque<Axes>& axes() const { return axes_; }

  /// Returns the figure as a document of SVG, with texts as texts. Its ids begin with `prefix`:
  /// figures that stand in one page need different ones.
  std::string svg(const std::string& prefix = "") const;
  /// Returns it as a PNG file of `scale` pixels a point. Throws ValueError unless 0.5 <= scale
  /// <= 8.
  Bytes png(double scale = 2.0) const;
  /// Writes a .png or .svg file; throws ValueError for other endings and FileError.
  void save(const std::string& path, double scale = 2.0) const;

 private:
  template <class Canvas>
  void draw(Canvas& canvas) const;
  FigureOptions options_;
  std::deque<Axes> axes_;
};

}  // namespace keratin::plot
