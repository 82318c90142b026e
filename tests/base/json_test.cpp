// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "keratin/base/config.h"
#include "keratin/base/error.h"

namespace keratin::tests {
namespace {

std::string refusal(const std::string& text) {
  try {
    parse_json(text, "x.json");
  } catch (const ConfigError& error) {
    return error.what();
  }
  ADD_FAILURE() << "accepted " << text;
  return "";
}

TEST(Json, TakesTheNumbersThatPythonWrites) {
  const Config numbers = parse_json("[NaN, -Infinity, Infinity, -0.0, 9223372036854775808]");
  EXPECT_TRUE(std::isnan(numbers[0].as_number()));
  EXPECT_EQ(numbers[1].as_number(), -HUGE_VAL);
  EXPECT_EQ(numbers[2].as_number(), HUGE_VAL);
  EXPECT_TRUE(std::signbit(numbers[3].as_number()));
  EXPECT_EQ(numbers[4].as_number(), 9223372036854775808.0);
  EXPECT_EQ(to_json(parse_json("[NaN,-Infinity,Infinity,9223372036854775807]")),
            "[NaN, -Infinity, Infinity, 9223372036854775807]");
}

TEST(Json, LeavesTheWordsOfTextsAlone) {
  const std::string text = R"({"NaN": "a \"NaN\\", "b": ["-Infinity", NaN, "N\"I-"], "c": -1})";
  EXPECT_EQ(to_json(parse_json(text)), text);
  refusal(R"(["a" NaN)");
  refusal(R"(["NaN)");
  refusal(R"(["NaN\)");
  refusal("NaNNaN");
  refusal("--Infinity");
}

TEST(Json, TakesTheLastOfEqualNamesAsPythonDoes) {
  EXPECT_EQ(to_json(parse_json(R"({"a": 1, "b": {"c": 2, "c": [3]}, "a": 4})")),
            R"({"a": 4, "b": {"c": [3]}})");
}

TEST(Json, RefusesWhatIsTooDeepOrNoJson) {
  EXPECT_EQ(to_json(parse_json(std::string(512, '[') + std::string(512, ']'))).size(), 1024U);
  const std::string reason =
      "x.json: expected JSON nested at most 512 deep, got more. Check the text.";
  EXPECT_EQ(refusal(std::string(513, '[')), reason);
  EXPECT_EQ(refusal(std::string(1'000'000, '[')), reason);
  for (const char* text :
       {"", "{", "[1,]", "{'a': 1}", "tru", "\"\xff\"", "\"\\ud800\"", "1 2", "1e400"}) {
    refusal(text);
  }
}

}  // namespace
}  // namespace keratin::tests
