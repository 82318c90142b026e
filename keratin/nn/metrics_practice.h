// SPDX-License-Identifier: Apache-2.0
// Metrics of practice, which Keras does not have: with its conventions, and the numbers of
// scikit-learn, scikit-image, sacreBLEU and jiwer. Their docs say what each keeps between batches:
// sums, or all samples. What gives one number also works in `compile`, but for the metrics of text.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "keratin/nn/metric.h"
#include "keratin/nn/metrics_confusion.h"

namespace keratin::metrics {

/// How classes are read; `num_classes` 0 means the last axis of predictions, 2 for one unit.
#define KERATIN_CLASSES_FIELDS                                                                    \
  KERATIN_FIELD_AT(1, int64_t, num_classes, "The number of classes; by predictions when 0.") = 0; \
  KERATIN_FIELD_AT(2, Number, threshold, "Predictions of one unit above it are class 1.") = 0.5;  \
  KERATIN_FIELD_AT(3, bool, sparse_y_pred, "Whether predictions are class numbers.") = false

struct ConfusionMatrixOptions {
  KERATIN_OPTIONS(ConfusionMatrixOptions);
  KERATIN_CLASSES_FIELDS;
  KERATIN_FIELD_AT(4, OptionalText, normalize, "Shares of true, pred or all; counts.") = {};
  KERATIN_METRIC_FIELDS("");
};

struct SpecificityOptions {
  KERATIN_OPTIONS(SpecificityOptions);
  KERATIN_CLASSES_FIELDS;
  KERATIN_METRIC_FIELDS("");
};

struct BalancedAccuracyOptions {
  KERATIN_OPTIONS(BalancedAccuracyOptions);
  KERATIN_CLASSES_FIELDS;
  KERATIN_FIELD_AT(4, bool, adjusted, "Whether chance is 0 and all right 1.") = false;
  KERATIN_METRIC_FIELDS("");
};

struct MatthewsCorrelationOptions {
  KERATIN_OPTIONS(MatthewsCorrelationOptions);
  KERATIN_CLASSES_FIELDS;
  KERATIN_METRIC_FIELDS("");
};

struct CohenKappaOptions {
  KERATIN_OPTIONS(CohenKappaOptions);
  KERATIN_CLASSES_FIELDS;
  KERATIN_FIELD_AT(4, OptionalText, weights, "linear or quadratic by distance; all alike.") = {};
  KERATIN_METRIC_FIELDS("");
};

struct BrierScoreOptions {
  KERATIN_OPTIONS(BrierScoreOptions);
  KERATIN_METRIC_FIELDS("");
};

struct LogLossOptions {
  KERATIN_OPTIONS(LogLossOptions);
  KERATIN_METRIC_FIELDS("");
};

struct CalibrationErrorOptions {
  KERATIN_OPTIONS(CalibrationErrorOptions);
  KERATIN_FIELD(int64_t, num_bins, "How many bins divide 0 to 1.") = 15;
  KERATIN_FIELD(std::string, norm, "l1 (expected), l2 (root mean square) or max.") = "l1";
  KERATIN_METRIC_FIELDS("");
};

struct ROCCurveOptions {
  KERATIN_OPTIONS(ROCCurveOptions);
  KERATIN_FIELD(bool, drop_intermediate, "Whether points on a straight line go.") = true;
  KERATIN_METRIC_FIELDS("");
};

struct PrecisionRecallCurveOptions {
  KERATIN_OPTIONS(PrecisionRecallCurveOptions);
  KERATIN_FIELD(bool, drop_intermediate, "Whether points of one recall go.") = false;
  KERATIN_METRIC_FIELDS("");
};

struct AveragePrecisionOptions {
  KERATIN_OPTIONS(AveragePrecisionOptions);
  KERATIN_FIELD(std::string, average, "macro or micro, where there are several labels.") = "macro";
  KERATIN_METRIC_FIELDS("");
};

struct ExplainedVarianceOptions {
  KERATIN_OPTIONS(ExplainedVarianceOptions);
  KERATIN_METRIC_FIELDS("");
};

struct MedianAbsoluteErrorOptions {
  KERATIN_OPTIONS(MedianAbsoluteErrorOptions);
  KERATIN_METRIC_FIELDS("");
};

struct InlierRatioOptions {
  KERATIN_OPTIONS(InlierRatioOptions);
  KERATIN_FIELD(Number, threshold, "The largest error of an inlier.") = 0.1;
  KERATIN_FIELD(bool, relative, "Whether it is a share of the target's size.") = false;
  KERATIN_METRIC_FIELDS("");
};

struct MaxErrorOptions {
  KERATIN_OPTIONS(MaxErrorOptions);
  KERATIN_METRIC_FIELDS("");
};

struct QuantileLossOptions {
  KERATIN_OPTIONS(QuantileLossOptions);
  KERATIN_FIELD(Number, quantile, "The quantile that is predicted, 0 to 1.") = 0.5;
  KERATIN_METRIC_FIELDS("");
};

#define KERATIN_RANKING_OPTIONS(Name)                                            \
  struct Name##Options {                                                         \
    KERATIN_OPTIONS(Name##Options);                                              \
    KERATIN_FIELD_AT(1, OptionalInt, k, "Only that many best ones count.") = {}; \
    KERATIN_METRIC_FIELDS("");                                                   \
  }

KERATIN_RANKING_OPTIONS(MeanReciprocalRank);
KERATIN_RANKING_OPTIONS(MeanAveragePrecision);
KERATIN_RANKING_OPTIONS(DCG);
KERATIN_RANKING_OPTIONS(NDCG);

#undef KERATIN_RANKING_OPTIONS

struct PrecisionAtKOptions {
  KERATIN_OPTIONS(PrecisionAtKOptions);
  KERATIN_FIELD(int64_t, k, "How many best ones count.") = 5;
  KERATIN_METRIC_FIELDS("");
};

struct RecallAtKOptions {
  KERATIN_OPTIONS(RecallAtKOptions);
  KERATIN_FIELD(int64_t, k, "How many best ones count.") = 5;
  KERATIN_METRIC_FIELDS("");
};

struct PerplexityOptions {
  KERATIN_OPTIONS(PerplexityOptions);
  KERATIN_FIELD(bool, from_logits, "Whether y_pred is logits, not probabilities.") = false;
  KERATIN_FIELD(OptionalInt, ignore_class, "A token that does not count.") = {};
  KERATIN_METRIC_FIELDS("");
};

struct BLEUOptions {
  KERATIN_OPTIONS(BLEUOptions);
  KERATIN_FIELD(int64_t, max_order, "The longest runs of tokens that are compared.") = 4;
  KERATIN_FIELD(int64_t, padding, "The token that fills rows up.") = -1;
  KERATIN_METRIC_FIELDS("");
};

struct EditDistanceOptions {
  KERATIN_OPTIONS(EditDistanceOptions);
  KERATIN_FIELD(bool, normalize, "Whether it is divided by the longer length.") = false;
  KERATIN_FIELD(int64_t, padding, "The token that fills rows up.") = -1;
  KERATIN_METRIC_FIELDS("");
};

struct WordErrorRateOptions {
  KERATIN_OPTIONS(WordErrorRateOptions);
  KERATIN_FIELD(int64_t, padding, "The token that fills rows up.") = -1;
  KERATIN_METRIC_FIELDS("");
};

struct PSNROptions {
  KERATIN_OPTIONS(PSNROptions);
  KERATIN_FIELD(Number, max_value, "The range of the pixels: 1 or 255.") = 1.0;
  KERATIN_METRIC_FIELDS("");
};

struct SSIMOptions {
  KERATIN_OPTIONS(SSIMOptions);
  KERATIN_FIELD(Number, max_value, "The range of the pixels: 1 or 255.") = 1.0;
  KERATIN_FIELD(int64_t, filter_size, "The width of the window, odd.") = 11;
  KERATIN_FIELD(Number, filter_sigma, "The deviation of the Gaussian in it.") = 1.5;
  KERATIN_FIELD(Number, k1, "Keeps the brightness term stable.") = 0.01;
  KERATIN_FIELD(Number, k2, "Keeps the contrast term stable.") = 0.03;
  KERATIN_METRIC_FIELDS("");
};

/// Counts samples of each true class (rows) by predicted class (columns): a tensor [classes,
/// classes], so not for `compile`. Labels are class numbers or one-hot rows; predictions are
/// [batch, classes], or [batch] and [batch, 1] for two classes. Keeps the matrix, as the following
/// four do. Throws ValueError for an unknown argument.
Metric ConfusionMatrix(ConfusionMatrixOptions options = {});
/// Is the share of true negatives among all samples that are not of the class; the mean over the
/// classes where there are more than two.
Metric Specificity(SpecificityOptions options = {});
/// Is the mean recall of the classes that occur (sklearn.metrics.balanced_accuracy_score).
Metric BalancedAccuracy(BalancedAccuracyOptions options = {});
/// Is the correlation of labels and predictions, -1 to 1; 0 where one is constant
/// (sklearn.metrics.matthews_corrcoef).
Metric MatthewsCorrelation(MatthewsCorrelationOptions options = {});
/// Is the agreement beyond chance, up to 1; 0 where chance explains all
/// (sklearn.metrics.cohen_kappa_score).
Metric CohenKappa(CohenKappaOptions options = {});
/// Is the mean square of what probabilities lack to the labels: of one unit, or summed over the
/// classes (sklearn.metrics.brier_score_loss).
Metric BrierScore(BrierScoreOptions options = {});
/// Is the mean negative logarithm of the true class's probability, kept away from 0 by the
/// dtype's epsilon (sklearn.metrics.log_loss). Rows should add up to 1.
Metric LogLoss(LogLossOptions options = {});
/// Is how far confidence lies from accuracy, over bins of equal width that hold their upper edge
/// (Guo et al., 2017). The confidence is the greatest probability, for one unit that of class 1.
/// Keeps three sums for each bin.
Metric CalibrationError(CalibrationErrorOptions options = {});
/// Gives the points of the ROC curve as [3, points]: false positive rate, true positive rate and
/// threshold, the first infinite (sklearn.metrics.roc_curve). Keeps all samples: not for `compile`.
Metric ROCCurve(ROCCurveOptions options = {});
/// Gives [3, points]: precision, recall and threshold, the last infinite
/// (sklearn.metrics.precision_recall_curve). Keeps all samples: not for `compile`.
Metric PrecisionRecallCurve(PrecisionRecallCurveOptions options = {});
/// Is the mean precision over the steps of recall; of several labels [batch, labels] the mean
/// (sklearn.metrics.average_precision_score). Keeps all samples; metrics::AUC with curve = "PR"
/// comes near and keeps sums.
Metric AveragePrecision(AveragePrecisionOptions options = {});
/// Is the share of the variance that predictions explain, offsets apart
/// (sklearn.metrics.explained_variance_score). Inputs [batch] or [batch, outputs]. Keeps means and
/// squared deviations.
Metric ExplainedVariance(ExplainedVarianceOptions options = {});
/// Is the median of the absolute errors, with weights the averaged inverted one; of several outputs
/// the mean (sklearn.metrics.median_absolute_error). Keeps all samples.
Metric MedianAbsoluteError(MedianAbsoluteErrorOptions options = {});
/// Is the share of values with an absolute error up to the threshold.
Metric InlierRatio(InlierRatioOptions options = {});
/// Is the largest absolute error of samples whose weight is not 0 (sklearn.metrics.max_error).
Metric MaxError(MaxErrorOptions options = {});
/// Is the mean pinball loss (sklearn.metrics.mean_pinball_loss).
Metric QuantileLoss(QuantileLossOptions options = {});
/// Is the mean of 1 / place of the first relevant item. The ranking metrics take relevance and
/// scores [batch, items]; what scores the same ranks in its order. 0 without a relevant item.
Metric MeanReciprocalRank(MeanReciprocalRankOptions options = {});
/// Is the mean over rows of the mean precision at the places of the relevant items. With `k` it is
/// divided by the relevant items, k at most.
Metric MeanAveragePrecision(MeanAveragePrecisionOptions options = {});
/// Is the mean gain of relevance, discounted by the logarithm of the place; ties share their gain
/// (sklearn.metrics.dcg_score).
Metric DCG(DCGOptions options = {});
/// Is the gain divided by the best possible one (sklearn.metrics.ndcg_score).
Metric NDCG(NDCGOptions options = {});
/// Is the mean share of relevant items among the k best.
Metric PrecisionAtK(PrecisionAtKOptions options = {});
/// Is the mean share of the relevant items that are among the k best; 0 without any.
Metric RecallAtK(RecallAtKOptions options = {});
/// Is e to the mean cross-entropy of tokens: labels [..., steps], predictions [..., steps, tokens].
Metric Perplexity(PerplexityOptions options = {});
/// Is the BLEU score of the whole corpus, 0 to 1, without smoothing (Papineni et al., 2002;
/// sacreBLEU's times 100). Takes token numbers: references [batch, length] or [batch, references,
/// length], predictions [batch, length]. Keeps counts; for direct use, as the next two.
Metric BLEU(BLEUOptions options = {});
/// Is the mean number of insertions, deletions and substitutions that make references of
/// predictions. Takes token numbers [batch, length].
Metric EditDistance(EditDistanceOptions options = {});
/// Is the sum of the edit distances divided by the sum of the references' lengths. Takes token
/// numbers [batch, length]; sample weights weigh both sums.
Metric WordErrorRate(WordErrorRateOptions options = {});
/// Is the mean over images of 10 log10(max_value^2 / mse) in decibels, infinite for equal images.
/// Inputs [batch, ...] (skimage.metrics.peak_signal_noise_ratio).
Metric PSNR(PSNROptions options = {});
/// Is the mean structural similarity of images [batch, height, width, channels], each at least as
/// large as the window, under a Gaussian window (Wang et al., 2004;
/// skimage.metrics.structural_similarity with gaussian_weights).
Metric SSIM(SSIMOptions options = {});

/// Are the points of a ROC curve, from none to all predicted positive.
struct ROCPoints {
  std::vector<double> false_positive_rate, true_positive_rate, thresholds;
};
/// Are the points of a precision-recall curve, from recall 1 to 0.
struct PrecisionRecallPoints {
  std::vector<double> precision, recall, thresholds;
};

/// Return the curves and the area of labels 0 and 1 and scores of as many elements; weights may be
/// empty. Throw ValueError for other labels, scores that are NaN and sizes that differ.
ROCPoints roc_curve(const Tensor& y_true, const Tensor& y_score, const Tensor& sample_weight = {},
                    bool drop_intermediate = true);
PrecisionRecallPoints precision_recall_curve(const Tensor& y_true, const Tensor& y_score,
                                             const Tensor& sample_weight = {},
                                             bool drop_intermediate = false);
double average_precision(const Tensor& y_true, const Tensor& y_score,
                         const Tensor& sample_weight = {});

/// Returns the number of edits between two texts' words, which spaces divide.
int64_t word_edit_distance(const std::string& reference, const std::string& prediction);
/// Returns the number of edits between two texts' bytes.
int64_t edit_distance(const std::string& reference, const std::string& prediction);
/// Returns the word errors of all texts divided by the words of the references. Throws ValueError
/// when the numbers of texts differ.
double word_error_rate(const std::vector<std::string>& references,
                       const std::vector<std::string>& predictions);
/// Returns the corpus' BLEU, 0 to 1, of texts whose tokens are divided by spaces. Throws
/// ValueError when the numbers of texts differ.
double bleu(const std::vector<std::vector<std::string>>& references,
            const std::vector<std::string>& predictions, int64_t max_order = 4);

#undef KERATIN_CLASSES_FIELDS

}  // namespace keratin::metrics
