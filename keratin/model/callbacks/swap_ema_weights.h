// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/base/fields.h"
#include "keratin/model/callbacks/callback.h"

namespace keratin::callbacks {

struct SwapEMAWeightsOptions {
  KERATIN_OPTIONS(SwapEMAWeightsOptions);
  KERATIN_FIELD(bool, swap_on_epoch, "Whether the averages stay until the next epoch.") = false;
};

/// Gives the model the moving averages of its weights while it is evaluated or predicts, and with
/// `swap_on_epoch` also between epochs, where other callbacks save it
/// (keras.io/api/callbacks/swap_ema_weights). Throws ValueError where the optimizer has no
/// `use_ema`.
class SwapEMAWeights : public Callback {
 public:
  explicit SwapEMAWeights(SwapEMAWeightsOptions options = {});

  void on_epoch_begin(int64_t epoch, Logs& logs) override;
  void on_epoch_end(int64_t epoch, Logs& logs) override;
  void on_test_begin(Logs& logs) override;
  void on_test_end(Logs& logs) override;
  void on_predict_begin(Logs& logs) override;
  void on_predict_end(Logs& logs) override;
  CallbackState get_state() const override;
  void set_state(const CallbackState& state) override;

 private:
  void set_averages_in_model(bool wanted);

  SwapEMAWeightsOptions options_;
  bool averages_in_model_ = false;
};

}  // namespace keratin::callbacks
