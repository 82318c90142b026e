// SPDX-License-Identifier: Apache-2.0
// What verdicts say of curves whose medians, slopes and noise can be told by hand.
#include <gtest/gtest.h>

#include <cmath>

#include "keratin/keratin.h"
#include "keratin/model/generalization/trend_internal.h"

namespace keratin {
namespace {

using Kind = Verdict::Kind;
using Doubles = std::vector<double>;

// Returns the verdict on curves of `count` epochs, which are functions of the epoch.
template <class Training, class Validation>
Verdict verdict_of(int64_t count, Training training, Validation validation,
                   const VerdictOptions& options = {}) {
  History history;
  for (int64_t epoch = 0; epoch < count; ++epoch) {
    Logs logs;
    logs.append("loss", training(epoch));
    logs.append("val_loss", validation(epoch));
    history.add(epoch, logs);
  }
  return history.verdict(options);
}

auto always(double value) {
  return [value](int64_t) { return value; };
}
double notch(int64_t epoch) { return 0.5 + 0.05 * std::abs(static_cast<double>(epoch) - 8.0); }

TEST(VerdictSentences, RiseAgain) {
  const Verdict verdict = verdict_of(20, always(0.4), notch);
  EXPECT_EQ(verdict.sentence(),
            "over-fitting since epoch 10: the validation loss rises again after epoch 9, from 0.55 "
            "to 0.975, and the training loss is 0.4; try stop after epoch 9 (EarlyStopping), more "
            "training data, a smaller model, weight regularization, dropout.");
  EXPECT_EQ(verdict.best_epoch, 8);
  EXPECT_EQ(verdict.since, 9);
  EXPECT_NEAR(verdict.validation_loss, 0.975, 1e-12);
  EXPECT_NEAR(verdict.gap, 0.575, 1e-12);
  // A rise that does not matter beside the loss, or that has only begun.
  const auto shallow = [](int64_t epoch) { return 1.0 + 0.1 * (notch(epoch) - 0.5); };
  EXPECT_EQ(verdict_of(20, shallow, shallow, {.baseline = 9.0}).kind, Kind::good);
  const auto late = [](int64_t epoch) { return notch(epoch); };
  EXPECT_EQ(verdict_of(11, always(0.4), late).since, std::nullopt);
}

TEST(VerdictSentences, LearnedByHeart) {
  const auto training = [](int64_t epoch) { return epoch < 10 ? 0.5 : 0.1; };
  const Verdict verdict = verdict_of(20, training, always(0.5));
  EXPECT_EQ(verdict.sentence(),
            "over-fitting since epoch 11: the validation loss no longer falls, and the training "
            "loss has gone on to 20 % of it; try stop after epoch 1 (EarlyStopping), more training "
            "data, a smaller model, weight regularization, dropout.");
  EXPECT_EQ(verdict.since, 10);
  // From the beginning, but not before the best epoch.
  EXPECT_EQ(verdict_of(20, always(0.1), always(0.5)).since, 1);
  const auto half = [](int64_t epoch) { return epoch < 10 ? 0.5 : 0.26; };
  EXPECT_EQ(verdict_of(20, half, always(0.5), {.baseline = 9.0}).kind, Kind::good);
}

TEST(VerdictSentences, TheTrainingLossRises) {
  const Verdict verdict = verdict_of(20, notch, [](int64_t e) { return notch(e) + 0.1; });
  EXPECT_EQ(verdict.sentence(),
            "under-fitting: the training loss itself rises again after epoch 8, from 0.525 to 1; "
            "try a lower learning rate, clipped gradients, inputs scaled to about -1 to 1.");
  EXPECT_EQ(verdict.best_epoch, 8);
}

TEST(VerdictSentences, StillFalls) {
  const auto line = [](int64_t epoch) { return 2.0 - 0.05 * static_cast<double>(epoch); };
  const Verdict verdict = verdict_of(20, line, line);
  EXPECT_EQ(verdict.sentence(),
            "under-fitting: the validation loss still falls, by 27 % over the last third of the "
            "epochs; try more epochs, a higher learning rate, a bigger model.");
  EXPECT_NEAR(verdict.validation_loss, 1.1, 1e-12);  // the median of 1.15, 1.1 and 1.05
  EXPECT_EQ(verdict.best_epoch, 19);
}

TEST(VerdictSentences, IsHiddenByNoise) {
  const auto noisy = [](int64_t epoch) { return epoch % 2 == 0 ? 1.0 : 0.2; };
  const Verdict verdict = verdict_of(12, always(0.9), noisy);
  // A bend is 1.6 everywhere: 1.4826 * 1.6 / sqrt(6) of the 0.2 that is the median of the last.
  EXPECT_EQ(verdict.sentence(),
            "not enough data to tell: the validation loss varies by 484 % from epoch to epoch, "
            "which hides where it goes; try more epochs, more validation data or k-fold "
            "validation.");
}

TEST(VerdictSentences, LearnsTooLittle) {
  const std::string next =
      "; try a bigger model, another learning rate, inputs that tell more, scaled.";
  EXPECT_EQ(
      verdict_of(10, always(0.8), always(0.8), {.baseline = 1.0}).sentence(),
      "under-fitting: the losses have settled at 80 % of the baseline's without over-fitting" +
          next);
  EXPECT_EQ(verdict_of(10, always(0.8), always(0.8)).sentence(),
            "under-fitting: the losses have settled at 100 % of the first epoch's without "
            "over-fitting" +
                next);
  EXPECT_EQ(verdict_of(10, always(0.6), always(0.98), {.baseline = 1.0}).sentence(),
            "under-fitting: the validation loss is no better than the baseline's, 1" + next);
  EXPECT_EQ(verdict_of(10, always(0.6), always(0.98)).sentence(),
            "under-fitting: the validation loss is no better than the first epoch's, 0.98" + next);
  // A quarter of the baseline's is enough, of the first epoch's the half.
  EXPECT_EQ(verdict_of(10, always(0.26), always(0.26), {.baseline = 1.0}).kind,
            Kind::under_fitting);
  EXPECT_EQ(verdict_of(10, always(0.24), always(0.24), {.baseline = 1.0}).kind, Kind::good);
  const auto drop = [](double to) { return [to](int64_t epoch) { return epoch == 0 ? 1.0 : to; }; };
  EXPECT_EQ(verdict_of(10, drop(0.48), drop(0.48)).kind, Kind::good);
  EXPECT_EQ(verdict_of(10, drop(0.52), drop(0.52)).kind, Kind::under_fitting);
  // Where there is a gap it is not the model that is too small.
  EXPECT_EQ(verdict_of(10, always(0.5), always(0.8), {.baseline = 1.0}).kind, Kind::good);
}

TEST(VerdictSentences, Good) {
  EXPECT_EQ(verdict_of(10, always(0.195), always(0.2), {.baseline = 1.0}).sentence(),
            "good: the validation loss has settled at 0.2, no higher than the training loss; next: "
            "measure once on test data.");
  EXPECT_EQ(verdict_of(10, always(0.15), always(0.2), {.baseline = 1.0}).sentence(),
            "good: the validation loss has settled at 0.2, not far above the training loss; next: "
            "measure once on test data.");
}

TEST(VerdictSentences, TooFewEpochs) {
  const Verdict one = verdict_of(1, always(0.5), always(0.75));
  EXPECT_EQ(one.sentence(),
            "not enough data to tell: 1 epoch with validation are fewer than 5; try more epochs.");
  EXPECT_EQ(one.best_epoch, 0);
  EXPECT_EQ(one.training_loss, 0.5);
  EXPECT_EQ(one.validation_loss, 0.75);
  EXPECT_EQ(one.gap, 0.25);
  EXPECT_EQ(verdict_of(5, always(0.1), always(0.1), {.baseline = 1.0}).kind, Kind::good);
  const auto broken = [](int64_t epoch) { return epoch == 2 ? INFINITY : 1.0; };
  EXPECT_EQ(verdict_of(5, always(1.0), broken).sentence(),
            "under-fitting: the loss is not finite from epoch 3 on; try a lower learning rate, a "
            "look for NaN and huge values in the data.");
}

TEST(Trend, OfShortAndFallingCurves) {
  EXPECT_EQ(trend::median(Doubles{}), 0.0);
  EXPECT_EQ(trend::rise(Doubles{}), 0.0);
  EXPECT_EQ(trend::rise(Doubles{1.0, 3.0}), 2.0);
  EXPECT_EQ(trend::rise(Doubles{8.0, 6.0, 4.0, 2.0}), -6.0);
  EXPECT_EQ(trend::significance(Doubles{1.0, 2.0}), 0.0);
  // S = -6 of 6 pairs, variance 4 * 3 * 13 / 18.
  EXPECT_NEAR(trend::significance(Doubles{4.0, 3.0, 2.0, 1.0}), -5.0 / std::sqrt(156.0 / 18.0),
              1e-12);
  EXPECT_EQ(trend::significance(Doubles{1.0, 3.0, 3.0, 1.0}), 0.0);  // as much up as down
  EXPECT_EQ(trend::smooth(Doubles{9.0, 1.0, 2.0, 3.0, 4.0, 8.0, 0.0}, 5),
            (Doubles{2.0, 2.5, 3.0, 3.0, 3.0, 3.5, 4.0}));
  EXPECT_NEAR(trend::noise(Doubles{0.0, 1.0, 0.0, 1.0}), 1.4826 * 2.0 / std::sqrt(6.0), 1e-12);
  EXPECT_EQ(trend::noise(Doubles{0.0, 1.0}), 0.0);
}

}  // namespace
}  // namespace keratin
