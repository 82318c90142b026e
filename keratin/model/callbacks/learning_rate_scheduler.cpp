// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/callbacks/learning_rate_scheduler.h"

#include <cmath>

#include "keratin/base/check.h"
#include "keratin/base/text.h"
#include "keratin/model/callbacks/message_internal.h"
#include "keratin/model/model.h"

namespace keratin {

void detail::function_in_config() {
  throw ConfigError(
      "callback: expected no function in a configuration, got one. Pass it in the program.");
}

namespace callbacks {

LearningRateScheduler::LearningRateScheduler(LearningRateSchedulerOptions options)
    : options_(std::move(options)) {
  require<ValueError>(options_.schedule != nullptr, "LearningRateScheduler",
                      "expected a function as `schedule`, got none. Pass one that gives the rate "
                      "of an epoch.");
}

void LearningRateScheduler::on_epoch_begin(int64_t epoch, Logs&) {
  const Optimizer& optimizer = model().optimizer();
  const double rate = options_.schedule(epoch, optimizer.learning_rate().item<float>());
  require<ValueError>(std::isfinite(rate), "LearningRateScheduler",
                      "expected a finite learning rate from `schedule` for epoch {}, got {}. Check "
                      "the function.",
                      epoch, rate);
  optimizer.set_learning_rate(rate);
  if (options_.verbose > 0) {
    say("\nEpoch {}: LearningRateScheduler setting learning rate to {}.", epoch + 1,
        text::number(rate));
  }
}

void LearningRateScheduler::on_epoch_end(int64_t, Logs& logs) {
  logs.set("learning_rate", model().optimizer().learning_rate().item<float>());
}

}  // namespace callbacks

}  // namespace keratin
