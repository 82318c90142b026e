// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "keratin/plot/color.h"

namespace keratin::plot {

enum class Dash : uint8_t { solid, dashed, dotted };

/// Says how a line looks. Without a label it is not in the legend, and without a colour it takes
/// the next one of `colors::cycle`.
struct LineOptions {
  std::string label = {};
  std::optional<Color> color = {};
  double width = 1.8;
  Dash dash = Dash::solid;
};

/// Says how an area looks; for labels and colours see LineOptions.
struct AreaOptions {
  std::string label = {};
  std::optional<Color> color = {};
  double alpha = 0.2;
};

/// Says how single points look; for labels and colours see LineOptions. `text` stands beside each.
struct PointOptions {
  std::string label = {};
  std::optional<Color> color = {};
  double radius = 3.5;
  bool hollow = false;
  std::string text = {};
};

/// Says how a heat map looks: names of rows and columns, and whether each field shows its number.
struct HeatMapOptions {
  std::vector<std::string> row_names = {};
  std::vector<std::string> column_names = {};
  bool show_values = true;
  Color color = colors::blue;
};

/// Is one thing that is drawn between axes: what the functions of Axes have made.
struct Mark {
  enum class Kind : uint8_t { line, area, points, span, rule_x, rule_y, bars, heat_map };
  Kind kind;
  std::vector<double> x = {};
  std::vector<double> y = {};
  std::vector<double> upper = {};
  std::string label = {};
  std::string text = {};
  Color color = {};
  double size = 1.8;  ///< the width of a line, the radius of a point
  Dash dash = Dash::solid;
  bool hollow = false;
  HeatMapOptions map = {};
};

using Range = std::pair<double, double>;

/// Is one pair of axes and what is drawn between them, in the order in which it was added. Values
/// that are not finite leave gaps; positions outside of a range that was set are cut off. Each
/// function returns the axes, and throws ValueError for lists that do not fit together.
class Axes {
 public:
  std::string title = {};
  std::string x_label = {};
  std::string y_label = {};
  /// Are the ends of the axes; chosen by the data when empty.
  std::optional<Range> x_range = {};
  std::optional<Range> y_range = {};
  bool log_y = false;      ///< leaves out what is not above 0
  bool integer_x = false;  ///< ticks of x at whole numbers only
  bool equal = false;      ///< one unit is as long in both directions
  bool grid = true;
  bool legend = true;

  /// Draws a line through points (x[i], y[i]).
  Axes& line(std::vector<double> x, std::vector<double> y, const LineOptions& options = {});
  /// Draws horizontal and vertical pieces: y[i] from edges[i] to edges[i + 1].
  Axes& steps(const std::vector<double>& edges, const std::vector<double>& y,
              const LineOptions& options = {});
  /// Draws single points.
  Axes& points(std::vector<double> x, std::vector<double> y, const PointOptions& options = {});
  /// Fills what lies between two lines.
  Axes& area(std::vector<double> x, std::vector<double> lower, std::vector<double> upper,
             const AreaOptions& options = {});
  /// Fills bars from 0 to heights[i], between edges[i] and edges[i + 1].
  Axes& bars(std::vector<double> edges, std::vector<double> heights,
             const AreaOptions& options = {.label = {}, .color = {}, .alpha = 0.8});
  /// Shades all between two places of x, below everything else.
  Axes& span(double from, double to, const AreaOptions& options = {});
  /// Draws a line from one side to the other, at a place of x or of y.
  Axes& rule_x(double at, const LineOptions& options = {});
  Axes& rule_y(double at, const LineOptions& options = {});
  /// Draws a field for each of `rows` x `columns` values (row after row, from the top), the darker
  /// the larger. Nothing else fits between these axes. Whole
  /// numbers are shown as they are, others with two decimals.
  Axes& heat_map(std::vector<double> values, int64_t rows, int64_t columns,
                 const HeatMapOptions& options = {});

  const std::vector<Mark>& marks() const { return marks_; }

 private:
  Color next_color(const std::optional<Color>& given);
  std::vector<Mark> marks_;
  size_t colored_ = 0;
};

}  // namespace keratin::plot
