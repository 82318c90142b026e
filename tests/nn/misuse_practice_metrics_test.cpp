// SPDX-License-Identifier: Apache-2.0
// What the metrics that Keras does not have refuse, at the borders of what they take.
#include <gtest/gtest.h>

#include <cmath>

#include "keratin/base/error.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/nn/metrics_practice.h"
#include "tests/support/message.h"

namespace keratin {
namespace {

using namespace testing_support;
using namespace metrics;

template <class E = ValueError>
std::string update(const Metric& metric, const Tensor& y_true, const Tensor& y_pred,
                   const Tensor& weight = {}) {
  return message_of<E>([&] { metric.update_state(y_true, y_pred, weight); });
}

const char* const fine = "nothing was thrown";

TEST(MisuseOfPracticeMetrics, Options) {
  const auto refused = [](const auto& make) { return message_of<ValueError>(make); };
  EXPECT_EQ(refused([] { InlierRatio({.threshold = -0.5}); }),
            "InlierRatio: expected a threshold of 0 or more, got -0.5. Use the largest error that "
            "is fine.");
  EXPECT_EQ(refused([] { InlierRatio({.threshold = 0.0}); }), fine);
  for (const double quantile : {-0.25, 1.25}) {
    EXPECT_EQ(refused([&] { QuantileLoss({.quantile = quantile}); }),
              "QuantileLoss: expected a quantile from 0 to 1, got " +
                  std::string(quantile < 0 ? "-0.25" : "1.25") + ". Use 0.5 for the median.");
  }
  EXPECT_EQ(refused([] { QuantileLoss({.quantile = 0.0}), QuantileLoss({.quantile = 1.0}); }),
            fine);
  EXPECT_EQ(refused([] { PSNR({.max_value = 0.0}); }),
            "PSNR: expected a positive max_value, got 0. Use 1 or 255, as the pixels have it.");
  EXPECT_EQ(refused([] { SSIM({.max_value = -1.0}); }),
            "SSIM: expected a positive max_value, got -1. Use 1 or 255, as the pixels have it.");
  EXPECT_EQ(refused([] { SSIM({.filter_size = -3}); }),
            "SSIM: expected an odd filter_size, got -3. Use 11.");
  EXPECT_EQ(refused([] { SSIM({.filter_size = 1}); }), fine);
  EXPECT_EQ(refused([] { SSIM({.filter_sigma = 0.0}); }),
            "SSIM: expected a positive filter_sigma, got 0. Use 1.5.");
  EXPECT_EQ(refused([] { CalibrationError({.num_bins = 0}); }),
            "CalibrationError: expected one bin or more, got 0. Use 15.");
  EXPECT_EQ(refused([] { CalibrationError({.norm = "l3"}); }),
            "CalibrationError: expected the norm l1, l2 or max, got 'l3'. Check the spelling.");
  EXPECT_EQ(refused([] { CalibrationError({.num_bins = 1, .norm = "max"}); }), fine);
  EXPECT_EQ(refused([] { CalibrationError({.norm = "l2"}); }), fine);
  EXPECT_EQ(refused([] { AveragePrecision({.average = "weighted"}); }),
            "AveragePrecision: expected the average macro or micro, got 'weighted'. Check the "
            "spelling.");
  EXPECT_EQ(refused([] { AveragePrecision({.average = "micro"}); }), fine);
  EXPECT_EQ(refused([] { BLEU({.max_order = 0}); }),
            "BLEU: expected max_order of 1 or more, got 0. Use 4.");
  EXPECT_EQ(refused([] { BLEU({.max_order = 1}); }), fine);
  EXPECT_EQ(refused([] { Specificity({.num_classes = 1}); }),
            "Specificity: expected 2 classes or more, got 1. Leave num_classes out to take the "
            "predictions' last axis.");
  EXPECT_EQ(refused([] { Specificity({.num_classes = 2}); }), fine);
  EXPECT_EQ(refused([] { ConfusionMatrix({.normalize = "rows"}); }).substr(0, 40),
            "ConfusionMatrix: expected true or pred o");
}

TEST(MisuseOfPracticeMetrics, Images) {
  const auto ssim = SSIM({.filter_size = 3, .name = "s"});
  const auto psnr = PSNR({.name = "p"});
  const auto of = [](const Shape& shape) { return Tensor::ones(shape); };
  const std::string start = "expected two batches of images of shape ";
  EXPECT_EQ(update<ShapeError>(ssim, of({2, 4, 4, 1}), of({2, 4, 4})),
            "metric `s`: SSIM: " + start +
                "[batch, height, width, channels], got [2, 4, 4, 1] and [2, 4, 4]. Reshape them.");
  EXPECT_EQ(update<ShapeError>(ssim, of({2, 4, 4}), of({2, 4, 4})),
            "metric `s`: SSIM: " + start +
                "[batch, height, width, channels], got [2, 4, 4] and [2, 4, 4]. Reshape them.");
  EXPECT_EQ(update<ShapeError>(psnr, of({2}), of({2})),
            "metric `p`: PSNR: " + start + "[batch, ...], got [2] and [2]. Reshape them.");
  EXPECT_EQ(update<ShapeError>(psnr, of({2, 3}), of({2})),
            "metric `p`: PSNR: " + start + "[batch, ...], got [2, 3] and [2]. Reshape them.");
  const std::string pixels = "metric `s`: SSIM: expected images of 3 pixels or more each way, got ";
  EXPECT_EQ(update<ShapeError>(ssim, of({1, 2, 4, 1}), of({1, 2, 4, 1})),
            pixels + "shape [1, 2, 4, 1]. Lower filter_size.");
  EXPECT_EQ(update<ShapeError>(ssim, of({1, 4, 2, 1}), of({1, 4, 2, 1})),
            pixels + "shape [1, 4, 2, 1]. Lower filter_size.");
  ssim.update_state(of({1, 3, 3, 1}), of({1, 3, 3, 1}));
  EXPECT_NEAR(ssim.result().item<float>(), 1.0, 1e-6);
  // An error of a tenth everywhere is 20 decibels of a range of 1.
  psnr.update_state(of({2, 3}), of({2, 3}) * 0.9f);
  EXPECT_NEAR(psnr.result().item<float>(), 20.0, 1e-4);
}

TEST(MisuseOfPracticeMetrics, Classes) {
  const Tensor y = Tensor::from({0, 1}, {2});
  const auto matrix = ConfusionMatrix({.name = "m"});
  EXPECT_EQ(update(matrix, y, Tensor(1.0f)),
            "m: expected update_state(y_true, y_pred) with an axis for samples, got less. Add what "
            "is missing.");
  matrix.update_state(y, Tensor::ones({2, 3}));
  EXPECT_EQ(update<ShapeError>(matrix, y, Tensor::ones({2, 4})),
            "m: expected predictions of 3 classes as before, got 4. Make another metric for them.");
  EXPECT_EQ(update(Specificity({.sparse_y_pred = true, .name = "m"}), y, y),
            "m: expected the number of classes, got predictions that do not tell it. Set "
            "num_classes.");
  EXPECT_EQ(
      update(BrierScore({.name = "b"}), y, Tensor(1.0f)).find("got less. Add what is missing") ==
          std::string::npos,
      false);
  // Weights may have an axis more than the classes, or one less.
  for (const Shape& shape : {Shape{2}, Shape{2, 1}}) {
    const auto weighed = ConfusionMatrix({.num_classes = 2, .name = "m"});
    weighed.update_state(y, Tensor::from({0.1f, 0.9f, 0.8f, 0.2f}, {2, 2}),
                         Tensor::from({2.0f, 3.0f}, shape));
    EXPECT_EQ(weighed.result().to_vector<float>(), (std::vector<float>{0, 2, 3, 0}));
  }
}

TEST(MisuseOfPracticeMetrics, Curves) {
  const Tensor y = Tensor::from({0, 1, 1}, {3}), p = Tensor::from({0.2f, 0.4f, 0.9f}, {3});
  const auto roc = ROCCurve({.name = "r"});
  EXPECT_EQ(update<ShapeError>(roc, y, p, Tensor::ones({2})),
            "r: expected a weight for each of 3 samples, got shape [2]. Check them.");
  EXPECT_EQ(update<ShapeError>(roc, Tensor::ones({2, 2}), Tensor::ones({2, 2})),
            "r: expected the scores of one label, got shape [2, 2]. Make a metric for each.");
  EXPECT_EQ(message_of<ValueError>([&] { roc.result(); }),
            "r: expected an update before the result, got none. Call update_state.");
  roc.update_state(y, Tensor::from({0.2f, NAN, 0.9f}, {3}));
  EXPECT_EQ(message_of<ValueError>([&] { roc.result(); }),
            "r: expected numbers as scores, got nan. Check the predictions.");
  EXPECT_EQ(message_of<ValueError>([&] {
              metrics::average_precision(y, Tensor::from({0.2f, NAN, 0.9f}, {3}));
            }),
            "average_precision: expected numbers as scores, got nan. Check the predictions.");
  const auto precision = AveragePrecision({.name = "a"});
  precision.update_state(Tensor::ones({2, 2}), Tensor::ones({2, 2}));
  EXPECT_EQ(update<ShapeError>(precision, Tensor::ones({2, 3}), Tensor::ones({2, 3})),
            "a: expected 2 outputs as before, got 3. Make another metric for them.");
  EXPECT_EQ(update<ShapeError>(precision, Tensor::ones({2, 2}), Tensor::ones({2, 2}), p),
            "a: expected a weight for each of 2 samples, got shape [3]. Check them.");
}

TEST(MisuseOfPracticeMetrics, Texts) {
  const Tensor two = Tensor::ones({2, 4}, DType::int32), row = Tensor::ones({4}, DType::int32);
  const Tensor deep = Tensor::ones({2, 3, 4}, DType::int32);
  const std::string start = "expected token numbers [batch, length] for both, got shapes ";
  const std::string end = ". Fill rows up with the padding.";
  const auto bleu = BLEU({.name = "b"});
  EXPECT_EQ(update<ShapeError>(bleu, two, row), "b: " + start + "[2, 4] and [4]" + end);
  EXPECT_EQ(update<ShapeError>(bleu, row, two), "b: " + start + "[4] and [2, 4]" + end);
  EXPECT_EQ(update<ShapeError>(bleu, Tensor::ones({3, 4}, DType::int32), two),
            "b: " + start + "[3, 4] and [2, 4]" + end);
  EXPECT_EQ(update<ShapeError>(bleu, deep, two), fine);  // several references
  EXPECT_EQ(update<ShapeError>(bleu, Tensor::ones({2, 1, 3, 4}, DType::int32), two),
            "b: " + start + "[2, 1, 3, 4] and [2, 4]" + end);
  const auto distance = EditDistance({.name = "e"});
  EXPECT_EQ(update<ShapeError>(distance, deep, two), "e: " + start + "[2, 3, 4] and [2, 4]" + end);
  EXPECT_EQ(update<ShapeError>(distance, two, two, Tensor::ones({3})),
            "e: expected a weight for each of 2 rows, got shape [3]. Check them.");
  const auto perplexity = Perplexity({.name = "p"});
  EXPECT_EQ(update<ShapeError>(perplexity, two, Tensor::ones({2, 4})),
            "p: expected token numbers and predictions with one axis more, got shapes [2, 4] and "
            "[2, 4]. Check y_true and y_pred.");
}

// Of two rows the second is three edits off; each counts by its weight.
TEST(MisuseOfPracticeMetrics, PaddingAndWeightsCountAsTheyShould) {
  const Tensor truth = Tensor::from({1, 2, 3, -1, 1, 2, 3, 4}, {2, 4});
  const Tensor given = Tensor::from({1, 2, 3, -1, 1, 9, -1, -1}, {2, 4});
  const auto result = [&](const Metric& metric, const Tensor& weight) {
    metric.update_state(truth, given, weight);
    return metric.result().item<float>();
  };
  EXPECT_EQ(result(EditDistance(), {}), 1.5f);
  EXPECT_EQ(result(EditDistance(), Tensor::from({1.0f, 3.0f}, {2})), 9.0f / 4.0f);
  EXPECT_EQ(result(EditDistance({.normalize = true}), {}), 0.375f);
  EXPECT_EQ(result(EditDistance({.padding = 0}), {}), 1.5f);
  EXPECT_FLOAT_EQ(result(WordErrorRate(), {}), 3.0f / 7.0f);
  EXPECT_FLOAT_EQ(result(WordErrorRate(), Tensor::from({1.0f, 0.5f}, {2})), 1.5f / 5.0f);
  EXPECT_EQ(WordErrorRate().result().item<float>(), 0.0f);
}

}  // namespace
}  // namespace keratin
