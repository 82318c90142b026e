// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "keratin/plot/canvas_internal.h"

namespace keratin::plot {
namespace {

TEST(RasterCanvas, CoversPixelsByTheirShare) {
  RasterCanvas canvas(10.0, 10.0, 1.0);
  canvas.rectangle({2.0, 2.0, 3.5, 2.0}, {0, 0, 0});
  const auto grey = [&](int64_t x, int64_t y) {
    return canvas.pixels()[static_cast<size_t>((y * 10 + x) * 3)];
  };
  EXPECT_EQ(grey(1, 2), 255);
  EXPECT_EQ(grey(2, 2), 0);
  EXPECT_EQ(grey(4, 3), 0);
  EXPECT_NEAR(grey(5, 3), 127, 1);  // by half
  EXPECT_EQ(grey(2, 4), 255);
  const Point triangle[] = {{0.0, 5.0}, {5.0, 10.0}, {0.0, 10.0}};
  canvas.polygon(triangle, {0, 0, 0});
  EXPECT_EQ(grey(0, 9), 0);
  EXPECT_NEAR(grey(2, 7), 127, 20);  // the edge cuts it in half
  EXPECT_EQ(grey(4, 6), 255);
}

TEST(RasterCanvas, DrawsLinesOfAWidthAndDashesThem) {
  RasterCanvas canvas(40.0, 20.0, 2.0);
  const Point line[] = {{5.0, 5.0}, {35.0, 5.0}};
  canvas.polyline(line, {.color = {0, 0, 0}, .width = 2.0});
  const auto grey = [&](int64_t x, int64_t y) {
    return canvas.pixels()[static_cast<size_t>((y * 80 + x) * 3)];
  };
  EXPECT_EQ(grey(40, 8), 0);
  EXPECT_EQ(grey(40, 11), 0);
  EXPECT_EQ(grey(40, 6), 255);
  EXPECT_EQ(grey(40, 13), 255);
  EXPECT_EQ(grey(4, 10), 255);  // before its round end
  const Point lower[] = {{0.0, 15.0}, {40.0, 15.0}};
  canvas.polyline(lower, {.color = {0, 0, 0}, .width = 2.0, .dash = Dash::dashed});
  EXPECT_EQ(grey(2, 30), 0);     // dashes of 8 points
  EXPECT_EQ(grey(21, 30), 255);  // and gaps of 5.2, less the round ends
  EXPECT_EQ(grey(32, 30), 0);
}

TEST(RasterCanvas, DrawsNothingOutsideOfItsClip) {
  RasterCanvas canvas(20.0, 20.0, 1.0);
  canvas.clip(Rect{5.0, 5.0, 10.0, 10.0});
  canvas.rectangle({-1e5, -1e5, 2e5, 2e5}, {0, 0, 0});
  int64_t dark = 0;
  for (size_t i = 0; i < canvas.pixels().size(); i += 3) dark += canvas.pixels()[i] == 0;
  EXPECT_EQ(dark, 100);
}

constexpr Color ink{0, 0, 0};

// Returns the grey of a pixel.
int grey(const RasterCanvas& canvas, int64_t x, int64_t y) {
  return canvas.pixels()[static_cast<size_t>((y * canvas.width() + x) * 3)];
}

std::vector<int> row_of(const RasterCanvas& canvas, int64_t y, int64_t from, int64_t to) {
  std::vector<int> row;
  for (int64_t x = from; x < to; ++x) row.push_back(grey(canvas, x, y));
  return row;
}

std::vector<int> column_of(const RasterCanvas& canvas, int64_t x, int64_t from, int64_t to) {
  std::vector<int> column;
  for (int64_t y = from; y < to; ++y) column.push_back(grey(canvas, x, y));
  return column;
}

// Returns how many pixels' worth of ink there is.
double ink_of(const RasterCanvas& canvas) {
  double sum = 0.0;
  for (size_t i = 0; i < canvas.pixels().size(); i += 3) sum += 255.0 - canvas.pixels()[i];
  return sum / 255.0;
}

// The centre of a pixel is covered by as much as it lies inside, over the length of one pixel.
TEST(RasterCanvas, CoversPixelsByTheDistanceToALine) {
  RasterCanvas canvas(20.0, 10.0, 1.0);
  const Point line[] = {{5.0, 5.25}, {15.0, 5.25}};
  canvas.polyline(line, {.color = ink, .width = 1.0});
  EXPECT_EQ(column_of(canvas, 10, 3, 8), (std::vector<int>{255, 191, 64, 255, 255}));
  EXPECT_EQ(row_of(canvas, 5, 3, 6), (std::vector<int>{255, 143, 64}));  // the ends are round
  EXPECT_EQ(row_of(canvas, 5, 14, 17), (std::vector<int>{64, 143, 255}));
  RasterCanvas turned(10.0, 20.0, 1.0);
  const Point upright[] = {{5.25, 15.0}, {5.25, 5.0}};
  turned.polyline(upright, {.color = ink, .width = 1.0});
  EXPECT_EQ(row_of(turned, 10, 3, 8), (std::vector<int>{255, 191, 64, 255, 255}));
  EXPECT_EQ(column_of(turned, 5, 3, 6), (std::vector<int>{255, 143, 64}));
  EXPECT_EQ(column_of(turned, 5, 14, 17), (std::vector<int>{64, 143, 255}));
  RasterCanvas thin(20.0, 10.0, 1.0);
  const Point middle[] = {{5.0, 5.5}, {15.0, 5.5}};
  thin.polyline(middle, {.color = ink, .width = 0.25});
  EXPECT_EQ(column_of(thin, 10, 4, 7), (std::vector<int>{255, 191, 255}));
  RasterCanvas slanted(20.0, 20.0, 1.0);
  const Point slope[] = {{2.0, 3.0}, {14.0, 12.0}};
  slanted.polyline(slope, {.color = ink, .width = 2.0});
  // The centre 8.5, 7.5 lies 0.3 off the line, 7.5, 9.5 lies 1.9 off, and 9.5, 7.5 lies 0.9 off.
  EXPECT_EQ(grey(slanted, 8, 7), 0);
  EXPECT_EQ(grey(slanted, 7, 9), 255);
  EXPECT_NEAR(grey(slanted, 9, 7), 102, 1);
}

TEST(RasterCanvas, CoversALineThatGoesBackOnce) {
  RasterCanvas canvas(12.0, 10.0, 1.0);
  const Point line[] = {{2.0, 5.5}, {10.0, 5.5}, {2.0, 5.5}};
  canvas.polyline(line, {.color = ink.with_alpha(0.5), .width = 1.0});
  EXPECT_EQ(row_of(canvas, 5, 3, 9), std::vector<int>(6, 128));
  const Point one[] = {{6.5, 2.5}};
  canvas.polyline(one, {.color = ink, .width = 1.0});
  EXPECT_EQ(row_of(canvas, 2, 5, 8), (std::vector<int>{255, 0, 255}));
  canvas.polyline({}, {.color = ink});
}

// Strokes are four times as long as the line is wide, gaps 2.6 times, also around a corner.
TEST(RasterCanvas, DashesAroundCorners) {
  RasterCanvas canvas(12.0, 16.0, 1.0);
  const Point line[] = {{0.5, 0.5}, {3.5, 0.5}, {3.5, 15.5}};
  canvas.polyline(line, {.color = ink, .width = 1.0, .dash = Dash::dashed});
  EXPECT_EQ(row_of(canvas, 0, 0, 4), (std::vector<int>{0, 0, 0, 0}));
  const std::vector<int> down = column_of(canvas, 3, 1, 15);
  const std::vector<int> expected{0, 255, 153, 0, 0, 0, 0, 102, 255, 51, 0, 0, 0, 0};
  for (size_t i = 0; i < down.size(); ++i) EXPECT_NEAR(down[i], expected[i], 1) << i;
  RasterCanvas dots(16.0, 3.0, 1.0);
  const Point flat[] = {{0.5, 1.5}, {15.5, 1.5}};
  dots.polyline(flat, {.color = ink, .width = 1.0, .dash = Dash::dotted});
  EXPECT_EQ(row_of(dots, 1, 0, 3), (std::vector<int>{0, 230, 179}));
}

TEST(RasterCanvas, CoversPixelsByTheShareOfAPolygon) {
  RasterCanvas canvas(10.0, 10.0, 1.0);
  const Point corners[] = {{1.5, 1.25}, {4.0, 1.25}, {4.0, 3.0}, {1.5, 3.0}};
  canvas.polygon(corners, ink);
  EXPECT_EQ(row_of(canvas, 1, 0, 5), (std::vector<int>{255, 159, 64, 64, 255}));
  EXPECT_EQ(row_of(canvas, 2, 0, 5), (std::vector<int>{255, 128, 0, 0, 255}));
  EXPECT_EQ(row_of(canvas, 3, 0, 5), std::vector<int>(5, 255));
  RasterCanvas hollow(10.0, 10.0, 1.0);
  const Point u[] = {{0.0, 0.0}, {2.0, 0.0}, {2.0, 4.0}, {6.0, 4.0},
                     {6.0, 0.0}, {8.0, 0.0}, {8.0, 8.0}, {0.0, 8.0}};
  hollow.polygon(u, ink);
  EXPECT_EQ(row_of(hollow, 2, 0, 9), (std::vector<int>{0, 0, 255, 255, 255, 255, 0, 0, 255}));
  EXPECT_EQ(row_of(hollow, 6, 0, 9), (std::vector<int>{0, 0, 0, 0, 0, 0, 0, 0, 255}));
  RasterCanvas doubled(10.0, 10.0, 2.0);
  doubled.polygon(corners, ink);
  EXPECT_EQ(row_of(doubled, 4, 2, 9), (std::vector<int>{255, 0, 0, 0, 0, 0, 255}));
  EXPECT_EQ(row_of(doubled, 2, 2, 9), (std::vector<int>{255, 128, 128, 128, 128, 128, 255}));
}

TEST(RasterCanvas, MixesColoursByTheirAlpha) {
  RasterCanvas canvas(4.0, 4.0, 2.0);
  canvas.rectangle({1.0, 1.0, 2.0, 1.0}, {0, 100, 200, 0.5});
  const auto at = [&](size_t x, size_t y) {
    const uint8_t* pixel = &canvas.pixels()[(y * 8 + x) * 3];
    return std::vector<int>{pixel[0], pixel[1], pixel[2]};
  };
  EXPECT_EQ(at(2, 2), (std::vector<int>{128, 178, 228}));
  EXPECT_EQ(at(5, 3), (std::vector<int>{128, 178, 228}));
  for (const auto& [x, y] : {std::pair(1, 2), std::pair(6, 2), std::pair(2, 1), std::pair(2, 4)}) {
    EXPECT_EQ(at(static_cast<size_t>(x), static_cast<size_t>(y)), std::vector<int>(3, 255));
  }
  RasterCanvas beyond(4.0, 4.0, 1.0);
  beyond.rectangle({-2.0, -2.0, 3.0, 3.25}, ink);
  EXPECT_EQ(row_of(beyond, 0, 0, 2), (std::vector<int>{0, 255}));
  EXPECT_EQ(row_of(beyond, 1, 0, 2), (std::vector<int>{191, 255}));
  beyond.rectangle({3.0, 3.0, 5.0, 5.0}, ink);
  EXPECT_EQ(row_of(beyond, 3, 2, 4), (std::vector<int>{255, 0}));
}

TEST(RasterCanvas, FillsDiscsAndDrawsTheirEdges) {
  RasterCanvas canvas(20.0, 20.0, 1.0);
  canvas.disc({8.0, 11.0}, 3.0, ink, {.width = 0.0});
  // Of forty corners, so a little less than a circle.
  EXPECT_NEAR(ink_of(canvas), 20.0 * 9.0 * std::sin(std::numbers::pi / 20.0), 0.15);
  EXPECT_EQ(grey(canvas, 7, 10), 0);
  EXPECT_EQ(grey(canvas, 4, 11), 255);
  EXPECT_EQ(grey(canvas, 11, 11), 255);
  RasterCanvas ring(20.0, 20.0, 1.0);
  ring.disc({10.5, 10.5}, 5.0, colors::white, {.color = ink, .width = 2.0});
  EXPECT_NEAR(ink_of(ring), std::numbers::pi * (36.0 - 16.0), 1.0);
  EXPECT_EQ(row_of(ring, 10, 3, 8), (std::vector<int>{255, 128, 0, 127, 255}));
}

TEST(RasterCanvas, AnchorsTexts) {
  const double size = 14.0 / 0.71;  // an l is then 14 points high
  const auto written = [&](Point at, const TextStyle& style) {
    RasterCanvas canvas(20.0, 20.0, 1.0);
    canvas.text(at, "ll", style);
    return canvas;
  };
  EXPECT_EQ(row_of(written({6.0, 16.0}, {.size = size, .color = ink}), 9, 4, 12),
            (std::vector<int>{255, 51, 51, 255, 179, 0, 179, 255}));
  EXPECT_EQ(
      row_of(written({11.5, 16.0}, {.size = size, .anchor = Anchor::end, .color = ink}), 9, 6, 14),
      (std::vector<int>{255, 51, 51, 255, 179, 0, 179, 255}));
  EXPECT_EQ(row_of(written({8.75, 16.0}, {.size = size, .anchor = Anchor::middle, .color = ink}), 9,
                   5, 8),
            (std::vector<int>{255, 51, 51}));
  const RasterCanvas bold = written({6.0, 16.0}, {.size = size, .color = ink, .bold = true});
  EXPECT_EQ(row_of(bold, 9, 4, 7), (std::vector<int>{217, 0, 0}));
  const RasterCanvas column = written({6.0, 16.0}, {.size = size, .color = ink});
  EXPECT_EQ(grey(column, 5, 0), 255);
  EXPECT_EQ(grey(column, 5, 2), 51);
  EXPECT_EQ(grey(column, 5, 15), 51);
  EXPECT_EQ(grey(column, 5, 17), 255);
  const RasterCanvas upward = written({16.0, 14.0}, {.size = size, .color = ink, .upward = true});
  EXPECT_EQ(column_of(upward, 9, 8, 16), (std::vector<int>{255, 179, 0, 179, 255, 51, 51, 255}));
  EXPECT_EQ(grey(upward, 2, 13), 51);
  EXPECT_EQ(grey(upward, 17, 13), 255);
}

TEST(RasterCanvas, DrawsNothingThatHasNoPlace) {
  RasterCanvas canvas(10.3, 10.7, 1.0);
  EXPECT_EQ(canvas.width(), 10);
  EXPECT_EQ(canvas.height(), 11);
  const Point endless[] = {{1.0, 1.0}, {INFINITY, 1.0}, {1.0, 5.0}};
  canvas.polyline(endless, {.color = ink});
  canvas.polygon(endless, ink);
  canvas.rectangle({1.0, NAN, 5.0, 5.0}, ink);
  canvas.text({1.0, NAN}, "l", {});
  canvas.text({5.0, 5.0}, "", {});
  const Point two[] = {{1.0, 1.0}, {9.0, 9.0}};
  canvas.polygon(two, ink);
  EXPECT_EQ(ink_of(canvas), 0.0);
}

TEST(RasterCanvas, ClipsToWholePixels) {
  RasterCanvas canvas(10.0, 10.0, 2.0);
  canvas.clip(Rect{2.2, 1.0, 2.1, 3.0});
  canvas.rectangle({0.0, 0.0, 10.0, 10.0}, ink);
  EXPECT_EQ(row_of(canvas, 4, 3, 10), (std::vector<int>{255, 0, 0, 0, 0, 0, 255}));
  EXPECT_EQ(column_of(canvas, 5, 1, 9), (std::vector<int>{255, 0, 0, 0, 0, 0, 0, 255}));
  canvas.clip(Rect{0.0, 0.0, 1.0, 1.0});  // takes the place of the other
  canvas.rectangle({0.0, 0.0, 10.0, 10.0}, ink);
  EXPECT_EQ(grey(canvas, 1, 1), 0);
  canvas.clip(std::nullopt);
  canvas.rectangle({9.0, 9.0, 10.0, 10.0}, ink);
  EXPECT_EQ(grey(canvas, 19, 19), 0);
}

}  // namespace
}  // namespace keratin::plot
