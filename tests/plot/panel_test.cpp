// SPDX-License-Identifier: Apache-2.0
// Where a pair of axes puts what is drawn on it, in numbers that follow from the sizes: 4 points
// for a tick, 15 for its text, 18 for a label or a row of the legend, 22 for the title.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "keratin/base/error.h"
#include "keratin/plot/font_internal.h"
#include "keratin/plot/panel_internal.h"
#include "tests/support/message.h"

namespace keratin::plot {
namespace {

using Lines = std::vector<std::string>;

// Writes down what is drawn on it, one line for each call.
class Listing final : public Canvas {
 public:
  void polyline(std::span<const Point> points, const Stroke& stroke) override {
    const char* dash = stroke.dash == Dash::dashed ? " dashed" : "";
    lines.push_back(fmt::format("line{} {} {}{}", listed(points), hex(stroke.color),
                                shown(stroke.width), dash));
  }
  void polygon(std::span<const Point> points, Color fill) override {
    lines.push_back(fmt::format("area{} {}", listed(points), hex(fill)));
  }
  void rectangle(const Rect& rect, Color fill) override {
    lines.push_back(fmt::format("box {} {}", listed(rect), hex(fill)));
  }
  void disc(Point center, double radius, Color fill, const Stroke& edge) override {
    lines.push_back(fmt::format("disc {} {} {} {} {}", listed(center), shown(radius), hex(fill),
                                hex(edge.color), shown(edge.width)));
  }
  void text(Point at, std::string_view text, const TextStyle& style) override {
    constexpr const char* anchors[] = {"start", "middle", "end"};
    lines.push_back(fmt::format("text {} \"{}\" {} {}{}{}{}", listed(at), text, shown(style.size),
                                anchors[static_cast<int>(style.anchor)],
                                style.color == colors::white ? " white" : "",
                                style.bold ? " bold" : "", style.upward ? " upward" : ""));
  }
  void clip(const std::optional<Rect>& rect) override {
    lines.push_back(rect ? "clip " + listed(*rect) : "no clip");
  }

  Lines lines;

 private:
  static std::string shown(double value) {
    return fmt::format("{}", std::round(value * 100.0) / 100.0);
  }
  static std::string listed(Point point) { return shown(point.x) + "," + shown(point.y); }
  static std::string listed(std::span<const Point> points) {
    std::string text;
    for (const Point& point : points) text += " " + listed(point);
    return text;
  }
  static std::string listed(const Rect& rect) {
    return fmt::format("{},{} {} x {}", shown(rect.x), shown(rect.y), shown(rect.width),
                       shown(rect.height));
  }
  static std::string hex(Color color) {
    const std::string text = fmt::format("#{:02x}{:02x}{:02x}", color.red, color.green, color.blue);
    return color.alpha < 1.0 ? text + "/" + shown(color.alpha) : text;
  }
};

// Draws at 10,20 with a margin of 50, and so from x = 60 on.
Lines drawn(const Axes& axes, double width, double height) {
  Listing canvas;
  Panel(axes, width, height).draw(canvas, {10.0, 20.0}, 50.0);
  return canvas.lines;
}

// Returns the marks alone, which are what is clipped.
Lines marks_of(const Axes& axes, double width, double height) {
  const Lines all = drawn(axes, width, height);
  const auto end = std::find(all.begin(), all.end(), "no clip");
  const auto begin = std::find_if(all.begin(), end,
                                  [](const std::string& line) { return line.starts_with("clip"); });
  return begin == end ? Lines{} : Lines(begin + 1, end);
}

// Returns the lines that begin so.
Lines lines_of(const Lines& all, const std::string& start) {
  Lines result;
  for (const std::string& line : all) {
    if (line.starts_with(start)) result.push_back(line);
  }
  return result;
}

Axes square_axes(double end) {
  Axes axes;
  axes.x_range = Range{0.0, end};
  axes.y_range = Range{0.0, end};
  return axes;
}

TEST(Panel, DrawsGridMarksAndTicksInThisOrder) {
  Axes axes = square_axes(4.0);
  axes.line({0.0, 2.0, 4.0}, {0.0, 1.0, 4.0});
  EXPECT_EQ(drawn(axes, 254.0, 125.0), (Lines{"line 60,126 260,126 #e4e4e4 0.8",
                                              "line 60,76 260,76 #e4e4e4 0.8",
                                              "line 60,26 260,26 #e4e4e4 0.8",
                                              "line 60,26 60,126 #e4e4e4 0.8",
                                              "line 160,26 160,126 #e4e4e4 0.8",
                                              "line 260,26 260,126 #e4e4e4 0.8",
                                              "clip 60,26 200 x 100",
                                              "line 60,126 160,101 260,26 #0072b2 1.8",
                                              "no clip",
                                              "line 60,26 60,126 260,126 #555555 1",
                                              "line 60,126 60,130 #555555 1",
                                              "text 60,142 \"0\" 10.5 middle",
                                              "line 160,126 160,130 #555555 1",
                                              "text 160,142 \"2\" 10.5 middle",
                                              "line 260,126 260,130 #555555 1",
                                              "text 260,142 \"4\" 10.5 middle",
                                              "line 56,126 60,126 #555555 1",
                                              "text 52,129.73 \"0\" 10.5 end",
                                              "line 56,76 60,76 #555555 1",
                                              "text 52,79.73 \"2\" 10.5 end",
                                              "line 56,26 60,26 #555555 1",
                                              "text 52,29.73 \"4\" 10.5 end"}));
  axes.grid = false;
  EXPECT_EQ(lines_of(drawn(axes, 254.0, 125.0), "line 60,26 260,26"), Lines{});
  EXPECT_EQ(drawn(axes, 254.0, 125.0)[0], "clip 60,26 200 x 100");
}

TEST(Panel, LeavesRoomForTitleLegendAndLabels) {
  Axes axes = square_axes(4.0);
  axes.title = "T";
  axes.x_label = "X";
  axes.y_label = "Y";
  // Letters that are one upright line have no width.
  axes.line({0.0, 4.0}, {0.0, 4.0}, {.label = "l", .dash = Dash::dashed});
  axes.area({0.0, 4.0}, {0.0, 0.0}, {1.0, 1.0}, {.label = "I"});
  axes.points({2.0}, {2.0}, {.label = "i", .hollow = true});
  axes.bars({0.0, 4.0}, {1.0}, {.color = colors::grey});
  axes.points({2.0}, {2.0}, {.label = "|"});
  axes.rule_y(2.0, {.label = "!", .color = colors::black});
  const Lines all = drawn(axes, 254.0, 199.0);
  const auto clip = lines_of(all, "clip");
  EXPECT_EQ(clip, Lines{"clip 60,82 200 x 100"});
  const auto end = std::find(all.begin(), all.end(), "text 52,85.73 \"4\" 10.5 end");
  ASSERT_NE(end, all.end());
  EXPECT_EQ(Lines(end + 1, all.end()),
            (Lines{"text 60,32 \"T\" 12.5 start bold", "text 160,216 \"X\" 11.5 middle",
                   "text 20,132 \"Y\" 11.5 middle upward",
                   "line 61,49.27 81,49.27 #0072b2 1.8 dashed", "text 88,53 \"l\" 10.5 start",
                   "box 108,44.27 18 x 10 #d55e00/0.2", "text 134,53 \"I\" 10.5 start",
                   "disc 163,49.27 3.5 #ffffff #009e73 1.4", "text 180,53 \"i\" 10.5 start",
                   "disc 209,49.27 3.5 #cc79a7 #cc79a7 1.4", "text 226,53 \"|\" 10.5 start",
                   "line 61,67.27 81,67.27 #222222 1.8", "text 88,71 \"!\" 10.5 start"}));
  axes.legend = false;
  EXPECT_EQ(lines_of(drawn(axes, 254.0, 159.0), "clip"), Lines{"clip 60,42 200 x 100"});
  EXPECT_EQ(drawn(axes, 254.0, 159.0).back(), "text 20,92 \"Y\" 11.5 middle upward");
}

TEST(Panel, AsksForTheRoomOfItsWidestTick) {
  Axes axes = square_axes(4.0);
  const double digit = text_width("4", tick_size);
  EXPECT_DOUBLE_EQ(Panel(axes, 254.0, 125.0).left_margin(), digit + 9.0);
  axes.y_label = "Y";
  EXPECT_DOUBLE_EQ(Panel(axes, 254.0, 125.0).left_margin(), digit + 29.0);
  axes.y_range = Range{0.0, 4000.0};
  EXPECT_DOUBLE_EQ(Panel(axes, 254.0, 125.0).left_margin(), text_width("4000", tick_size) + 29.0);
  // The last tick of x may reach beyond the plot by half of its text.
  axes.x_range = Range{0.0, 4000.0};
  const double half = text_width("4000", tick_size) / 2.0;
  EXPECT_EQ(lines_of(drawn(axes, 254.0, 125.0), "clip"),
            Lines{fmt::format("clip 60,26 {:.2f} x 100", 204.0 - half)});
}

TEST(Panel, HasMoreTicksWhereThereIsRoom) {
  EXPECT_EQ(lines_of(drawn(square_axes(4.0), 344.0, 125.0), "text 132.5,142"),
            Lines{"text 132.5,142 \"1\" 10.5 middle"});
  EXPECT_EQ(lines_of(drawn(square_axes(4.0), 254.0, 229.0), "text 52,182.73"),
            Lines{"text 52,182.73 \"1\" 10.5 end"});
  Axes axes = square_axes(3.0);
  EXPECT_EQ(lines_of(drawn(axes, 344.0, 125.0), "text 132.5,142"), Lines{});
  axes.integer_x = true;
  EXPECT_EQ(lines_of(drawn(axes, 344.0, 125.0), "text 156.67,142"),
            Lines{"text 156.67,142 \"1\" 10.5 middle"});
}

// A fiftieth of the length on the left and right, a twentieth above and below.
TEST(Panel, ChoosesRangesAroundTheData) {
  Axes axes;
  axes.x_range = Range{0.0, 4.0};
  axes.line({0.0, 4.0}, {0.0, 100.0}).span(-50.0, 50.0);
  EXPECT_EQ(marks_of(axes, 254.0, 135.0)[1], "line 60,131 260,31 #0072b2 1.8");
  axes = Axes();
  axes.y_range = Range{0.0, 4.0};
  axes.line({0.0, 1.0}, {0.0, 4.0});
  EXPECT_EQ(marks_of(axes, 262.0, 125.0), Lines{"line 64,126 264,26 #0072b2 1.8"});
  // The upper ends of areas count, and values that are not finite do not.
  axes = Axes();
  axes.x_range = Range{0.0, 4.0};
  axes.area({0.0, 4.0}, {0.0, 50.0}, {NAN, 100.0}).line({0.0, 4.0}, {INFINITY, 50.0});
  EXPECT_EQ(marks_of(axes, 254.0, 135.0)[2], "disc 260,81 1.8 #d55e00 #222222 0");
}

TEST(Panel, MakesARangeOfOneValueOrNone) {
  const auto ticks_of = [](std::vector<double> y, bool logarithmic) {
    Axes axes;
    axes.log_y = logarithmic;
    axes.x_range = Range{0.0, 4.0};
    axes.line(std::vector<double>(y.size(), 1.0), y);
    return lines_of(drawn(axes, 254.0, 125.0), "text 52");
  };
  EXPECT_EQ(ticks_of({100.0, 100.0}, false),
            (Lines{"text 52,129.73 \"95\" 10.5 end", "text 52,79.73 \"100\" 10.5 end",
                   "text 52,29.73 \"105\" 10.5 end"}));
  EXPECT_EQ(ticks_of({0.0}, false),
            (Lines{"text 52,129.73 \"-0.5\" 10.5 end", "text 52,79.73 \"0\" 10.5 end",
                   "text 52,29.73 \"0.5\" 10.5 end"}));
  EXPECT_EQ(ticks_of({NAN}, false),
            (Lines{"text 52,129.73 \"0\" 10.5 end", "text 52,79.73 \"0.5\" 10.5 end",
                   "text 52,29.73 \"1.0\" 10.5 end"}));
  EXPECT_EQ(ticks_of({10.0}, true),
            (Lines{"text 52,129.73 \"5\" 10.5 end", "text 52,79.73 \"10\" 10.5 end",
                   "text 52,29.73 \"20\" 10.5 end"}));
  const Lines none = ticks_of({0.0, -3.0}, true);
  ASSERT_EQ(none.size(), 4U);
  EXPECT_EQ(none[0], "text 52,129.73 \"0.1\" 10.5 end");
  EXPECT_EQ(none[3], "text 52,29.73 \"1\" 10.5 end");
}

// Each factor of two is as long as another; a twentieth of the length is free above and below.
TEST(Panel, PlacesLogarithms) {
  Axes axes;
  axes.log_y = true;
  axes.x_range = Range{0.0, 4.0};
  axes.line({0.0, 1.0, 2.0, 3.0, 4.0}, {1.0, 1024.0, 0.0, 32.0, 1048576.0});
  axes.bars({0.0, 4.0}, {1024.0});
  EXPECT_EQ(marks_of(axes, 254.0, 135.0),
            (Lines{"line 60,131 110,81 #0072b2 1.8", "line 210,106 260,31 #0072b2 1.8",
                   "box 60.4,81 199.2 x 55 #d55e00/0.8"}));
}

TEST(Panel, DrawsBarsFromZero) {
  Axes axes;
  axes.bars({0.0, 2.0, 4.0}, {10.0, 20.0});
  EXPECT_EQ(marks_of(axes, 254.0, 130.0),
            (Lines{"box 60.4,81 99.2 x 50 #0072b2/0.8", "box 160.4,31 99.2 x 100 #0072b2/0.8"}));
  axes = Axes();
  axes.bars({4.0, 2.0, 1.0, 0.0}, {-20.0, NAN, 10.0});
  EXPECT_EQ(marks_of(axes, 254.0, 157.0),
            (Lines{"box 160.4,72 99.2 x 80 #0072b2/0.8", "box 60.4,32 49.2 x 40 #0072b2/0.8"}));
  axes.y_range = Range{10.0, 30.0};
  EXPECT_EQ(marks_of(axes, 254.0, 125.0)[1], "box 60.4,126 49.2 x 50 #0072b2/0.8");
}

TEST(Panel, DrawsSpansBelowAllElse) {
  Axes axes = square_axes(4.0);
  axes.rule_x(1.0).rule_y(3.0).rule_x(NAN).rule_y(NAN).span(3.0, 1.0).span(-9.0, 2.0).span(2.0,
                                                                                           9.0);
  EXPECT_EQ(marks_of(axes, 254.0, 125.0),
            (Lines{"box 110,26 100 x 100 #e69f00/0.2", "box 60,26 100 x 100 #56b4e9/0.2",
                   "box 160,26 100 x 100 #0072b2/0.2", "line 110,126 110,26 #0072b2 1.8",
                   "line 60,51 260,51 #d55e00 1.8"}));
}

TEST(Panel, LeavesGapsWhereValuesHaveNoPlace) {
  Axes axes = square_axes(4.0);
  axes.line({0.0, NAN, 1.0, 2.0, 3.0, 4.0}, {0.0, 1.0, 1.0, 1.0, NAN, 2.0});
  axes.area({0.0, 1.0, 2.0, 3.0, 4.0}, {0.0, 0.0, 0.0, 0.0, 0.0}, {1.0, 2.0, NAN, 2.0, 1.0});
  axes.line({0.0, 1e9}, {-1e9, 0.0});
  EXPECT_EQ(
      marks_of(axes, 254.0, 125.0),
      (Lines{"disc 60,126 1.8 #0072b2 #222222 0", "line 110,101 160,101 #0072b2 1.8",
             "disc 260,76 1.8 #0072b2 #222222 0", "area 60,101 110,76 110,126 60,126 #d55e00/0.2",
             "area 210,76 260,101 260,126 210,126 #d55e00/0.2",
             "line 60,100000 100000,126 #009e73 1.8"}));
}

TEST(Panel, WritesTheTextOfPointsWhereThereIsRoom) {
  Axes axes = square_axes(4.0);
  axes.points({1.0, 3.0, 3.5}, {1.0, 1.0, NAN}, {.text = "a"});
  axes.points({3.5}, {1.0}, {.radius = 2.0, .text = "b"});
  axes.points({0.0}, {0.0});
  EXPECT_EQ(marks_of(axes, 254.0, 125.0),
            (Lines{"disc 110,101 3.5 #0072b2 #0072b2 1.4", "text 118.5,96 \"a\" 10.5 start",
                   "disc 210,101 3.5 #0072b2 #0072b2 1.4", "text 218.5,96 \"a\" 10.5 start",
                   "disc 235,101 2 #d55e00 #d55e00 1.4", "text 228,96 \"b\" 10.5 end",
                   "disc 60,126 3.5 #009e73 #009e73 1.4"}));
}

TEST(Panel, MakesUnitsEquallyLong) {
  Axes axes = square_axes(4.0);
  axes.y_range = Range{0.0, 8.0};
  axes.equal = true;
  axes.line({0.0, 4.0}, {0.0, 8.0});
  EXPECT_EQ(lines_of(drawn(axes, 254.0, 125.0), "clip"), Lines{"clip 60,26 50 x 100"});
  EXPECT_EQ(lines_of(drawn(axes, 79.0, 125.0), "clip"), Lines{"clip 60,26 25 x 50"});
}

TEST(Panel, DrawsHeatMapsDarkerForLargerValues) {
  const Color color{104, 161, 61};
  Axes axes;
  axes.heat_map({0.0, 3.0, 7.0, 10.0}, 2, 2,
                {.row_names = {"l", "I"}, .column_names = {"i", "|"}, .color = color});
  EXPECT_EQ(drawn(axes, 254.0, 125.0),
            (Lines{"box 60.5,26.5 99 x 49 #f6f9f3", "text 110,54.73 \"0\" 10.5 middle",
                   "box 160.5,26.5 99 x 49 #afcd98", "text 210,54.73 \"3\" 10.5 middle",
                   "box 60.5,76.5 99 x 49 #5c8f36", "text 110,104.73 \"7\" 10.5 middle white",
                   "box 160.5,76.5 99 x 49 #395922", "text 210,104.73 \"10\" 10.5 middle white",
                   "text 110,141 \"i\" 10.5 middle", "text 210,141 \"|\" 10.5 middle",
                   "text 53,54.73 \"l\" 10.5 end", "text 53,104.73 \"I\" 10.5 end"}));
  axes.equal = true;
  EXPECT_EQ(drawn(axes, 254.0, 125.0)[0], "box 60.5,26.5 49 x 49 #f6f9f3");
  EXPECT_DOUBLE_EQ(Panel(axes, 254.0, 125.0).left_margin(), 9.0);
}

TEST(Panel, WritesLongNamesOfColumnsUpright) {
  const std::string name(12, 'M');
  const double length = text_width(name, tick_size);
  ASSERT_GT(length, 96.0);
  Axes axes;
  axes.heat_map({-1.5, 2.0}, 1, 2, {.row_names = {"MM"}, .column_names = {name, "l"}});
  const Lines all = drawn(axes, 254.0, 116.0 + length);
  EXPECT_EQ(lines_of(all, "text"),
            (Lines{"text 110,79.73 \"-1.50\" 10.5 middle", "text 210,79.73 \"2\" 10.5 middle white",
                   "text 113.73,132 \"" + name + "\" 10.5 end upward",
                   "text 213.73,132 \"l\" 10.5 end upward", "text 53,79.73 \"MM\" 10.5 end"}));
  EXPECT_EQ(lines_of(all, "box")[0], "box 60.5,26.5 99 x 99 #f0f7fa");
  EXPECT_DOUBLE_EQ(Panel(axes, 254.0, 125.0).left_margin(), text_width("MM", tick_size) + 9.0);
}

TEST(Panel, DrawsPixelsWithoutSeamsAndWithoutNumbers) {
  std::vector<double> values(50, 0.0);
  values[1] = NAN;
  Axes axes;
  axes.heat_map(values, 1, 50, {.color = {104, 161, 61}});
  const Lines all = drawn(axes, 254.0, 125.0);
  ASSERT_EQ(all.size(), 50U);
  EXPECT_EQ(all[0], "box 60,26 5 x 100 #f6f9f3");
  EXPECT_EQ(all[1], "box 64,26 5 x 100 #ffffff");
  EXPECT_EQ(all[49], "box 256,26 4 x 100 #f6f9f3");
  // Numbers are as small as their fields, until they are too small.
  axes = Axes();
  axes.heat_map(std::vector<double>(10, 0.0), 1, 10, {.color = {104, 161, 61}});
  EXPECT_EQ(drawn(axes, 254.0, 125.0)[1], "text 70,78.56 \"0\" 7.2 middle");
  EXPECT_EQ(drawn(axes, 254.0, 39.0)[1], "text 70,35.49 \"0\" 7 middle");
  EXPECT_EQ(lines_of(drawn(axes, 154.0, 125.0), "text"), Lines{});
}

TEST(Axes, MakesStepsOfEdgesAndCyclesThroughColours) {
  Axes axes;
  axes.steps({0.0, 1.0, 3.0}, {5.0, 6.0}, {.width = 2.5});
  EXPECT_EQ(axes.marks()[0].kind, Mark::Kind::line);
  EXPECT_EQ(axes.marks()[0].x, (std::vector<double>{0.0, 1.0, 1.0, 3.0}));
  EXPECT_EQ(axes.marks()[0].y, (std::vector<double>{5.0, 5.0, 6.0, 6.0}));
  EXPECT_EQ(axes.marks()[0].size, 2.5);
  for (int i = 0; i < 6; ++i) axes.rule_x(1.0);
  axes.rule_y(1.0, {.color = colors::grey}).rule_y(1.0);
  EXPECT_EQ(axes.marks()[5].color, colors::sky);
  EXPECT_EQ(axes.marks()[6].color, colors::blue);
  EXPECT_EQ(axes.marks()[8].color, colors::vermilion);
}

TEST(Axes, TellsWhatDoesNotFit) {
  using testing_support::message_of;
  Axes axes;
  EXPECT_EQ(message_of<ValueError>([&] { axes.area({1.0}, {1.0}, {}); }),
            "area: expected as many values of y as of x, got 0 and 1. Give one for each.");
  EXPECT_EQ(message_of<ValueError>([&] { axes.steps({1.0}, {1.0}); }),
            "steps: expected one edge more than values, got 1 edges and 1 values. Add the last "
            "edge.");
  EXPECT_EQ(message_of<ValueError>([&] {
              axes.heat_map({1.0}, 1, 1, {.row_names = {"a", "b"}});
            }),
            "heat_map: expected a name for each of 1 rows, got 2. Name all or none.");
  EXPECT_EQ(message_of<ValueError>([&] {
              axes.heat_map({1.0}, 1, 1, {.column_names = {"a", "b"}});
            }),
            "heat_map: expected a name for each of 1 columns, got 2. Name all or none.");
  EXPECT_EQ(message_of<ValueError>([&] { axes.heat_map({}, 0, 0); }),
            "heat_map: expected a value for each of 0 x 0 fields, got 0. Check the rows and "
            "columns.");
  EXPECT_EQ(message_of<ValueError>([&] { axes.rule_x(1.0).heat_map({1.0}, 1, 1); }),
            "heat_map: expected axes with nothing else on them, got 1 marks. Use axes of its own.");
}

}  // namespace
}  // namespace keratin::plot
