// SPDX-License-Identifier: Apache-2.0
#include "keratin/io/csv.h"

#include "tests/io/support.h"

namespace keratin::tests {
namespace {

Array read(std::string_view text) { return read_csv(bytes_of(text), "x.csv"); }

std::string refusal_of(std::string_view text) {
  return error_of<FileError>([&] { read(text); });
}

TEST(Csv, ReadsNumbersWithAndWithoutNames) {
  const std::vector<float> numbers{1.0F, -2.5F, 3e2F, 4.0F};
  const Array expected = Array::from<float>(std::span<const float>(numbers), Shape{2, 2});
  EXPECT_TRUE(same(read("1,-2.5\n3e2,4"), expected));
  EXPECT_TRUE(same(read("a,b\n1,-2.5\n3e2,4\n"), expected));
  EXPECT_TRUE(same(read("\xef\xbb\xbf\"a\",\"b\"\r\n 1 , \"-2.5\"\r\n\r\n+3e2,4\r\n"), expected));
  EXPECT_EQ(read("7").shape(), (Shape{1, 1}));
}

TEST(Csv, RefusesWhatIsNoTableOfNumbers) {
  EXPECT_EQ(refusal_of("1,2\n3"),
            "x.csv: expected 2 fields in line 2, got 1. Give all lines the same number.");
  EXPECT_EQ(refusal_of("1,2\n\n3,x"),
            "x.csv: expected numbers in line 3, got 'x'. Only the first line may hold names.");
  EXPECT_EQ(refusal_of("1,2\n3,"),
            "x.csv: expected numbers in line 2, got ''. Only the first line may hold names.");
  for (const char* text : {"", "\n\n", "a,b\n"}) {
    EXPECT_EQ(refusal_of(text),
              "x.csv: expected lines of numbers with commas between them, got none. Check the "
              "path.");
  }
}

}  // namespace
}  // namespace keratin::tests
