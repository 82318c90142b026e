// SPDX-License-Identifier: Apache-2.0
// Writes the oldest form of HDF5, as h5py does by default.
#include <algorithm>
#include <cstring>

#include "keratin/io/hdf5_internal.h"

namespace keratin {

namespace hdf5 {

namespace {

constexpr uint64_t leaf_k = 4;       // a list of names has 2 * leaf_k entries
constexpr uint64_t internal_k = 16;  // a node of a tree has 2 * internal_k children
constexpr uint64_t superblock_size = 96;
constexpr uint64_t heap_size = 4096;

/// Collects little-endian fields.
class Record {
 public:
  Record& number(uint64_t value, size_t size) {
    for (size_t i = 0; i < size; ++i) bytes_.push_back(static_cast<std::byte>(value >> (8 * i)));
    return *this;
  }
  Record& text(std::string_view text) { return bytes(bytes_of(text)); }
  Record& bytes(ByteView bytes) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    return *this;
  }
  Record& zeros(uint64_t count) {
    bytes_.resize(bytes_.size() + count);
    return *this;
  }
  Record& pad() { return zeros((8 - bytes_.size() % 8) % 8); }
  const Bytes& get() const { return bytes_; }
  uint64_t size() const { return bytes_.size(); }

 private:
  Bytes bytes_;
};

struct WrittenMessage {
  MessageType type;
  Bytes data;
  uint8_t flags = 0;
};

/// Is an object in the file as its group lists it.
struct Entry {
  std::string name;
  uint64_t header = 0;
  uint64_t tree = 0;  // 0 for an array
  uint64_t heap = 0;
  uint64_t name_at = 0;
};

Bytes float_type(uint64_t size, uint64_t exponent_bits, uint64_t mantissa_bits, uint64_t bias) {
  return Record()
      .number(0x11, 1)
      .number(0x20, 1)
      .number(8 * size - 1, 1)
      .number(0, 1)
      .number(size, 4)
      .number(0, 2)
      .number(8 * size, 2)
      .number(mantissa_bits, 1)
      .number(exponent_bits, 1)
      .number(0, 1)
      .number(mantissa_bits, 1)
      .number(bias, 4)
      .get();
}

Bytes integer_type(uint64_t size, bool has_sign) {
  return Record()
      .number(0x10, 1)
      .number(has_sign ? 8 : 0, 1)
      .zeros(2)
      .number(size, 4)
      .number(0, 2)
      .number(8 * size, 2)
      .get();
}

Bytes type_of(DType dtype) {
  const uint64_t size = size_of(dtype);
  switch (dtype) {
    case DType::float16:
      return float_type(size, 5, 10, 15);
    case DType::float32:
      return float_type(size, 8, 23, 127);
    case DType::float64:
      return float_type(size, 11, 52, 1023);
    case DType::bfloat16:  // two bytes without a type; an attribute tells
      return Record().number(0x15, 1).zeros(3).number(size, 4).get();
    case DType::bool_:
      return Record()
          .number(0x18, 1)
          .number(2, 1)
          .zeros(2)
          .number(1, 4)
          .bytes(integer_type(1, true))
          .text(std::string_view("FALSE\0\0\0TRUE\0\0\0\0\0\1", 18))
          .get();
    default:
      return integer_type(size, is_signed_int(dtype));
  }
}

/// Is h5py's type for texts: UTF-8 of any length, in a heap.
Bytes text_type() {
  return Record()
      .number(0x19, 1)
      .number(1, 1)
      .number(1, 1)
      .number(0, 1)
      .number(16, 4)
      .bytes(integer_type(1, false))
      .get();
}

Bytes dataspace_of(const std::vector<int64_t>& dims) {
  Record record;
  record.number(1, 1).number(dims.size(), 1).number(dims.empty() ? 0 : 1, 1).zeros(5);
  // Twice: the sizes, and the largest sizes.
  for (int i = 0; i < 2; ++i) {
    for (const int64_t dim : dims) record.number(static_cast<uint64_t>(dim), 8);
  }
  return record.get();
}

class Writer {
 public:
  Bytes write(const Hdf5Group& root) {
    out_.reserve(size_hint(root));
    out_.resize(superblock_size);
    const Entry entry = write_group(root, "");
    finish_heap();
    const Record superblock = Record()
                                  .text(signature)
                                  .zeros(5)
                                  .number(8, 1)
                                  .number(8, 1)
                                  .zeros(1)
                                  .number(leaf_k, 2)
                                  .number(internal_k, 2)
                                  .zeros(4)
                                  .number(0, 8)
                                  .number(nowhere, 8)
                                  .number(out_.size(), 8)
                                  .number(nowhere, 8)
                                  .number(0, 8)
                                  .number(entry.header, 8)
                                  .number(1, 8)
                                  .number(entry.tree, 8)
                                  .number(entry.heap, 8);
    put(0, superblock.get());
    return std::move(out_);
  }

 private:
  static uint64_t size_hint(const Hdf5Group& group) {
    uint64_t size = 2048;
    for (const auto& [name, inner] : group.groups) size += size_hint(inner);
    for (const auto& [name, dataset] : group.datasets) {
      size += 512 + static_cast<uint64_t>(dataset.shape().element_count()) * 8;
    }
    return size;
  }

  uint64_t allocate(uint64_t size) {
    const uint64_t address = (out_.size() + 7) / 8 * 8;
    out_.resize(address + (size + 7) / 8 * 8);
    return address;
  }
  void put(uint64_t address, ByteView bytes) {
    std::memcpy(out_.data() + address, bytes.data(), bytes.size());
  }
  uint64_t append(ByteView bytes) {
    const uint64_t address = allocate(bytes.size());
    if (!bytes.empty()) put(address, bytes);
    return address;
  }

  /// Puts a text into the heap and returns how an attribute refers to it.
  Bytes reference_to(const std::string& text) {
    if (text.empty()) return Record().zeros(16).get();
    const uint64_t needed = 16 + (text.size() + 7) / 8 * 8;
    if (heap_ == 0 || heap_used_ + needed > heap_end_ || heap_count_ == 0xffff) {
      finish_heap();
      heap_end_ = std::max(heap_size, 16 + needed);
      heap_ = allocate(heap_end_);
      put(heap_, Record().text("GCOL").number(1, 4).number(heap_end_, 8).get());
      heap_used_ = 16;
      heap_count_ = 0;
    }
    ++heap_count_;
    const Record object =
        Record().number(heap_count_, 2).number(0, 6).number(text.size(), 8).text(text);
    put(heap_ + heap_used_, object.get());
    heap_used_ += needed;
    return Record().number(text.size(), 4).number(heap_, 8).number(heap_count_, 4).get();
  }

  /// Marks the rest of the heap as free.
  void finish_heap() {
    if (heap_ == 0 || heap_end_ - heap_used_ < 16) return;
    put(heap_ + heap_used_, Record().zeros(8).number(heap_end_ - heap_used_, 8).get());
  }

  WrittenMessage attribute(const std::string& name, const Hdf5Attribute& value) {
    Bytes type = text_type();
    std::vector<int64_t> dims;
    Record data;
    if (const auto* text = std::get_if<std::string>(&value)) {
      data.bytes(reference_to(*text));
    } else if (const auto* texts = std::get_if<std::vector<std::string>>(&value)) {
      dims = {static_cast<int64_t>(texts->size())};
      for (const std::string& item : *texts) data.bytes(reference_to(item));
    } else if (const auto* array = std::get_if<Array>(&value)) {
      const Array dense = array->contiguous();
      type = type_of(dense.dtype());
      dims = dense.shape().dims();
      data.bytes({static_cast<const std::byte*>(dense.raw()), dense.bytes()});
    } else {
      fail<ValueError>("write_hdf5",
                       "expected a text or numbers as the attribute '{}', got "
                       "neither. Leave it out.",
                       name);
    }
    const Bytes space = dataspace_of(dims);
    Record record;
    record.number(1, 2).number(name.size() + 1, 2).number(type.size(), 2).number(space.size(), 2);
    record.text(name).zeros(1).pad().bytes(type).pad().bytes(space).pad().bytes(data.get());
    constexpr uint64_t largest = 0xfff8;
    require<ValueError>(record.size() <= largest, "write_hdf5",
                        "expected an attribute '{}' of at most {} bytes, got {}. Keep large data "
                        "in an array.",
                        name, largest, record.size());
    return {MessageType::attribute, record.get()};
  }

  uint64_t write_header(std::vector<WrittenMessage> messages, const Hdf5Attributes& attributes) {
    for (const auto& [name, value] : attributes) messages.push_back(attribute(name, value));
    Record block;
    for (const WrittenMessage& message : messages) {
      const uint64_t size = (message.data.size() + 7) / 8 * 8;
      block.number(static_cast<uint16_t>(message.type), 2).number(size, 2);
      block.number(message.flags, 1).zeros(3).bytes(message.data).pad();
    }
    const Record header = Record()
                              .number(1, 2)
                              .number(messages.size(), 2)
                              .number(1, 4)
                              .number(block.size(), 4)
                              .zeros(4)
                              .bytes(block.get());
    return append(header.get());
  }

  Entry write_dataset(const Hdf5Dataset& dataset, const std::string& name) {
    const Array array = dataset.read().contiguous();
    Hdf5Attributes attributes = dataset.attributes;
    if (array.dtype() == DType::bfloat16) attributes["dtype"] = std::string("bfloat16");
    const ByteView data(static_cast<const std::byte*>(array.raw()), array.bytes());
    const uint64_t address = data.empty() ? nowhere : append(data);
    const Record layout = Record().number(3, 1).number(1, 1).number(address, 8);
    // As h5py says it: written late, and zeros where nothing was written.
    const Record fill = Record().number(2, 1).number(2, 1).number(2, 1).number(1, 1).zeros(4);
    return {name, write_header({{MessageType::dataspace, dataspace_of(array.shape().dims())},
                                {MessageType::datatype, type_of(array.dtype()), 1},
                                {MessageType::fill_value, fill.get(), 1},
                                {MessageType::layout, Record(layout).number(data.size(), 8).get()}},
                               attributes)};
  }

  Entry write_group(const Hdf5Group& group, const std::string& name) {
    std::vector<Entry> entries;
    for (const auto& [key, inner] : group.groups) entries.push_back(write_group(inner, key));
    for (const auto& [key, inner] : group.datasets) entries.push_back(write_dataset(inner, key));
    std::sort(entries.begin(), entries.end(),
              [](const Entry& a, const Entry& b) { return a.name < b.name; });
    Record names;
    names.zeros(8);
    for (size_t i = 0; i < entries.size(); ++i) {
      Entry& entry = entries[i];
      const bool plain = !entry.name.empty() && entry.name != "." && entry.name.size() <= 1024 &&
                         entry.name.find('/') == std::string::npos &&
                         entry.name.find('\0') == std::string::npos &&
                         (i == 0 || entries[i - 1].name != entry.name);
      require<ValueError>(plain, "write_hdf5",
                          "expected different names of 1 to 1024 characters without '/', got '{}'. "
                          "Rename it.",
                          entry.name);
      entry.name_at = names.size();
      names.text(entry.name).zeros(1).pad();
    }
    Entry result{.name = name};
    const uint64_t segment = append(names.get());
    result.heap = append(Record()
                             .text("HEAP")
                             .zeros(4)
                             .number(names.size(), 8)
                             .number(1, 8)  // no free place
                             .number(segment, 8)
                             .get());
    result.tree = write_tree(entries);
    const Record table = Record().number(result.tree, 8).number(result.heap, 8);
    result.header = write_header({{MessageType::symbol_table, table.get()}}, group.attributes);
    return result;
  }

  struct Child {
    uint64_t address;
    uint64_t last_name_at;
  };

  /// Writes lists of names, and trees over them until one node is left.
  uint64_t write_tree(const std::vector<Entry>& entries) {
    std::vector<Child> children;
    for (size_t first = 0; first < entries.size(); first += 2 * leaf_k) {
      const size_t last = std::min(entries.size(), first + 2 * leaf_k);
      Record list;
      list.text("SNOD").number(1, 2).number(last - first, 2);
      for (size_t i = first; i < last; ++i) {
        const Entry& entry = entries[i];
        list.number(entry.name_at, 8).number(entry.header, 8);
        list.number(entry.tree != 0 ? 1 : 0, 8).number(entry.tree, 8).number(entry.heap, 8);
      }
      list.zeros(8 + 2 * leaf_k * 40 - list.size());
      children.push_back({append(list.get()), entries[last - 1].name_at});
    }
    for (uint64_t level = 0;; ++level) {
      children = write_level(children, level);
      if (children.size() == 1) return children[0].address;
    }
  }

  std::vector<Child> write_level(const std::vector<Child>& children, uint64_t level) {
    constexpr uint64_t most = 2 * internal_k;
    constexpr uint64_t node_size = 24 + (most + 1) * 8 + most * 8;
    const uint64_t count = std::max<uint64_t>(1, (children.size() + most - 1) / most);
    const uint64_t start = allocate(count * node_size);
    std::vector<Child> nodes;
    uint64_t last_key = 0;
    for (uint64_t n = 0; n < count; ++n) {
      const uint64_t first = n * most;
      const uint64_t last = std::min<uint64_t>(children.size(), first + most);
      Record node;
      node.text("TREE").number(0, 1).number(level, 1).number(last - first, 2);
      node.number(n == 0 ? nowhere : start + (n - 1) * node_size, 8);
      node.number(n + 1 == count ? nowhere : start + (n + 1) * node_size, 8);
      node.number(last_key, 8);
      for (uint64_t i = first; i < last; ++i) {
        last_key = children[i].last_name_at;
        node.number(children[i].address, 8).number(last_key, 8);
      }
      put(start + n * node_size, node.get());
      nodes.push_back({start + n * node_size, last_key});
    }
    return nodes;
  }

  Bytes out_;
  uint64_t heap_ = 0;
  uint64_t heap_end_ = 0;
  uint64_t heap_used_ = 0;
  uint64_t heap_count_ = 0;
};

}  // namespace

}  // namespace hdf5

Bytes hdf5_bytes(const Hdf5Group& root) { return hdf5::Writer().write(root); }

void write_hdf5(const std::string& path, const Hdf5Group& root) {
  write_file_atomically(path, hdf5_bytes(root));
}

}  // namespace keratin
