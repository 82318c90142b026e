// SPDX-License-Identifier: Apache-2.0
// Optimizers that hand their work to others: LossScaleOptimizer and MultiOptimizer.
#pragma once

#include <concepts>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "keratin/nn/optimizer.h"

namespace keratin::optimizers {

struct LossScaleOptimizerOptions {
  KERATIN_OPTIONS(LossScaleOptimizerOptions);
  KERATIN_FIELD(Optimizer, inner_optimizer, "The optimizer that moves the weights.") = {};
  KERATIN_FIELD(Number, initial_scale, "Factor of the loss at first.") = 32768.0;
  KERATIN_FIELD(int64_t, dynamic_growth_steps,
                "Finite steps after which the factor doubles.") = 2000;
  KERATIN_FIELD(std::string, name, "Name; made from the class when empty.") = {};
};

/// Multiplies the loss, so that half-precision gradients do not vanish, and divides the gradients
/// before `inner_optimizer` takes them. A step with a gradient that is infinite or no number is
/// left out and halves the factor; `dynamic_growth_steps` good ones in a row double it
/// (keras.io/api/mixed_precision/loss_scale_optimizer). Learning rate, iterations and constraints
/// are those of the inner optimizer, whose `loss_scale_factor` is taken away. Throws ValueError
/// without an inner optimizer, for one that scales so itself, for a scale that is not positive and
/// for growth steps below 1.
Optimizer LossScaleOptimizer(LossScaleOptimizerOptions options);
template <std::convertible_to<Optimizer> Inner>
Optimizer LossScaleOptimizer(Inner inner, LossScaleOptimizerOptions options = {}) {
  options.inner_optimizer = std::move(inner);
  return LossScaleOptimizer(std::move(options));
}

/// Says which optimizer moves which variable: by the variable's path, or by a function of the user.
class OptimizerMap {
 public:
  using Items = std::vector<std::pair<std::string, Optimizer>>;
  using Function = std::function<Optimizer(const Variable&)>;

  OptimizerMap() = default;
  /// Takes the optimizer of all variables that no key fits. A key is a path or a regular expression
  /// for whole paths. Throws ValueError without a default, and as `set`.
  template <std::convertible_to<Optimizer> Default>
  OptimizerMap(Default default_optimizer, const Items& optimizer_map = {})
      : OptimizerMap(Tag{}, std::move(default_optimizer), optimizer_map) {}
  /// Takes a function in place of the keys. It must return the same object for variables that
  /// share an optimizer, and cannot be written to a file.
  template <class F>
  requires(!std::same_as<F, OptimizerMap> && std::is_invocable_r_v<Optimizer, F, const Variable&>)
      OptimizerMap(F function)
      : function_(std::move(function)) {}

  /// Adds a key; throws ValueError for one that is there or is no regular expression, and for an
  /// optimizer that is none or hands its work to others.
  void set(const std::string& key, const Optimizer& optimizer);
  /// Returns the optimizer of a path: of the key that equals it, else of the one that fits, else
  /// the default. Throws ValueError where several fit.
  Optimizer at(const std::string& path) const;
  Optimizer operator()(const Variable& variable) const;

  const Optimizer& default_optimizer() const { return default_; }
  const Items& items() const { return items_; }
  bool is_function() const { return function_ != nullptr; }

 private:
  struct Tag {};
  OptimizerMap(Tag, Optimizer default_optimizer, const Items& optimizer_map);

  Optimizer default_;
  Items items_;
  Function function_;
};

struct MultiOptimizerOptions {
  KERATIN_OPTIONS(MultiOptimizerOptions);
  KERATIN_FIELD(OptimizerMap, optimizer_map, "Which optimizer moves which variable.") = {};
  KERATIN_FIELD(std::optional<double>, loss_scale_factor,
                "Factor of the loss; that of the inner optimizers is replaced by it.") = {};
  KERATIN_FIELD(std::string, name, "Name; made from the class when empty.") = {};
};

/// Moves each variable with the optimizer that the map says (keras.io/api/optimizers). It has no
/// learning rate of its own: `optimizers()` gives those that do. Throws ValueError without a map,
/// and when it is built for an optimizer of the map that hands its work to others.
Optimizer MultiOptimizer(MultiOptimizerOptions options);
template <std::convertible_to<OptimizerMap> Map>
Optimizer MultiOptimizer(Map map, MultiOptimizerOptions options = {}) {
  options.optimizer_map = std::move(map);
  return MultiOptimizer(std::move(options));
}

}  // namespace keratin::optimizers

namespace keratin {

template <>
struct Codec<optimizers::OptimizerMap> {
  static Config write(const optimizers::OptimizerMap& map);
  static optimizers::OptimizerMap read(const Config& config);
  static std::string type_name() { return "OptimizerMap"; }
};

}  // namespace keratin
