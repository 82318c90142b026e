// SPDX-License-Identifier: Apache-2.0
#include "keratin/io/npz.h"

#include <unordered_set>

#include "keratin/base/check.h"
#include "keratin/io/zip.h"

namespace keratin {

namespace {

constexpr std::string_view suffix = ".npy";

NamedArrays read_all(ZipReader& archive, const std::string& where, const NpyOptions& options) {
  NamedArrays items;
  std::unordered_set<std::string> names;
  for (const ZipEntry& entry : archive.entries()) {
    std::string name = entry.name;
    if (name.ends_with(suffix)) name.resize(name.size() - suffix.size());
    require<FileError>(names.insert(name).second, where,
                       "expected each name once, got '{}' twice. Write the archive anew.", name);
    items.emplace_back(std::move(name),
                       read_npy(archive.read(entry.name), archive.where(entry.name), options));
  }
  return items;
}

}  // namespace

NamedArrays read_npz(const std::string& path, const NpyOptions& options) {
  ZipReader archive(path);
  return read_all(archive, path, options);
}

NamedArrays read_npz(Bytes archive, const std::string& where, const NpyOptions& options) {
  ZipReader reader(std::move(archive), where);
  return read_all(reader, where, options);
}

void write_npz(const std::string& path, const NamedArrays& items, bool compressed) {
  std::unordered_set<std::string> names;
  for (const auto& [name, array] : items) {
    require<ValueError>(names.insert(name).second, "write_npz",
                        "expected each name once, got '{}' twice. Rename one.", name);
  }
  ZipWriter archive(path);
  for (const auto& [name, array] : items) {
    archive.add(name + std::string(suffix), npy_bytes(array), compressed);
  }
  archive.commit();
}

}  // namespace keratin
