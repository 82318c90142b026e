// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/callbacks/early_stopping.h"

#include <cmath>
#include <cstdio>

#include "keratin/base/check.h"
#include "keratin/model/model_body.h"
#include "keratin/model/train/trainer.h"

namespace keratin::callbacks {

EarlyStopping::EarlyStopping(EarlyStoppingOptions options) : options_(std::move(options)) {
  require<ValueError>(options_.mode == "auto" || options_.mode == "min" || options_.mode == "max",
                      "EarlyStopping",
                      "expected `mode` auto, min or max, got '{}'. Check the "
                      "spelling.",
                      options_.mode);
  require<ValueError>(std::isfinite(options_.min_delta), "EarlyStopping",
                      "expected a finite number as `min_delta`, got {}. Use 0.",
                      options_.min_delta);
  options_.min_delta = std::abs(options_.min_delta);
}

void EarlyStopping::on_train_begin(Logs&) {
  wait_ = 0;
  stopped_epoch_ = 0;
  has_best_ = false;
  best_weights_.clear();
  best_epoch_ = 0;
  if (!direction_known_) choose_direction();
}

void EarlyStopping::choose_direction() {
  larger_is_better_ = options_.mode == "max";
  direction_known_ = options_.mode != "auto";
  if (direction_known_) return;
  std::string name = options_.monitor;
  if (name.starts_with("val_")) name = name.substr(4);
  const Direction direction = model().model_body().trainer().direction_of(name);
  require<ValueError>(direction != Direction::none, "EarlyStopping",
                      "expected `mode` min or max for '{}', whose better direction is not known, "
                      "got auto. Set `mode`.",
                      options_.monitor);
  larger_is_better_ = direction == Direction::max;
  direction_known_ = true;
}

bool EarlyStopping::is_better(double value, double reference) const {
  return larger_is_better_ ? value - options_.min_delta > reference
                           : value + options_.min_delta < reference;
}

void EarlyStopping::on_epoch_end(int64_t epoch, Logs& logs) {
  if (!logs.has(options_.monitor)) {
    std::fprintf(stderr, "EarlyStopping: expected the value `%s`, got only: %s. Check `monitor`.\n",
                 options_.monitor.c_str(),
                 fmt::format("{}", fmt::join(logs.names(), ", ")).c_str());
    return;
  }
  if (epoch < options_.start_from_epoch) return;
  const double current = logs[options_.monitor];
  if (options_.restore_best_weights && best_weights_.empty()) {
    best_weights_ = model().get_weights();
    best_epoch_ = epoch;
  }
  ++wait_;
  if (!has_best_ || is_better(current, best_)) {
    has_best_ = true;
    best_ = current;
    best_epoch_ = epoch;
    if (options_.restore_best_weights) best_weights_ = model().get_weights();
    if (!options_.baseline || is_better(current, *options_.baseline)) wait_ = 0;
    return;
  }
  if (wait_ >= options_.patience && epoch > 0) {
    stopped_epoch_ = epoch;
    model().set_stop_training(true);
  }
}

void EarlyStopping::on_train_end(Logs&) {
  if (stopped_epoch_ > 0 && options_.verbose > 0) {
    std::printf("Epoch %lld: early stopping\n", static_cast<long long>(stopped_epoch_ + 1));
  }
  if (!options_.restore_best_weights || best_weights_.empty()) return;
  if (options_.verbose > 0) {
    std::printf("Restoring model weights from the end of the best epoch: %lld.\n",
                static_cast<long long>(best_epoch_ + 1));
  }
  model().set_weights(best_weights_);
}

}  // namespace keratin::callbacks
