// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "keratin/base/fields.h"
#include "keratin/model/callbacks/monitor_callback.h"

namespace keratin::callbacks {

struct ReduceLROnPlateauOptions {
  KERATIN_OPTIONS(ReduceLROnPlateauOptions);
  KERATIN_FIELD(std::string, monitor, "The value that is watched.") = "val_loss";
  KERATIN_FIELD(double, factor, "Multiplies the learning rate; below 1.") = 0.1;
  KERATIN_FIELD(int64_t, patience, "Epochs without improvement before the rate falls.") = 10;
  KERATIN_FIELD(int, verbose, "1 prints each new rate.") = 0;
  KERATIN_FIELD(std::string, mode, "min, max, or auto: what is better.") = "auto";
  KERATIN_FIELD(double, min_delta, "A smaller change is none.") = 1e-4;
  KERATIN_FIELD(int64_t, cooldown, "Epochs after a change that do not count.") = 0;
  KERATIN_FIELD(double, min_lr, "The rate never falls below it.") = 0.0;
};

/// Lowers the learning rate when a value no longer improves, and adds `learning_rate` to the logs
/// (keras.io/api/callbacks/reduce_lr_on_plateau). Throws ValueError for a factor of 1 or more.
class ReduceLROnPlateau : public MonitorCallback {
 public:
  explicit ReduceLROnPlateau(ReduceLROnPlateauOptions options = {});

  void on_train_begin(Logs& logs) override;
  void on_epoch_end(int64_t epoch, Logs& logs) override;
  CallbackState get_state() const override;
  void set_state(const CallbackState& state) override;

 private:
  bool reduce(int64_t epoch);

  ReduceLROnPlateauOptions options_;
  int64_t cooldown_left_ = 0;
  int64_t wait_ = 0;
};

}  // namespace keratin::callbacks
