// SPDX-License-Identifier: Apache-2.0
// The format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#include "keratin/io/npy.h"

#include <array>
#include <cstring>
#include <limits>
#include <optional>

#include "keratin/base/check.h"
#include "keratin/io/byte_order.h"
#include "keratin/io/printable.h"

namespace keratin {

using detail::shown;

namespace {

constexpr std::string_view magic = "\x93NUMPY";
constexpr size_t max_header_bytes = 64 * 1024;
constexpr std::string_view advice = "Write the file anew with numpy.save";

struct ElementType {
  std::string_view code;
  DType dtype;
};

constexpr std::array<ElementType, 13> element_types = {{
    {"b1", DType::bool_},
    {"u1", DType::uint8},
    {"u2", DType::uint16},
    {"u4", DType::uint32},
    {"u8", DType::uint64},
    {"i1", DType::int8},
    {"i2", DType::int16},
    {"i4", DType::int32},
    {"i8", DType::int64},
    {"f2", DType::float16},
    {"V2", DType::bfloat16},
    {"f4", DType::float32},
    {"f8", DType::float64},
}};

struct Header {
  std::string descr;
  bool fortran_order = false;
  std::vector<int64_t> shape;
};

struct Layout {
  DType dtype;
  bool swapped;
};

/// Reads the one form of Python literal that an .npy header is.
class HeaderReader {
 public:
  HeaderReader(std::string_view text, std::string_view where) : text_(text), where_(where) {}

  Header read() {
    Header header;
    unsigned seen = 0;
    expect('{');
    while (!accept('}')) {
      const unsigned bit = read_entry(header);
      if ((seen & bit) != 0) wrong();
      seen |= bit;
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_space();
    if (seen != 7 || at_ != text_.size()) wrong();
    return header;
  }

 private:
  unsigned read_entry(Header& header) {
    const std::string key = quoted();
    expect(':');
    if (key == "descr") {
      if (accept('[') || accept('(')) {
        fail<FileError>(where_,
                        "expected an array of numbers, got records with named fields. Save each "
                        "field as an array of its own.");
      }
      header.descr = quoted();
      return 1;
    }
    if (key == "fortran_order") {
      header.fortran_order = truth();
      return 2;
    }
    if (key != "shape") wrong();
    header.shape = sizes();
    return 4;
  }

  std::vector<int64_t> sizes() {
    std::vector<int64_t> dims;
    expect('(');
    while (!accept(')')) {
      dims.push_back(integer());
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return dims;
  }

  int64_t integer() {
    const size_t first = at_;
    int64_t value = 0;
    for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_) {
      const int digit = text_[at_] - '0';
      if (value > (std::numeric_limits<int64_t>::max() - digit) / 10) wrong();
      value = value * 10 + digit;
    }
    if (at_ == first) wrong();
    if (at_ < text_.size() && text_[at_] == 'L') ++at_;  // Python 2 wrote 3L
    return value;
  }

  bool truth() {
    skip_space();
    for (const bool value : {false, true}) {
      const std::string_view word = value ? "True" : "False";
      if (text_.substr(at_, word.size()) == word) {
        at_ += word.size();
        return value;
      }
    }
    wrong();
  }

  std::string quoted() {
    skip_space();
    const char quote = at_ < text_.size() ? text_[at_] : '\0';
    if (quote != '\'' && quote != '"') wrong();
    const size_t last = text_.find(quote, at_ + 1);
    if (last == std::string_view::npos) wrong();
    const std::string_view content = text_.substr(at_ + 1, last - at_ - 1);
    if (content.find('\\') != std::string_view::npos) wrong();
    at_ = last + 1;
    return std::string(content);
  }

  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }

  bool accept(char c) {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  void expect(char c) {
    if (!accept(c)) wrong();
  }

  [[noreturn]] void wrong() const {
    fail<FileError>(where_,
                    "expected a header with 'descr', 'fortran_order' and 'shape', got `{}`. {}.",
                    shown(text_), advice);
  }

  std::string_view text_;
  std::string_view where_;
  size_t at_ = 0;
};

/// Takes the header off the front of `bytes`.
Header take_header(ByteView& bytes, std::string_view where) {
  const bool is_npy = bytes.size() >= 8 && text_of(bytes.first(magic.size())) == magic;
  require<FileError>(is_npy, where, "expected the bytes of an .npy file, got `{}`. {}.",
                     shown(text_of(bytes.first(std::min<size_t>(bytes.size(), 8)))), advice);
  const auto version = static_cast<unsigned>(bytes[6]);
  require<FileError>(version >= 1 && version <= 3 && bytes[7] == std::byte{0}, where,
                     "expected .npy format 1.0, 2.0 or 3.0, got {}.{}. {}.", version,
                     static_cast<unsigned>(bytes[7]), advice);
  const size_t length_bytes = version == 1 ? 2 : 4;
  const size_t front = 8 + length_bytes;
  require<FileError>(bytes.size() >= front, where, "expected a header, got {} bytes. {}.",
                     bytes.size(), advice);
  const uint64_t length = little_endian(bytes.subspan(8, length_bytes));
  require<FileError>(length <= max_header_bytes && length <= bytes.size() - front, where,
                     "expected a header within the file and at most {} bytes long, got {} bytes. "
                     "{}.",
                     max_header_bytes, length, advice);
  const std::string_view text = text_of(bytes.subspan(front, length));
  bytes = bytes.subspan(front + length);
  return HeaderReader(text, where).read();
}

Layout layout_of(const std::string& descr, std::string_view where, const NpyOptions& options) {
  const bool has_order = !descr.empty() && std::strchr("<>|=", descr.front()) != nullptr;
  const std::string_view code = std::string_view(descr).substr(has_order ? 1 : 0);
  const char kind = code.empty() ? '\0' : code.front();
  require<FileError>(kind != 'O', where,
                     "expected an array of numbers, got Python objects, which only Python's pickle "
                     "can read and which may run code. Save plain numbers.");
  require<FileError>(kind != 'U' && kind != 'S' && kind != 'a', where,
                     "expected an array of numbers, got texts ('{}'). Keep texts in a text file.",
                     shown(descr));
  require<FileError>(code != "V2" || options.bfloat16, where,
                     "expected elements of a known type, got 2 bytes without a type ('{}'). Set "
                     "`.bfloat16 = true` if they are bfloat16.",
                     shown(descr));
  for (const ElementType& type : element_types) {
    if (type.code != code) continue;
    const bool swapped = has_order && descr.front() == '>' && size_of(type.dtype) > 1;
    if (swapped && type.dtype == DType::bfloat16) break;
    return {type.dtype, swapped};
  }
  fail<FileError>(where,
                  "expected booleans, integers of 1 to 8 bytes or floats of 2, 4 or 8 bytes, got "
                  "'{}'. Convert the array with astype() first.",
                  shown(descr));
}

/// Checks that `shape` needs exactly the bytes that are there, without overflow.
void check_size(const Header& header, DType dtype, size_t available, std::string_view where) {
  // Axes of size 0 count as 1, so that the strides of an empty array do not overflow either.
  constexpr auto limit = static_cast<uint64_t>(std::numeric_limits<int64_t>::max()) / 16;
  require<FileError>(header.shape.size() <= max_rank, where,
                     "expected at most {} axes, got {}. Reshape the array before it is saved.",
                     max_rank, header.shape.size());
  uint64_t product = 1;
  bool is_empty = false;
  for (int64_t dim : header.shape) {
    const uint64_t factor = dim == 0 ? 1 : static_cast<uint64_t>(dim);
    is_empty = is_empty || dim == 0;
    require<FileError>(product <= limit / factor, where,
                       "expected the size of a file, got the shape {}. {}.",
                       to_string(Shape(header.shape)), advice);
    product *= factor;
  }
  const uint64_t needed = is_empty ? 0 : product * size_of(dtype);
  require<FileError>(needed == available, where,
                     "expected {} bytes of data for {} of shape {}, got {}. The file is cut off or "
                     "damaged; copy or write it anew.",
                     needed, name_of(dtype), to_string(Shape(header.shape)), available);
}

/// Copies row-major or column-major elements into a row-major array.
Array copy_elements(const Header& header, const Layout& layout, ByteView data) {
  std::vector<int64_t> dims = header.shape;
  if (header.fortran_order) std::reverse(dims.begin(), dims.end());
  Array stored(layout.dtype, Shape(std::move(dims)));
  auto* target = static_cast<std::byte*>(stored.raw());
  if (!data.empty()) std::memcpy(target, data.data(), data.size());
  if (layout.swapped) {
    swap_byte_order(target, static_cast<size_t>(stored.size()), size_of(layout.dtype));
  }
  if (layout.dtype == DType::bool_) {
    // Any byte but 0 is true in NumPy; in C++ a bool may hold 0 and 1 only.
    for (size_t i = 0; i < data.size(); ++i) target[i] = std::byte{target[i] != std::byte{0}};
  }
  if (!header.fortran_order || stored.rank() < 2) return stored;
  std::vector<int64_t> strides = stored.strides();
  std::reverse(strides.begin(), strides.end());
  return Array(stored.buffer(), layout.dtype, Shape(header.shape), std::move(strides), 0).copy();
}

/// Returns the header as numpy.save spells it, with the spaces that let NumPy lengthen axis 0 in
/// place and that align the data to 64 bytes.
std::string header_text(DType dtype, const Shape& shape) {
  constexpr size_t growth_digits = 21;
  constexpr size_t alignment = 64;
  std::string_view code;
  for (const ElementType& type : element_types) {
    if (type.dtype == dtype) code = type.code;
  }
  const bool no_order = size_of(dtype) == 1 || dtype == DType::bfloat16;
  std::string text = fmt::format("{{'descr': '{}{}', 'fortran_order': False, 'shape': {}, }}",
                                 no_order ? '|' : '<', code, to_tuple_string(shape));
  if (!shape.empty()) text.append(growth_digits - std::to_string(shape[0]).size(), ' ');
  text.append(alignment - (magic.size() + 4 + text.size() + 1) % alignment, ' ');
  return text + '\n';
}

/// Returns everything of an .npy file that lies before its data.
std::string file_front(const Array& array) {
  const std::string header = header_text(array.dtype(), array.shape());
  std::string front(magic);
  front += {'\x01', '\x00', static_cast<char>(header.size() & 0xff),
            static_cast<char>(header.size() >> 8)};
  return front + header;
}

ByteView data_of(const Array& contiguous) {
  return {static_cast<const std::byte*>(contiguous.raw()), contiguous.bytes()};
}

}  // namespace

Array read_npy(ByteView bytes, std::string_view where, const NpyOptions& options) {
  const Header header = take_header(bytes, where);
  const Layout layout = layout_of(header.descr, where, options);
  check_size(header, layout.dtype, bytes.size(), where);
  return copy_elements(header, layout, bytes);
}

PickledIntegers read_npy_integers(ByteView bytes, std::string_view where) {
  ByteView data = bytes;
  const Header header = take_header(data, where);
  require<FileError>(header.shape.size() == 1, where,
                     "expected an array with one axis, got {}. Keep each text as a list.",
                     header.shape.size());
  if (header.descr.ends_with('O')) {
    PickledIntegers result = read_pickled_array(data, where);
    const size_t count = std::visit([](const auto& items) { return items.size(); }, result);
    require<FileError>(count == static_cast<uint64_t>(header.shape[0]), where,
                       "expected as many objects as the header says, {}, got {}. Copy or write the "
                       "file anew.",
                       header.shape[0], count);
    return result;
  }
  const Array array = read_npy(bytes, where);
  require<FileError>(is_int(array.dtype()), where,
                     "expected integers or lists of integers, got {} {}. Convert the array with "
                     "astype() first.",
                     name_of(array.dtype()), to_string(array.shape()));
  std::vector<int64_t> numbers;
  dispatch(array.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    for (int64_t i = 0; i < array.size(); ++i) {
      numbers.push_back(static_cast<int64_t>(array.data<T>()[i]));
    }
  });
  return numbers;
}

Array read_npy(const std::string& path, const NpyOptions& options) {
  const Bytes bytes = read_file(path);
  return read_npy(bytes, path, options);
}

Bytes npy_bytes(const Array& array) {
  const Array source = array.contiguous();
  const std::string front = file_front(source);
  const ByteView data = data_of(source);
  Bytes result;
  result.reserve(front.size() + data.size());
  const ByteView front_bytes = bytes_of(front);
  result.insert(result.end(), front_bytes.begin(), front_bytes.end());
  result.insert(result.end(), data.begin(), data.end());
  return result;
}

void write_npy(const std::string& path, const Array& array) {
  const Array source = array.contiguous();
  AtomicFile file(path);
  file.write(bytes_of(file_front(source)));
  file.write(data_of(source));
  file.commit();
}

}  // namespace keratin
