// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/saving/sharded_weights.h"

#include <deque>
#include <filesystem>
#include <map>

#include "keratin/base/check.h"
#include "keratin/base/config.h"

namespace keratin {

namespace {

constexpr std::string_view index_ending = ".weights.json";
constexpr uint64_t largest_index = uint64_t{1} << 26;

std::string beside(const std::string& path, const std::string& name) {
  return (std::filesystem::path(path).parent_path() / name).string();
}

/// Fills shards one after the other. They appear at their paths together, when all are written.
class Writer {
 public:
  Writer(const std::string& path, double max_shard_size)
      : path_(path), largest_(max_shard_size * 1024 * 1024 * 1024) {
    const std::string name = std::filesystem::path(path).filename().string();
    base_ = name.substr(0, name.size() - index_ending.size());
  }

  // Keras goes through the groups in the order of its walk; that of their names serves as well.
  void add(const Hdf5Group& group, const std::string& at) {
    for (const auto& [name, dataset] : group.datasets) add_array(group, at, name, dataset);
    for (const auto& [name, inner] : group.groups) add(inner, at + "/" + name);
  }

  void finish() {
    finish_shard();
    for (AtomicFile& file : files_) file.commit();
    const Config index =
        Config::dict({{"metadata", Config::dict({{"total_size", static_cast<double>(total_)}})},
                      {"weight_map", Config::dict(std::move(map_))}});
    write_file_atomically(path_, bytes_of(to_json(index, 4)));
  }

 private:
  std::string shard_name() const {
    return fmt::format("{}_{:05}.weights.h5", base_, files_.size());
  }

  void add_array(const Hdf5Group& group, const std::string& at, const std::string& name,
                 const Hdf5Dataset& dataset) {
    const uint64_t bytes = dataset.read().bytes();
    require<ValueError>(static_cast<double>(bytes) <= largest_, "save_weights",
                        "expected arrays of at most {:.0f} bytes, got {} for '{}/{}'. Increase "
                        "`max_shard_size`.",
                        largest_, bytes, at, name);
    if (static_cast<double>(filled_ + bytes) > largest_) finish_shard();
    filled_ += bytes;
    total_ += bytes;
    Hdf5Group& target = shard_.make(std::string_view(at).substr(1));
    target.attributes = group.attributes;
    target.datasets.emplace(name, dataset);
    note(at, shard_name());
  }

  void note(const std::string& at, const std::string& shard) {
    if (map_.empty() || map_.back().first != at) {
      map_.emplace_back(at, shard);
      return;
    }
    Config& entry = map_.back().second;
    const bool known =
        entry.is_list() ? entry[entry.size() - 1].as_string() == shard : entry.as_string() == shard;
    if (known) return;
    if (!entry.is_list()) entry = Config::list({entry});
    entry.push_back(shard);
  }

  void finish_shard() {
    AtomicFile& file = files_.emplace_back(beside(path_, shard_name()));
    file.write(hdf5_bytes(shard_));
    shard_ = Hdf5Group();
    filled_ = 0;
  }

  std::string path_;
  double largest_;
  std::string base_;
  std::deque<AtomicFile> files_;
  Config::Dict map_;
  Hdf5Group shard_;
  uint64_t filled_ = 0;
  uint64_t total_ = 0;
};

class Reader {
 public:
  explicit Reader(const std::string& path) : path_(path) {}

  Hdf5Group read() {
    const std::shared_ptr<const ByteSource> file = file_source(path_);
    require<FileError>(file->size() <= largest_index, path_,
                       "expected an index of at most {} bytes, got {}. The file is damaged or "
                       "hostile.",
                       largest_index, file->size());
    Bytes bytes(file->size());
    file->read(0, bytes);
    const Config index = parse_json(text_of(bytes), path_);
    const Config map = index.is_dict() ? index.get("weight_map") : Config();
    if (!map.is_dict()) refuse("a dict `weight_map`", "none");
    for (const auto& [at, shards] : map.as_dict()) {
      if (shards.is_list()) {
        for (const Config& shard : shards.as_list()) take(at, shard);
      } else {
        take(at, shards);
      }
    }
    return std::move(merged_);
  }

 private:
  [[noreturn]] void refuse(const std::string& expected, const std::string& got) const {
    fail<FileError>(path_, "expected {}, got {}. Write the weights anew.", expected, got);
  }

  const Hdf5Group& shard_of(const Config& name) {
    if (!name.is_string()) refuse("names of shards", "another type");
    const std::string& text = name.as_string();
    const bool plain = text.ends_with(".weights.h5") && text.find_first_of("/\\") == text.npos &&
                       text.find('\0') == text.npos;
    if (!plain) refuse("names of `.weights.h5` files beside the index", "'" + text + "'");
    auto found = shards_.find(text);
    if (found == shards_.end()) {
      found = shards_.emplace(text, read_hdf5(beside(path_, text))).first;
    }
    return found->second;
  }

  void take(const std::string& at, const Config& name) {
    const Hdf5Group* group =
        shard_of(name).find(at.starts_with('/') ? std::string_view(at).substr(1) : at);
    if (group == nullptr) refuse("'" + at + "' in the shard '" + name.as_string() + "'", "none");
    Hdf5Group& target = merged_.make(std::string_view(at).substr(at.starts_with('/') ? 1 : 0));
    target.attributes = group->attributes;
    for (const auto& [key, dataset] : group->datasets) {
      if (!target.datasets.emplace(key, dataset).second) {
        refuse("each array once", "'" + at + "/" + key + "' twice");
      }
    }
  }

  std::string path_;
  std::map<std::string, Hdf5Group> shards_;
  Hdf5Group merged_;
};

}  // namespace

void write_shards(const std::string& path, const Hdf5Group& weights, double max_shard_size) {
  Writer writer(path, max_shard_size);
  writer.add(weights, "");
  writer.finish();
}

Hdf5Group read_shards(const std::string& path) { return Reader(path).read(); }

}  // namespace keratin
