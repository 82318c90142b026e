// SPDX-License-Identifier: Apache-2.0
#include "keratin/io/png.h"

#include <zlib.h>

#include "keratin/base/check.h"

namespace keratin {

namespace {

void put_big_endian(Bytes& out, uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8)
    out.push_back(static_cast<std::byte>(value >> shift));
}

void put_chunk(Bytes& out, std::string_view type, ByteView content) {
  put_big_endian(out, static_cast<uint32_t>(content.size()));
  const size_t start = out.size();
  const ByteView name = bytes_of(type);
  out.insert(out.end(), name.begin(), name.end());
  out.insert(out.end(), content.begin(), content.end());
  const auto* covered = reinterpret_cast<const Bytef*>(out.data() + start);
  put_big_endian(out,
                 static_cast<uint32_t>(crc32(0, covered, static_cast<uInt>(out.size() - start))));
}

}  // namespace

Bytes png_bytes(std::span<const uint8_t> pixels, int64_t width, int64_t height, int64_t channels) {
  const bool fits = width > 0 && height > 0 && (channels == 1 || channels == 3 || channels == 4) &&
                    static_cast<int64_t>(pixels.size()) == width * height * channels;
  require<ValueError>(fits, "png",
                      "expected pixels of [height, width, 1, 3 or 4], got {} for [{}, {}, {}]. "
                      "Check the shape.",
                      pixels.size(), height, width, channels);
  Bytes out;
  const ByteView signature = bytes_of("\x89PNG\r\n\x1a\n");
  out.insert(out.end(), signature.begin(), signature.end());
  Bytes header;
  put_big_endian(header, static_cast<uint32_t>(width));
  put_big_endian(header, static_cast<uint32_t>(height));
  const int color = channels == 1 ? 0 : channels == 3 ? 2 : 6;
  for (const int value : {8, color, 0, 0, 0}) header.push_back(static_cast<std::byte>(value));
  put_chunk(out, "IHDR", header);
  // Each row follows a byte that says how it is filtered: not at all.
  std::vector<uint8_t> rows;
  const auto row = static_cast<size_t>(width * channels);
  for (size_t at = 0; at < pixels.size(); at += row) {
    rows.push_back(0);
    rows.insert(rows.end(), pixels.begin() + static_cast<std::ptrdiff_t>(at),
                pixels.begin() + static_cast<std::ptrdiff_t>(at + row));
  }
  uLongf size = compressBound(static_cast<uLong>(rows.size()));
  Bytes packed(size);
  const int code = compress(reinterpret_cast<Bytef*>(packed.data()), &size, rows.data(),
                            static_cast<uLong>(rows.size()));
  require<InternalError>(code == Z_OK, "png", "expected zlib to pack, got code {}. Report this.",
                         code);
  packed.resize(size);
  put_chunk(out, "IDAT", packed);
  put_chunk(out, "IEND", {});
  return out;
}

}  // namespace keratin
