// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "keratin/base/field_info.h"
#include "keratin/nn/layer.h"

namespace keratin {

/// Says how a layer is made of a config, and what the config may hold.
struct LayerMaker {
  Layer (*from_config)(const Config& config);
  std::vector<FieldInfo> (*fields)();
};

/// Is one layer class of `keras.layers`: its name, and how it is made.
struct LayerType {
  std::string_view class_name;
  LayerMaker make;
};

/// Returns the layer classes there are.
const std::vector<LayerType>& layer_types();

/// Tells whether a class is one of them, and not a model or a user's own.
bool is_built_in(std::string_view class_name);

/// Makes a layer from its class name and `get_config`; throws ConfigError for unknown classes,
/// with a suggestion, and for arguments that the class does not have.
Layer layer_from_config(const std::string& class_name, const Config& config);

}  // namespace keratin
