// SPDX-License-Identifier: Apache-2.0
// What the programs with texts share: word numbers as rows of zeros and ones.
#pragma once

#include <keratin/keratin.h>

#include <cstdio>
#include <map>
#include <string>

#include "examples/book/smoke.h"

namespace book {

/// Numbers from here on are rare words, which all become one.
constexpr int64_t num_words = 10000;

/// Returns float32 [texts, num_words]: 1 where a text has the word.
inline keratin::Tensor vectorize_sequences(const keratin::datasets::Sequences& sequences) {
  keratin::Array rows = keratin::Array::zeros(keratin::DType::float32,
                                              {static_cast<int64_t>(sequences.size()), num_words});
  float* row = rows.data<float>();
  for (const std::vector<int64_t>& sequence : sequences) {
    for (const int64_t word : sequence) row[word] = 1.0f;
    row += num_words;
  }
  return keratin::Tensor(rows);
}

/// Returns a text in words again; numbers are 3 more than those of the index.
inline std::string decode(const std::vector<int64_t>& sequence,
                          const std::map<std::string, int64_t>& word_index) {
  std::map<int64_t, std::string> words;
  for (const auto& [word, number] : word_index) words[number + 3] = word;
  std::string text;
  for (const int64_t number : sequence) {
    const auto found = words.find(number);
    text += (found == words.end() ? "?" : found->second) + " ";
  }
  return text;
}

}  // namespace book
