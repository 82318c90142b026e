// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "keratin/base/file.h"
#include "keratin/core/array.h"
#include "keratin/io/byte_source.h"

namespace keratin {

namespace hdf5 {
struct Stored;
}

/// Is the value of an attribute: a text, texts, numbers, or nothing where it has a type that is not
/// read.
using Hdf5Attribute = std::variant<std::monostate, std::string, std::vector<std::string>, Array>;
using Hdf5Attributes = std::map<std::string, Hdf5Attribute, std::less<>>;

/// Is one array: an own one, or one of a file, whose elements are read on demand.
class Hdf5Dataset {
 public:
  explicit Hdf5Dataset(Array array) : array_(std::move(array)) {}
  explicit Hdf5Dataset(std::shared_ptr<const hdf5::Stored> stored) : stored_(std::move(stored)) {}

  const Shape& shape() const;
  /// Returns the elements; two bytes without a type are bfloat16 where the attribute `dtype` says
  /// so, as Keras writes it. Throws FileError for damaged data and for types that are no numbers.
  Array read() const;
  /// Copies the elements into an array of the same shape and converts them to its type; what needs
  /// neither unpacking nor converting goes from the file straight to its place.
  void read_to(const Array& target) const;
  /// Tells whether reading may find the elements damaged.
  bool may_be_damaged() const;

  Hdf5Attributes attributes = {};

 private:
  DType element_type() const;
  Array array_;
  std::shared_ptr<const hdf5::Stored> stored_;
};

/// Is a folder in an HDF5 file.
struct Hdf5Group {
  Hdf5Attributes attributes = {};
  std::map<std::string, Hdf5Group, std::less<>> groups = {};
  std::map<std::string, Hdf5Dataset, std::less<>> datasets = {};

  /// Returns what lies at `path` ("layers/dense/vars"; empty for this one), or null.
  const Hdf5Group* find(std::string_view path) const;
  const Hdf5Dataset* find_dataset(std::string_view path) const;
  /// Returns the group at `path`; makes those that are not there.
  Hdf5Group& make(std::string_view path);
};

/// Returns the content of an HDF5 file as `h5py` writes it by default: groups with symbol tables,
/// attributes, and arrays of numbers that lie in one piece or in chunks (gzip, shuffle). Reading is
/// safe for files of strangers: no byte is used twice, so time and memory stay in proportion to the
/// file's size, and links to other places, external and virtual data are refused. The file stays
/// open as long as there are datasets of it, whose elements are read when they are asked for.
/// Throws FileError that names file and object.
Hdf5Group read_hdf5(const std::string& path);

/// Returns the content of an HDF5 file that is read in parts; `where` names it in errors.
Hdf5Group read_hdf5(std::shared_ptr<const ByteSource> file, const std::string& where);

/// Returns the content of an HDF5 file in memory; `where` names it in errors.
Hdf5Group read_hdf5(Bytes file, const std::string& where);

/// Returns a file as `h5py` writes it by default; bfloat16 is stored as Keras stores it. Throws
/// ValueError for names with '/' and for attributes over 64 KiB.
Bytes hdf5_bytes(const Hdf5Group& root);

/// Writes an HDF5 file atomically; throws FileError, ValueError.
void write_hdf5(const std::string& path, const Hdf5Group& root);

}  // namespace keratin
