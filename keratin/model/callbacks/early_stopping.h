// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "keratin/base/fields.h"
#include "keratin/graph/tensor.h"
#include "keratin/model/callbacks/callback.h"

namespace keratin::callbacks {

using OptionalNumber = std::optional<double>;

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
class EarlyStopping : public Callback {
 public:
  explicit EarlyStopping(EarlyStoppingOptions options = {});

  /// Returns the epoch after which training stopped, from 0; 0 when it did not.
  int64_t stopped_epoch() const { return stopped_epoch_; }
  double best() const { return best_; }
  int64_t best_epoch() const { return best_epoch_; }

  void on_train_begin(Logs& logs) override;
  void on_epoch_end(int64_t epoch, Logs& logs) override;
  void on_train_end(Logs& logs) override;

 private:
  bool is_better(double value, double reference) const;
  void choose_direction();

  EarlyStoppingOptions options_;
  bool larger_is_better_ = false;
  bool direction_known_ = false;
  bool has_best_ = false;
  double best_ = 0.0;
  int64_t wait_ = 0;
  int64_t stopped_epoch_ = 0;
  int64_t best_epoch_ = 0;
  std::vector<Tensor> best_weights_;
};

}  // namespace keratin::callbacks
