// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/base/text.h"

namespace keratin {

/// Reads a file of tests/golden/terminal: lines of fields between tabs, and after a line
/// `output<tab>N` N bytes and a newline.
class TerminalGolden {
 public:
  using Fields = std::vector<std::string>;

  explicit TerminalGolden(const std::string& name) {
    std::ifstream file(std::string(KERATIN_GOLDEN_DIR) + "/terminal/" + name, std::ios::binary);
    EXPECT_TRUE(file) << name;
    text_.assign(std::istreambuf_iterator<char>(file), {});
  }

  /// Reads the next line; false at the end of the file.
  bool next(Fields& fields) {
    if (at_ >= text_.size()) {
      return false;
    }
    std::size_t end = text_.find('\n', at_);
    fields = text::split(std::string_view(text_).substr(at_, end - at_), '\t');
    at_ = end + 1;
    return true;
  }

  /// Returns the bytes that follow the line `output`, of which `fields` is the content.
  std::string output(const Fields& fields) {
    std::size_t size = std::stoul(fields.at(1));
    std::string bytes = text_.substr(at_, size);
    at_ += size + 1;
    return bytes;
  }

 private:
  std::string text_;
  std::size_t at_ = 0;
};

}  // namespace keratin
