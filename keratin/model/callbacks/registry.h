// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "keratin/base/field_info.h"
#include "keratin/model/callbacks/callback.h"

namespace keratin {

/// Is one class of `keras.callbacks`: its name, its arguments, and how it is made of them.
struct CallbackType {
  std::string_view class_name;
  std::vector<FieldInfo> (*fields)();
  CallbackRef (*from_config)(const Config& config);
};

/// Returns the classes of callbacks that have arguments.
const std::vector<CallbackType>& callback_types();

/// Makes a callback from its class name and arguments; throws ConfigError for unknown classes, with
/// a suggestion, and for arguments that the class does not have.
CallbackRef callback_from_config(std::string_view class_name, const Config& config);

}  // namespace keratin
