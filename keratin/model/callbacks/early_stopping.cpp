// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/callbacks/early_stopping.h"

#include <fmt/ranges.h>

#include "keratin/model/callbacks/message_internal.h"
#include "keratin/model/model.h"

namespace keratin::callbacks {

EarlyStopping::EarlyStopping(EarlyStoppingOptions options)
    : MonitorCallback("EarlyStopping", options.monitor, options.mode, {}, options.min_delta),
      options_(std::move(options)) {}

void EarlyStopping::on_train_begin(Logs& logs) {
  MonitorCallback::on_train_begin(logs);
  wait_ = 0;
  stopped_epoch_ = 0;
  set_best({});
  best_weights_.clear();
  best_epoch_ = 0;
}

void EarlyStopping::on_epoch_end(int64_t epoch, Logs& logs) {
  if (!logs.has(monitor())) {
    warn(
        "Early stopping conditioned on metric `{}` which is not available. Available metrics are: "
        "{}",
        monitor(), fmt::join(logs.names(), ","));
    return;
  }
  if (epoch < options_.start_from_epoch) return;
  const double current = logs[monitor()];
  if (options_.restore_best_weights && best_weights_.empty()) {
    best_weights_ = model().get_weights();
    best_epoch_ = epoch;
  }
  ++wait_;
  if (is_improvement(current, best())) {
    set_best(current);
    best_epoch_ = epoch;
    if (options_.restore_best_weights) best_weights_ = model().get_weights();
    if (!options_.baseline || is_improvement(current, options_.baseline)) wait_ = 0;
    return;
  }
  if (wait_ >= options_.patience && epoch > 0) {
    stopped_epoch_ = epoch;
    model().set_stop_training(true);
  }
}

void EarlyStopping::on_train_end(Logs&) {
  if (stopped_epoch_ > 0 && options_.verbose > 0) {
    say("Epoch {}: early stopping", stopped_epoch_ + 1);
  }
  if (!options_.restore_best_weights || best_weights_.empty()) return;
  if (options_.verbose > 0) {
    say("Restoring model weights from the end of the best epoch: {}.", best_epoch_ + 1);
  }
  model().set_weights(best_weights_);
}

CallbackState EarlyStopping::get_state() const {
  CallbackState state = MonitorCallback::get_state();
  state.values.set("wait", wait_);
  state.values.set("stopped_epoch", stopped_epoch_);
  state.values.set("best_epoch", best_epoch_);
  state.tensors = best_weights_;
  return state;
}

void EarlyStopping::set_state(const CallbackState& state) {
  MonitorCallback::set_state(state);
  wait_ = state.values.at("wait").as_int();
  stopped_epoch_ = state.values.at("stopped_epoch").as_int();
  best_epoch_ = state.values.at("best_epoch").as_int();
  best_weights_ = state.tensors;
}

}  // namespace keratin::callbacks
