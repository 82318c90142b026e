// SPDX-License-Identifier: Apache-2.0
#include "keratin/core/print.h"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <sstream>

namespace keratin {
namespace {

struct PrintCase {
  std::string title;
  Array array;
  std::string text;
};

std::vector<uint64_t> read_bits(const std::string& line) {
  std::istringstream words(line.substr(std::string("data").size()));
  std::vector<uint64_t> bits;
  uint64_t value = 0;
  while (words >> std::hex >> value) bits.push_back(value);
  return bits;
}

Array make_array(const std::string& title, const std::vector<uint64_t>& bits) {
  std::istringstream words(title);
  std::string skipped, dtype;
  words >> skipped >> dtype;
  Shape shape;
  int64_t dim = 0;
  while (words >> dim) shape.push_back(dim);
  Array array(dtype_from(dtype), shape);
  const size_t width = size_of(array.dtype());
  for (int64_t i = 0; i < array.size(); ++i) {
    // The lower bytes come first on the machines that are supported.
    std::memcpy(static_cast<std::byte*>(array.raw()) + static_cast<size_t>(i) * width,
                &bits[static_cast<size_t>(i) % bits.size()], width);
  }
  return array;
}

std::vector<PrintCase> read_cases() {
  std::ifstream file(std::string(KERATIN_GOLDEN_DIR) + "/printing.txt");
  std::vector<PrintCase> cases;
  std::string line;
  while (std::getline(file, line)) {
    if (line.starts_with("case ")) {
      cases.push_back({line, Array(), ""});
    } else if (line.starts_with("data ")) {
      cases.back().array = make_array(cases.back().title, read_bits(line));
    } else {
      std::string& text = cases.back().text;
      text += (text.empty() ? "" : "\n") + line.substr(1);
    }
  }
  return cases;
}

TEST(Print, EqualsNumPy) {
  const std::vector<PrintCase> cases = read_cases();
  ASSERT_GE(cases.size(), 150u);
  for (const PrintCase& c : cases) EXPECT_EQ(to_string(c.array), c.text) << c.title;
}

TEST(Print, ViewsPrintTheirOwnElements) {
  const std::vector<int32_t> values{1, 20, 3, 4, 5, 600};
  const Array rows = Array::from<int32_t>(values, {2, 3});
  const Array transposed(rows.buffer(), rows.dtype(), {3, 2}, {1, 3}, 0);
  EXPECT_EQ(to_string(transposed), "[[  1   4]\n [ 20   5]\n [  3 600]]");
  EXPECT_EQ(to_string(rows.rows(1, 2)), "[[  4   5 600]]");
  const Array repeated(rows.buffer(), rows.dtype(), {4}, {0}, 1);
  EXPECT_EQ(to_string(repeated), "[20 20 20 20]");
}

TEST(Print, AnEmptyHandlePrintsAsAnEmptyArray) { EXPECT_EQ(to_string(Array()), "[]"); }

}  // namespace
}  // namespace keratin
