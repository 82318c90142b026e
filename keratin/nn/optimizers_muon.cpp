// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <regex>

#include "keratin/base/text.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/nn/optimizer_internal.h"
#include "keratin/nn/optimizers.h"

namespace keratin {

namespace {

using optimizers::MuonOptions;

class MuonBody final : public detail::RuleBody<MuonOptions> {
 public:
  explicit MuonBody(MuonOptions given) : RuleBody("Muon", std::move(given)) {
    detail::check_beta("Muon", "adam_beta_1", options().adam_beta_1);
    detail::check_beta("Muon", "adam_beta_2", options().adam_beta_2);
    detail::check_epsilon("Muon", options().epsilon);
    detail::check_not_negative("Muon", "ns_steps", static_cast<double>(options().ns_steps));
  }

 protected:
  void make_slots() override {
    for (const Variable& variable : trainable_variables()) {
      const Tensor zeros = ops::zeros(variable.shape(), variable.dtype());
      momentums_.push_back(add_slot_like(variable, "momentum", zeros));
      velocities_.push_back(is_adam(variable) ? add_slot_like(variable, "velocity", zeros)
                                              : Variable());
    }
  }

  std::optional<double> weight_decay_of(const Variable& variable) const override {
    return is_adam(variable) ? options().adam_weight_decay : options().weight_decay;
  }

  void update_step(const Tensor& gradient, const Variable& variable, size_t index,
                   const Tensor& learning_rate) override {
    const Variable& m = momentums_[index];
    if (velocities_[index].defined()) {
      const Tensor rate = learning_rate * double{options().adam_lr_ratio};
      adam_step(gradient, variable, m, velocities_[index], rate);
      return;
    }
    const double kept = options().momentum;
    m.assign_add(gradient + m.value() * (kept - 1));
    const Tensor ahead = options().nesterov ? gradient + kept * m.value() : m.value();
    Tensor step = learning_rate * orthogonal(ahead);
    if (options().rms_rate) {
      const int64_t longest = std::max(variable.shape()[0], variable.shape()[1]);
      step = step * std::sqrt(static_cast<double>(longest)) * *options().rms_rate;
    }
    variable.assign_sub(step);
  }

 private:
  // Only matrices are made orthogonal, and only those that are no embeddings and not excluded.
  bool is_adam(const Variable& variable) const {
    if (variable.shape().rank() != 2) return true;
    const std::string& path = variable.path();
    if (options().exclude_embeddings && text::lower(path).find("embedding") != std::string::npos) {
      return true;
    }
    return std::any_of(
        options().exclude_layers.begin(), options().exclude_layers.end(),
        [&](const std::string& pattern) { return std::regex_search(path, std::regex(pattern)); });
  }

  void adam_step(const Tensor& gradient, const Variable& variable, const Variable& m,
                 const Variable& v, const Tensor& rate) const {
    const MuonOptions& o = options();
    const Tensor step = step_in(variable.dtype());
    const auto power = [&](double beta) {
      return ops::power(ops::cast(beta, variable.dtype()), step);
    };
    const Tensor alpha = rate * ops::sqrt(1 - power(o.adam_beta_2)) / (1 - power(o.adam_beta_1));
    m.assign_add((gradient - m.value()) * (1 - o.adam_beta_1));
    v.assign_add((ops::square(gradient) - v.value()) * (1 - o.adam_beta_2));
    variable.assign_sub(m.value() * alpha / (ops::sqrt(v.value()) + o.epsilon));
  }

  // Brings the singular values near 1 by Newton and Schulz' iteration.
  Tensor orthogonal(Tensor x) const {
    const MuonOptions& o = options();
    const bool is_tall = x.shape()[0] > x.shape()[1];
    if (is_tall) x = ops::transpose(x);
    x = x / (ops::sqrt(ops::sum(ops::square(x), {0, 1}, true)) + 1e-7);
    for (int64_t i = 0; i < o.ns_steps; ++i) {
      const Tensor a = ops::matmul(x, ops::transpose(x));
      const Tensor b = o.muon_b * a + ops::matmul(o.muon_c * a, a);
      x = o.muon_a * x + ops::matmul(b, x);
    }
    return is_tall ? ops::transpose(x) : x;
  }

  std::vector<Variable> momentums_, velocities_;
};

}  // namespace

namespace optimizers {

Optimizer Muon(MuonOptions options) {
  return Optimizer(std::make_shared<MuonBody>(std::move(options)));
}

}  // namespace optimizers

}  // namespace keratin
