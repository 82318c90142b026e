// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>

#include "keratin/model/callbacks/callback.h"
#include "keratin/model/progress_bar.h"

namespace keratin::callbacks {

/// Prints the progress of `fit`, `evaluate` and `predict` (keras.io/api/callbacks).
class ProgbarLogger : public Callback {
 public:
  /// Takes the clock, what writes, and whether that can be redrawn, from the options of the bar.
  explicit ProgbarLogger(ProgressBarOptions bar = {});
  void on_train_begin(Logs& logs) override;
  void on_epoch_begin(int64_t epoch, Logs& logs) override;
  void on_epoch_end(int64_t epoch, Logs& logs) override;
  void on_train_batch_end(int64_t batch, Logs& logs) override;
  void on_test_begin(Logs& logs) override;
  void on_test_batch_end(int64_t batch, Logs& logs) override;
  void on_test_end(Logs& logs) override;
  void on_predict_begin(Logs& logs) override;
  void on_predict_batch_end(int64_t batch, Logs& logs) override;
  void on_predict_end(Logs& logs) override;

 private:
  void start();
  void update(int64_t batch, const Logs& logs);
  void finish(const Logs& logs);
  const ProgressValues& values_of(const Logs& logs);

  ProgressBarOptions options_;
  bool in_fit_ = false;
  std::unique_ptr<ProgressBar> bar_;
  std::optional<int64_t> target_;
  int64_t seen_ = 0;
  ProgressValues values_;
};

}  // namespace keratin::callbacks
