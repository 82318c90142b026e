// SPDX-License-Identifier: Apache-2.0
// What the sources of the built-in optimizers share.
#pragma once

#include <cmath>
#include <string_view>
#include <type_traits>
#include <utility>

#include "keratin/base/check.h"
#include "keratin/graph/ops/elementwise.h"
#include "keratin/nn/optimizer.h"

namespace keratin::detail {

/// Returns the arguments that all optimizers have.
template <class Options>
OptimizerOptions optimizer_options_of(const Options& options) {
  OptimizerOptions common;
  for_each_field(options, [&](auto from, const auto& value) {
    for_each_field(common, [&](auto to, auto& member) {
      if constexpr (std::is_same_v<std::remove_cvref_t<decltype(value)>,
                                   std::remove_cvref_t<decltype(member)>>) {
        if (from.name == to.name) member = value;
      }
    });
  });
  return common;
}

/// Makes a LossScaleOptimizer of its arguments, among which old files have all common ones.
Optimizer loss_scale_from_config(const Config& config, std::string_view where);

/// Returns the arguments that other optimizers do not have.
template <class Options>
Config own_arguments(const Options& options) {
  const Config common = config_of(OptimizerOptions());
  const Config all = config_of(options);
  Config::Dict own;
  for (const auto& item : all.as_dict()) {
    if (!common.has(item.first)) own.push_back(item);
  }
  return Config::dict(std::move(own));
}

inline void check_share(std::string_view where, std::string_view name, double value) {
  require<ValueError>(value >= 0.0 && value <= 1.0, where,
                      "expected {} from 0 to 1, got {}. Pass such a share.", name, value);
}

/// The bias correction of Adam divides by 1 - beta.
inline void check_beta(std::string_view where, std::string_view name, double value) {
  require<ValueError>(value >= 0.0 && value < 1.0, where,
                      "expected {} from 0 to below 1, got {}. Pass such a share.", name, value);
}

inline void check_epsilon(std::string_view where, double value) {
  require<ValueError>(value >= 0.0 && std::isfinite(value), where,
                      "expected an epsilon of 0 or more, got {}. Use 1e-7.", value);
}

/// Throws ValueError for a number that is negative or not finite.
inline void check_not_negative(std::string_view where, std::string_view name, double value) {
  require<ValueError>(value >= 0.0 && std::isfinite(value), where,
                      "expected {} of 0 or more, got {}. Pass such a number.", name, value);
}

/// While it lives, optimizers on this thread are built without slots that they do not use: Keras
/// tracks nothing while it builds a LossScaleOptimizer, and so does not find them.
class WithoutUnusedSlots {
 public:
  WithoutUnusedSlots() : before_(std::exchange(is_open_, true)) {}
  WithoutUnusedSlots(const WithoutUnusedSlots&) = delete;
  WithoutUnusedSlots& operator=(const WithoutUnusedSlots&) = delete;
  ~WithoutUnusedSlots() { is_open_ = before_; }

  static bool is_open() { return is_open_; }

 private:
  inline static thread_local bool is_open_ = false;
  bool before_;
};

/// Is a rule with its arguments.
template <class Options>
class RuleBody : public OptimizerBody {
 public:
  RuleBody(std::string_view class_name, Options options)
      : OptimizerBody(class_name, optimizer_options_of(options)), options_(std::move(options)) {}

 protected:
  Config own_config() const override { return own_arguments(options_); }
  const Options& options() const { return options_; }
  /// Returns the number of the step, counted from 1.
  Tensor step_in(DType dtype) const { return ops::cast(iterations() + 1, dtype); }

 private:
  Options options_;
};

}  // namespace keratin::detail
