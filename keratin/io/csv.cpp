// SPDX-License-Identifier: Apache-2.0
#include "keratin/io/csv.h"

#include <charconv>
#include <optional>
#include <vector>

#include "keratin/base/check.h"

namespace keratin {

namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r";
  const size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// Returns the text before `separator` and takes both off `rest`.
std::string_view take(std::string_view& rest, char separator) {
  const size_t end = rest.find(separator);
  const std::string_view part = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return part;
}

std::optional<float> number_in(std::string_view field) {
  if (field.size() >= 2 && field.front() == '"' && field.back() == '"') {
    field = trimmed(field.substr(1, field.size() - 2));
  }
  if (!field.empty() && field.front() == '+') field.remove_prefix(1);
  float value = 0.0F;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (error != std::errc() || end != field.data() + field.size()) return std::nullopt;
  return value;
}

struct Row {
  int64_t fields = 0;
  std::string_view problem;  // the first field that is no number
  bool has_problem = false;
};

// Appends the numbers of a line to `values`.
Row read_row(std::string_view line, std::vector<float>& values) {
  Row row;
  for (bool more = true; more; ++row.fields) {
    more = line.find(',') != std::string_view::npos;
    const std::string_view field = trimmed(take(line, ','));
    const std::optional<float> value = number_in(field);
    values.push_back(value.value_or(0.0F));
    if (value || row.has_problem) continue;
    row.problem = field;
    row.has_problem = true;
  }
  return row;
}

}  // namespace

Array read_csv(ByteView bytes, std::string_view where) {
  std::string_view rest = text_of(bytes);
  if (rest.starts_with("\xef\xbb\xbf")) rest.remove_prefix(3);  // a byte order mark
  std::vector<float> values;
  int64_t columns = -1;
  int64_t rows = 0;
  for (int64_t number = 1; !rest.empty(); ++number) {
    const std::string_view line = trimmed(take(rest, '\n'));
    if (line.empty()) continue;
    const size_t before = values.size();
    const Row row = read_row(line, values);
    require<FileError>(columns < 0 || row.fields == columns, where,
                       "expected {} fields in line {}, got {}. Give all lines the same number.",
                       columns, number, row.fields);
    const bool is_first = columns < 0;
    columns = row.fields;
    if (row.has_problem) {
      require<FileError>(is_first, where,
                         "expected numbers in line {}, got '{}'. Only the first line may hold "
                         "names.",
                         number, row.problem.substr(0, 40));
      values.resize(before);
      continue;
    }
    ++rows;
  }
  require<FileError>(rows > 0, where,
                     "expected lines of numbers with commas between them, got none. Check the "
                     "path.");
  return Array::from<float>(values, Shape{rows, columns});
}

Array read_csv(const std::string& path) {
  const Bytes bytes = read_file(path);
  return read_csv(bytes, path);
}

}  // namespace keratin
