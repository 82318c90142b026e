// SPDX-License-Identifier: Apache-2.0
// What an error says of the names that there are.
#include "keratin/base/text.h"

#include <gtest/gtest.h>

namespace keratin {
namespace {

TEST(Text, ChoicesAreTheNearestNameOrAllNamesOnce) {
  EXPECT_EQ(text::choice_of("adm", {"sgd", "adam"}), " Did you mean 'adam'?");
  EXPECT_EQ(text::choice_of("newton", {"sgd", "adam", "sgd"}), " Use one of sgd, adam.");
}

TEST(Text, OfManyChoicesTheFirstAreListed) {
  std::vector<std::string> names;
  for (int i = 0; i < 40; ++i) names.push_back("name" + std::to_string(100 + i));
  EXPECT_TRUE(text::choice_of("?", names).ends_with("name138, name139."));
  names.push_back("other");
  names.push_back("another");
  EXPECT_TRUE(text::choice_of("?", names).ends_with("name138, name139 or of 2 more."));
}

}  // namespace
}  // namespace keratin
