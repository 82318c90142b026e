// SPDX-License-Identifier: Apache-2.0
// How the built-in losses are made from names and configs; for the sources of this folder.
#pragma once

#include <algorithm>
#include <iterator>
#include <string>

#include "keratin/nn/loss.h"

namespace keratin::detail {

/// Returns a loss that calls a function. `written` is what stands for it in a config; when it is a
/// class name of keras.losses, the arguments are added to it.
Loss function_loss(LossOptions options, Loss::Function function, Config written);

/// Returns a built-in class: `own` are the arguments that other losses do not have.
Loss class_loss(std::string_view class_name, LossOptions options, Loss::Function function,
                Config own);

/// Returns the built-in loss of that name, which is written as that name.
Loss loss_named(const std::string& name);

/// Returns the built-in loss of a config.
Loss loss_from(const ObjectSpec& spec, const Config& written);

/// Throws ShapeError unless labels can be compared with predictions element by element.
void check_targets(std::string_view where, const Tensor& labels, const Tensor& predictions);

/// Throws ValueError unless a label_smoothing lies between 0 and 1.
void check_smoothing(std::string_view where, double label_smoothing);

/// Returns the function with ranks made equal first, as every built-in class has it.
template <class F>
Loss::Function squeezed(F function) {
  return [function](const Tensor& y_true, const Tensor& y_pred) {
    const auto [labels, predictions] = squeeze_or_expand(y_true, y_pred);
    return function(labels, predictions);
  };
}

/// Returns the arguments that all losses have.
template <class Options>
LossOptions loss_options_of(const Options& options) {
  return {.reduction = options.reduction, .name = options.name, .dtype = options.dtype};
}

/// Returns the arguments that other losses do not have, in the order in which Keras writes them.
template <class Options>
Config own_loss_config(const Options& options) {
  Config own = Config::dict();
  for_each_field(options, [&](auto field, const auto& member) {
    constexpr std::string_view common[] = {"name", "reduction", "dtype"};
    if (std::ranges::find(common, field.name) != std::end(common)) return;
    own.set(field.name, Codec<std::remove_cvref_t<decltype(member)>>::write(member));
  });
  return own;
}

/// Returns a built-in class with its arguments around a function of equal ranks.
template <class Options, class F>
Loss built_in_loss(std::string_view class_name, const Options& options, F function) {
  return class_loss(class_name, loss_options_of(options), squeezed(std::move(function)),
                    own_loss_config(options));
}

}  // namespace keratin::detail
