// SPDX-License-Identifier: Apache-2.0
// What the picture of a history shows for histories of all kinds.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "keratin/base/file.h"
#include "keratin/keratin.h"

namespace keratin {
namespace {

using Curve = std::function<double(int64_t)>;

// Returns the picture of curves over the epochs as SVG.
std::string picture_of(int64_t epochs, const std::vector<std::pair<std::string, Curve>>& curves,
                       const HistoryPlotOptions& options = {}) {
  History history;
  for (int64_t epoch = 0; epoch < epochs; ++epoch) {
    Logs logs;
    for (const auto& [name, curve] : curves) logs.append(name, curve(epoch));
    history.add(epoch, logs);
  }
  const std::string path = ::testing::TempDir() + "/history_plot_test.svg";
  history.plot(path, options);
  const std::string svg(text_of(read_file(path)));
  std::filesystem::remove(path);
  return svg;
}

Curve always(double value) {
  return [value](int64_t) { return value; };
}
Curve falling(double factor) {
  return [factor](int64_t epoch) { return std::pow(factor, static_cast<double>(epoch)); };
}

bool has(const std::string& svg, const std::string& text) {
  return svg.find(">" + text + "<") != std::string::npos;
}

TEST(HistoryPlot, ShowsOneCurveWithoutAVerdict) {
  const std::string svg = picture_of(3, {{"loss", always(0.5)}});
  EXPECT_TRUE(has(svg, "loss"));
  EXPECT_TRUE(has(svg, "epoch"));
  EXPECT_FALSE(has(svg, "training"));
  EXPECT_FALSE(has(svg, "validation"));
  EXPECT_EQ(svg.find("font-size=\"14\""), std::string::npos) << "no title";
  EXPECT_TRUE(
      svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"580\" "
                      "height=\"360\""));
  // Epochs count from 1, as the progress bar has them.
  EXPECT_TRUE(has(svg, "1"));
  EXPECT_TRUE(has(svg, "3"));
  EXPECT_FALSE(has(svg, "0"));
}

TEST(HistoryPlot, SaysTheVerdictOrTheTitle) {
  const std::vector<std::pair<std::string, Curve>> curves{{"loss", always(0.15)},
                                                          {"val_loss", always(0.2)}};
  const std::string good = picture_of(10, curves, {.baseline = 1.0});
  EXPECT_TRUE(has(good, "Good"));
  EXPECT_TRUE(has(good, "training"));
  EXPECT_TRUE(has(good, "validation"));
  EXPECT_TRUE(has(good, "baseline"));
  EXPECT_TRUE(has(good, "best: epoch 1 (0.2)"));
  EXPECT_FALSE(has(good, "over-fitting"));
  const std::string named = picture_of(10, curves, {.title = "Mine"});
  EXPECT_TRUE(has(named, "Mine"));
  EXPECT_FALSE(has(named, "baseline"));
}

TEST(HistoryPlot, DrawsByLogarithmWhatSpansMuch) {
  // Ticks of a logarithm are powers of ten.
  EXPECT_TRUE(has(picture_of(7, {{"loss", falling(0.1)}}), "1e-06"));
  EXPECT_FALSE(has(picture_of(7, {{"other", falling(0.1)}}), "1e-06"));
  EXPECT_TRUE(has(picture_of(7, {{"learning_rate", falling(0.1)}}), "1e-06"));
  // Not where a value is 0 or below, nor where the largest is less than fifty times the smallest.
  EXPECT_FALSE(has(picture_of(7, {{"loss",
                                   [](int64_t e) {
                                     return e == 4 ? 0.0 : std::pow(0.1, static_cast<double>(e));
                                   }}}),
                   "1e-06"));
  EXPECT_TRUE(has(picture_of(7, {{"loss",
                                  [](int64_t e) {
                                    return e == 4 ? NAN : std::pow(0.1, static_cast<double>(e));
                                  }}}),
                  "1e-06"));
  const auto drop = [](double to) { return [to](int64_t e) { return e == 0 ? 1.0 : to; }; };
  EXPECT_TRUE(has(picture_of(3, {{"loss", drop(0.019)}}), "0.02"));
  EXPECT_FALSE(has(picture_of(3, {{"loss", drop(0.021)}}), "0.02"));
}

TEST(HistoryPlot, HasAPairOfAxesForEachValueAndTheLossFirst) {
  const std::string svg = picture_of(6, {{"mae", always(1.0)},
                                         {"loss", always(0.5)},
                                         {"val_loss", always(0.5)},
                                         {"val_other", always(3.0)}});
  EXPECT_TRUE(
      svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"960\" "
                      "height=\"680\""));
  EXPECT_LT(svg.find(">loss<"), svg.find(">mae<"));
  EXPECT_TRUE(has(svg, "val_other"));  // which has no twin
  EXPECT_FALSE(has(svg, "val_loss"));
}

}  // namespace
}  // namespace keratin
