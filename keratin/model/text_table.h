// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/base/terminal.h"

namespace keratin {

/// Are the colours of a summary: 34, 33, 45 and 9 of the 256-colour palette.
enum class TextColor { none, green, blue, cyan, red };

/// Says how a character looks.
struct TextStyle {
  TextColor color = TextColor::none;
  bool bold = false;
  bool operator==(const TextStyle&) const = default;
};

/// Is text with a style for each code point.
struct StyledText {
  std::u32string plain;
  std::vector<TextStyle> styles;

  /// Appends text without those control characters that would move the cursor back or up.
  StyledText& add(std::u32string_view text, TextStyle style = {});
  StyledText& add(std::string_view utf8, TextStyle style = {});
};

/// Says where the text of a line stands; `none` keeps it as it is.
enum class Justify { none, left, right, center };

/// Is a column of a table and the characters its text may take.
struct TableColumn {
  std::string header;
  Justify justify = Justify::left;
  std::int64_t width = 0;
};

/// Is a table with a heavy head and lines between its rows, each with one cell for each column.
struct TextTable {
  std::vector<TableColumn> columns;
  std::vector<std::vector<StyledText>> rows;
  int width = 0;  ///< Of a line, borders included; the columns are shrunk or widened to fit.
};

/// Renders styled text and tables as the console of Rich 15.0.0 does: words are wrapped, longer
/// ones are folded (in text) or end in `…` (in cells), and lines are cropped at `columns`.
class TextConsole {
 public:
  TextConsole(int columns, terminal::Colors colors);

  void print(const StyledText& text);
  void print(const TextTable& table);

  /// Returns all that has been printed, and forgets it.
  std::string take();

 private:
  int columns_;
  terminal::Colors colors_;
  std::string output_;
};

}  // namespace keratin
