// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/callbacks/swap_ema_weights.h"

#include "keratin/base/check.h"
#include "keratin/model/model.h"

namespace keratin::callbacks {

namespace {

// Returns those that have averages: the optimizer, or what it hands its work to.
std::vector<Optimizer> averaging(const Optimizer& optimizer) {
  if (!optimizer.averages().empty()) return {optimizer};
  std::vector<Optimizer> found;
  for (const Optimizer& inner : optimizer.optimizers()) {
    const std::vector<Optimizer> more = averaging(inner);
    found.insert(found.end(), more.begin(), more.end());
  }
  return found;
}

}  // namespace

SwapEMAWeights::SwapEMAWeights(SwapEMAWeightsOptions options) : options_(options) {}

void SwapEMAWeights::set_averages_in_model(bool wanted) {
  if (averages_in_model_ == wanted) return;
  const std::vector<Optimizer> optimizers = averaging(model().optimizer());
  require<ValueError>(!optimizers.empty(), "SwapEMAWeights",
                      "expected an optimizer that was trained with `use_ema`, got `{}` without "
                      "averages. Make it with `.use_ema = true`.",
                      model().optimizer().name());
  for (const Optimizer& optimizer : optimizers) {
    for (size_t i = 0; i < optimizer.averages().size(); ++i) {
      const Variable& weight = optimizer.trainable_variables()[i];
      const Variable& average = optimizer.averages()[i];
      const Tensor kept = weight.value();
      weight.assign(average.value());
      average.assign(kept);
    }
  }
  averages_in_model_ = wanted;
}

void SwapEMAWeights::on_epoch_begin(int64_t, Logs&) {
  if (options_.swap_on_epoch) set_averages_in_model(false);
}

void SwapEMAWeights::on_epoch_end(int64_t epoch, Logs&) {
  if (!options_.swap_on_epoch || averages_in_model_) return;
  set_averages_in_model(true);
  if (epoch != params().epochs - 1) return;
  // Training ends by giving the weights their averages, so these must be averages again.
  for (const Optimizer& optimizer : averaging(model().optimizer())) {
    for (size_t i = 0; i < optimizer.averages().size(); ++i) {
      optimizer.averages()[i].assign(optimizer.trainable_variables()[i].value());
    }
  }
}

void SwapEMAWeights::on_test_begin(Logs&) { set_averages_in_model(true); }
void SwapEMAWeights::on_test_end(Logs&) { set_averages_in_model(false); }
void SwapEMAWeights::on_predict_begin(Logs&) { set_averages_in_model(true); }
// Keras forgets to swap here.
void SwapEMAWeights::on_predict_end(Logs&) { set_averages_in_model(false); }

CallbackState SwapEMAWeights::get_state() const {
  return {.values = Config::dict({{"averages_in_model", averages_in_model_}})};
}

void SwapEMAWeights::set_state(const CallbackState& state) {
  averages_in_model_ = state.values.at("averages_in_model").as_bool();
}

}  // namespace keratin::callbacks
