// SPDX-License-Identifier: Apache-2.0
// Types, shapes and attributes, as the messages of object headers hold them.
#include <algorithm>
#include <array>

#include "keratin/io/hdf5_internal.h"

namespace keratin::hdf5 {

void damaged(std::string_view where, std::string_view expected) {
  fail<FileError>(where, "expected {}, got other bytes. The file is damaged; copy it anew.",
                  expected);
}

void refused(std::string_view where, std::string_view what) {
  fail<FileError>(where,
                  "expected data that lies in the file itself as h5py writes it by default, got "
                  "{}. Write the file anew with Keras.",
                  what);
}

namespace {

Datatype other(std::string name) { return {.name = std::move(name)}; }

Datatype number(DType dtype, bool swapped) {
  return {.kind = Datatype::Kind::number,
          .dtype = dtype,
          .size = size_of(dtype),
          .swapped = swapped && size_of(dtype) > 1};
}

Datatype read_integer(uint8_t flags, uint64_t size, Fields& properties) {
  const uint64_t offset = properties.number(2);
  const uint64_t precision = properties.number(2);
  if (offset != 0 || precision != 8 * size) return other("integers of unusual bits");
  constexpr std::array<DType, 4> plain = {DType::uint8, DType::uint16, DType::uint32,
                                          DType::uint64};
  constexpr std::array<DType, 4> with_sign = {DType::int8, DType::int16, DType::int32,
                                              DType::int64};
  for (size_t i = 0; i < plain.size(); ++i) {
    if (size != uint64_t{1} << i) continue;
    return number((flags & 8) != 0 ? with_sign[i] : plain[i], (flags & 1) != 0);
  }
  return other("integers of unusual size");
}

Datatype read_float(uint8_t flags, uint8_t sign_place, uint64_t size, Fields& properties) {
  struct Format {
    DType dtype;
    uint64_t exponent_at, exponent_bits, mantissa_bits, bias;
  };
  constexpr std::array<Format, 4> formats = {{{DType::float16, 10, 5, 10, 15},
                                              {DType::bfloat16, 7, 8, 7, 127},
                                              {DType::float32, 23, 8, 23, 127},
                                              {DType::float64, 52, 11, 52, 1023}}};
  const uint64_t offset = properties.number(2);
  const uint64_t precision = properties.number(2);
  const uint64_t exponent_at = properties.number(1);
  const uint64_t exponent_bits = properties.number(1);
  const uint64_t mantissa_at = properties.number(1);
  const uint64_t mantissa_bits = properties.number(1);
  const uint64_t bias = properties.number(4);
  const bool plain = offset == 0 && precision == 8 * size && mantissa_at == 0 &&
                     sign_place == precision - 1 && (flags & 0x70) == 0x20;
  for (const Format& format : formats) {
    const bool same = plain && size_of(format.dtype) == size && exponent_at == format.exponent_at &&
                      exponent_bits == format.exponent_bits &&
                      mantissa_bits == format.mantissa_bits && bias == format.bias;
    if (same) return number(format.dtype, (flags & 1) != 0);
  }
  return other("floats of an unusual format");
}

/// Reads h5py's booleans: an enumeration of FALSE and TRUE over int8.
Datatype read_enumeration(uint64_t version, uint64_t count, uint64_t size, Fields& properties,
                          std::string_view where) {
  const ByteView base = properties.take(std::min<uint64_t>(properties.left(), 12));
  const Datatype integer = read_datatype(base, where);
  if (integer.kind != Datatype::Kind::number || size != 1 || count != 2) {
    return other("an enumeration");
  }
  constexpr std::array<std::string_view, 2> names = {"FALSE", "TRUE"};
  for (const std::string_view name : names) {
    const ByteView field = properties.take(version < 3 ? 8 : name.size() + 1);
    const std::string_view text = text_of(field);
    if (text.substr(0, text.find('\0')) != name) return other("an enumeration");
  }
  if (properties.number(1) != 0 || properties.number(1) != 1) return other("an enumeration");
  return number(DType::bool_, false);
}

}  // namespace

Datatype read_datatype(ByteView data, std::string_view where) {
  Fields fields(data, where);
  const uint64_t class_and_version = fields.number(1);
  const uint64_t version = class_and_version >> 4;
  if (version < 1 || version > 4) damaged(where, "a datatype of version 1 to 4");
  const auto flags = static_cast<uint8_t>(fields.number(1));
  const auto flags1 = static_cast<uint8_t>(fields.number(1));
  fields.skip(1);
  const uint64_t size = fields.number(4);
  if (size == 0) damaged(where, "elements of a size");
  switch (class_and_version & 15) {
    case 0:
      return read_integer(flags, size, fields);
    case 1:
      return read_float(flags, flags1, size, fields);
    case 3: {
      Datatype type{.kind = Datatype::Kind::text, .size = size};
      if ((flags & 15) > 2) damaged(where, "a text with known padding");
      type.padding = (flags & 15) == 2 ? ' ' : '\0';
      return type;
    }
    case 5:
      if (size != 2) return other("bytes without a type");
      return {.kind = Datatype::Kind::two_bytes, .size = size};
    case 8:
      return read_enumeration(version, flags | uint64_t{flags1} << 8, size, fields, where);
    case 9:
      if ((flags & 15) != 1 || size != 16) return other("sequences of several lengths");
      return {.kind = Datatype::Kind::long_text, .size = size};
    case 2:
      return other("times");
    case 4:
      return other("bit fields");
    case 6:
      return other("records with named fields");
    case 7:
      return other("references");
    case 10:
      return other("arrays of arrays");
    default:
      damaged(where, "a known class of datatype");
  }
}

Shape read_dataspace(ByteView data, std::string_view where) {
  Fields fields(data, where);
  const uint64_t version = fields.number(1);
  const uint64_t rank = fields.number(1);
  const uint64_t flags = fields.number(1);
  if (version != 1 && version != 2) damaged(where, "a dataspace of version 1 or 2");
  const uint64_t kind = fields.number(1);
  if (version == 1) fields.skip(4);
  if (version == 2 && kind > 2) damaged(where, "a known kind of dataspace");
  if (flags > 3) damaged(where, "known flags of a dataspace");
  if (version == 2 && kind == 2) return Shape{0};
  require<FileError>(rank <= max_rank, where,
                     "expected at most {} axes, got {}. Reshape the array before it is saved.",
                     max_rank, rank);
  Shape shape;
  for (uint64_t i = 0; i < rank; ++i) {
    const uint64_t dim = fields.number(8);
    if (dim > largest_count) damaged(where, "axes of plausible sizes");
    shape.push_back(static_cast<int64_t>(dim));
  }
  return shape;
}

uint64_t bytes_of_array(const Shape& shape, uint64_t element_size, std::string_view where) {
  uint64_t product = element_size;
  bool is_empty = false;
  for (const int64_t dim : shape) {
    is_empty = is_empty || dim == 0;
    // Axes of size 0 count as 1, so that the strides of an empty array do not overflow either.
    const uint64_t factor = dim == 0 ? 1 : static_cast<uint64_t>(dim);
    require<FileError>(product <= largest_count / factor, where,
                       "expected an array that fits into memory, got the shape {}. The file is "
                       "damaged or hostile.",
                       to_string(shape));
    product *= factor;
  }
  return is_empty ? 0 : product;
}

std::vector<uint16_t> read_filters(ByteView data, std::string_view where) {
  Fields fields(data, where);
  const uint64_t version = fields.number(1);
  const uint64_t count = fields.number(1);
  if (version != 1 && version != 2) damaged(where, "filters of version 1 or 2");
  if (version == 1) fields.skip(6);
  std::vector<uint16_t> filters;
  for (uint64_t i = 0; i < count; ++i) {
    const auto id = static_cast<uint16_t>(fields.number(2));
    const uint64_t name_size = version == 1 || id >= 256 ? fields.number(2) : 0;
    fields.skip(2);
    const uint64_t values = fields.number(2);
    fields.skip(name_size);
    fields.skip(4 * values);
    if (version == 1 && values % 2 == 1) fields.skip(4);
    constexpr uint16_t deflate = 1;
    constexpr uint16_t shuffle = 2;
    require<FileError>(id == deflate || id == shuffle, where,
                       "expected plain data, or gzip and shuffle, got the filter {}. Write the "
                       "array without it.",
                       id);
    if (std::find(filters.begin(), filters.end(), id) != filters.end()) {
      damaged(where, "each filter once");
    }
    filters.push_back(id);
  }
  return filters;
}

namespace {

std::string trimmed(std::string_view text, char padding) {
  if (padding == '\0') return std::string(text.substr(0, text.find('\0')));
  return std::string(text.substr(0, text.find_last_not_of(padding) + 1));
}

std::vector<std::string> read_texts(Source& source, const Datatype& type, uint64_t count,
                                    Fields& fields, std::string_view where) {
  std::vector<std::string> texts;
  for (uint64_t i = 0; i < count; ++i) {
    if (type.kind == Datatype::Kind::text) {
      texts.push_back(trimmed(text_of(fields.take(type.size)), type.padding));
      continue;
    }
    const uint64_t length = fields.number(4);
    const uint64_t address = fields.number(8);
    const uint64_t index = fields.number(4);
    if (length == 0) {
      texts.emplace_back();
      continue;
    }
    const ByteView object = source.heap_object(address, index, where);
    if (length > object.size()) damaged(where, "a text within its place");
    texts.emplace_back(text_of(object.first(length)));
  }
  return texts;
}

}  // namespace

std::pair<std::string, Hdf5Attribute> read_attribute(Source& source, ByteView data,
                                                     std::string_view where) {
  Fields fields(data, where);
  const uint64_t version = fields.number(1);
  if (version < 1 || version > 3) damaged(where, "an attribute of version 1 to 3");
  const uint64_t flags = fields.number(1);
  if (version > 1 && flags != 0) refused(where, "an attribute of a shared type");
  const uint64_t name_size = fields.number(2);
  const uint64_t type_size = fields.number(2);
  const uint64_t space_size = fields.number(2);
  if (version == 3) fields.skip(1);
  const auto part = [&](uint64_t size) {
    return version == 1 ? fields.take_padded(size) : fields.take(size);
  };
  std::string name = trimmed(text_of(part(name_size)), '\0');
  const std::string label = fmt::format("{}[{}]", where, name);
  const Datatype type = read_datatype(part(type_size), label);
  const Shape shape = read_dataspace(part(space_size), label);
  const uint64_t bytes = bytes_of_array(shape, type.size, label);
  if (bytes > fields.left()) damaged(label, "a complete attribute");
  if (type.kind == Datatype::Kind::text || type.kind == Datatype::Kind::long_text) {
    std::vector<std::string> texts = read_texts(source, type, bytes / type.size, fields, label);
    if (shape.rank() == 0) return {std::move(name), std::move(texts[0])};
    return {std::move(name), std::move(texts)};
  }
  if (type.kind != Datatype::Kind::number) return {std::move(name), std::monostate()};
  const Stored stored{.file = source.file(),
                      .where = label,
                      .type = type,
                      .shape = shape,
                      .compact = copy_of(fields.take(bytes))};
  Array array(type.dtype, shape);
  stored.read(array);
  return {std::move(name), std::move(array)};
}

}  // namespace keratin::hdf5
