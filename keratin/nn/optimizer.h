// SPDX-License-Identifier: Apache-2.0
// Optimizers: value handles on shared state. All that an update does is graph operations and
// assignments of variables, so that it runs at once or as part of a traced step.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "keratin/graph/variable.h"
#include "keratin/nn/constraint.h"
#include "keratin/nn/object.h"
#include "keratin/nn/schedule.h"

namespace keratin {

/// Declares the arguments that all optimizers have; stands last in an options struct.
#define KERATIN_OPTIMIZER_FIELDS(default_weight_decay)                                             \
  KERATIN_FIELD_AT(50, std::optional<double>, weight_decay,                                        \
                   "Share of each weight taken off per step, times the learning rate.") =          \
      default_weight_decay;                                                                        \
  KERATIN_FIELD_AT(51, std::optional<double>, clipnorm, "Largest norm of one gradient.") = {};     \
  KERATIN_FIELD_AT(52, std::optional<double>, clipvalue, "Largest size of one element.") = {};     \
  KERATIN_FIELD_AT(53, std::optional<double>, global_clipnorm,                                     \
                   "Largest norm of all gradients together.") = {};                                \
  KERATIN_FIELD_AT(54, bool, use_ema, "Keep a moving average of the weights.") = false;            \
  KERATIN_FIELD_AT(55, double, ema_momentum, "Share that the average keeps per step.") = 0.99;     \
  KERATIN_FIELD_AT(56, std::optional<int64_t>, ema_overwrite_frequency,                            \
                   "Steps after which weights become their average; at the end when empty.") = {}; \
  KERATIN_FIELD_AT(57, std::optional<double>, loss_scale_factor,                                   \
                   "Factor of the loss that gradients are divided by.") = {};                      \
  KERATIN_FIELD_AT(58, std::optional<int64_t>, gradient_accumulation_steps,                        \
                   "Batches whose mean gradient makes one update.") = {};                          \
  KERATIN_FIELD_AT(59, std::string, name, "Name; made from the class when empty.") = {}

/// Is the arguments that all optimizers have.
struct OptimizerOptions {
  KERATIN_OPTIONS(OptimizerOptions);
  KERATIN_FIELD(LearningRate, learning_rate, "Step size, or a schedule.") = 0.001;
  KERATIN_OPTIMIZER_FIELDS({});
};

class Optimizer;

/// Is what stands behind an Optimizer: what all have in common. A rule adds its slots, its update
/// and its own arguments; what hands its work to other optimizers overrides more (WrapperBody).
class OptimizerBody {
 public:
  /// Throws ValueError for arguments that do not fit together.
  OptimizerBody(std::string_view class_name, OptimizerOptions options);
  virtual ~OptimizerBody() = default;

  std::string_view class_name() const { return class_name_; }
  const std::string& name() const { return options_.name; }
  bool built() const { return built_; }
  /// Tells whether a model has taken the optimizer, and has it taken from now on.
  bool take() { return taken_.exchange(true); }
  virtual const std::vector<Variable>& variables() const { return variables_; }
  const std::vector<Variable>& trainable_variables() const { return trainable_; }
  const std::vector<Variable>& averages() const { return averages_; }
  /// Returns the optimizers that this one hands its work to.
  virtual const std::vector<Optimizer>& optimizers() const;

  void build(const std::vector<Variable>& variables);
  void apply(const std::vector<Tensor>& gradients, const std::vector<Variable>& variables);
  virtual Tensor learning_rate() const;
  virtual void set_learning_rate(double value) const;
  /// Returns the number of updates done, a scalar int32.
  virtual Tensor iterations() const;
  virtual Tensor scale_loss(const Tensor& loss) const;
  virtual void set_loss_scale_factor(std::optional<double> factor);
  virtual void finalize_variable_values() const;
  virtual void exclude_from_weight_decay(const std::vector<Variable>& variables,
                                         const std::vector<std::string>& names);
  virtual void set_constraint(const Variable& variable, Constraint constraint);
  /// Returns the arguments as Keras' `get_config` does.
  virtual Config get_config() const;

 protected:
  /// Makes the rule's slots with `add_slots`.
  virtual void make_slots() = 0;
  /// Assigns the new value of `variable`, whose slots stand at `index`; gradient and learning rate
  /// have the variable's dtype.
  virtual void update_step(const Tensor& gradient, const Variable& variable, size_t index,
                           const Tensor& learning_rate) = 0;
  /// Does one step with gradients that fit their variables, one of which at least is there.
  virtual void update(const std::vector<Tensor>& gradients, const std::vector<Variable>& variables);
  /// Updates what the rule keeps for all variables together, before the first of them.
  virtual void begin_update() {}
  /// Returns the share of a variable that decays; none when it does not.
  virtual std::optional<double> weight_decay_of(const Variable& /*variable*/) const {
    return options_.weight_decay;
  }
  /// Returns the arguments that other optimizers do not have.
  virtual Config own_config() const = 0;

  /// Makes one slot per variable and name, interleaved by variable, and returns them by name. They
  /// start with zeros, or with the number given for the name.
  std::vector<std::vector<Variable>> add_slots(const std::vector<std::string>& names,
                                               const std::vector<double>& initial = {});
  /// Makes one slot that starts with `initial`; its path ends in `name`.
  Variable add_slot(const Tensor& initial, std::string name);
  /// Makes one slot of the variable's shape, named after it.
  Variable add_slot_like(const Variable& variable, std::string_view name, const Tensor& initial);
  size_t index_of(const Variable& variable) const;
  const OptimizerOptions& common_options() const { return options_; }
  void count_step() const { iteration_.assign_add(1); }
  bool has_schedule() const { return options_.learning_rate.is_schedule(); }

 private:
  Variable add_variable(const Tensor& initial, std::string name);
  Variable add_like(const Variable& reference, std::string_view name);
  std::vector<Tensor> clipped(std::vector<Tensor> gradients) const;
  void update_all(const std::vector<Tensor>& gradients, const std::vector<Variable>& variables);
  void update_or_accumulate(const std::vector<Tensor>& gradients,
                            const std::vector<Variable>& variables);
  void update_averages();
  bool decays(const Variable& variable) const;

  std::string_view class_name_;
  OptimizerOptions options_;
  std::atomic<bool> taken_ = false;
  bool built_ = false;
  Variable iteration_;
  Variable learning_rate_;  // empty with a schedule
  std::vector<Variable> variables_;
  std::vector<Variable> trainable_;
  std::vector<Variable> averages_, accumulators_, slots_;
  std::unordered_map<const VariableBody*, size_t> index_;
  std::unordered_map<const VariableBody*, Constraint> constraints_;
  std::unordered_set<const VariableBody*> undecayed_;
  std::vector<std::string> undecayed_names_;  // regular expressions
};

/// Is what `compile` takes as an optimizer: a name (in any case) or an object of namespace
/// optimizers. Copies share the state (keras.io/api/optimizers).
class Optimizer {
 public:
  Optimizer() = default;
  Optimizer(std::nullptr_t) {}
  /// Makes the optimizer of that name with its default arguments; throws ValueError for others,
  /// with a suggestion.
  Optimizer(const char* name);
  Optimizer(const std::string& name);
  explicit Optimizer(std::shared_ptr<OptimizerBody> body) : body_(std::move(body)) {}

  bool defined() const { return body_ != nullptr; }
  std::string_view class_name() const { return body().class_name(); }
  const std::string& name() const { return body().name(); }
  /// Returns an optimizer for a model that is compiled: a new one where a name alone made this
  /// handle and another model has taken it, as in Keras a name means a new one each time.
  Optimizer for_one_model() const;
  /// Tells whether both are handles on one optimizer.
  bool is(const Optimizer& other) const { return body_ == other.body_; }

  /// Makes the slots for these variables; does nothing when it is built.
  void build(const std::vector<Variable>& variables) const { body().build(variables); }
  bool built() const { return body().built(); }
  /// Updates the variables by their gradients; an empty handle means that a variable has none and
  /// stays as it is. Builds the optimizer at the first call. Throws ValueError for variables it
  /// was not built with and when there is no gradient at all, ShapeError for a gradient of another
  /// shape than its variable.
  void apply(const std::vector<Tensor>& gradients, const std::vector<Variable>& variables) const {
    body().apply(gradients, variables);
  }
  /// Is the same for the variables that it was built with.
  void apply(const std::vector<Tensor>& gradients) const;
  /// Returns the state in Keras' order: iteration, learning rate, averages, accumulated gradients,
  /// slots.
  const std::vector<Variable>& variables() const { return body().variables(); }

  /// Returns the variables that the optimizer was built with.
  const std::vector<Variable>& trainable_variables() const { return body().trainable_variables(); }
  /// Returns their moving averages; none without `use_ema` and before it is built.
  const std::vector<Variable>& averages() const { return body().averages(); }

  /// Returns the optimizers that this one hands its work to: those of MultiOptimizer, the inner one
  /// of LossScaleOptimizer; none for others.
  const std::vector<Optimizer>& optimizers() const { return body().optimizers(); }
  /// Returns the optimizer in a LossScaleOptimizer; throws ValueError for others.
  const Optimizer& inner_optimizer() const;

  /// Returns the present learning rate, a scalar. Throws ValueError for MultiOptimizer.
  Tensor learning_rate() const { return body().learning_rate(); }
  /// Throws ValueError when the optimizer has a schedule, and for MultiOptimizer.
  void set_learning_rate(double value) const { body().set_learning_rate(value); }
  /// Returns the number of updates done, a scalar int32.
  Tensor iterations() const { return body().iterations(); }
  /// Returns the loss times `loss_scale_factor`, or LossScaleOptimizer's present scale; `apply`
  /// divides its gradients again.
  Tensor scale_loss(const Tensor& loss) const { return body().scale_loss(loss); }
  /// Throws ValueError for 0, what is not finite, and for LossScaleOptimizer.
  void set_loss_scale_factor(std::optional<double> factor) const {
    body().set_loss_scale_factor(factor);
  }
  /// Gives the weights their moving averages with `use_ema`, as `fit` does at its end.
  void finalize_variable_values() const { body().finalize_variable_values(); }
  /// Keeps variables, and those whose name holds one of `names` (regular expressions), from weight
  /// decay. Throws ValueError when the optimizer is built and for what is no regular expression.
  void exclude_from_weight_decay(const std::vector<Variable>& variables,
                                 const std::vector<std::string>& names = {}) const {
    body().exclude_from_weight_decay(variables, names);
  }
  /// Has a constraint applied to the variable after each update; an empty one removes it.
  void set_constraint(const Variable& variable, Constraint constraint) const {
    body().set_constraint(variable, std::move(constraint));
  }

  /// Returns the arguments as Keras' `get_config` does.
  Config get_config() const { return body().get_config(); }
  /// Returns the envelope that Keras writes; null for none.
  Config to_config() const;
  static Optimizer from_config(const Config& config);

 private:
  OptimizerBody& body() const;
  std::shared_ptr<OptimizerBody> body_;
  bool is_from_name_ = false;
};

template <>
struct Codec<Optimizer> {
  static Config write(const Optimizer& value) { return value.to_config(); }
  static Optimizer read(const Config& config) { return Optimizer::from_config(config); }
  static std::string type_name() { return "optimizer"; }
};

}  // namespace keratin
