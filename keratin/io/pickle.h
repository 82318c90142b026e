// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "keratin/base/file.h"

namespace keratin {

/// Is what NumPy's arrays of Python objects hold here: a list of integers for each element, or an
/// integer for each.
using PickledIntegers = std::variant<std::vector<std::vector<int64_t>>, std::vector<int64_t>>;

/// Returns the elements of an array with one axis that Python's pickle wrote, protocols 2 to 5.
///
/// This is a reader of data, not of programs: it takes the opcodes and the four names that NumPy
/// writes for such an array (numpy.ndarray, numpy.dtype, `_reconstruct`, `_codecs.encode`), and
/// calls nothing. Throws FileError that begins with `where` for all else, for more than 64 integers
/// a byte, and for bytes that are cut off or follow. See docs.python.org/3/library/pickle.html and
/// Python's pickletools, which say what the opcodes mean.
PickledIntegers read_pickled_array(ByteView bytes, std::string_view where);

}  // namespace keratin
