// SPDX-License-Identifier: Apache-2.0
#include "keratin/plot/figure.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "keratin/base/error.h"
#include "keratin/plot/canvas_internal.h"
#include "keratin/plot/font_internal.h"
#include "tests/support/message.h"
#include "tests/support/png.h"

namespace keratin::plot {
namespace {

using testing_support::decode_png;
using testing_support::message_of;
using testing_support::Picture;

constexpr std::array<int, 3> white{255, 255, 255};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

size_t count(const std::string& text, const std::string& part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST(SvgCanvas, WritesEachShape) {
  SvgCanvas canvas(100.0, 50.0);
  const Point line[] = {{1.0, 2.0}, {3.5, 4.257}};
  canvas.polyline(line, {.color = colors::blue, .width = 2.0, .dash = Dash::dashed});
  const Point corners[] = {{0.0, 0.0}, {10.0, 0.0}, {0.0, 10.0}};
  canvas.polygon(corners, colors::green.with_alpha(0.25));
  canvas.clip(Rect{0.0, 0.0, 20.0, 20.0});
  canvas.disc({5.0, 6.0}, 2.0, colors::white, {.color = colors::black, .width = 1.0});
  canvas.clip(std::nullopt);
  canvas.text({7.0, 8.0}, "a < b & c", {.size = 10.0, .anchor = Anchor::end, .bold = true});
  canvas.text({7.0, 8.0}, "up", {.upward = true});
  EXPECT_EQ(canvas.document(),
            R"x(<svg xmlns="http://www.w3.org/2000/svg" width="100" height="50" )x"
            R"x(viewBox="0 0 100 50" font-family="Helvetica, Arial, 'DejaVu Sans', sans-serif">
<rect x="0" y="0" width="100" height="50" fill="#ffffff"/>
<polyline points="1,2 3.5,4.26" fill="none" stroke="#0072b2" stroke-width="2" )x"
            R"x(stroke-dasharray="8 5.2" stroke-linejoin="round" stroke-linecap="round"/>
<polygon points="0,0 10,0 0,10" fill="#009e73" fill-opacity="0.25"/>
<clipPath id="clip1"><rect x="0" y="0" width="20" height="20"/></clipPath>
<g clip-path="url(#clip1)">
<circle cx="5" cy="6" r="2" fill="#ffffff" stroke="#222222" stroke-width="1"/>
</g>
<text x="7" y="8" font-size="10" fill="#222222" text-anchor="end" font-weight="bold">)x"
            R"x(a &lt; b &amp; c</text>
<text x="7" y="8" font-size="11" fill="#222222" transform="rotate(-90 7 8)">up</text>
</svg>
)x");
}

TEST(SvgCanvas, MakesIdsOfOnePageDiffer) {
  Figure figure;
  figure.add_axes().line({0.0, 1.0}, {0.0, 1.0});
  EXPECT_TRUE(contains(figure.svg("a-"), "<clipPath id=\"a-clip1\">"));
  EXPECT_TRUE(contains(figure.svg("a-"), "clip-path=\"url(#a-clip1)\""));
  EXPECT_FALSE(contains(figure.svg(), "a-clip1"));
}

Figure small_figure() {
  Figure figure({.width = 300.0, .height = 200.0, .title = "Both"});
  Axes& axes = figure.add_axes();
  axes.title = "loss";
  axes.x_label = "epoch";
  axes.y_label = "value";
  axes.line({0.0, 1.0, 2.0}, {1.0, NAN, 0.5}, {.label = "gap"});
  axes.line({0.0, 1.0, 2.0}, {0.0, 0.5, 1.0}, {.label = "whole", .dash = Dash::dashed});
  axes.span(1.0, 2.0, {.label = "later", .color = colors::orange});
  axes.points({1.0}, {0.5}, {.label = "best", .color = colors::black, .hollow = true});
  return figure;
}

TEST(Figure, HoldsTextsAndMarksInSvg) {
  const std::string svg = small_figure().svg();
  for (const char* text : {">Both<", ">loss<", ">epoch<", ">value<", ">gap<", ">whole<", ">later<",
                           ">best<", ">0<", ">2<"}) {
    EXPECT_TRUE(contains(svg, text)) << text;
  }
  EXPECT_EQ(count(svg, "<g clip-path"), 1u);
  EXPECT_EQ(count(svg, "</g>"), 1u);
  // Lone values beside the gap are dots; the point stands in the picture and in the legend.
  EXPECT_EQ(count(svg, "<circle"), 4u);
  EXPECT_EQ(count(svg, "fill=\"#e69f00\" fill-opacity=\"0.2\""), 2u);
  EXPECT_EQ(count(svg, "stroke=\"#d55e00\""), 2u);
  EXPECT_FALSE(contains(svg, "nan"));
}

TEST(Figure, PlacesValuesInProportion) {
  Figure figure({.width = 200.0, .height = 200.0});
  Axes& axes = figure.add_axes();
  axes.x_range = Range{0.0, 10.0};
  axes.y_range = Range{0.0, 10.0};
  axes.line({0.0, 5.0, 10.0}, {0.0, 5.0, 10.0}, {.color = Color{1, 2, 3}});
  const std::string svg = figure.svg();
  const size_t at = svg.rfind("<polyline points=\"", svg.find("#010203")) + 18;
  double x[3], y[3];
  ASSERT_EQ(std::sscanf(svg.c_str() + at, "%lf,%lf %lf,%lf %lf,%lf", &x[0], &y[0], &x[1], &y[1],
                        &x[2], &y[2]),
            6);
  EXPECT_NEAR(x[1] - x[0], x[2] - x[1], 0.02);
  EXPECT_NEAR(y[1] - y[0], y[2] - y[1], 0.02);
  EXPECT_LT(x[0], x[2]);
  EXPECT_GT(y[0], y[2]);
}

// Ten points of the page are free around all, 26 more below the title, 18 between axes.
TEST(Figure, PlacesAxesInRowsAndColumns) {
  Figure figure({.width = 398.0, .height = 300.0, .title = "All", .columns = 2});
  for (const double end : {4.0, 4.0, 4000.0}) {
    Axes& axes = figure.add_axes();
    axes.x_range = Range{0.0, 4.0};
    axes.y_range = Range{0.0, end};
  }
  const std::string svg = figure.svg();
  EXPECT_TRUE(contains(svg,
                       "<text x=\"199\" y=\"24\" font-size=\"14\" fill=\"#222222\" "
                       "text-anchor=\"middle\" font-weight=\"bold\">All</text>"));
  const double wide = text_width("4000", 10.5) + 9.0, narrow = text_width("4", 10.5) + 9.0;
  // One column after the other.
  const double expected[3][4] = {{10.0 + wide, 42.0, 176.0 - wide, 93.0},
                                 {10.0 + wide, 178.0, 176.0 - wide, 93.0},
                                 {208.0 + narrow, 42.0, 176.0 - narrow, 93.0}};
  size_t at = 0;
  for (const auto& rect : expected) {
    at = svg.find("<rect", svg.find("<clipPath", at + 1));
    double found[4];
    ASSERT_EQ(std::sscanf(svg.c_str() + at, R"(<rect x="%lf" y="%lf" width="%lf" height="%lf")",
                          &found[0], &found[1], &found[2], &found[3]),
              4);
    for (int i = 0; i < 4; ++i) EXPECT_NEAR(found[i], rect[i], 0.006) << i;
  }
  // Fewer axes than columns share the width among themselves.
  Figure one({.width = 398.0, .height = 300.0, .columns = 3});
  one.add_axes();
  EXPECT_TRUE(contains(one.svg(), " height=\"255\"/></clipPath>"));
  EXPECT_EQ(count(Figure().svg(), "<rect"), 1u);
}

TEST(Figure, IsAPictureOfItsColours) {
  const Picture picture = decode_png(small_figure().png());
  EXPECT_EQ(picture.width, 600);
  EXPECT_EQ(picture.height, 400);
  EXPECT_EQ(picture.at(0, 0), white);
  EXPECT_GT(picture.count(white), 600 * 400 / 2);
  EXPECT_GT(picture.count({0xd5, 0x5e, 0x00}), 100);
  EXPECT_GT(picture.count({0x22, 0x22, 0x22}), 100);  // letters
  const Picture half = decode_png(small_figure().png(1.0));
  EXPECT_EQ(half.width, 300);
}

TEST(Figure, DrawsBarsFromZeroAndHeatMapsByDarkness) {
  Figure figure({.width = 400.0, .height = 200.0, .columns = 2});
  figure.add_axes().bars({0.0, 1.0, 2.0}, {2.0, 4.0}, {.color = Color{0, 0, 255}, .alpha = 1.0});
  Axes& map = figure.add_axes();
  map.heat_map({8.0, 0.0, 1.5, NAN}, 2, 2,
               {.row_names = {"cat", "dog"}, .column_names = {"cat", "dog"}});
  map.x_label = "predicted";
  const std::string svg = figure.svg();
  EXPECT_EQ(count(svg, "fill=\"#0000ff\""), 2u);
  for (const char* text : {">8<", ">1.50<", ">predicted<"})
    EXPECT_TRUE(contains(svg, text)) << text;
  EXPECT_EQ(count(svg, ">cat<"), 2u);
  const Picture picture = decode_png(figure.png());
  const auto sum = [&](int64_t x, int64_t y) {
    const auto [red, green, blue] = picture.at(x, y);
    return red + green + blue;
  };
  EXPECT_LT(sum(520, 40), sum(700, 40));   // 8 is darker than 0
  EXPECT_EQ(picture.at(720, 280), white);  // what is no number
}

TEST(Figure, HeatMapsOfPixelsHaveNoSeams) {
  Figure figure({.width = 200.0, .height = 200.0});
  figure.add_axes().heat_map(std::vector<double>(900, 1.0), 30, 30, {.show_values = false});
  for (const double scale : {1.0, 2.0}) {
    const Picture picture = decode_png(figure.png(scale));
    const auto middle = static_cast<int64_t>(100.0 * scale);
    for (int64_t at = middle - 40; at < middle + 40; ++at) {
      EXPECT_EQ(picture.at(at, middle), picture.at(middle, middle)) << at;
      EXPECT_EQ(picture.at(middle, at), picture.at(middle, middle)) << at;
    }
  }
}

TEST(Figure, TakesAnyValues) {
  Figure figure({.width = 300.0, .height = 200.0, .columns = 3});
  figure.add_axes();
  figure.add_axes().line({}, {});
  figure.add_axes().line({1.0}, {5.0}, {.label = "one"});
  figure.add_axes().line({0.0, 1.0}, {NAN, INFINITY});
  figure.add_axes().line({0.0, 1.0, 2.0}, {1e308, -1e300, 5e-324});
  Axes& logarithmic = figure.add_axes();
  logarithmic.log_y = true;
  logarithmic.line({0.0, 1.0, 2.0}, {0.0, -1.0, 3.0}).rule_y(0.0).bars({0.0, 1.0}, {2.0});
  Axes& narrow = figure.add_axes();
  narrow.x_range = Range{1.0, 1.0 + 1e-13};
  narrow.line({-1e300, 1e300}, {3.0, 3.0}).span(-1e300, 1e300);
  EXPECT_TRUE(contains(figure.svg(), "</svg>"));
  EXPECT_EQ(decode_png(figure.png(0.5)).width, 150);
}

TEST(Figure, IsWrittenByItsEnding) {
  const std::string folder = ::testing::TempDir();
  small_figure().save(folder + "/figure.svg");
  small_figure().save(folder + "/figure.png", 1.0);
  EXPECT_EQ(text_of(read_file(folder + "/figure.svg")), small_figure().svg());
  EXPECT_EQ(decode_png(read_file(folder + "/figure.png")).width, 300);
  std::filesystem::remove(folder + "/figure.svg");
  std::filesystem::remove(folder + "/figure.png");
}

TEST(Figure, TellsWhatDoesNotFit) {
  EXPECT_EQ(message_of<ValueError>([] { small_figure().save("figure.gif"); }),
            "Figure: expected a path that ends in .png or .svg, got 'figure.gif'. Change the "
            "ending.");
  EXPECT_EQ(message_of<ValueError>([] { Figure({.width = 5.0}); }),
            "Figure: expected a size of 50 to 10000 points, got 5 x 400. Check the size.");
  EXPECT_EQ(message_of<ValueError>([] { Figure({.height = 10001.0}); }),
            "Figure: expected a size of 50 to 10000 points, got 640 x 10001. Check the size.");
  EXPECT_EQ(message_of<ValueError>([] { Figure({.columns = 0}); }),
            "Figure: expected `columns` of at least 1, got 0. Check it.");
  EXPECT_EQ(Figure({.width = 50.0, .height = 10000.0}).svg().substr(0, 4), "<svg");
  EXPECT_EQ(message_of<ValueError>([] { small_figure().png(0.4); }),
            "Figure: expected a `scale` of 0.5 to 8 pixels a point, got 0.4. Check it.");
  EXPECT_EQ(message_of<ValueError>([] { small_figure().png(100.0); }),
            "Figure: expected a `scale` of 0.5 to 8 pixels a point, got 100. Check it.");
  Axes axes;
  EXPECT_EQ(message_of<ValueError>([&] {
              axes.line({1.0, 2.0}, {1.0});
            }),
            "line: expected as many values of y as of x, got 1 and 2. Give one for each.");
  EXPECT_EQ(message_of<ValueError>([&] {
              axes.bars({1.0, 2.0}, {1.0, 2.0});
            }),
            "bars: expected one edge more than values, got 2 edges and 2 values. Add the last "
            "edge.");
  EXPECT_EQ(message_of<ValueError>([&] { axes.heat_map({1.0}, 1, 2); }),
            "heat_map: expected a value for each of 1 x 2 fields, got 1. Check the rows and "
            "columns.");
}

}  // namespace
}  // namespace keratin::plot
