// SPDX-License-Identifier: Apache-2.0
// Arrays: where their elements lie, and how they are unpacked.
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "keratin/io/hdf5_internal.h"

namespace keratin::hdf5 {

namespace {

// What an array may be larger than its bytes in the file: gzip reaches 1032 times.
constexpr uint64_t largest_ratio = 1'100;
constexpr uint64_t slack = 64 * 1024;

void check_growth(uint64_t bytes, uint64_t stored, std::string_view where) {
  require<FileError>(bytes <= slack || (bytes - slack) / largest_ratio <= stored, where,
                     "expected an array to grow at most {} times, got {} bytes out of {}. The file "
                     "is damaged or hostile.",
                     largest_ratio, bytes, stored);
}

uint64_t ceil_divide(uint64_t a, uint64_t b) { return a / b + (a % b == 0 ? 0 : 1); }

/// Collects the chunks of an array from the tree that lists them.
class ChunkReader {
 public:
  ChunkReader(Source& source, Stored& stored) : source_(source), stored_(stored) {}

  void read(uint64_t address) {
    if (address == nowhere) return;
    read_node(address, std::nullopt);
  }

 private:
  void read_node(uint64_t address, std::optional<uint64_t> level) {
    const std::string& where = stored_.where;
    Fields header(source_.take(address, 24, where), where);
    if (text_of(header.take(4)) != "TREE" || header.number(1) != 1) {
      damaged(where, "a tree of chunks");
    }
    const uint64_t own_level = header.number(1);
    const uint64_t count = header.number(2);
    // Levels fall by one, which ends every walk.
    if (own_level > 32 || (level && own_level != *level)) damaged(where, "a tree of chunks");
    const uint64_t rank = stored_.chunk_shape.size();
    const uint64_t key_size = 8 + 8 * (rank + 1);
    Fields body(source_.take(address + 24, count * (key_size + 8) + key_size, where), where);
    for (uint64_t i = 0; i < count; ++i) {
      const uint64_t size = body.number(4);
      const auto mask = static_cast<uint32_t>(body.number(4));
      std::vector<uint64_t> offset;
      for (uint64_t axis = 0; axis < rank; ++axis) offset.push_back(body.number(8));
      body.skip(8);
      const uint64_t child = body.number(8);
      if (own_level > 0) {
        read_node(child, own_level - 1);
      } else {
        add(std::move(offset), source_.reserve(child, size, where), mask);
      }
    }
  }

  void add(std::vector<uint64_t> offset, Extent place, uint32_t mask) {
    for (size_t axis = 0; axis < offset.size(); ++axis) {
      const auto dim = static_cast<uint64_t>(stored_.shape.dims()[axis]);
      if (offset[axis] >= dim || offset[axis] % stored_.chunk_shape[axis] != 0) {
        damaged(stored_.where, "chunks that lie in the array");
      }
    }
    const bool in_order = stored_.chunks.empty() || stored_.chunks.back().offset < offset;
    if (!in_order) damaged(stored_.where, "each chunk once and in order");
    stored_.chunks.push_back({std::move(offset), place, mask});
  }

  Source& source_;
  Stored& stored_;
};

/// Reads where the elements lie.
void read_layout(Source& source, ByteView data, uint64_t bytes, Stored& stored) {
  const std::string& where = stored.where;
  Fields fields(data, where);
  const uint64_t version = fields.number(1);
  const uint64_t kind = fields.number(1);
  if (version == 4 && kind == 3) refused(where, "virtual data, which lies in other files");
  if (version == 4 && kind == 2) refused(where, "chunks of the format of HDF5 1.10");
  if (version != 3 && version != 4) refused(where, fmt::format("a layout of version {}", version));
  if (kind == 0) {
    const uint64_t size = fields.number(2);
    if (size != bytes) damaged(where, fmt::format("{} bytes of data", bytes));
    stored.compact = copy_of(fields.take(size));
  } else if (kind == 1) {
    const uint64_t address = fields.number(8);
    const uint64_t size = fields.number(8);
    if (address == nowhere || bytes == 0) return;
    if (size != bytes) damaged(where, fmt::format("{} bytes of data", bytes));
    stored.place = source.reserve(address, size, where);
  } else if (kind == 2) {
    const uint64_t rank = fields.number(1);
    const uint64_t address = fields.number(8);
    if (rank != stored.shape.size() + 1 || rank < 2) damaged(where, "chunks of the array's rank");
    for (uint64_t axis = 0; axis + 1 < rank; ++axis) {
      stored.chunk_shape.push_back(fields.number(4));
      if (stored.chunk_shape.back() == 0) damaged(where, "chunks of a size");
    }
    if (fields.number(4) != stored.type.size) damaged(where, "chunks of the array's type");
    stored.chunked = true;
    ChunkReader(source, stored).read(address);
  } else {
    damaged(where, "a known layout");
  }
}

/// Tells whether elements that were never written are other than zero.
bool has_fill_value(ByteView data, std::string_view where) {
  Fields fields(data, where);
  const uint64_t version = fields.number(1);
  if (version < 1 || version > 3) damaged(where, "a fill value of version 1 to 3");
  bool defined = version == 1;
  if (version == 3) {
    defined = (fields.number(1) & 0x20) != 0;
  } else {
    fields.skip(2);
    const bool says_so = fields.number(1) != 0;
    defined = defined || says_so;
  }
  if (!defined) return false;
  const ByteView value = fields.take(fields.number(4));
  return std::any_of(value.begin(), value.end(), [](std::byte b) { return b != std::byte{0}; });
}

const Message* find(const std::vector<Message>& messages, MessageType type) {
  for (const Message& message : messages) {
    if (message.type == type) return &message;
  }
  return nullptr;
}

const Message& need(const std::vector<Message>& messages, MessageType type, std::string_view where,
                    std::string_view what) {
  const Message* message = find(messages, type);
  if (message == nullptr) damaged(where, what);
  return *message;
}

/// Tells whether all elements are in the file.
bool is_complete(const Stored& stored, uint64_t bytes) {
  if (!stored.chunked) return stored.compact.size() + stored.place.size == bytes;
  uint64_t wanted = 1;
  for (size_t axis = 0; axis < stored.chunk_shape.size(); ++axis) {
    const auto dim = static_cast<uint64_t>(stored.shape.dims()[axis]);
    // No more than there are elements, so this does not overflow.
    wanted *= ceil_divide(dim, stored.chunk_shape[axis]);
  }
  return stored.chunks.size() == wanted;
}

}  // namespace

Hdf5Dataset read_dataset(Source& source, const std::vector<Message>& messages,
                         const std::string& where) {
  if (find(messages, MessageType::external_files) != nullptr) {
    refused(where, "external storage, which lies in other files");
  }
  const Message& type = need(messages, MessageType::datatype, where, "an array with a type");
  const Message& space = need(messages, MessageType::dataspace, where, "an array with a shape");
  const Message& layout = need(messages, MessageType::layout, where, "an array with a layout");
  auto stored = std::make_shared<Stored>();
  stored->file = source.file();
  stored->where = where;
  stored->type = read_datatype(type.data, where);
  stored->shape = read_dataspace(space.data, where);
  if (stored->type.kind == Datatype::Kind::other) return Hdf5Dataset(std::move(stored));
  const uint64_t bytes = bytes_of_array(stored->shape, stored->type.size, where);
  read_layout(source, layout.data, bytes, *stored);
  if (const Message* filters = find(messages, MessageType::filters)) {
    stored->filters = read_filters(filters->data, where);
    if (!stored->chunked && !stored->filters.empty()) damaged(where, "chunks to filter");
  }
  uint64_t in_file = stored->compact.size() + stored->place.size;
  for (const Chunk& chunk : stored->chunks) in_file += chunk.place.size;
  check_growth(bytes, in_file, where);
  if (!is_complete(*stored, bytes)) {
    const Message* fill = find(messages, MessageType::fill_value);
    if (fill != nullptr && has_fill_value(fill->data, where)) {
      refused(where, "elements that were never written");
    }
  }
  return Hdf5Dataset(std::move(stored));
}

namespace {

/// Returns the bytes of a chunk with its filters undone, the last one first.
Bytes unpack(const Stored& stored, const Chunk& chunk, uint64_t bytes) {
  constexpr uint16_t deflate = 1;
  const auto wrong_size = [&] { damaged(stored.where, fmt::format("chunks of {} bytes", bytes)); };
  Bytes content(chunk.place.size);
  stored.file->read(chunk.place.address, content);
  for (size_t i = stored.filters.size(); i-- > 0;) {
    if (i < 32 && (chunk.skipped_filters >> i & 1) != 0) continue;
    if (stored.filters[i] == deflate) {
      check_growth(bytes, content.size(), stored.where);
      Bytes unpacked(bytes);
      uLongf size = bytes;
      const int code = uncompress(reinterpret_cast<Bytef*>(unpacked.data()), &size,
                                  reinterpret_cast<const Bytef*>(content.data()), content.size());
      if (code != Z_OK || size != bytes) damaged(stored.where, "intact gzip data");
      content = std::move(unpacked);
    } else {
      // Shuffle puts the first bytes of all elements first, then the second ones.
      if (content.size() != bytes) wrong_size();
      const size_t width = stored.type.size;
      const size_t count = content.size() / width;
      Bytes sorted(content.size());
      for (size_t b = 0; b < width; ++b) {
        for (size_t n = 0; n < count; ++n) sorted[n * width + b] = content[b * count + n];
      }
      content = std::move(sorted);
    }
  }
  if (content.size() != bytes) wrong_size();
  return content;
}

/// Copies the part of a chunk that lies in the array, row by row.
void place_chunk(const Stored& stored, const Chunk& chunk, ByteView content, std::byte* target) {
  const size_t rank = stored.chunk_shape.size();
  const size_t width = stored.type.size;
  std::vector<uint64_t> counts(rank);
  for (size_t axis = 0; axis < rank; ++axis) {
    const uint64_t left = static_cast<uint64_t>(stored.shape.dims()[axis]) - chunk.offset[axis];
    counts[axis] = std::min(stored.chunk_shape[axis], left);
  }
  std::vector<uint64_t> index(rank, 0);
  while (true) {
    uint64_t from = 0;
    uint64_t to = 0;
    for (size_t axis = 0; axis < rank; ++axis) {
      from = from * stored.chunk_shape[axis] + index[axis];
      to = to * static_cast<uint64_t>(stored.shape.dims()[axis]) + chunk.offset[axis] + index[axis];
    }
    std::memcpy(target + to * width, content.data() + from * width, counts[rank - 1] * width);
    size_t axis = rank - 1;
    while (axis > 0 && ++index[axis - 1] == counts[axis - 1]) index[--axis] = 0;
    if (axis == 0) return;
  }
}

}  // namespace

DType Stored::element_type(bool is_bfloat16) const {
  const bool two_bytes = type.kind == Datatype::Kind::two_bytes;
  if (type.kind != Datatype::Kind::number && !(two_bytes && is_bfloat16)) {
    const std::string got = type.kind == Datatype::Kind::other ? type.name
                            : two_bytes                        ? "two bytes without a type"
                                                               : "texts";
    fail<FileError>(where, "expected an array of numbers, got {}. Keep only numbers in arrays.",
                    got);
  }
  return two_bytes ? DType::bfloat16 : type.dtype;
}

void Stored::read(const Array& array) const {
  auto* const target = static_cast<std::byte*>(array.raw());
  const bool complete = is_complete(*this, array.bytes());
  if (!complete) std::memset(target, 0, array.bytes());
  if (chunked && !chunks.empty()) {
    Shape one;
    for (const uint64_t dim : chunk_shape) one.push_back(static_cast<int64_t>(dim));
    const uint64_t bytes = bytes_of_array(one, type.size, where);
    for (const Chunk& chunk : chunks)
      place_chunk(*this, chunk, unpack(*this, chunk, bytes), target);
  } else if (!compact.empty()) {
    std::memcpy(target, compact.data(), compact.size());
  } else if (place.size > 0) {
    file->read(place.address, {target, place.size});
  }
  const auto count = static_cast<size_t>(array.size());
  if (type.swapped) swap_byte_order(target, count, type.size);
  if (array.dtype() == DType::bool_) {
    for (size_t i = 0; i < count; ++i) {
      if (target[i] > std::byte{1}) damaged(where, "booleans of 0 or 1");
    }
  }
}

}  // namespace keratin::hdf5
