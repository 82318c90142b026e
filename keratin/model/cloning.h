// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "keratin/model/model.h"

namespace keratin::models {

/// Are the arguments of `clone_model` besides the model.
struct CloneOptions {
  /// Names the user's classes that the model holds, unless they are registered.
  std::vector<CustomObject> custom_objects = {};
};

/// Returns a model of new layers with the same arguments, names and connections, whose weights
/// start anew; it is compiled with the same arguments if the model is. The way leads over configs:
/// throws ConfigError for the user's classes that are not known, and ConfigError or, where its
/// function has a name, UnsupportedError for a Lambda (`keras.models.clone_model`).
Model clone_model(const Model& model, const CloneOptions& options = {});

}  // namespace keratin::models
