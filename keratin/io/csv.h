// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "keratin/base/file.h"
#include "keratin/core/array.h"

namespace keratin {

/// Returns the numbers of a CSV file as float32 of shape [rows, columns]. Fields stand between
/// commas, with or without quotation marks; a first line that holds something else than numbers is
/// taken as names and left out, and so are empty lines. Throws FileError that names the line.
Array read_csv(const std::string& path);

/// Returns the array in the text of a CSV file; `where` names it in errors.
Array read_csv(ByteView bytes, std::string_view where);

}  // namespace keratin
