// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "keratin/base/codec.h"
#include "keratin/model/callbacks/callback.h"

namespace keratin::callbacks {

using OptionalNumber = std::optional<double>;

/// Is the part of callbacks that watch a value and tell whether it has improved.
class MonitorCallback : public Callback {
 public:
  /// Returns the best value so far; nothing before the first one.
  OptionalNumber best() const { return best_; }

  /// Chooses what is better. Throws ValueError where `mode` is "auto" and the metric does not tell.
  void on_train_begin(Logs& logs) override;
  CallbackState get_state() const override;
  void set_state(const CallbackState& state) override;

 protected:
  /// A `mode` other than "auto", "min" and "max" is told on stderr and means "auto", as in Keras.
  MonitorCallback(std::string_view class_name, std::string monitor, std::string mode,
                  OptionalNumber best, double min_delta);

  const std::string& monitor() const { return monitor_; }
  std::string_view class_name() const { return class_name_; }
  /// Tells whether `value` is better than `reference` by more than `min_delta`.
  bool is_improvement(double value, OptionalNumber reference) const;
  void set_best(OptionalNumber best) { best_ = best; }

 private:
  void choose_direction();

  std::string_view class_name_;
  std::string monitor_;
  std::string mode_;
  double min_delta_;
  OptionalNumber best_;
  bool larger_is_better_ = false;
};

}  // namespace keratin::callbacks
