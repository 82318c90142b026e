// SPDX-License-Identifier: Apache-2.0
// Metrics that Keras does not have, in fit.
#include <gtest/gtest.h>

#include "keratin/keratin.h"
#include "tests/support/message.h"

namespace keratin {
namespace {

using namespace testing_support;

TEST(PracticeMetrics, OfSumsAreReportedAndOthersRefused) {
  const auto model = models::Sequential(
      {layers::Input({4}), layers::Dense(1, {.activation = "sigmoid", .name = "head"})});
  const Tensor x = ops::random_normal(SeedGenerator(1).next(), {64, 4});
  const Tensor y = ops::cast(ops::greater(ops::sum(x, -1), 0), DType::float32);
  const FitOptions quiet{.epochs = 1, .verbose = 0};
  model.compile({.loss = "binary_crossentropy", .metrics = {metrics::ConfusionMatrix()}});
  const auto refused = [&] { return message_of<Error>([&] { model.fit(x, y, quiet); }); };
  EXPECT_NE(refused().find("expected one number from the metric 'confusion_matrix', got shape "
                           "[2, 2]. Reduce it."),
            std::string::npos);
  model.compile({.loss = "binary_crossentropy", .metrics = {metrics::AveragePrecision()}});
  EXPECT_NE(refused().find("output `head`: average_precision: expected data, got a step of `fit` "
                           "or `evaluate`, in which all samples cannot be kept. Update the metric "
                           "with what `predict` gives, or compile with metrics::AUC and curve = "
                           "\"PR\"."),
            std::string::npos);
  // Those that keep sums are reported like Keras' own.
  model.compile({.loss = "binary_crossentropy",
                 .metrics = {metrics::Specificity(), "matthews_correlation", "brier_score",
                             metrics::CalibrationError({.num_bins = 10})}});
  const History history = model.fit(x, y, quiet);
  EXPECT_EQ(history.history.size(), 5U);
}

}  // namespace
}  // namespace keratin
