// SPDX-License-Identifier: Apache-2.0
#include "keratin/plot/figure.h"

#include <algorithm>

#include "keratin/base/check.h"
#include "keratin/io/png.h"
#include "keratin/plot/panel_internal.h"

namespace keratin::plot {

namespace {

constexpr double edge = 10.0;     // of the page
constexpr double spacing = 18.0;  // between axes
constexpr double title_height = 26.0;

bool fits(double size) { return size >= 50.0 && size <= 10000.0; }

}  // namespace

Figure::Figure(FigureOptions options) : options_(std::move(options)) {
  require<ValueError>(fits(options_.width) && fits(options_.height), "Figure",
                      "expected a size of 50 to 10000 points, got {} x {}. Check the size.",
                      options_.width, options_.height);
  require<ValueError>(options_.columns >= 1, "Figure",
                      "expected `columns` of at least 1, got {}. Check it.", options_.columns);
}

Axes& Figure::add_axes() { return axes_.emplace_back(); }

template <class Canvas>
void Figure::draw(Canvas& canvas) const {
  const double top = options_.title.empty() ? edge : edge + title_height;
  if (!options_.title.empty()) {
    canvas.text({options_.width / 2.0, edge + 14.0}, options_.title,
                {.size = 14.0, .anchor = Anchor::middle, .bold = true});
  }
  if (axes_.empty()) return;
  const auto count = static_cast<int64_t>(axes_.size());
  const int64_t columns = std::min(options_.columns, count);
  const int64_t rows = (count + columns - 1) / columns;
  const auto share = [](double all, int64_t parts) {
    return (all - spacing * static_cast<double>(parts - 1)) / static_cast<double>(parts);
  };
  const double width = share(options_.width - 2.0 * edge, columns);
  const double height = share(options_.height - top - edge, rows);
  for (int64_t column = 0; column < columns; ++column) {
    // Axes below each other begin at the same place.
    double margin = 0.0;
    for (int64_t i = column; i < count; i += columns) {
      const Panel panel(axes_[static_cast<size_t>(i)], width, height);
      margin = std::max(margin, panel.left_margin());
    }
    for (int64_t i = column; i < count; i += columns) {
      const Point at{edge + static_cast<double>(column) * (width + spacing),
                     top + static_cast<double>(i / columns) * (height + spacing)};
      Panel(axes_[static_cast<size_t>(i)], width, height).draw(canvas, at, margin);
    }
  }
}

std::string Figure::svg(const std::string& prefix) const {
  SvgCanvas canvas(options_.width, options_.height, prefix);
  draw(canvas);
  return canvas.document();
}

Bytes Figure::png(double scale) const {
  require<ValueError>(scale >= 0.5 && scale <= 8.0, "Figure",
                      "expected a `scale` of 0.5 to 8 pixels a point, got {}. Check it.", scale);
  RasterCanvas canvas(options_.width, options_.height, scale);
  draw(canvas);
  return png_bytes(canvas.pixels(), canvas.width(), canvas.height(), 3);
}

void Figure::save(const std::string& path, double scale) const {
  if (path.ends_with(".svg")) return write_file_atomically(path, bytes_of(svg()));
  require<ValueError>(path.ends_with(".png"), "Figure",
                      "expected a path that ends in .png or .svg, got '{}'. Change the ending.",
                      path);
  write_file_atomically(path, png(scale));
}

}  // namespace keratin::plot
