// SPDX-License-Identifier: Apache-2.0
// Reads tests/golden/random.txt: lines of `<name> : <hexadecimal values ...>`.
#pragma once

#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

#ifndef KERATIN_GOLDEN_DIR
#define KERATIN_GOLDEN_DIR "tests/golden"
#endif

namespace keratin::testing {

using GoldenLine = std::pair<std::vector<std::string>, std::vector<uint64_t>>;

/// Returns all lines whose first word is `kind`, each as its other words and its values.
inline std::vector<GoldenLine> golden_random(const std::string& kind) {
  static const std::multimap<std::string, GoldenLine> table = [] {
    std::multimap<std::string, GoldenLine> lines;
    std::ifstream file(std::string(KERATIN_GOLDEN_DIR) + "/random.txt");
    for (std::string text; std::getline(file, text);) {
      if (text.empty() || text[0] == '#') continue;
      std::istringstream words(text);
      std::string name;
      std::string word;
      words >> name;
      GoldenLine line;
      while (words >> word && word != ":") line.first.push_back(word);
      while (words >> word) line.second.push_back(std::stoull(word, nullptr, 16));
      lines.emplace(name, line);
    }
    return lines;
  }();
  std::vector<GoldenLine> found;
  const auto [begin, end] = table.equal_range(kind);
  for (auto line = begin; line != end; ++line) found.push_back(line->second);
  EXPECT_FALSE(found.empty()) << "no golden lines of kind " << kind;
  return found;
}

/// Returns the bit pattern of a value, as the golden file holds it.
template <class T>
uint64_t bits_of(T value) {
  if constexpr (std::is_same_v<T, double>) {
    return std::bit_cast<uint64_t>(value);
  } else if constexpr (std::is_same_v<T, float>) {
    return std::bit_cast<uint32_t>(value);
  } else if constexpr (std::is_integral_v<T>) {
    return static_cast<uint64_t>(static_cast<std::make_unsigned_t<T>>(value));
  } else {
    return value.bits;
  }
}

template <class T>
std::vector<uint64_t> bits_of(const std::vector<T>& values) {
  std::vector<uint64_t> bits;
  for (const T& value : values) bits.push_back(bits_of(value));
  return bits;
}

}  // namespace keratin::testing
