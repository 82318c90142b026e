// SPDX-License-Identifier: Apache-2.0
// Follows numpy/_core/arrayprint.py of NumPy 2.4 with its default print options.
#include "keratin/core/print.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <functional>

#include "keratin/core/decimal_internal.h"

namespace keratin {

namespace {

using detail::Decimal;
using detail::to_decimal;

constexpr int64_t threshold = 1000;
constexpr int64_t edge_items = 3;
constexpr int line_width = 75;
constexpr int precision = 8;

// How one element, given by its place in memory, is written.
using Format = std::function<std::string(int64_t)>;

std::string pad_left(std::string text, size_t width) {
  return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

// ---- Text of one number -------------------------------------------------------------------------

struct Parts {
  std::string whole;  // with the sign
  std::string fraction;
  std::string exponent;  // with its sign; empty where there is none
};

void drop_zeros(std::string& fraction) { fraction.resize(fraction.find_last_not_of('0') + 1); }

Parts positional(const Decimal& number) {
  Parts parts;
  const auto point = static_cast<size_t>(std::max(number.exponent + 1, 0));
  std::string digits = number.digits;
  if (number.exponent < 0) {
    digits.insert(0, static_cast<size_t>(-number.exponent - 1), '0');
  } else if (digits.size() < point) {
    digits.append(point - digits.size(), '0');
  }
  parts.whole = point == 0 ? "0" : digits.substr(0, point);
  parts.fraction = digits.substr(point);
  drop_zeros(parts.fraction);
  if (number.negative) parts.whole.insert(0, "-");
  return parts;
}

Parts scientific(const Decimal& number, size_t exponent_digits = 2) {
  Parts parts{number.negative ? "-" : "", number.digits.substr(1), ""};
  parts.whole += number.digits.front();
  parts.exponent = std::to_string(std::abs(number.exponent));
  if (parts.exponent.size() < exponent_digits) {
    parts.exponent.insert(0, exponent_digits - parts.exponent.size(), '0');
  }
  parts.exponent.insert(0, number.exponent < 0 ? "-" : "+");
  return parts;
}

template <class T>
double value_of(T value) {
  if constexpr (std::is_same_v<T, float16>) {
    return static_cast<double>(static_cast<float>(value));
  } else {
    return static_cast<double>(value);
  }
}

// The decimal digits that the type always keeps: numpy.finfo(T).precision.
template <class T>
constexpr int safe_digits = std::is_same_v<T, float16> ? 3
                            : std::is_same_v<T, float> ? 6
                                                       : 15;

std::string text_of_non_finite(double value) {
  if (std::isnan(value)) return "nan";
  return value < 0 ? "-inf" : "inf";
}

// A number by itself, str() of a NumPy scalar: all its digits, an exponent where the digits before
// the point would be more than the type has.
template <class T>
std::string scalar_text(T value) {
  const double wide = value_of(value);
  if (!std::isfinite(wide)) return text_of_non_finite(wide);
  const double magnitude = std::abs(wide);
  const double first_exponential = safe_digits<T> == 15 ? 1e16 : std::pow(10.0, safe_digits<T>);
  const Decimal decimal = to_decimal(value, {});
  if (magnitude == 0 || (magnitude >= 1e-4 && magnitude < first_exponential)) {
    const Parts parts = positional(decimal);
    return parts.whole + "." + (parts.fraction.empty() ? "0" : parts.fraction);
  }
  Parts parts = scientific(decimal);
  drop_zeros(parts.fraction);
  return parts.whole + (parts.fraction.empty() ? "" : ".") + parts.fraction + "e" + parts.exponent;
}

// ml_dtypes writes bfloat16 as C++ streams write a float.
std::string text_of(bfloat16 value) {
  const auto number = static_cast<float>(value);
  if (!std::isfinite(number)) return text_of_non_finite(static_cast<double>(number));
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number,
                                 std::chars_format::general, 6);
  return std::string(buffer.data(), end.ptr);
}

// ---- Columns of floats --------------------------------------------------------------------------

// Finds the width and form in which all elements of a float array line up.
template <class T>
class FloatColumns {
 public:
  FloatColumns(const T* data, const std::vector<int64_t>& offsets) {
    choose_form(data, offsets);
    bool is_all_finite = true;
    bool has_negative_infinity = false;
    for (int64_t offset : offsets) {
      const double value = value_of(data[offset]);
      if (std::isfinite(value)) {
        measure(data[offset]);
      } else {
        is_all_finite = false;
        has_negative_infinity = has_negative_infinity || value < 0;
      }
    }
    if (exponential_) right_ = exponent_digits_ + 2 + fraction_;
    if (is_all_finite) return;
    const size_t longest = has_negative_infinity ? 4 : 3;
    if (longest > right_ + 1) left_ = std::max(left_, longest - right_ - 1);
  }

  std::string operator()(T value) const {
    const double wide = value_of(value);
    if (!std::isfinite(wide)) return pad_left(text_of_non_finite(wide), left_ + right_ + 1);
    if (exponential_) {
      const auto digits = static_cast<int>(fraction_) + 1;
      const Decimal decimal = to_decimal(value, {.most_digits = digits, .least_digits = digits});
      const Parts parts = scientific(decimal, exponent_digits_);
      return pad_left(parts.whole, left_) + "." + parts.fraction + "e" + parts.exponent;
    }
    const Parts parts = positional(to_decimal(value, {.most_places = precision}));
    return pad_left(parts.whole, left_) + "." + parts.fraction +
           std::string(right_ - parts.fraction.size(), ' ');
  }

 private:
  // NumPy compares in the type of the array, so the limits are rounded to it.
  void choose_form(const T* data, const std::vector<int64_t>& offsets) {
    T least{};
    T most{};
    for (int64_t offset : offsets) {
      const double magnitude = std::abs(value_of(data[offset]));
      if (!std::isfinite(magnitude) || magnitude == 0) continue;
      const T value = static_cast<T>(magnitude);
      if (value_of(least) == 0 || magnitude < value_of(least)) least = value;
      if (magnitude > value_of(most)) most = value;
    }
    if (value_of(most) == 0) return;
    const T ratio = static_cast<T>(most / least);
    exponential_ = value_of(most) >= std::pow(10.0, std::min(8, safe_digits<T>)) ||
                   value_of(least) < value_of(static_cast<T>(0.0001)) || value_of(ratio) > 1000.0;
  }

  void measure(T value) {
    if (exponential_) {
      Parts parts = scientific(to_decimal(value, {.most_digits = precision + 1}));
      drop_zeros(parts.fraction);
      exponent_digits_ = std::max(exponent_digits_, parts.exponent.size() - 1);
      fraction_ = std::max(fraction_, parts.fraction.size());
      left_ = std::max(left_, parts.whole.size());
      return;
    }
    const Parts parts = positional(to_decimal(value, {.most_places = precision}));
    left_ = std::max(left_, parts.whole.size());
    right_ = std::max(right_, parts.fraction.size());
  }

  bool exponential_ = false;
  size_t left_ = 0;   // columns before the point
  size_t right_ = 0;  // columns after it
  size_t fraction_ = 0;
  size_t exponent_digits_ = 0;
};

// ---- Columns of any type ------------------------------------------------------------------------

template <class T>
std::string plain_text(T value) {
  if constexpr (std::is_same_v<T, bool>) {
    return value ? "True" : "False";
  } else if constexpr (std::is_integral_v<T>) {
    return std::to_string(value);
  } else if constexpr (std::is_same_v<T, bfloat16>) {
    return text_of(value);
  } else {
    return scalar_text(value);
  }
}

// `offsets` are the elements that are printed; their widths decide.
template <class T>
Format make_format(const T* data, const std::vector<int64_t>& offsets) {
  if constexpr (std::is_same_v<T, bfloat16>) {
    return [data](int64_t at) { return text_of(data[at]); };
  } else if constexpr (std::is_same_v<T, bool> || std::is_integral_v<T>) {
    size_t width = std::is_same_v<T, bool> ? 5 : 0;
    for (int64_t at : offsets) width = std::max(width, plain_text(data[at]).size());
    return [data, width](int64_t at) { return pad_left(plain_text(data[at]), width); };
  } else {
    return
        [data, columns = FloatColumns<T>(data, offsets)](int64_t at) { return columns(data[at]); };
  }
}

// ---- Lines --------------------------------------------------------------------------------------

// Writes the brackets, rows and line breaks around the elements.
class Writer {
 public:
  explicit Writer(const Array& array) : array_(array), summarises_(array.size() > threshold) {
    std::vector<int64_t> offsets{0};
    for (size_t axis = 0; axis < array.shape().size(); ++axis) {
      std::vector<int64_t> next;
      for (int64_t offset : offsets) {
        for (int64_t i : shown(axis)) {
          if (i >= 0) next.push_back(offset + i * array.strides()[axis]);
        }
      }
      offsets = std::move(next);
    }
    format_ = dispatch(array.dtype(), [&](auto tag) {
      using T = typename decltype(tag)::type;
      return make_format(static_cast<const T*>(array.raw()), offsets);
    });
  }

  std::string write() const { return write_axis(0, 0, 1, line_width); }

 private:
  static constexpr int64_t dots = -1;

  // Returns the indices along an axis that are printed, and `dots` where some are left out.
  std::vector<int64_t> shown(size_t axis) const {
    const int64_t size = array_.shape().dims()[axis];
    const bool cut = summarises_ && size > 2 * edge_items;
    std::vector<int64_t> indices;
    for (int64_t i = 0; i < size; ++i) {
      if (cut && i == edge_items) {
        indices.push_back(dots);
        i = size - edge_items;
      }
      indices.push_back(i);
    }
    return indices;
  }

  std::string write_axis(size_t axis, int64_t offset, size_t indent, int width) const {
    const size_t axes_left = array_.shape().size() - axis;
    if (axes_left == 1) return write_row(axis, offset, indent, width);
    const std::string separator = std::string(axes_left - 1, '\n') + std::string(indent, ' ');
    std::string text = "[";
    for (int64_t i : shown(axis)) {
      if (text.size() > 1) text += separator;
      text += i == dots ? "..."
                        : write_axis(axis + 1, offset + i * array_.strides()[axis], indent + 1,
                                     width - 1);
    }
    return text + "]";
  }

  std::string write_row(size_t axis, int64_t offset, size_t indent, int width) const {
    const auto limit = static_cast<size_t>(std::max(width - 1, 0));
    std::string text;
    std::string line(indent, ' ');
    bool is_first = true;
    for (int64_t i : shown(axis)) {
      if (!is_first) line += ' ';
      is_first = false;
      const std::string word = i == dots ? "..." : format_(offset + i * array_.strides()[axis]);
      if (line.size() + word.size() > limit && line.size() > indent) {
        text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
        line.assign(indent, ' ');
      }
      line += word;
    }
    text += line;
    return "[" + text.substr(indent) + "]";
  }

  const Array& array_;
  bool summarises_;
  Format format_;
};

}  // namespace

std::string to_string(const Array& array) {
  if (!array.defined() || array.size() == 0) return "[]";
  if (array.rank() > 0) return Writer(array).write();
  return dispatch(array.dtype(), [&](auto tag) {
    return plain_text(*static_cast<const typename decltype(tag)::type*>(array.raw()));
  });
}

}  // namespace keratin
