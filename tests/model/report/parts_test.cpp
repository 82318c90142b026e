// SPDX-License-Identifier: Apache-2.0
// The parts of a report by themselves: tasks, numbers, curves, pictures and the worst mistakes.
#include <gtest/gtest.h>

#include <cmath>

#include "keratin/base/error.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/io/png.h"
#include "keratin/model/report/curves.h"
#include "keratin/model/report/report_internal.h"
#include "tests/support/message.h"

namespace keratin::report {
namespace {

using testing_support::message_of;
using Values = std::vector<double>;

Tensor column(const std::vector<float>& values) {
  return Tensor::from(values, {static_cast<int64_t>(values.size()), 1});
}

TEST(ReportTask, IsToldByActivationLossAndTargets) {
  const auto task = [](const std::string& activation, const char* loss, const Tensor& predicted,
                       const Tensor& targets) {
    advice::OutputFacts output{
        .head = {.output = "o", .label = "output `o`", .activation = activation}};
    if (*loss != '\0') output.losses = {advice::Part{loss}};
    return task_of(output, predicted, advice::look_at(targets.array(), 1 << 12));
  };
  const Tensor one = Tensor::ones({4, 1}), three = Tensor::ones({4, 3});
  const Tensor bits = column({0, 1, 1, 0}), numbers = column({0, 1, 2.5, 0});
  const Tensor labels = Tensor::from({0, 1, 2, 0}, {4});
  const Tensor rows = ops::one_hot(labels, 3), several = ops::ones({4, 3});
  const Tensor shares = ops::ones({4, 3}) * 0.25f;
  EXPECT_EQ(task("softmax", "categorical_crossentropy", three, rows), Task::multiclass);
  EXPECT_EQ(task("", "sparse_categorical_crossentropy", three, labels), Task::multiclass);
  EXPECT_EQ(task("", "categorical_crossentropy", one, bits), Task::other);
  EXPECT_EQ(task("softmax", "mean_squared_error", three, rows), Task::multiclass);
  EXPECT_EQ(task("softmax", "mean_squared_error", three, labels), Task::multiclass);
  EXPECT_EQ(task("softmax", "mean_squared_error", three, shares), Task::other);
  EXPECT_EQ(task("softmax", "mean_squared_error", one, numbers), Task::regression);
  EXPECT_EQ(task("sigmoid", "binary_crossentropy", three, labels), Task::other);
  EXPECT_EQ(task("sigmoid", "binary_crossentropy", one, bits), Task::binary);
  EXPECT_EQ(task("sigmoid", "mean_squared_error", one, bits), Task::binary);
  EXPECT_EQ(task("sigmoid", "mean_squared_error", one, numbers), Task::regression);
  EXPECT_EQ(task("sigmoid", "binary_crossentropy", three, several), Task::multilabel);
  EXPECT_EQ(
      task("sigmoid", "binary_crossentropy", three.reshape({2, 2, 3}), several.reshape({2, 2, 3})),
      Task::binary);
  EXPECT_EQ(task("tanh", "hinge", one, bits), Task::binary);
  EXPECT_EQ(task("tanh", "squared_hinge", one, bits), Task::binary);
  EXPECT_EQ(task("linear", "poisson", one, numbers), Task::regression);
  EXPECT_EQ(task("linear", "huber", one, bits), Task::regression);
  EXPECT_EQ(task("linear", "", one, numbers), Task::regression);
  EXPECT_EQ(task("", "", one, numbers), Task::other);
  EXPECT_EQ(task("linear", "cosine_similarity", one, numbers), Task::other);
}

TEST(ReportNumbers, AreShort) {
  const std::pair<double, const char*> all[] = {
      {0.0, "0"},         {1e-13, "0"},       {-1e-13, "0"},     {0.5, "0.5000"},
      {-0.25, "-0.2500"}, {0.0001, "0.0001"}, {2e-5, "2e-05"},   {1.0, "1"},
      {12.3456, "12.35"}, {999.96, "1000"},   {1000.0, "1,000"}, {-12345.6, "-12,346"},
      {1e15, "1e+15"},    {HUGE_VAL, "∞"},    {-HUGE_VAL, "−∞"}, {NAN, "–"}};
  for (const auto& [value, text] : all) EXPECT_EQ(shown(value), text) << value;
  EXPECT_EQ(shortened(std::string(22, 'x')), std::string(22, 'x'));
  EXPECT_EQ(shortened(std::string(23, 'x')), std::string(21, 'x') + "…");
}

TEST(ReportCurves, HaveAStepForEachRecall) {
  plot::Axes axes;
  draw_curve(axes, metrics::PrecisionRecallPoints{.precision = {0.25, 0.5, 0.75, 1.0, 1.0},
                                                  .recall = {1.0, 0.75, 0.5, 0.5, 0.0},
                                                  .thresholds = {}});
  ASSERT_EQ(axes.marks().size(), 1u);
  EXPECT_EQ(axes.marks()[0].x, (Values{1.0, 0.75, 0.75, 0.5, 0.5, 0.0}));
  EXPECT_EQ(axes.marks()[0].y, (Values{0.25, 0.25, 0.5, 0.5, 1.0, 1.0}));
  EXPECT_EQ(axes.title, "Precision and recall");
  EXPECT_EQ(axes.x_label, "recall");
  EXPECT_EQ(axes.y_label, "precision");
  EXPECT_EQ(axes.x_range, (plot::Range{0.0, 1.0}));
  EXPECT_EQ(message_of<ValueError>([&] {
              draw_curve(axes, metrics::PrecisionRecallPoints{
                                   .precision = {1.0}, .recall = {}, .thresholds = {}});
            }),
            "draw_curve: expected a precision for each recall, got 1 and 0. Pass what "
            "precision_recall_curve returns.");
}

// A point that lies less than 0.002 beside the last one is left out, but never an end.
TEST(ReportCurves, LeaveOutPointsThatShowAtOnePlace) {
  plot::Axes axes;
  draw_curve(axes, metrics::ROCPoints{.false_positive_rate = {0.0, 0.001, 0.0015, 0.003, 1.0, 1.0},
                                      .true_positive_rate = {0.0, 0.0, 0.5, 0.501, 1.0, 1.0},
                                      .thresholds = {}});
  EXPECT_EQ(axes.title, "ROC curve");
  EXPECT_EQ(axes.marks()[0].x, (Values{0.0, 1.0}));
  EXPECT_EQ(axes.marks()[1].x, (Values{0.0, 0.0015, 1.0, 1.0}));
  EXPECT_EQ(axes.marks()[1].y, (Values{0.0, 0.5, 1.0, 1.0}));
  EXPECT_EQ(area_under({.false_positive_rate = {0.0, 0.25, 1.0},
                        .true_positive_rate = {0.0, 0.5, 1.0},
                        .thresholds = {}}),
            0.25 * 0.25 + 0.75 * 0.75);
}

TEST(ReportCurves, ShowWhatAProbabilityIsWorth) {
  const auto calibration = metrics::CalibrationError({.num_bins = 4});
  calibration.update_state(Tensor::from({1, 0, 1, 1}, {4}),
                           Tensor::from({0.125f, 0.125f, 0.875f, 0.875f}, {4}));
  plot::Axes axes;
  draw_reliability(axes, calibration);
  ASSERT_EQ(axes.marks().size(), 4u);
  EXPECT_EQ(axes.marks()[0].x, (Values{0.0, 0.25, 0.5, 0.75, 1.0}));
  EXPECT_EQ(axes.marks()[0].y, (Values{0.5, 0.0, 0.0, 0.5}));
  EXPECT_EQ(axes.marks()[2].x, (Values{0.125, 0.875}));
  EXPECT_EQ(axes.marks()[2].y, (Values{0.5, 1.0}));
  EXPECT_EQ(axes.marks()[3].x, axes.marks()[2].x);
  EXPECT_EQ(axes.marks()[3].label, "calibration error 0.250");
}

std::vector<Curve> curves_of(int64_t count) {
  std::vector<Curve> curves;
  const Tensor y = Tensor::from({0, 1, 0, 1}, {4});
  for (int64_t i = 0; i < count; ++i) {
    const Tensor p = Tensor::from({0.1f, 0.9f, 0.2f, i % 2 == 0 ? 0.8f : 0.15f}, {4});
    curves.push_back(*curve_of(i, "class " + std::to_string(i), y, p));
  }
  return curves;
}

TEST(ReportPictures, DrawAllCurvesOrTheWorst) {
  ReportSection ten, eleven;
  add_curves(ten, curves_of(10), std::nullopt);
  ASSERT_EQ(ten.pictures.size(), 2u);
  EXPECT_EQ(ten.pictures[0].axes.marks().size(), 11u);  // with chance
  EXPECT_EQ(ten.pictures[0].caption, "With the area under each curve; the grey line is chance.");
  EXPECT_EQ(ten.pictures[0].axes.marks()[1].label, "class 0 1.000");
  EXPECT_EQ(ten.pictures[0].axes.marks()[2].label, "class 1 0.750");
  EXPECT_EQ(ten.pictures[0].axes.marks()[6].dash, plot::Dash::solid);
  EXPECT_EQ(ten.pictures[0].axes.marks()[7].dash, plot::Dash::dashed);
  EXPECT_EQ(ten.pictures[0].axes.marks()[7].color, ten.pictures[0].axes.marks()[1].color);
  add_curves(eleven, curves_of(11), curves_of(1)[0]);
  ASSERT_EQ(eleven.pictures[0].axes.marks().size(), 7u);  // chance, the five worst, and all
  EXPECT_EQ(eleven.pictures[0].axes.marks()[1].label, "class 1 0.750");
  EXPECT_EQ(eleven.pictures[0].axes.marks()[5].label, "class 9 0.750");
  EXPECT_EQ(eleven.pictures[0].axes.marks()[6].color, plot::colors::black);
  EXPECT_EQ(eleven.pictures[0].caption,
            "With the area under each curve; the grey line is chance. Of 11 classes the 5 with the "
            "smallest area are drawn.");
  EXPECT_EQ(ten.pictures[0].height - eleven.pictures[0].height, 9.0 * 5.0);
  // Of 0.9, 0.2, 0.15 and 0.1 the first and third are hits: 1 / 2 + 2 / 3 / 2.
  EXPECT_NEAR(curves_of(2)[1].average_precision, 0.5 + 1.0 / 3.0, 1e-12);
}

Judged regression(const std::vector<float>& y, const std::vector<float>& p) {
  Judged judged{.output = "o", .task = Task::regression, .y = column(y), .p = column(p)};
  judged.classes = 1;
  judged.names = {"0"};
  return judged;
}

TEST(ReportPictures, ShowPredictionsAndErrors) {
  ReportSection section;
  add_regression_pictures(section, regression({1, 2, 3, 4}, {1, 2.5, 3, 8}));
  const auto& predictions = section.pictures[0].axes.marks();
  EXPECT_EQ(predictions[0].x, (Values{1.0, 4.0}));
  EXPECT_EQ(predictions[0].y, (Values{1.0, 4.0}));
  EXPECT_EQ(predictions[1].x, (Values{1.0, 2.0, 3.0, 4.0}));
  EXPECT_EQ(predictions[1].y, (Values{1.0, 2.5, 3.0, 8.0}));
  EXPECT_EQ(section.pictures[0].caption, "The nearer to the grey line, the better.");
  // Forty bars from 0 to 4, of which an error of 0.5 is in the sixth.
  const plot::Mark& bars = section.pictures[1].axes.marks()[0];
  ASSERT_EQ(bars.x.size(), 41u);
  EXPECT_EQ(bars.x[0], 0.0);
  EXPECT_NEAR(bars.x[10], 1.0, 1e-12);
  EXPECT_EQ(bars.x[40], 4.0);
  EXPECT_EQ(bars.y[0], 2.0);
  EXPECT_EQ(bars.y[5], 1.0);
  EXPECT_EQ(bars.y[39], 1.0);
  const std::vector<float> many(4001, 1.0f);
  ReportSection large;
  add_regression_pictures(large, regression(many, many));
  EXPECT_EQ(large.pictures[0].axes.marks()[1].x.size(), 2000u);
  EXPECT_EQ(large.pictures[0].caption,
            "The nearer to the grey line, the better. 2,000 of 4,001 rows are drawn.");
  EXPECT_EQ(large.pictures[1].axes.marks()[0].x[40], 1.0);  // no error at all
  EXPECT_EQ(large.pictures[1].axes.marks()[0].y[0], 4001.0);
}

TEST(ReportPictures, LeaveOutAConfusionOfTooManyClasses) {
  const auto section_of = [](int64_t classes) {
    Judged judged;
    judged.classes = classes;
    for (int64_t i = 0; i < classes; ++i) judged.names.push_back(std::to_string(i));
    ReportSection section;
    add_confusion(section, judged, Tensor::ones({classes, classes}));
    return section;
  };
  EXPECT_EQ(section_of(60).pictures.size(), 1u);
  EXPECT_EQ(section_of(61).pictures.size(), 0u);
  EXPECT_EQ(section_of(61).notes[0],
            "The picture of the confusion matrix is left out: 61 classes are too many for one.");
  EXPECT_EQ(section_of(2).pictures[0].width, 260.0 + 170.0);
  EXPECT_EQ(section_of(10).pictures[0].height, 440.0 + 120.0);
  EXPECT_EQ(section_of(60).pictures[0].width, 620.0 + 170.0);
}

// Returns the first mistake's picture for inputs of this form, of which each row is wrong.
Bytes picture_of(const Tensor& x) {
  Judged judged = regression(std::vector<float>(static_cast<size_t>(x.shape()[0]), 1.0f),
                             std::vector<float>(static_cast<size_t>(x.shape()[0]), 0.0f));
  ReportSection section;
  add_mistakes(section, judged, x);
  return section.mistakes.empty() ? Bytes() : section.mistakes[0].picture;
}

// Returns a picture of one shade.
Bytes plain(uint8_t shade, int64_t width = 8, int64_t channels = 1) {
  return png_bytes(std::vector<uint8_t>(static_cast<size_t>(8 * width * channels), shade), width, 8,
                   channels);
}

TEST(ReportMistakes, ShowInputsThatLookLikePictures) {
  const Tensor image = Tensor::ones({1, 8, 8}) * 0.5f;
  EXPECT_EQ(picture_of(image), plain(128));          // of 0 to 1
  EXPECT_EQ(picture_of(image * 100.0f), plain(50));  // of 0 to 255
  EXPECT_EQ(picture_of(image * 2.0f), plain(255));
  EXPECT_EQ(picture_of(image.reshape({1, 64})), plain(128));  // a square
  EXPECT_EQ(picture_of(image.reshape({1, 8, 8, 1})), plain(128));
  EXPECT_EQ(picture_of(Tensor::ones({1, 8, 8, 3})), plain(255, 8, 3));
  EXPECT_EQ(picture_of(Tensor::ones({1, 8, 8, 4})), plain(255, 8, 4));
  EXPECT_EQ(picture_of(Tensor::ones({1, 8, 16})), plain(255, 16));
  // No colours, no square, numbers below 0, too small, too long, and no picture at all.
  const std::vector<Tensor> others{Tensor::ones({1, 8, 8, 2}),    Tensor::ones({1, 63}),
                                   -image.reshape({1, 64}),       Tensor::ones({1, 7, 8}),
                                   Tensor::ones({1, 8, 7}),       Tensor::ones({1, 8, 17}),
                                   Tensor::ones({1, 17, 8}),      Tensor::ones({1, 513, 513}),
                                   Tensor::ones({1, 1, 8, 8, 1}), Tensor::ones({4})};
  for (const Tensor& other : others)
    EXPECT_TRUE(picture_of(other).empty()) << to_string(other.shape());
  // Other ranges are stretched: of -1 to 3 the value 0 is a quarter.
  const Tensor stretched = Tensor::zeros({1, 8, 8});
  stretched.array().data<float>()[1] = -1.0f;
  stretched.array().data<float>()[2] = 3.0f;
  std::vector<uint8_t> shades(64, 64);
  shades[1] = 0;
  shades[2] = 255;
  EXPECT_EQ(picture_of(stretched), png_bytes(shades, 8, 8, 1));
}

TEST(ReportMistakes, AreTheTwelveWorst) {
  std::vector<float> y(20, 0.0f), p(20, 0.0f);
  for (size_t i = 0; i < 20; ++i) p[i] = static_cast<float>(i % 10) * (i % 2 == 0 ? 1.0f : -1.0f);
  ReportSection section;
  add_mistakes(section, regression(y, p), Tensor());
  EXPECT_EQ(section.mistake_count, 20);
  ASSERT_EQ(section.mistakes.size(), 12u);
  EXPECT_EQ(section.mistakes[0].place, "row 9");  // of equal ones the first
  EXPECT_EQ(section.mistakes[0].size, "-9");
  EXPECT_EQ(section.mistakes[1].place, "row 19");
  EXPECT_EQ(section.mistakes[2].place, "row 8");
  EXPECT_EQ(section.mistakes[11].place, "row 14");
  EXPECT_EQ(section.mistakes[11].predicted, "4");
}

}  // namespace
}  // namespace keratin::report
