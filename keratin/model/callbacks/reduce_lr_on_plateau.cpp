// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/callbacks/reduce_lr_on_plateau.h"

#include <algorithm>

#include "keratin/base/check.h"
#include "keratin/base/text.h"
#include "keratin/model/callbacks/message_internal.h"
#include "keratin/model/model.h"

namespace keratin::callbacks {

ReduceLROnPlateau::ReduceLROnPlateau(ReduceLROnPlateauOptions options)
    : MonitorCallback("ReduceLROnPlateau", options.monitor, options.mode, {}, options.min_delta),
      options_(std::move(options)) {
  require<ValueError>(options_.factor < 1.0, class_name(),
                      "expected a `factor` below 1, got {}. Use 0.1 for a tenth.", options_.factor);
}

void ReduceLROnPlateau::on_train_begin(Logs& logs) {
  MonitorCallback::on_train_begin(logs);
  set_best({});
  cooldown_left_ = 0;
  wait_ = 0;
}

void ReduceLROnPlateau::on_epoch_end(int64_t epoch, Logs& logs) {
  logs.set("learning_rate", model().optimizer().learning_rate().item<float>());
  if (!logs.has(monitor())) {
    warn(
        "Learning rate reduction is conditioned on metric `{}` which is not available. Available "
        "metrics are: {}.",
        monitor(), fmt::join(logs.names(), ","));
    return;
  }
  const double current = logs[monitor()];
  if (cooldown_left_ > 0) {
    --cooldown_left_;
    wait_ = 0;
  }
  if (is_improvement(current, best())) {
    set_best(current);
    wait_ = 0;
  } else if (cooldown_left_ <= 0) {
    ++wait_;
    if (wait_ < options_.patience || !reduce(epoch)) return;
    cooldown_left_ = options_.cooldown;
    wait_ = 0;
  }
}

bool ReduceLROnPlateau::reduce(int64_t epoch) {
  const Optimizer& optimizer = model().optimizer();
  const double old_rate = optimizer.learning_rate().item<float>();
  if (!(old_rate > static_cast<float>(options_.min_lr))) return false;
  const double new_rate = std::max(old_rate * options_.factor, options_.min_lr);
  optimizer.set_learning_rate(new_rate);
  if (options_.verbose > 0) {
    say("\nEpoch {}: ReduceLROnPlateau reducing learning rate to {}.", epoch + 1,
        text::number(new_rate));
  }
  return true;
}

CallbackState ReduceLROnPlateau::get_state() const {
  CallbackState state = MonitorCallback::get_state();
  state.values.set("cooldown_left", cooldown_left_);
  state.values.set("wait", wait_);
  return state;
}

void ReduceLROnPlateau::set_state(const CallbackState& state) {
  MonitorCallback::set_state(state);
  cooldown_left_ = state.values.at("cooldown_left").as_int();
  wait_ = state.values.at("wait").as_int();
}

}  // namespace keratin::callbacks
