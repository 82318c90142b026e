// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "keratin/io/npy.h"

namespace keratin {

using NamedArrays = std::vector<std::pair<std::string, Array>>;

/// Returns the arrays of a NumPy .npz archive (stored or deflated) in its order, under their names
/// without `.npy`. Throws FileError that names the archive and the member. See `numpy.load`.
NamedArrays read_npz(const std::string& path, const NpyOptions& options = {});

/// Returns the arrays of an .npz archive in memory; `where` names it in errors.
NamedArrays read_npz(Bytes archive, const std::string& where, const NpyOptions& options = {});

/// Writes an .npz archive atomically, deflated if `compressed`. Throws FileError, and ValueError
/// when a name comes twice. See `numpy.savez` and `numpy.savez_compressed`.
void write_npz(const std::string& path, const NamedArrays& items, bool compressed = false);

}  // namespace keratin
