// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/config.h"
#include "tests/fuzz/fuzz.h"

using namespace keratin;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return fuzz::run(data, size, [](ByteView bytes) {
    const std::string written = to_json(parse_json(text_of(bytes)));
    // What was read is written and read as the same again.
    if (to_json(parse_json(written)) != written) __builtin_trap();
  });
}
