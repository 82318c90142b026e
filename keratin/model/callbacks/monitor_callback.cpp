// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/callbacks/monitor_callback.h"

#include <cmath>

#include "keratin/base/check.h"
#include "keratin/model/callbacks/message_internal.h"
#include "keratin/model/model_body.h"
#include "keratin/model/train/trainer.h"

namespace keratin::callbacks {

MonitorCallback::MonitorCallback(std::string_view class_name, std::string monitor, std::string mode,
                                 OptionalNumber best, double min_delta)
    : class_name_(class_name),
      monitor_(std::move(monitor)),
      mode_(std::move(mode)),
      min_delta_(std::abs(min_delta)),
      best_(best) {
  require<ValueError>(std::isfinite(min_delta), class_name_,
                      "expected a finite number as `min_delta`, got {}. Use 0.", min_delta);
  if (mode_ == "auto" || mode_ == "min" || mode_ == "max") return;
  warn("{} mode '{}' is unknown, fallback to auto mode.", class_name_, mode_);
  mode_ = "auto";
}

void MonitorCallback::on_train_begin(Logs&) { choose_direction(); }

void MonitorCallback::choose_direction() {
  larger_is_better_ = mode_ == "max";
  if (mode_ != "auto") return;
  const std::string name = monitor_.starts_with("val_") ? monitor_.substr(4) : monitor_;
  const Direction direction = model().model_body().trainer().direction_of(name);
  require<ValueError>(direction != Direction::none, class_name_,
                      "expected `mode` min or max for '{}', whose better direction is not known, "
                      "got auto. Set `mode`.",
                      monitor_);
  larger_is_better_ = direction == Direction::max;
}

bool MonitorCallback::is_improvement(double value, OptionalNumber reference) const {
  if (!reference) return true;
  // In float32, in which Keras' ops compare.
  const auto limit = static_cast<float>(*reference);
  return larger_is_better_ ? static_cast<float>(value - min_delta_) > limit
                           : static_cast<float>(value + min_delta_) < limit;
}

CallbackState MonitorCallback::get_state() const {
  return {.values = Config::dict({{"best", Codec<OptionalNumber>::write(best_)}})};
}

void MonitorCallback::set_state(const CallbackState& state) {
  best_ = Codec<OptionalNumber>::read(state.values.at("best"));
}

}  // namespace keratin::callbacks
