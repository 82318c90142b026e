// SPDX-License-Identifier: Apache-2.0
#include "keratin/io/npy.h"
#include "tests/fuzz/fuzz.h"

using namespace keratin;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return fuzz::run(data, size, [](ByteView bytes) {
    const Array array = read_npy(bytes, "x.npy");
    const Bytes written = npy_bytes(array);
    if (npy_bytes(read_npy(written, "again.npy")) != written) __builtin_trap();
  });
}
