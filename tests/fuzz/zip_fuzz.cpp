// SPDX-License-Identifier: Apache-2.0
#include "keratin/io/zip.h"
#include "tests/fuzz/fuzz.h"

using namespace keratin;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return fuzz::run(data, size, [](ByteView bytes) {
    ZipReader archive(Bytes(bytes.begin(), bytes.end()), "x.zip");
    for (const ZipEntry& entry : archive.entries()) {
      const std::shared_ptr<const ByteSource> member = archive.open(entry.name);
      Bytes content(member->size());
      member->read(0, content);
      if (content != archive.read(entry.name)) __builtin_trap();
    }
  });
}
