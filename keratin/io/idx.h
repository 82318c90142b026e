// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "keratin/base/file.h"
#include "keratin/core/array.h"

namespace keratin {

/// Returns the array of an idx file, the format in which MNIST is published, plain or packed with
/// gzip. The element types are uint8, int8, int16, int32, float32 and float64. Throws FileError
/// for files that are damaged, too short or too long.
Array read_idx(const std::string& path);

/// Returns the array in the bytes of an idx file; `where` names them in errors.
Array read_idx(ByteView bytes, std::string_view where);

}  // namespace keratin
