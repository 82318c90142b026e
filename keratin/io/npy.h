// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keratin/base/file.h"
#include "keratin/core/array.h"
#include "keratin/io/pickle.h"

namespace keratin {

/// Says how elements are read that NumPy's type names leave open.
struct NpyOptions {
  /// Reads elements of two bytes without a type (`|V2`) as bfloat16; NumPy stores it so.
  bool bfloat16 = false;
};

/// Returns the array of a NumPy .npy file (format 1 to 3, either byte order, C or Fortran order) as
/// a row-major array. Throws FileError for files that are damaged, too short or too long, and for
/// objects, texts, records, complex numbers and dates. See `numpy.load`.
Array read_npy(const std::string& path, const NpyOptions& options = {});

/// Returns the array in the bytes of an .npy file; `where` names them in errors.
Array read_npy(ByteView bytes, std::string_view where, const NpyOptions& options = {});

/// Returns the elements of an .npy file with one axis: integers, or Python's lists of integers,
/// which NumPy saves as a pickle (`pickle.h`). `where` names the bytes in errors. Throws FileError
/// for all else.
PickledIntegers read_npy_integers(ByteView bytes, std::string_view where);

/// Returns the bytes that `numpy.save` writes for such an array; bfloat16 is stored as `|V2`.
Bytes npy_bytes(const Array& array);

/// Writes an .npy file atomically; throws FileError. See `numpy.save`.
void write_npy(const std::string& path, const Array& array);

}  // namespace keratin
