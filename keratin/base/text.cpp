// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <numeric>

namespace keratin::text {

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string result;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) result += separator;
    result += parts[i];
  }
  return result;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts(1);
  for (char c : text) {
    if (c == separator) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

std::string pascal_case(std::string_view name) {
  std::string result;
  for (const std::string& word : split(name, '_')) {
    result += static_cast<char>(std::toupper(static_cast<unsigned char>(word.at(0))));
    result += word.substr(1);
  }
  return result;
}

std::string snake_case(std::string_view class_name) {
  const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
  // Two passes, as keras.src.utils.naming.to_snake_case has them: an underscore before a capital
  // that starts a lower-case run, then one between a lower-case letter and a capital.
  std::string split_runs;
  for (size_t i = 0; i < class_name.size(); ++i) {
    const char c = class_name[i];
    const bool starts_word =
        is_upper(c) && i + 1 < class_name.size() && is_lower(class_name[i + 1]);
    if (i > 0 && starts_word && split_runs.back() != '_') split_runs += '_';
    split_runs += c;
  }
  std::string result;
  for (size_t i = 0; i < split_runs.size(); ++i) {
    if (i > 0 && is_upper(split_runs[i]) && is_lower(split_runs[i - 1])) result += '_';
    result += split_runs[i];
  }
  return lower(result);
}

std::string number(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  std::array<char, 64> buffer{};
  // Python switches to an exponent below 1e-4 and from 1e16 on.
  const double magnitude = std::abs(value);
  const bool fixed = value == 0 || (magnitude >= 1e-4 && magnitude < 1e16);
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                 fixed ? std::chars_format::fixed : std::chars_format::scientific);
  std::string result(buffer.data(), end.ptr);
  if (fixed && result.find('.') == std::string::npos) result += ".0";
  return result;
}

std::string with_commas(long long value) {
  std::string digits = std::to_string(value < 0 ? -value : value);
  for (int i = static_cast<int>(digits.size()) - 3; i > 0; i -= 3) {
    digits.insert(static_cast<size_t>(i), 1, ',');
  }
  return value < 0 ? "-" + digits : digits;
}

namespace {

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substitution = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substitution});
    }
  }
  return row.back();
}

}  // namespace

std::string did_you_mean(std::string_view text, const std::vector<std::string>& candidates) {
  size_t best = std::max<size_t>(2, text.size() / 3) + 1;
  std::string found;
  const std::string wanted = lower(text);
  for (const std::string& candidate : candidates) {
    const size_t distance = edit_distance(wanted, lower(candidate));
    if (distance < best) {
      best = distance;
      found = candidate;
    }
  }
  return found.empty() ? std::string() : " Did you mean '" + found + "'?";
}

std::string choice(std::string_view text, const std::vector<std::string>& candidates) {
  const std::string hint = did_you_mean(text, candidates);
  return hint.empty() ? " Use one of them." : hint;
}

std::string choice_of(std::string_view text, const std::vector<std::string>& candidates) {
  const std::string hint = did_you_mean(text, candidates);
  if (!hint.empty()) return hint;
  constexpr size_t most = 40;
  std::vector<std::string> shown;
  for (const std::string& candidate : candidates) {
    if (std::find(shown.begin(), shown.end(), candidate) == shown.end()) shown.push_back(candidate);
  }
  if (shown.size() <= most) return " Use one of " + join(shown, ", ") + ".";
  const size_t more = shown.size() - most;
  shown.resize(most);
  return " Use one of " + join(shown, ", ") + " or of " + std::to_string(more) + " more.";
}

}  // namespace keratin::text
