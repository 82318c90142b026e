// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/generalization/verdict.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "keratin/core/mersenne.h"
#include "keratin/keratin.h"
#include "keratin/model/generalization/trend_internal.h"
#include "tests/support/message.h"

namespace keratin {
namespace {

using Kind = Verdict::Kind;
using testing_support::message_of;

// Makes a history of two curves over the epochs.
template <class Training, class Validation>
History history_of(int64_t epochs, Training training, Validation validation) {
  History history;
  for (int64_t epoch = 0; epoch < epochs; ++epoch) {
    Logs logs;
    logs.append("loss", training(static_cast<double>(epoch)));
    logs.append("val_loss", validation(static_cast<double>(epoch)));
    history.add(epoch, logs);
  }
  return history;
}

double settling(double epoch) { return 0.3 + 0.7 * std::exp(-epoch / 4.0); }
double rising(double epoch) { return settling(epoch) + 0.01 * std::max(0.0, epoch - 8.0); }
double learned_by_heart(double epoch) { return std::exp(-epoch / 6.0); }

TEST(Trend, MeasuresCurves) {
  const std::vector<double> line{1.0, 2.0, 3.0, 4.0, 100.0};
  EXPECT_EQ(trend::median(line), 3.0);
  EXPECT_EQ(trend::median(std::vector<double>{1.0, 2.0}), 1.5);
  EXPECT_EQ(trend::rise(line), 4.0);  // whatever the outlier is
  EXPECT_EQ(trend::smooth(line, 3), (std::vector<double>{1.5, 2.0, 3.0, 4.0, 52.0}));
  EXPECT_EQ(trend::noise(std::vector<double>{1.0, 2.0, 3.0, 4.0}), 0.0);
  // Mann and Kendall: S = 10 of 10 pairs, variance 50 / 3.
  EXPECT_NEAR(trend::significance(line), 9.0 / std::sqrt(50.0 / 3.0), 1e-12);
  EXPECT_EQ(trend::significance(std::vector<double>{2.0, 2.0, 2.0}), 0.0);
  // With ties: S = 5, variance (4 * 3 * 13 - 2 * 9) / 18.
  EXPECT_NEAR(trend::significance(std::vector<double>{1.0, 2.0, 2.0, 3.0}),
              4.0 / std::sqrt(138.0 / 18.0), 1e-12);
}

TEST(Trend, FindsTheNoiseOfACurve) {
  rng::NumpyRandom random(1);
  std::vector<double> values;
  for (int i = 0; i < 2000; ++i) {
    values.push_back(std::exp(-i / 300.0) + random.normal(0.0, 0.05));
  }
  EXPECT_NEAR(trend::noise(values), 0.05, 0.005);
}

TEST(Verdict, SeesOverFitting) {
  const Verdict verdict = history_of(30, learned_by_heart, rising).verdict();
  EXPECT_EQ(verdict.kind, Kind::over_fitting);
  EXPECT_EQ(*verdict.best_epoch, 11);  // 0.175 exp(-e / 4) = 0.01 at e = 11.4
  EXPECT_EQ(*verdict.since, 12);
  EXPECT_EQ(verdict.next.size(), 5u);
  EXPECT_EQ(verdict.sentence().substr(0, 30), "over-fitting since epoch 13: t");
  EXPECT_NEAR(verdict.gap, verdict.validation_loss - verdict.training_loss, 1e-12);
}

TEST(Verdict, SeesWhatIsLearnedByHeartWhileValidationStands) {
  const Verdict verdict = history_of(30, learned_by_heart, settling).verdict();
  EXPECT_EQ(verdict.kind, Kind::over_fitting);
  EXPECT_GT(*verdict.since, 5);
}

TEST(Verdict, SeesWhatStillFalls) {
  const auto falling = [](double epoch) { return 1.0 / (1.0 + 0.1 * epoch); };
  const Verdict verdict = history_of(20, falling, falling).verdict();
  EXPECT_EQ(verdict.kind, Kind::under_fitting);
  EXPECT_EQ(verdict.next[0], "more epochs");
  EXPECT_FALSE(verdict.since.has_value());
}

TEST(Verdict, SeesWhatCannotOverFit) {
  const auto high = [](double epoch) { return 0.8 + 0.2 * std::exp(-epoch / 2.0); };
  const Verdict verdict = history_of(20, high, high).verdict();
  EXPECT_EQ(verdict.kind, Kind::under_fitting);
  EXPECT_EQ(verdict.next[0], "a bigger model");
  // The same curves are good where a constant prediction does much worse.
  EXPECT_EQ(history_of(20, high, high).verdict({.baseline = 10.0}).kind, Kind::good);
}

TEST(Verdict, SeesWhatIsNoBetterThanTheBaseline) {
  const auto training = [](double epoch) { return 0.7 + 0.3 * std::exp(-epoch / 3.0); };
  const auto validation = [](double) { return 1.0; };
  EXPECT_EQ(history_of(20, training, validation).verdict({.baseline = 1.0}).kind,
            Kind::under_fitting);
}

TEST(Verdict, CallsASettledRunGood) {
  const auto training = [](double epoch) { return settling(epoch) - 0.05; };
  const Verdict verdict = history_of(30, training, settling).verdict({.baseline = 1.2});
  EXPECT_EQ(verdict.kind, Kind::good) << verdict.sentence();
  EXPECT_EQ(verdict.sentence(),
            "good: the validation loss has settled at 0.3006, not far above the training loss; "
            "next: measure once on test data.");
}

TEST(Verdict, SeesDivergence) {
  const auto away = [](double epoch) { return 0.5 + 0.02 * (epoch - 6.0) * (epoch - 6.0); };
  const Verdict verdict = history_of(20, away, away).verdict();
  EXPECT_EQ(verdict.kind, Kind::under_fitting);
  EXPECT_EQ(verdict.next[0], "a lower learning rate");
  const auto broken = [](double epoch) { return epoch < 3.0 ? 1.0 : NAN; };
  const Verdict infinite = history_of(20, broken, settling).verdict();
  EXPECT_EQ(infinite.kind, Kind::under_fitting);
  EXPECT_EQ(infinite.reason, "the loss is not finite from epoch 4 on");
}

TEST(Verdict, TellsWhenItCannotTell) {
  History training_only;
  for (int64_t epoch = 0; epoch < 10; ++epoch) {
    Logs logs;
    logs.append("loss", 1.0);
    training_only.add(epoch, logs);
  }
  EXPECT_EQ(training_only.verdict().sentence(),
            "not enough data to tell: there is no validation loss; try validation_data or "
            "validation_split.");
  EXPECT_EQ(History().verdict().kind, Kind::not_enough_data);
  EXPECT_EQ(history_of(4, settling, settling).verdict().reason,
            "4 epochs with validation are fewer than 5");
  const std::vector<double> noise{0.9, 0.3, 1.2, 0.4, 1.1, 0.2, 0.8};
  const auto noisy = [&](double epoch) { return noise[static_cast<size_t>(epoch)]; };
  EXPECT_EQ(history_of(7, settling, noisy).verdict().kind, Kind::not_enough_data);
}

TEST(Verdict, IsRobustToNoise) {
  // Of runs that have settled, next to none is called over- or under-fitting whatever the noise
  // does; and over-fitting is seen through it.
  rng::NumpyRandom random(3);
  int wrong = 0, missed = 0;
  for (int run = 0; run < 200; ++run) {
    const double noise = 0.002 * (1 + run % 10);
    const auto training = [](double epoch) { return settling(epoch) - 0.06; };
    const auto flat = [&](double epoch) { return settling(epoch) + random.normal(0.0, noise); };
    const Kind kind = history_of(40, training, flat).verdict({.baseline = 1.2}).kind;
    wrong += kind == Kind::over_fitting || kind == Kind::under_fitting;
    const auto up = [&](double epoch) { return rising(epoch) + random.normal(0.0, noise); };
    missed += history_of(40, learned_by_heart, up).verdict().kind != Kind::over_fitting;
  }
  EXPECT_LE(wrong, 4);
  EXPECT_LE(missed, 4);
}

TEST(Verdict, TakesAnyCurves) {
  rng::NumpyRandom random(5);
  for (int run = 0; run < 300; ++run) {
    const auto any = [&](double) {
      const double size = std::pow(10.0, random.uniform(-12.0, 12.0));
      return random.uniform(0.0, 1.0) < 0.3 ? 0.0 : size * random.uniform(-1.0, 1.0);
    };
    const Verdict verdict = history_of(run % 40, any, any).verdict();
    EXPECT_EQ(verdict.sentence().find("nan"), std::string::npos) << verdict.sentence();
    EXPECT_EQ(verdict.to_config().at("verdict").as_string(), to_string(verdict.kind));
  }
  const auto long_run = [](double epoch) { return 1.0 + std::exp(-epoch / 900.0); };
  EXPECT_EQ(history_of(6000, long_run, long_run).verdict({.baseline = 10.0}).kind, Kind::good);
}

TEST(Verdict, CountsOnlyEpochsThatWereValidated) {
  History history;
  for (int64_t epoch = 0; epoch < 20; ++epoch) {
    Logs logs;
    logs.append("loss", learned_by_heart(static_cast<double>(epoch)));
    if (epoch % 2 == 1) logs.append("val_loss", rising(static_cast<double>(epoch)));
    history.add(epoch, logs);
  }
  EXPECT_EQ(history.validation_epoch.size(), 10u);
  EXPECT_EQ(history.validation_epoch[2], 5);
  EXPECT_NEAR(history.gap()[2], rising(5.0) - learned_by_heart(5.0), 1e-12);
  EXPECT_EQ(*history.verdict().best_epoch % 2, 1);
  const History again = History::from_config(history.to_config());
  EXPECT_EQ(again.validation_epoch, history.validation_epoch);
  EXPECT_EQ(message_of<ValueError>([&] { history.gap("los"); }),
            "history: expected one of the names [loss, val_loss], got 'los'. Did you mean 'loss'?");
}

// Remembers the gaps that it is told.
struct GapRecorder : Callback {
  void on_gap(int64_t epoch, const Logs& gap) override {
    epochs.push_back(epoch);
    gaps.push_back(gap);
  }
  void on_epoch_end(int64_t, Logs& logs) override { names = logs.names(); }
  std::vector<int64_t> epochs;
  std::vector<Logs> gaps;
  std::vector<std::string> names;
};

TEST(Gap, IsGivenToCallbacksAfterEachValidation) {
  utils::set_random_seed(1);
  const auto model = models::Sequential({layers::Dense(1, {.input_shape = {2}})});
  model.compile({.optimizer = "sgd", .loss = "mse", .metrics = {"mae"}});
  const Tensor x = ops::reshape(ops::arange(20.0f) / 20.0f, {10, 2});
  const Tensor y = ops::sum(x, -1, true);
  GapRecorder recorder;
  const History history = model.fit(x, y,
                                    {.epochs = 4,
                                     .verbose = 0,
                                     .validation_split = 0.3,
                                     .callbacks = {recorder},
                                     .validation_freq = 2});
  EXPECT_EQ(recorder.epochs, (std::vector<int64_t>{1, 3}));
  ASSERT_EQ(recorder.gaps.size(), 2u);
  EXPECT_EQ(recorder.gaps[0].names(), (std::vector<std::string>{"loss", "mae"}));
  EXPECT_EQ(history.gap("loss"),
            (std::vector<double>{recorder.gaps[0]["loss"], recorder.gaps[1]["loss"]}));
  EXPECT_EQ(history.gap("mae")[1], history["val_mae"][1] - history["mae"][3]);
  // The logs are Keras' own.
  EXPECT_EQ(recorder.names, (std::vector<std::string>{"loss", "mae", "val_loss", "val_mae"}));
}

}  // namespace
}  // namespace keratin
