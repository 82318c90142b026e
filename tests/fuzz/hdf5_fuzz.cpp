// SPDX-License-Identifier: Apache-2.0
#include "keratin/io/hdf5.h"
#include "tests/fuzz/fuzz.h"

using namespace keratin;

namespace {

void read_all(const Hdf5Group& group) {
  for (const auto& [name, inner] : group.groups) read_all(inner);
  for (const auto& [name, dataset] : group.datasets) {
    try {
      dataset.read();
    } catch (const Error&) {  // of one array; the others may be sound
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return fuzz::run(data, size, [](ByteView bytes) {
    read_all(read_hdf5(Bytes(bytes.begin(), bytes.end()), "x.h5"));
  });
}
