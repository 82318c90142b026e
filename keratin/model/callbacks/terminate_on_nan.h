// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/base/fields.h"
#include "keratin/model/callbacks/callback.h"

namespace keratin::callbacks {

struct TerminateOnNaNOptions {
  KERATIN_OPTIONS(TerminateOnNaNOptions);
  KERATIN_FIELD(bool, raise_error, "Whether training ends with an error.") = false;
};

/// Stops training after the first batch whose loss is NaN or infinite
/// (keras.io/api/callbacks/terminate_on_nan). With `raise_error` training throws ValueError then,
/// and `on_train_end` is not called.
class TerminateOnNaN : public Callback {
 public:
  explicit TerminateOnNaN(TerminateOnNaNOptions options = {});
  void on_batch_end(int64_t batch, Logs& logs) override;

 private:
  TerminateOnNaNOptions options_;
};

}  // namespace keratin::callbacks
