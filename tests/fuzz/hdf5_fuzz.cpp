// SPDX-License-Identifier: Apache-2.0
#include "keratin/io/hdf5.h"
#include "tests/fuzz/fuzz.h"

using namespace keratin;

namespace {

// Reads each array in the two ways there are.
void read_both(const Hdf5Dataset& dataset) {
  try {
    const Array array = dataset.read();
    const Array other(DType::float32, dataset.shape());
    dataset.read_to(array.dtype() == DType::float32 ? array : other);
  } catch (const Error&) {  // of one array; the others may be sound
  }
}

void read_all(const Hdf5Group& root, const Hdf5Group& group, const std::string& path) {
  if (root.find(path) != &group) __builtin_trap();
  const std::string front = path.empty() ? "" : path + "/";
  for (const auto& [name, inner] : group.groups) read_all(root, inner, front + name);
  for (const auto& [name, dataset] : group.datasets) {
    if (root.find_dataset(front + name) != &dataset) __builtin_trap();
    read_both(dataset);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return fuzz::run(data, size, [](ByteView bytes) {
    const Hdf5Group root = read_hdf5(Bytes(bytes.begin(), bytes.end()), "x.h5");
    read_all(root, root, "");
  });
}
