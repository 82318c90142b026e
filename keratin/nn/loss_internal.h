// SPDX-License-Identifier: Apache-2.0
// How the built-in losses are made from names and configs; for the sources of this folder.
#pragma once

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

}  // namespace keratin::detail
