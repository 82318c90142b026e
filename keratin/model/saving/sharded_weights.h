// SPDX-License-Identifier: Apache-2.0
// Weights in several files: an index `m.weights.json` and shards `m_00000.weights.h5` beside it.
#pragma once

#include <string>

#include "keratin/io/hdf5.h"

namespace keratin {

/// Writes weights as shards of at most `max_shard_size` GiB of elements each, and the index last.
/// Throws ValueError for an array that is larger, FileError.
void write_shards(const std::string& path, const Hdf5Group& weights, double max_shard_size);

/// Returns what the shards of an index hold together. Shards lie beside the index: throws FileError
/// for names that are paths, and for shards that do not hold what the index says.
Hdf5Group read_shards(const std::string& path);

}  // namespace keratin
