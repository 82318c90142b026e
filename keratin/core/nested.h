// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/base/config.h"
#include "keratin/core/array.h"

namespace keratin {

/// Returns the elements as nested lists of numbers and bools, as Python's `tolist` does; one value
/// for rank 0.
Config nested_lists(const Array& array);

}  // namespace keratin
