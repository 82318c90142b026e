// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <functional>
#include <utility>

#include "keratin/base/fields.h"
#include "keratin/model/callbacks/callback.h"
#include "keratin/model/callbacks/function_codec.h"

namespace keratin::callbacks {

/// Gives the learning rate of an epoch, counted from 0, from that and the present rate.
using RateFunction = std::function<double(int64_t epoch, double rate)>;

struct LearningRateSchedulerOptions {
  KERATIN_OPTIONS(LearningRateSchedulerOptions);
  KERATIN_FIELD(RateFunction, schedule, "Gives the rate from the epoch and the present rate.") = {};
  KERATIN_FIELD(int, verbose, "1 prints each new rate.") = 0;
};

/// Sets the learning rate where an epoch begins, and adds `learning_rate` to the logs
/// (keras.io/api/callbacks/learning_rate_scheduler). Throws ValueError without a function; training
/// throws it for a rate that is not finite and for an optimizer with a schedule of its own.
class LearningRateScheduler : public Callback {
 public:
  explicit LearningRateScheduler(LearningRateSchedulerOptions options);
  /// Takes a function of the epoch and the rate, or of the epoch alone.
  template <std::invocable<int64_t, double> F>
  explicit LearningRateScheduler(F schedule, LearningRateSchedulerOptions options = {})
      : LearningRateScheduler(with_schedule(std::move(schedule), std::move(options))) {}
  template <std::invocable<int64_t> F>
  explicit LearningRateScheduler(F schedule, LearningRateSchedulerOptions options = {})
      : LearningRateScheduler(with_schedule(
            [schedule = std::move(schedule)](int64_t epoch, double) mutable {
              return static_cast<double>(schedule(epoch));
            },
            std::move(options))) {}

  void on_epoch_begin(int64_t epoch, Logs& logs) override;
  void on_epoch_end(int64_t epoch, Logs& logs) override;

 private:
  static LearningRateSchedulerOptions with_schedule(RateFunction schedule,
                                                    LearningRateSchedulerOptions options) {
    options.schedule = std::move(schedule);
    return options;
  }

  LearningRateSchedulerOptions options_;
};

}  // namespace keratin::callbacks
