// SPDX-License-Identifier: Apache-2.0
// The parts of HDF5 files that reader and writer share. The format:
// https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "keratin/base/check.h"
#include "keratin/io/byte_order.h"
#include "keratin/io/hdf5.h"

namespace keratin::hdf5 {

inline constexpr std::string_view signature("\x89HDF\r\n\x1a\n", 8);
/// Is the address of what is not there.
inline constexpr uint64_t nowhere = ~uint64_t{0};

/// Is the type of an object header's message.
enum class MessageType : uint16_t {
  nil = 0x00,
  dataspace = 0x01,
  link_info = 0x02,
  datatype = 0x03,
  fill_value = 0x05,
  link = 0x06,
  external_files = 0x07,
  layout = 0x08,
  filters = 0x0b,
  attribute = 0x0c,
  continuation = 0x10,
  symbol_table = 0x11,
  attribute_info = 0x15,
};

[[noreturn]] void damaged(std::string_view where, std::string_view expected);
[[noreturn]] void refused(std::string_view where, std::string_view what);

inline Bytes copy_of(ByteView bytes) { return {bytes.begin(), bytes.end()}; }

/// Takes fields off the front of bytes and never reads past their end.
class Fields {
 public:
  Fields(ByteView bytes, std::string_view where) : bytes_(bytes), where_(where) {}
  ByteView take(uint64_t count) {
    if (count > bytes_.size()) damaged(where_, "a complete record");
    const ByteView front = bytes_.first(count);
    bytes_ = bytes_.subspan(count);
    return front;
  }
  uint64_t number(size_t size) { return little_endian(take(size)); }
  void skip(uint64_t count) { take(count); }
  /// Takes `count` bytes and the zeros that fill them up to a multiple of 8.
  ByteView take_padded(uint64_t count) {
    const ByteView content = take(count);
    skip((8 - count % 8) % 8);
    return content;
  }
  size_t left() const { return bytes_.size(); }
  ByteView rest() const { return bytes_; }

 private:
  ByteView bytes_;
  std::string_view where_;
};

struct Message {
  MessageType type;
  uint8_t flags;
  ByteView data;
};

/// Is the type of an element.
struct Datatype {
  enum class Kind : uint8_t { number, two_bytes, text, long_text, other };
  Kind kind = Kind::other;
  DType dtype = DType::float32;
  uint64_t size = 0;
  bool swapped = false;
  char padding = '\0';    // of a text
  std::string name = {};  // of a type that is not read
};

/// Is where bytes lie in the file.
struct Extent {
  uint64_t address = 0;
  uint64_t size = 0;
};

struct Chunk {
  std::vector<uint64_t> offset;
  Extent place;
  uint32_t skipped_filters;
};

/// Is an array in a file: checked, and not unpacked yet.
struct Stored {
  std::shared_ptr<const ByteSource> file;
  std::string where;
  Datatype type;
  Shape shape;
  Extent place = {};   // unless chunked; empty when there is none, which means zeros
  Bytes compact = {};  // the elements themselves where they stand in the header
  bool chunked = false;
  std::vector<uint64_t> chunk_shape = {};
  std::vector<Chunk> chunks = {};
  std::vector<uint16_t> filters = {};  // in the order of writing

  /// Returns the type of the elements as an array has it; throws FileError where it has none.
  DType element_type(bool is_bfloat16) const;
  /// Fills a contiguous array of the stored shape and `element_type`.
  void read(const Array& target) const;
};

/// Hands out the bytes of a file. Each byte is handed out once: whatever a file says, its reader
/// takes time and memory in proportion to its size.
class Source {
 public:
  Source(std::shared_ptr<const ByteSource> file, std::string where);
  /// Returns bytes of the file, which stay as long as this does.
  ByteView take(uint64_t address, uint64_t size, std::string_view where);
  /// Hands out bytes that are read later.
  Extent reserve(uint64_t address, uint64_t size, std::string_view where);
  /// Returns an element of a global heap, in which long texts lie; counts it for itself.
  ByteView heap_object(uint64_t address, uint64_t index, std::string_view where);
  const std::shared_ptr<const ByteSource>& file() const { return file_; }
  const std::string& name() const { return name_; }
  uint64_t size() const { return size_; }
  /// Leaves out what lies behind the end that the file announces.
  void cut(uint64_t size) { size_ = size; }

 private:
  std::shared_ptr<const ByteSource> file_;
  uint64_t size_;
  std::string name_;
  std::deque<Bytes> taken_bytes_;
  uint64_t taken_ = 0;
  uint64_t texts_ = 0;
  std::unordered_map<uint64_t, std::unordered_map<uint64_t, ByteView>> heaps_;
};

/// Reads messages of object headers.
Datatype read_datatype(ByteView data, std::string_view where);
/// Returns the shape of a dataspace; one that is null counts as empty.
Shape read_dataspace(ByteView data, std::string_view where);
std::pair<std::string, Hdf5Attribute> read_attribute(Source& source, ByteView data,
                                                     std::string_view where);
std::vector<uint16_t> read_filters(ByteView data, std::string_view where);
/// Returns the number of bytes of an array; throws FileError when it is no plausible one.
uint64_t bytes_of_array(const Shape& shape, uint64_t element_size, std::string_view where);

/// Returns the array that an object header describes.
Hdf5Dataset read_dataset(Source& source, const std::vector<Message>& messages,
                         const std::string& where);

}  // namespace keratin::hdf5
