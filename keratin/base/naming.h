// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace keratin {

/// Returns `dense`, then `dense_1`, `dense_2`, ...: a counter per prefix for the whole process, as
/// Keras has it. This is one of the documented globals; `reset_names` sets all counters back.
std::string unique_name(std::string_view prefix);

/// Returns the automatic name for a class: `unique_name(snake_case(class_name))`.
std::string auto_name(std::string_view class_name);

/// Starts all automatic names anew (`keras.utils.clear_session`).
void reset_names();

}  // namespace keratin
