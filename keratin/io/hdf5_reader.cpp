// SPDX-License-Identifier: Apache-2.0
// Groups and object headers.
#include <optional>

#include "keratin/io/hdf5_internal.h"

namespace keratin {

namespace hdf5 {

Source::Source(std::shared_ptr<const ByteSource> file, std::string where)
    : file_(std::move(file)), size_(file_->size()), name_(std::move(where)) {}

Extent Source::reserve(uint64_t address, uint64_t size, std::string_view where) {
  if (address > size_ || size > size_ - address) damaged(where, "addresses inside the file");
  taken_ += size;  // both are at most the file's size: no overflow before the check
  if (taken_ > size_) damaged(where, "every byte of the file to be used once");
  return {address, size};
}

ByteView Source::take(uint64_t address, uint64_t size, std::string_view where) {
  reserve(address, size, where);
  Bytes& bytes = taken_bytes_.emplace_back(size);
  file_->read(address, bytes);
  return bytes;
}

ByteView Source::heap_object(uint64_t address, uint64_t index, std::string_view where) {
  if (heaps_.count(address) == 0) {
    Fields header(take(address, 16, where), where);
    if (text_of(header.take(4)) != "GCOL" || header.number(1) != 1) damaged(where, "a text heap");
    header.skip(3);
    const uint64_t size = header.number(8);
    if (size < 16) damaged(where, "a text heap");
    Fields body(take(address + 16, size - 16, where), where);
    auto& objects = heaps_[address];
    while (body.left() >= 16) {
      const uint64_t key = body.number(2);
      body.skip(6);
      const uint64_t length = body.number(8);
      if (key == 0) break;  // the rest is free
      if (!objects.emplace(key, body.take_padded(length)).second) damaged(where, "a text heap");
    }
  }
  const auto& objects = heaps_.at(address);
  const auto found = objects.find(index);
  if (found == objects.end()) damaged(where, "a text that exists");
  texts_ += found->second.size();
  if (texts_ > size_) damaged(where, "every text of the file to be used once");
  return found->second;
}

namespace {

constexpr int deepest = 64;
constexpr uint64_t longest_name = 1024;

class Reader {
 public:
  explicit Reader(Source& source) : source_(source) {}

  Hdf5Group read() {
    const std::string& name = source_.name();
    Hdf5Group root;
    read_group(root, messages_at(read_superblock(), name), name, 0);
    return root;
  }

 private:
  /// Returns the address of the root's object header.
  uint64_t read_superblock() {
    const std::string& where = source_.name();
    const auto is_hdf5 = [&] {
      return source_.size() >= 16 && text_of(source_.take(0, 8, where)) == signature;
    };
    require<FileError>(is_hdf5(), where, "expected an HDF5 file, got other bytes. Check the path.");
    Fields front(source_.take(8, 8, where), where);
    const uint64_t version = front.number(1);
    if (version >= 2) {
      refused(where,
              fmt::format("the newer format of `libver=\"latest\"` (superblock {})", version));
    }
    front.skip(4);
    if (front.number(1) != 8 || front.number(1) != 8) refused(where, "addresses of unusual size");
    // Version 1 has four bytes more, about chunks.
    const uint64_t rest_at = version == 1 ? 28 : 24;
    Fields rest(source_.take(rest_at, 72, where), where);
    if (rest.number(8) != 0) refused(where, "a file inside another one");
    rest.skip(8);
    const uint64_t end = rest.number(8);
    require<FileError>(end <= source_.size(), where,
                       "expected {} bytes, got {}. The file is cut off; copy it anew.", end,
                       source_.size());
    source_.cut(end);
    if (rest.number(8) != nowhere) refused(where, "a file of several parts");
    rest.skip(8);
    return rest.number(8);
  }

  std::vector<Message> messages_at(uint64_t address, const std::string& where) {
    require<FileError>(visited_.insert(address).second, where,
                       "expected each object in one place, got a second link to it. Write the file "
                       "anew with Keras.");
    Fields prefix(source_.take(address, 16, where), where);
    const uint64_t version = prefix.number(1);
    if (version == 'O') refused(where, "an object header of version 2");
    if (version != 1) damaged(where, "an object header");
    prefix.skip(1);
    const uint64_t count = prefix.number(2);
    prefix.skip(4);
    const uint64_t size = prefix.number(4);
    std::vector<Message> messages;
    std::vector<std::pair<uint64_t, uint64_t>> blocks = {{address + 16, size}};
    uint64_t seen = 0;
    for (size_t i = 0; i < blocks.size(); ++i) {
      Fields block(source_.take(blocks[i].first, blocks[i].second, where), where);
      while (block.left() >= 8 && seen < count) {
        ++seen;
        const auto type = static_cast<MessageType>(block.number(2));
        const uint64_t length = block.number(2);
        const auto flags = static_cast<uint8_t>(block.number(1));
        block.skip(3);
        Fields data(block.take(length), where);
        if ((flags & 2) != 0) refused(where, "a shared message");
        if (type == MessageType::continuation) {
          const uint64_t next = data.number(8);
          blocks.emplace_back(next, data.number(8));
        } else {
          messages.push_back({type, flags, data.rest()});
        }
      }
    }
    if (seen != count) damaged(where, "a complete object header");
    return messages;
  }

  void read_group(Hdf5Group& group, const std::vector<Message>& messages, const std::string& where,
                  int depth) {
    require<FileError>(depth < deepest, where,
                       "expected groups of at most {} levels, got more. The file is damaged or "
                       "hostile.",
                       deepest);
    read_attributes(group.attributes, messages, where);
    for (const Message& message : messages) {
      Fields fields(message.data, where);
      if (message.type == MessageType::symbol_table) {
        const uint64_t tree = fields.number(8);
        read_tree(group, tree, std::nullopt, read_heap(fields.number(8), where), where, depth);
      } else if (message.type == MessageType::link) {
        read_link(group, fields, where, depth);
      } else if (message.type == MessageType::link_info) {
        fields.skip(1);
        const bool has_order = (fields.number(1) & 1) != 0;
        if (has_order) fields.skip(8);
        if (fields.number(8) != nowhere) refused(where, "a group of the format of HDF5 1.8");
      }
    }
  }

  void read_attributes(Hdf5Attributes& attributes, const std::vector<Message>& messages,
                       const std::string& where) {
    for (const Message& message : messages) {
      if (message.type == MessageType::attribute) {
        auto [name, value] = read_attribute(source_, message.data, where);
        if (!attributes.emplace(std::move(name), std::move(value)).second) {
          damaged(where, "each attribute once");
        }
      } else if (message.type == MessageType::attribute_info) {
        Fields fields(message.data, where);
        fields.skip(1);
        const bool has_order = (fields.number(1) & 1) != 0;
        if (has_order) fields.skip(2);
        if (fields.number(8) != nowhere) refused(where, "attributes of the format of HDF5 1.8");
      }
    }
  }

  /// Returns the segment of a local heap, in which a group's names lie.
  ByteView read_heap(uint64_t address, const std::string& where) {
    Fields header(source_.take(address, 32, where), where);
    if (text_of(header.take(4)) != "HEAP" || header.number(1) != 0) damaged(where, "a name heap");
    header.skip(3);
    const uint64_t size = header.number(8);
    header.skip(8);
    return source_.take(header.number(8), size, where);
  }

  void read_tree(Hdf5Group& group, uint64_t address, std::optional<uint64_t> level, ByteView names,
                 const std::string& where, int depth) {
    Fields header(source_.take(address, 24, where), where);
    if (text_of(header.take(4)) != "TREE" || header.number(1) != 0) {
      damaged(where, "a tree of names");
    }
    const uint64_t own_level = header.number(1);
    const uint64_t count = header.number(2);
    // Levels fall by one, which ends every walk.
    if (own_level > 32 || (level && own_level != *level)) damaged(where, "a tree of names");
    Fields body(source_.take(address + 24, count * 16 + 8, where), where);
    for (uint64_t i = 0; i < count; ++i) {
      body.skip(8);
      const uint64_t child = body.number(8);
      if (own_level > 0) {
        read_tree(group, child, own_level - 1, names, where, depth);
      } else {
        read_symbols(group, child, names, where, depth);
      }
    }
  }

  void read_symbols(Hdf5Group& group, uint64_t address, ByteView names, const std::string& where,
                    int depth) {
    Fields header(source_.take(address, 8, where), where);
    if (text_of(header.take(4)) != "SNOD" || header.number(1) != 1) damaged(where, "names");
    header.skip(1);
    const uint64_t count = header.number(2);
    Fields body(source_.take(address + 8, count * 40, where), where);
    for (uint64_t i = 0; i < count; ++i) {
      const uint64_t name_at = body.number(8);
      const uint64_t object = body.number(8);
      const uint64_t kind = body.number(4);
      body.skip(20);
      if (name_at >= names.size()) damaged(where, "a name in its heap");
      const std::string_view rest = text_of(names.subspan(name_at));
      const size_t length = rest.find('\0');
      if (length == std::string_view::npos) damaged(where, "a name that ends");
      const std::string name(rest.substr(0, length));
      if (kind == 2) refused(where + "/" + name, "a soft link");
      if (kind > 2) damaged(where, "a known kind of entry");
      read_object(group, name, object, where, depth);
    }
  }

  void read_link(Hdf5Group& group, Fields& fields, const std::string& where, int depth) {
    if (fields.number(1) != 1) damaged(where, "a link of version 1");
    const uint64_t flags = fields.number(1);
    const uint64_t kind = (flags & 8) != 0 ? fields.number(1) : 0;
    if ((flags & 4) != 0) fields.skip(8);
    if ((flags & 16) != 0) fields.skip(1);
    const uint64_t length = fields.number(size_t{1} << (flags & 3));
    const std::string name(text_of(fields.take(length)));
    if (kind == 1) refused(where + "/" + name, "a soft link");
    if (kind == 64) refused(where + "/" + name, "an external link");
    if (kind != 0) refused(where + "/" + name, "a link of an unknown kind");
    read_object(group, name, fields.number(8), where, depth);
  }

  void read_object(Hdf5Group& group, const std::string& name, uint64_t address,
                   const std::string& parent, int depth) {
    const bool plain = !name.empty() && name.size() <= longest_name && name != "." &&
                       name.find('/') == std::string::npos && name.find('\0') == std::string::npos;
    if (!plain) damaged(parent, "plain names");
    const std::string where = parent + "/" + name;
    if (group.groups.count(name) > 0 || group.datasets.count(name) > 0) {
      damaged(where, "each name once");
    }
    const std::vector<Message> messages = messages_at(address, where);
    bool is_group = false;
    for (const Message& message : messages) {
      is_group = is_group || message.type == MessageType::symbol_table ||
                 message.type == MessageType::link_info;
    }
    if (is_group) {
      read_group(group.groups[name], messages, where, depth + 1);
      return;
    }
    const auto at = group.datasets.emplace(name, read_dataset(source_, messages, where)).first;
    read_attributes(at->second.attributes, messages, where);
  }

  Source& source_;
  std::set<uint64_t> visited_;
};

/// Returns the first part of a path and takes it off.
std::string_view take_part(std::string_view& path) {
  const size_t slash = path.find('/');
  const std::string_view part = path.substr(0, slash);
  path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  return part;
}

}  // namespace

}  // namespace hdf5

const Shape& Hdf5Dataset::shape() const { return stored_ ? stored_->shape : array_.shape(); }

bool Hdf5Dataset::may_be_damaged() const {
  return stored_ && (stored_->chunked || stored_->type.dtype == DType::bool_);
}

DType Hdf5Dataset::element_type() const {
  const auto dtype = attributes.find("dtype");
  const std::string* name =
      dtype == attributes.end() ? nullptr : std::get_if<std::string>(&dtype->second);
  return stored_->element_type(name != nullptr && *name == "bfloat16");
}

Array Hdf5Dataset::read() const {
  if (!stored_) return array_;
  Array array(element_type(), stored_->shape);
  stored_->read(array);
  return array;
}

void Hdf5Dataset::read_to(const Array& target) const {
  const bool directly = stored_ && target.is_contiguous() && target.shape() == stored_->shape &&
                        target.dtype() == element_type();
  if (directly) {
    stored_->read(target);
  } else {
    target.assign(read());
  }
}

const Hdf5Group* Hdf5Group::find(std::string_view path) const {
  const Hdf5Group* group = this;
  while (!path.empty()) {
    const auto found = group->groups.find(hdf5::take_part(path));
    if (found == group->groups.end()) return nullptr;
    group = &found->second;
  }
  return group;
}

const Hdf5Dataset* Hdf5Group::find_dataset(std::string_view path) const {
  const size_t slash = path.rfind('/');
  const bool nested = slash != std::string_view::npos;
  const Hdf5Group* group = nested ? find(path.substr(0, slash)) : this;
  if (group == nullptr) return nullptr;
  const auto found = group->datasets.find(nested ? path.substr(slash + 1) : path);
  return found == group->datasets.end() ? nullptr : &found->second;
}

Hdf5Group& Hdf5Group::make(std::string_view path) {
  Hdf5Group* group = this;
  while (!path.empty()) group = &group->groups[std::string(hdf5::take_part(path))];
  return *group;
}

Hdf5Group read_hdf5(std::shared_ptr<const ByteSource> file, const std::string& where) {
  hdf5::Source source(std::move(file), where);
  return hdf5::Reader(source).read();
}

Hdf5Group read_hdf5(Bytes file, const std::string& where) {
  return read_hdf5(memory_source(std::move(file)), where);
}

Hdf5Group read_hdf5(const std::string& path) { return read_hdf5(file_source(path), path); }

}  // namespace keratin
