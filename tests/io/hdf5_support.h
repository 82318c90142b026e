// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "keratin/io/hdf5.h"
#include "tests/io/support.h"

namespace keratin::tests {

inline std::string golden_hdf5(const std::string& name) {
  return std::string(KERATIN_GOLDEN_DIR) + "/hdf5/" + name + ".h5";
}

/// Reads all arrays below a group; those of types that are no numbers are left out.
inline void read_all(const Hdf5Group& group) {
  for (const auto& [name, inner] : group.groups) read_all(inner);
  for (const auto& [name, dataset] : group.datasets) {
    try {
      dataset.read();
    } catch (const FileError&) {
      continue;
    }
  }
}

}  // namespace keratin::tests
