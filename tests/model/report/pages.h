// SPDX-License-Identifier: Apache-2.0
// Models whose predictions are known, and looks at pages.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "keratin/keratin.h"

namespace keratin::testing_support {

/// Returns a compiled model that gives what it takes, rows of `width` values.
inline Model echo(int64_t width, const Losses& loss, const Metrics& metrics = {}) {
  const Model model =
      models::Sequential({layers::Input({width}), layers::Identity({.name = "same"})}, "echo");
  model.compile({.loss = loss, .metrics = metrics});
  return model;
}

inline size_t count(const std::string& text, const std::string& part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Returns the pieces of a text between two marks, the marks among them.
inline std::vector<std::string> pieces(const std::string& text, const std::string& open,
                                       const std::string& close) {
  std::vector<std::string> all;
  for (size_t at = text.find(open); at != std::string::npos; at = text.find(open, at + 1)) {
    const size_t end = text.find(close, at);
    if (end == std::string::npos) break;
    all.push_back(text.substr(at, end + close.size() - at));
  }
  return all;
}

/// Expects well-formed XML: closed tags, quoted attributes that come once, known entities.
void expect_well_formed(const std::string& xml);

/// Expects a page that asks for nothing besides itself.
void expect_self_contained(const std::string& page);

}  // namespace keratin::testing_support
