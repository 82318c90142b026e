// SPDX-License-Identifier: Apache-2.0
#include "keratin/plot/axes.h"

#include "keratin/base/check.h"

namespace keratin::plot {

namespace {

void require_equal(std::string_view where, size_t x, size_t y) {
  require<ValueError>(x == y, where,
                      "expected as many values of y as of x, got {} and {}. Give one for each.", y,
                      x);
}

void require_edges(std::string_view where, size_t edges, size_t values) {
  require<ValueError>(edges == values + 1, where,
                      "expected one edge more than values, got {} edges and {} values. Add the "
                      "last edge.",
                      edges, values);
}

void require_names(std::string_view what, size_t names, int64_t count) {
  require<ValueError>(names == 0 || names == static_cast<size_t>(count), "heat_map",
                      "expected a name for each of {} {}, got {}. Name all or none.", count, what,
                      names);
}

}  // namespace

Color Axes::next_color(const std::optional<Color>& given) {
  if (given) return *given;
  return colors::cycle[colored_++ % colors::cycle.size()];
}

Axes& Axes::line(std::vector<double> x, std::vector<double> y, const LineOptions& options) {
  require_equal("line", x.size(), y.size());
  marks_.push_back({.kind = Mark::Kind::line,
                    .x = std::move(x),
                    .y = std::move(y),
                    .label = options.label,
                    .color = next_color(options.color),
                    .size = options.width,
                    .dash = options.dash});
  return *this;
}

Axes& Axes::steps(const std::vector<double>& edges, const std::vector<double>& y,
                  const LineOptions& options) {
  require_edges("steps", edges.size(), y.size());
  std::vector<double> corners, heights;
  for (size_t i = 0; i < y.size(); ++i) {
    corners.insert(corners.end(), {edges[i], edges[i + 1]});
    heights.insert(heights.end(), {y[i], y[i]});
  }
  return line(std::move(corners), std::move(heights), options);
}

Axes& Axes::points(std::vector<double> x, std::vector<double> y, const PointOptions& options) {
  require_equal("points", x.size(), y.size());
  marks_.push_back({.kind = Mark::Kind::points,
                    .x = std::move(x),
                    .y = std::move(y),
                    .label = options.label,
                    .text = options.text,
                    .color = next_color(options.color),
                    .size = options.radius,
                    .hollow = options.hollow});
  return *this;
}

Axes& Axes::area(std::vector<double> x, std::vector<double> lower, std::vector<double> upper,
                 const AreaOptions& options) {
  require_equal("area", x.size(), lower.size());
  require_equal("area", x.size(), upper.size());
  marks_.push_back({.kind = Mark::Kind::area,
                    .x = std::move(x),
                    .y = std::move(lower),
                    .upper = std::move(upper),
                    .label = options.label,
                    .color = next_color(options.color).with_alpha(options.alpha)});
  return *this;
}

Axes& Axes::bars(std::vector<double> edges, std::vector<double> heights,
                 const AreaOptions& options) {
  require_edges("bars", edges.size(), heights.size());
  marks_.push_back({.kind = Mark::Kind::bars,
                    .x = std::move(edges),
                    .y = std::move(heights),
                    .label = options.label,
                    .color = next_color(options.color).with_alpha(options.alpha)});
  return *this;
}

Axes& Axes::span(double from, double to, const AreaOptions& options) {
  marks_.push_back({.kind = Mark::Kind::span,
                    .x = {from, to},
                    .label = options.label,
                    .color = next_color(options.color).with_alpha(options.alpha)});
  return *this;
}

Axes& Axes::rule_x(double at, const LineOptions& options) {
  marks_.push_back({.kind = Mark::Kind::rule_x,
                    .x = {at},
                    .label = options.label,
                    .color = next_color(options.color),
                    .size = options.width,
                    .dash = options.dash});
  return *this;
}

Axes& Axes::rule_y(double at, const LineOptions& options) {
  marks_.push_back({.kind = Mark::Kind::rule_y,
                    .y = {at},
                    .label = options.label,
                    .color = next_color(options.color),
                    .size = options.width,
                    .dash = options.dash});
  return *this;
}

Axes& Axes::heat_map(std::vector<double> values, int64_t rows, int64_t columns,
                     const HeatMapOptions& options) {
  require<ValueError>(marks_.empty(), "heat_map",
                      "expected axes with nothing else on them, got {} marks. Use axes of its own.",
                      marks_.size());
  require<ValueError>(
      rows > 0 && columns > 0 && static_cast<int64_t>(values.size()) == rows * columns, "heat_map",
      "expected a value for each of {} x {} fields, got {}. Check the rows and columns.", rows,
      columns, values.size());
  require_names("rows", options.row_names.size(), rows);
  require_names("columns", options.column_names.size(), columns);
  marks_.push_back({.kind = Mark::Kind::heat_map,
                    .x = {static_cast<double>(columns)},
                    .y = {static_cast<double>(rows)},
                    .upper = std::move(values),
                    .color = options.color,
                    .map = options});
  return *this;
}

}  // namespace keratin::plot
