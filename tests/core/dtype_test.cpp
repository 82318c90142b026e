// SPDX-License-Identifier: Apache-2.0
// In which dtype two values meet: all pairs, as keras.backend.result_type gives them.
#include "keratin/core/dtype.h"

#include <gtest/gtest.h>

#include <optional>

#include "tests/support/golden.h"

namespace keratin {
namespace {

// Python's types; its bool and the dtype behave the same.
std::optional<Weak> weak_of(const std::string& name) {
  if (name == "int") return Weak::integer;
  if (name == "float") return Weak::floating;
  return std::nullopt;
}

DType met(const std::string& a, const std::string& b) {
  const std::optional<Weak> number = weak_of(b);
  return number ? promote(dtype_from(a), *number) : promote(dtype_from(a), dtype_from(b));
}

bool is_wide(const std::string& name) { return !weak_of(name) && size_of(dtype_from(name)) == 8; }

// Keras on JAX has no 64-bit dtypes, so uint32 and int32 meet in int32. Where one of two has 64
// bits the wide table tells what they are here.
TEST(DType, PairsMeetWhereKerasLetsThem) {
  const testing_support::Golden golden("ops/promotion.npz");
  int compared = 0;
  for (size_t i = 0; i < golden.at("wide").at("pairs").size(); ++i) {
    std::string a = golden.at("wide").at("pairs")[i][0].as_string();
    std::string b = golden.at("wide").at("pairs")[i][1].as_string();
    const char* table = is_wide(a) || is_wide(b) ? "wide" : "jax";
    const Config& pair = golden.at(table).at("pairs")[i];
    ASSERT_EQ(pair[0].as_string(), a);
    if (weak_of(a) && weak_of(b)) continue;  // no tensor among them
    if (weak_of(a)) std::swap(a, b);
    EXPECT_EQ(name_of(met(a, b)), pair[2].as_string()) << a << " and " << b;
    ++compared;
  }
  EXPECT_EQ(compared, 15 * 15 - 2 * 2);
}

TEST(DType, PlainTruthValuesMeetLikeTensorsOfThem) {
  for (const char* name : {"bool", "uint8", "int64", "bfloat16", "float64"}) {
    EXPECT_EQ(promote(dtype_from(name), Weak::bool_), promote(dtype_from(name), DType::bool_));
  }
}

}  // namespace
}  // namespace keratin
