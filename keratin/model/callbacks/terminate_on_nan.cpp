// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/callbacks/terminate_on_nan.h"

#include <cmath>

#include "keratin/base/check.h"
#include "keratin/model/callbacks/message_internal.h"
#include "keratin/model/model.h"

namespace keratin::callbacks {

TerminateOnNaN::TerminateOnNaN(TerminateOnNaNOptions options) : options_(options) {}

void TerminateOnNaN::on_batch_end(int64_t batch, Logs& logs) {
  if (!logs.has("loss") || std::isfinite(logs["loss"])) return;
  require<ValueError>(!options_.raise_error, "TerminateOnNaN",
                      "expected a finite loss at batch {}, got {}. Lower the learning rate, or "
                      "check the data.",
                      batch, logs["loss"]);
  say("Batch {}: Invalid loss, terminating training", batch);
  model().set_stop_training(true);
}

}  // namespace keratin::callbacks
