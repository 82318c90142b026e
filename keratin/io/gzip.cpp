// SPDX-License-Identifier: Apache-2.0
#include "keratin/io/gzip.h"

#include <zlib.h>

#include <algorithm>

#include "keratin/base/check.h"

namespace keratin {

bool is_gzip(ByteView bytes) {
  return bytes.size() >= 2 && bytes[0] == std::byte{0x1f} && bytes[1] == std::byte{0x8b};
}

struct GzipReader::State {
  State(ByteView bytes, std::string name) : rest(bytes), where(std::move(name)) {
    constexpr int gzip_window = 15 + 16;
    require<FileError>(is_gzip(rest), where,
                       "expected a gzip file, got other bytes. Check the path.");
    const int code = inflateInit2(&stream, gzip_window);
    require<FileError>(code == Z_OK, where, "expected memory to unpack, got none. Free some.");
    open = true;
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (open) inflateEnd(&stream);
  }

  [[noreturn]] void damaged() const {
    fail<FileError>(where, "expected intact gzip data, got '{}'. Copy or download the file anew.",
                    stream.msg != nullptr ? stream.msg : "a file that is cut off");
  }

  /// Goes on with the next gzip member, if there is one; zeros at the end are padding.
  void next_member() {
    if (is_gzip(rest)) {
      if (inflateReset(&stream) != Z_OK) damaged();
      return;
    }
    const bool padding =
        std::all_of(rest.begin(), rest.end(), [](std::byte b) { return b == std::byte{0}; });
    require<FileError>(padding, where,
                       "expected the end of the gzip data, got {} more bytes. Copy or download "
                       "the file anew.",
                       rest.size());
    finished = true;
  }

  z_stream stream{};
  ByteView rest;
  std::string where;
  bool open = false;
  bool finished = false;
};

GzipReader::GzipReader(ByteView bytes, std::string where)
    : state_(std::make_unique<State>(bytes, std::move(where))) {}
GzipReader::GzipReader(GzipReader&&) noexcept = default;
GzipReader& GzipReader::operator=(GzipReader&&) noexcept = default;
GzipReader::~GzipReader() = default;

size_t GzipReader::read(std::span<std::byte> target) {
  constexpr size_t piece = size_t{1} << 30;  // zlib counts in 32 bits
  State& state = *state_;
  z_stream& stream = state.stream;
  size_t filled = 0;
  while (filled < target.size() && !state.finished) {
    const size_t in = std::min(state.rest.size(), piece);
    const size_t out = std::min(target.size() - filled, piece);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(state.rest.data()));
    stream.avail_in = static_cast<uInt>(in);
    stream.next_out = reinterpret_cast<Bytef*>(target.data() + filled);
    stream.avail_out = static_cast<uInt>(out);
    const int code = inflate(&stream, Z_NO_FLUSH);
    state.rest = state.rest.subspan(in - stream.avail_in);
    filled += out - stream.avail_out;
    if (code == Z_STREAM_END) {
      state.next_member();
    } else if (code != Z_OK) {
      state.damaged();
    }
  }
  return filled;
}

}  // namespace keratin
