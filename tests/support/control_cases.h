// SPDX-License-Identifier: Apache-2.0
// The functions of tests/golden/make_control.py, written with our ops.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "keratin/graph/tensor.h"

namespace keratin::testing_support {

using ControlFunction = std::function<std::vector<Tensor>(const std::vector<Tensor>&)>;

/// Returns the functions by their names.
const std::map<std::string, ControlFunction>& control_functions();

}  // namespace keratin::testing_support
