// SPDX-License-Identifier: Apache-2.0
// The format: two zero bytes, a byte for the element type, a byte for the rank, each axis as
// 32 bits, and the elements; numbers are big-endian.
#include "keratin/io/idx.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include "keratin/base/check.h"
#include "keratin/io/byte_order.h"
#include "keratin/io/gzip.h"

namespace keratin {

namespace {

/// Gives the bytes of a file one after the other, unpacked where it is packed.
class Source {
 public:
  Source(ByteView bytes, std::string_view where) : rest_(bytes), packed_(is_gzip(bytes)) {
    if (packed_) gzip_ = std::make_unique<GzipReader>(bytes, std::string(where));
    // One byte of deflated data gives at most 1032.
    limit_ = packed_ ? static_cast<uint64_t>(bytes.size()) * 1032 : bytes.size();
  }

  /// Returns how many bytes the file can hold at most.
  uint64_t limit() const { return limit_; }

  size_t read(std::span<std::byte> target) {
    if (packed_) return gzip_->read(target);
    const size_t count = std::min(target.size(), rest_.size());
    if (count > 0) std::memcpy(target.data(), rest_.data(), count);
    rest_ = rest_.subspan(count);
    return count;
  }

 private:
  ByteView rest_;
  bool packed_;
  uint64_t limit_ = 0;
  std::unique_ptr<GzipReader> gzip_;
};

DType element_type(std::byte code, std::string_view where) {
  switch (static_cast<unsigned>(code)) {
    case 0x08:
      return DType::uint8;
    case 0x09:
      return DType::int8;
    case 0x0b:
      return DType::int16;
    case 0x0c:
      return DType::int32;
    case 0x0d:
      return DType::float32;
    case 0x0e:
      return DType::float64;
    default:
      fail<FileError>(where,
                      "expected an idx element type (8, 9, 11, 12, 13 or 14), got {}. Check "
                      "that this is an idx file.",
                      static_cast<unsigned>(code));
  }
}

Shape read_shape(Source& source, size_t rank, DType dtype, std::string_view where) {
  std::vector<std::byte> sizes(rank * 4);
  require<FileError>(source.read(sizes) == sizes.size(), where,
                     "expected {} sizes of axes, got a file that ends before. Copy or download it "
                     "anew.",
                     rank);
  std::vector<int64_t> dims;
  for (size_t axis = 0; axis < rank; ++axis) {
    dims.push_back(static_cast<int64_t>(big_endian(ByteView(sizes).subspan(axis * 4, 4))));
  }
  const bool is_empty = std::count(dims.begin(), dims.end(), 0) > 0;
  const uint64_t limit = is_empty ? uint64_t{1} << 59 : source.limit();
  uint64_t needed = size_of(dtype);
  for (int64_t dim : dims) {
    const auto factor = static_cast<uint64_t>(std::max<int64_t>(dim, 1));
    require<FileError>(needed <= limit / factor, where,
                       "expected sizes that fit the file, got the shape {} for {} bytes at most. "
                       "The file is cut off or damaged.",
                       to_string(Shape(dims)), source.limit());
    needed *= factor;
  }
  return Shape(std::move(dims));
}

}  // namespace

Array read_idx(ByteView bytes, std::string_view where) {
  Source source(bytes, where);
  std::array<std::byte, 4> magic{};
  const bool is_idx = source.read(magic) == magic.size() && magic[0] == std::byte{0} &&
                      magic[1] == std::byte{0} && std::to_integer<int>(magic[3]) <= max_rank;
  require<FileError>(is_idx, where,
                     "expected an idx file, which begins with two zero bytes, a type and a rank of "
                     "at most {}, got other bytes. Check the path.",
                     max_rank);
  const DType dtype = element_type(magic[2], where);
  Array array(dtype, read_shape(source, static_cast<size_t>(magic[3]), dtype, where));
  auto* data = static_cast<std::byte*>(array.raw());
  const size_t count = source.read({data, array.bytes()});
  std::byte extra{};
  const bool ends = source.read({&extra, 1}) == 0;
  require<FileError>(count == array.bytes() && ends, where,
                     "expected {} bytes of data for {} of shape {}, got {}. Copy or download the "
                     "file anew.",
                     array.bytes(), name_of(dtype), to_string(array.shape()),
                     ends ? std::to_string(count) : "more");
  swap_byte_order(data, static_cast<size_t>(array.size()), size_of(dtype));
  return array;
}

Array read_idx(const std::string& path) {
  const Bytes bytes = read_file(path);
  return read_idx(bytes, path);
}

}  // namespace keratin
