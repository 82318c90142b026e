// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "keratin/base/fields.h"
#include "keratin/model/callbacks/monitor_callback.h"

namespace keratin::callbacks {

struct EarlyStoppingOptions {
  KERATIN_OPTIONS(EarlyStoppingOptions);
  KERATIN_FIELD(std::string, monitor, "The value that is watched.") = "val_loss";
  KERATIN_FIELD(double, min_delta, "A smaller change is none.") = 0.0;
  KERATIN_FIELD(int64_t, patience, "Epochs without improvement before training stops.") = 0;
  KERATIN_FIELD(int, verbose, "1 prints when training stops.") = 0;
  KERATIN_FIELD(std::string, mode, "min, max, or auto: what is better.") = "auto";
  KERATIN_FIELD(OptionalNumber, baseline, "Must be passed, or epochs do not count.") = {};
  KERATIN_FIELD(bool, restore_best_weights, "Whether the best epoch's weights come back.") = false;
  KERATIN_FIELD(int64_t, start_from_epoch, "Epochs to wait before watching starts.") = 0;
};

/// Stops training when a value no longer improves (keras.io/api/callbacks/early_stopping).
class EarlyStopping : public MonitorCallback {
 public:
  explicit EarlyStopping(EarlyStoppingOptions options = {});

  /// Returns the epoch after which training stopped, from 0; 0 when it did not.
  int64_t stopped_epoch() const { return stopped_epoch_; }
  int64_t best_epoch() const { return best_epoch_; }

  void on_train_begin(Logs& logs) override;
  void on_epoch_end(int64_t epoch, Logs& logs) override;
  void on_train_end(Logs& logs) override;
  CallbackState get_state() const override;
  void set_state(const CallbackState& state) override;

 private:
  EarlyStoppingOptions options_;
  int64_t wait_ = 0;
  int64_t stopped_epoch_ = 0;
  int64_t best_epoch_ = 0;
  std::vector<Tensor> best_weights_;
};

}  // namespace keratin::callbacks
