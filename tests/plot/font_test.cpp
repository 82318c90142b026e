// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "keratin/plot/canvas_internal.h"
#include "keratin/plot/font_internal.h"

namespace keratin::plot {
namespace {

TEST(Font, HasEveryPrintableCharacterOfAscii) {
  const auto all = glyphs();
  for (char32_t code = U' '; code <= U'~'; ++code) {
    EXPECT_EQ(all[code - U' '].code, code);
  }
  for (size_t i = 1; i < all.size(); ++i) EXPECT_LT(all[i - 1].code, all[i].code);
}

TEST(Font, KeepsCharactersInsideTheirWidth) {
  for (const Glyph& glyph : glyphs()) {
    const std::string text(1, glyph.code < 128 ? static_cast<char>(glyph.code) : 'x');
    const double width = text_width(text, 14.0 / 0.71);  // one unit is a point
    for (const Points& piece : text_strokes(text, 14.0 / 0.71)) {
      for (const Point& point : piece) {
        EXPECT_GE(point.x, -0.6) << text;
        EXPECT_LE(point.x, width + 0.6) << text;
        EXPECT_GE(point.y, -16.0) << text;
        EXPECT_LE(point.y, 4.1) << text;
      }
    }
  }
  EXPECT_GT(text_width("wide", 20.0), text_width("wide", 10.0) * 1.99);
  EXPECT_EQ(text_width("", 10.0), 0.0);
  EXPECT_GT(text_width("\xf0\x9f\x98\x80\xff", 10.0), 0.0);  // boxes for what there is not
}

constexpr double one_unit = 14.0 / 0.71;  // the size at which a unit of the table is a point

TEST(Font, GivesCharactersNoMoreWidthThanTheyTake) {
  for (const Glyph& glyph : glyphs()) {
    // Digits are all as wide as others.
    if (glyph.code == U' ' || glyph.code == U'1' || glyph.code >= 128) continue;
    const std::string text(1, static_cast<char>(glyph.code));
    double right = 0.0;
    for (const Points& piece : text_strokes(text, one_unit)) {
      for (const Point& point : piece) right = std::max(right, point.x);
    }
    EXPECT_NEAR(text_width(text, one_unit), right, 0.6) << text;
  }
  EXPECT_EQ(text_width("1", one_unit), text_width("2", one_unit));
}

TEST(Font, SetsCharactersSideBySide) {
  EXPECT_NEAR(text_width("HlH", one_unit), 10.0 + 3.5 + 0.0 + 3.5 + 10.0, 1e-9);
  EXPECT_NEAR(text_width("HlH", 2.0 * one_unit), 54.0, 1e-9);
  const std::vector<Points> strokes = text_strokes("lV", one_unit);
  ASSERT_EQ(strokes.size(), 2U);
  const auto expect = [](const Point& point, double x, double y) {
    EXPECT_NEAR(point.x, x, 1e-9);
    EXPECT_NEAR(point.y, y, 1e-9);
  };
  ASSERT_EQ(strokes[0].size(), 2U);
  expect(strokes[0][0], 0.0, -14.0);
  expect(strokes[0][1], 0.0, 0.0);
  ASSERT_EQ(strokes[1].size(), 3U);
  expect(strokes[1][0], 3.5, -14.0);
  expect(strokes[1][1], 9.0, 0.0);
  expect(strokes[1][2], 14.5, -14.0);
}

// An arc is cut at each ten degrees: of a `c` it goes from 45 to 315, of an `o` once around.
TEST(Font, CutsArcsIntoLines) {
  const std::vector<Points> c = text_strokes("c", one_unit);
  ASSERT_EQ(c.size(), 1U);
  ASSERT_EQ(c[0].size(), 28U);
  for (size_t i = 0; i < c[0].size(); ++i) {
    const double angle = (45.0 + 10.0 * static_cast<double>(i)) * std::numbers::pi / 180.0;
    EXPECT_NEAR(c[0][i].x, 4.0 + 4.0 * std::cos(angle), 1e-9) << i;
    EXPECT_NEAR(c[0][i].y, -5.0 - 5.0 * std::sin(angle), 1e-9) << i;
  }
  const std::vector<Points> o = text_strokes("o", one_unit);
  ASSERT_EQ(o.size(), 1U);
  EXPECT_EQ(o[0].size(), 38U);
}

TEST(Font, DrawsBoxesForWhatItDoesNotHave) {
  const std::vector<Points> box = text_strokes("\xc3\xa9", one_unit);
  ASSERT_EQ(box.size(), 1U);
  ASSERT_EQ(box[0].size(), 5U);
  EXPECT_NEAR(box[0][2].x, 8.0, 1e-9);
  EXPECT_NEAR(box[0][2].y, -14.0, 1e-9);
  EXPECT_NEAR(text_width("\xc3\xa9", one_unit), 8.0, 1e-9);
  EXPECT_NEAR(text_width("\xc2\xb1", one_unit), 9.0, 1e-9);
  EXPECT_EQ(text_strokes("\xc3\x97", one_unit).size(), 2U);
}

TEST(Font, IsWiderWhereItIsBold) {
  EXPECT_NEAR(text_stroke_width(one_unit, false), 1.6, 1e-9);
  EXPECT_NEAR(text_stroke_width(one_unit, true), 2.3, 1e-9);
}

}  // namespace
}  // namespace keratin::plot
