// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "keratin/model/callbacks/callback.h"

namespace keratin {

class ResumableRun;

/// Calls the user's callbacks, then those of the library, at each station; what backs up the run
/// comes last, when all others have done theirs.
class CallbackList {
 public:
  CallbackList(std::vector<Callback*> callbacks, Model& model, const CallbackParams& params);
  ~CallbackList();
  CallbackList(const CallbackList&) = delete;
  CallbackList& operator=(const CallbackList&) = delete;

  bool empty() const { return callbacks_.empty(); }
  void set_steps(int64_t steps);
  /// Gives a run to those that back it up.
  void set_run(ResumableRun* run);

  void on_train_begin(Logs& logs);
  void on_train_end(Logs& logs);
  void on_epoch_begin(int64_t epoch, Logs& logs);
  void on_epoch_end(int64_t epoch, Logs& logs);
  void on_gap(int64_t epoch, const Logs& gap);
  void on_train_batch_begin(int64_t batch, Logs& logs);
  void on_train_batch_end(int64_t batch, Logs& logs);
  void on_test_begin(Logs& logs);
  void on_test_end(Logs& logs);
  void on_test_batch_begin(int64_t batch, Logs& logs);
  void on_test_batch_end(int64_t batch, Logs& logs);
  void on_predict_begin(Logs& logs);
  void on_predict_end(Logs& logs);
  void on_predict_batch_begin(int64_t batch, Logs& logs);
  void on_predict_batch_end(int64_t batch, Logs& logs);

 private:
  std::vector<Callback*> callbacks_;
  CallbackParams params_;
};

}  // namespace keratin
