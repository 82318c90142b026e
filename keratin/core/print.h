// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "keratin/core/array.h"

namespace keratin {

/// Returns the array as NumPy 2 prints it with its default options (`str(array)`): 8 digits, lines
/// of 75 columns, and only the edges of arrays with more than 1000 elements. bfloat16 is printed as
/// ml_dtypes does it: 6 significant digits, columns not aligned.
std::string to_string(const Array& array);

}  // namespace keratin
