// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/schedule.h"

#include <gtest/gtest.h>

#include "keratin/base/error.h"
#include "keratin/graph/ops/ops.h"
#include "tests/support/close.h"
#include "tests/support/golden.h"
#include "tests/support/message.h"

namespace keratin {
namespace {

using namespace testing_support;

TEST(Schedule, RatesAndConfigsEqualKeras) {
  const Golden golden("schedules.npz");
  for (const Config& c : golden.at("cases").as_list()) {
    SCOPED_TRACE(to_json(c.at("object")));
    const auto schedule = LearningRateSchedule::from_config(c.at("object"));
    EXPECT_EQ(to_json(schedule.to_config()), to_json(c.at("object")));
    const Tensor steps = golden.tensor(c.at("steps"));
    std::vector<Tensor> rates;
    for (int64_t i = 0; i < steps.shape()[0]; ++i) rates.push_back(schedule(steps[i]));
    expect_close(ops::stack(rates), golden.tensor(c.at("rates")), forward_tolerance);
  }
}

TEST(Schedule, MisuseIsExplained) {
  using namespace optimizers::schedules;
  EXPECT_EQ(message_of<ValueError>([] { PiecewiseConstantDecay({.boundaries = {5}}); }),
            "PiecewiseConstantDecay: expected one value more than boundaries, got 0 values and 1 "
            "boundaries. Add or drop one.");
  EXPECT_EQ(message_of<ValueError>([] { CosineDecay({.decay_steps = 0}); }),
            "CosineDecay: expected positive decay_steps, got 0. Pass 1 or more.");
  EXPECT_EQ(message_of<ValueError>([] {
              LearningRateSchedule::from_config(
                  envelope("keras.optimizers.schedules", "CosinDecay", Config::dict()));
            }),
            "learning_rate: expected the name of a learning rate schedule, got 'CosinDecay'. Did "
            "you mean 'CosineDecay'?");
}

}  // namespace
}  // namespace keratin
