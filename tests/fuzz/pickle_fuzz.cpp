// SPDX-License-Identifier: Apache-2.0
#include "keratin/io/pickle.h"
#include "tests/fuzz/fuzz.h"

using namespace keratin;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return fuzz::run(data, size, [](ByteView bytes) { read_pickled_array(bytes, "x.npy"); });
}
