// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/python_format.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <optional>

#include "keratin/base/check.h"
#include "keratin/base/text.h"

namespace keratin::text {

namespace {

constexpr int largest_width = 1000;

/// Is Python's format specification: [[fill]align][sign][#][0][width][grouping][.precision][type].
struct Spec {
  char fill = ' ';
  char align = '>';
  char sign = '-';
  char grouping = 0;
  char type = 0;
  bool alternate = false;
  int width = 0;
  std::optional<int> precision;
};

bool is_align(char c) { return c == '<' || c == '>' || c == '=' || c == '^'; }

/// Reads a specification from its beginning to its end.
class SpecReader {
 public:
  explicit SpecReader(std::string_view text) : text_(text) {}

  /// Returns nothing for what is no specification.
  std::optional<Spec> read() {
    Spec spec;
    if (text_.size() > 1 && is_align(text_[1])) {
      spec.fill = text_[0];
      spec.align = text_[1];
      at_ = 2;
    } else if (is_align(peek())) {
      spec.align = text_[at_++];
    }
    const bool has_align = at_ > 0;
    if (peek() == '+' || peek() == '-' || peek() == ' ') spec.sign = text_[at_++];
    spec.alternate = take('#');
    if (take('0') && !has_align) {
      spec.fill = '0';
      spec.align = '=';
    }
    spec.width = number().value_or(0);
    if (peek() == ',' || peek() == '_') spec.grouping = text_[at_++];
    if (take('.')) {
      spec.precision = number();
      if (!spec.precision) return std::nullopt;
    }
    if (at_ < text_.size()) spec.type = text_[at_++];
    if (at_ < text_.size() || spec.width > largest_width ||
        spec.precision.value_or(0) > largest_width) {
      return std::nullopt;
    }
    return spec;
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  std::optional<int> number() {
    std::optional<int> value;
    while (std::isdigit(static_cast<unsigned char>(peek())) != 0) {
      value = std::min(value.value_or(0) * 10 + (text_[at_++] - '0'), largest_width + 1);
    }
    return value;
  }

  std::string_view text_;
  size_t at_ = 0;
};

/// Is a number as text, cut where signs, separators and padding go.
struct Digits {
  bool negative = false;
  std::string prefix;
  std::string digits;
};

std::string in_base(uint64_t value, unsigned base) {
  std::string digits;
  do {
    digits += "0123456789abcdef"[value % base];
    value /= base;
  } while (value > 0);
  std::reverse(digits.begin(), digits.end());
  return digits;
}

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

std::optional<Digits> digits_of(int64_t value, const Spec& spec) {
  if (spec.precision) return std::nullopt;
  const uint64_t size = value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
  switch (spec.type) {
    case 0:
    case 'd':
    case 'n':
      return Digits{value < 0, "", in_base(size, 10)};
    case 'b':
      return Digits{value < 0, spec.alternate ? "0b" : "", in_base(size, 2)};
    case 'o':
      return Digits{value < 0, spec.alternate ? "0o" : "", in_base(size, 8)};
    case 'x':
      return Digits{value < 0, spec.alternate ? "0x" : "", in_base(size, 16)};
    case 'X':
      return Digits{value < 0, spec.alternate ? "0X" : "", upper(in_base(size, 16))};
    default:
      return std::nullopt;
  }
}

std::optional<Digits> digits_of(double value, const Spec& spec) {
  Digits result;
  result.negative = std::signbit(value) && !std::isnan(value);
  const double size = std::abs(value);
  const int precision = spec.precision.value_or(6);
  const std::string_view hash = spec.alternate ? "#" : "";
  const auto printed = [&](char type, double number) {
    return fmt::format(fmt::runtime(fmt::format("{{:{}.{{}}{}}}", hash, type)), number, precision);
  };
  switch (spec.type) {
    case 0:
      // As repr does, but for a precision, which counts digits and keeps one after the point.
      if (!spec.precision) {
        result.digits = number(size);
        return result;
      }
      result.digits = printed('g', size);
      if (result.digits.find_first_of(".en") == std::string::npos) result.digits += ".0";
      return result;
    case 'e':
    case 'f':
    case 'g':
    case 'E':
    case 'F':
    case 'G':
      result.digits = printed(spec.type, size);
      return result;
    case 'n':
      result.digits = printed('g', size);
      return result;
    case '%':
      result.digits = printed('f', size * 100) + "%";
      return result;
    default:
      return std::nullopt;
  }
}

std::string grouped(const std::string& text, const Spec& spec) {
  if (spec.grouping == 0) return text;
  size_t end = 0;
  while (end < text.size() && std::isdigit(static_cast<unsigned char>(text[end])) != 0) ++end;
  const bool is_decimal =
      std::string_view("boxX").find(spec.type) == std::string_view::npos || spec.type == 0;
  const size_t group = is_decimal ? 3 : 4;
  if (!is_decimal) end = text.size();
  std::string result = text.substr(0, end);
  for (size_t at = end; at > group; at -= group) result.insert(at - group, 1, spec.grouping);
  return result + text.substr(end);
}

std::string padded(const Digits& number, const Spec& spec) {
  std::string sign = number.negative ? "-" : spec.sign == '-' ? "" : std::string(1, spec.sign);
  sign += number.prefix;
  std::string body = grouped(number.digits, spec);
  // Zeros in front are digits, which get separators too.
  if (spec.align == '=' && spec.fill == '0' && spec.grouping != 0) {
    std::string digits = number.digits;
    while (static_cast<int>(sign.size() + body.size()) < spec.width) {
      digits.insert(0, 1, '0');
      body = grouped(digits, spec);
    }
  }
  const int missing = spec.width - static_cast<int>(sign.size() + body.size());
  if (missing <= 0) return sign + body;
  const auto fill = [&](int count) { return std::string(static_cast<size_t>(count), spec.fill); };
  switch (spec.align) {
    case '<':
      return sign + body + fill(missing);
    case '=':
      return sign + fill(missing) + body;
    case '^':
      return fill(missing / 2) + sign + body + fill(missing - missing / 2);
    default:
      return fill(missing) + sign + body;
  }
}

std::optional<std::string> formatted(const std::variant<int64_t, double>& value,
                                     std::string_view text) {
  std::optional<Spec> spec = SpecReader(text).read();
  if (!spec) return std::nullopt;
  const auto* whole = std::get_if<int64_t>(&value);
  // The types of floats take integers too.
  const bool as_double =
      whole == nullptr ||
      (spec->type != 0 && std::string_view("eEfFgG%").find(spec->type) != std::string_view::npos);
  const std::optional<Digits> digits =
      as_double
          ? digits_of(whole == nullptr ? std::get<double>(value) : static_cast<double>(*whole),
                      *spec)
          : digits_of(*whole, *spec);
  if (!digits) return std::nullopt;
  return padded(*digits, *spec);
}

std::string field_text(std::string_view field, std::string_view pattern,
                       const std::vector<NamedNumber>& values, std::string_view where) {
  const size_t colon = field.find(':');
  const std::string name(field.substr(0, colon));
  const std::string_view spec =
      colon == std::string_view::npos ? std::string_view() : field.substr(colon + 1);
  std::vector<std::string> names;
  for (const auto& [known, value] : values) {
    names.push_back(known);
    if (known != name) continue;
    const std::optional<std::string> result = formatted(value, spec);
    require<ValueError>(result.has_value(), where,
                        "expected a format for {} such as '{}', got '{}' in '{}'. Correct it.",
                        value.index() == 0 ? "an integer" : "a float",
                        value.index() == 0 ? "02d" : ".2f", spec, pattern);
    return *result;
  }
  fail<ValueError>(where, "expected one of the names [{}], got '{}' in '{}'.{}",
                   fmt::join(names, ", "), name, pattern, choice(name, names));
}

}  // namespace

std::string python_format(std::string_view pattern, const std::vector<NamedNumber>& values,
                          std::string_view where) {
  const auto single = [&](char brace) {
    fail<ValueError>(where, "expected braces in pairs, got a single '{}' in '{}'. Double it.",
                     brace, pattern);
  };
  std::string result;
  for (size_t at = 0; at < pattern.size(); ++at) {
    const char c = pattern[at];
    if (c != '{' && c != '}') {
      result += c;
      continue;
    }
    if (at + 1 < pattern.size() && pattern[at + 1] == c) {
      result += c;
      ++at;
      continue;
    }
    const size_t end = c == '{' ? pattern.find('}', at) : std::string_view::npos;
    if (end == std::string_view::npos) single(c);
    result += field_text(pattern.substr(at + 1, end - at - 1), pattern, values, where);
    at = end;
  }
  return result;
}

}  // namespace keratin::text
