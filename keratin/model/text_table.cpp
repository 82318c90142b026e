// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/text_table.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

namespace keratin {
namespace {

using terminal::Colors;

// A piece of a line that gets its own escape sequence.
struct Segment {
  std::u32string text;
  TextStyle style;
};
using Line = std::vector<Segment>;

bool is_space(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 ||
         c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
         c == 0x205F || c == 0x3000;
}

bool is_stripped(char32_t c) { return c == 7 || c == 8 || (c >= 11 && c <= 13); }

StyledText part_of(const StyledText& text, std::size_t first, std::size_t last) {
  auto begin = text.styles.begin();
  return {text.plain.substr(first, last - first),
          {begin + static_cast<std::ptrdiff_t>(first), begin + static_cast<std::ptrdiff_t>(last)}};
}

// Styles stay at their places, as Rich's spans do; what is new has none.
void replace(StyledText& text, std::u32string plain) {
  text.plain = std::move(plain);
  text.styles.resize(text.plain.size());
}

void crop_end(StyledText& text, std::size_t count) {
  replace(text, text.plain.substr(0, text.plain.size() - count));
}

void pad(StyledText& text, int left, int right) {
  auto before = static_cast<std::size_t>(std::max(left, 0));
  auto after = static_cast<std::size_t>(std::max(right, 0));
  text.plain = std::u32string(before, U' ') + text.plain + std::u32string(after, U' ');
  text.styles.insert(text.styles.begin(), before, TextStyle{});
  text.styles.resize(text.plain.size());
}

std::size_t count_trailing_spaces(std::u32string_view text) {
  auto last = std::find_if_not(text.rbegin(), text.rend(), is_space);
  return static_cast<std::size_t>(last - text.rbegin());
}

enum class Overflow { fold, ellipsis };

struct Layout {
  int width;
  Justify justify;
  Overflow overflow;
};

void truncate(StyledText& line, const Layout& layout) {
  if (terminal::width(line.plain) > layout.width) {
    replace(line, layout.overflow == Overflow::ellipsis
                      ? terminal::fit(line.plain, layout.width - 1) + U'…'
                      : terminal::fit(line.plain, layout.width));
  }
}

void justify(StyledText& line, const Layout& layout) {
  if (layout.justify == Justify::right || layout.justify == Justify::center) {
    crop_end(line, count_trailing_spaces(line.plain));
  }
  truncate(line, layout);
  int free = layout.width - terminal::width(line.plain);
  if (layout.justify == Justify::right) {
    pad(line, free, 0);
  } else if (layout.justify == Justify::center) {
    pad(line, free / 2, free - free / 2);
  } else if (layout.justify == Justify::left) {
    pad(line, 0, free);
  }
}

// Returns the end of the word that begins at `first`, with the spaces around it; `first` if there
// is no word.
std::size_t word_end(std::u32string_view text, std::size_t first) {
  std::size_t i = first;
  auto skip = [&](bool space) {
    while (i < text.size() && is_space(text[i]) == space) {
      ++i;
    }
  };
  skip(true);
  if (i == text.size()) {
    return first;
  }
  skip(false);
  skip(true);
  return i;
}

// Returns where a line is broken so that each piece has at most `layout.width` columns. A longer
// word is folded, or stays whole (to be cropped) but begins a new piece.
std::vector<std::size_t> break_positions(std::u32string_view text, const Layout& layout) {
  std::vector<std::size_t> breaks;
  int used = 0;
  auto break_at = [&](std::size_t position) {
    if (position > 0) {
      breaks.push_back(position);
    }
  };
  std::size_t end = 0;
  for (std::size_t first = 0; (end = word_end(text, first)) > first; first = end) {
    std::u32string_view word = text.substr(first, end - first);
    std::size_t visible = word.size() - count_trailing_spaces(word);
    int needed = terminal::width(word.substr(0, visible));
    if (layout.width - used >= needed) {
      used += terminal::width(word);
    } else if (needed <= layout.width) {
      break_at(first);
      used = terminal::width(word);
    } else if (layout.overflow == Overflow::fold) {
      std::size_t position = first;
      for (const std::u32string& piece : terminal::chop(word, layout.width)) {
        break_at(position);
        position += piece.size();
        used = terminal::width(piece);
      }
    } else {
      break_at(first);
      used = terminal::width(word);
    }
  }
  return breaks;
}

StyledText with_tabs_expanded(const StyledText& line) {
  constexpr int tab_size = 8;
  StyledText result;
  for (std::size_t i = 0; i < line.plain.size(); ++i) {
    std::u32string text(1, line.plain[i]);
    if (text[0] == U'\t') {
      int used = terminal::width(result.plain);
      text.assign(static_cast<std::size_t>(tab_size - used % tab_size), U' ');
    }
    result.add(text, line.styles[i]);
  }
  return result;
}

void wrap_line(const StyledText& line, const Layout& layout, std::vector<StyledText>& lines) {
  std::vector<std::size_t> ends = break_positions(line.plain, layout);
  ends.push_back(line.plain.size());
  std::size_t first = 0;
  for (std::size_t end : ends) {
    StyledText piece = part_of(line, first, end);
    auto limit = static_cast<std::size_t>(layout.width);
    if (piece.plain.size() > limit) {
      std::size_t excess = piece.plain.size() - limit;
      crop_end(piece, std::min(count_trailing_spaces(piece.plain), excess));
    }
    justify(piece, layout);
    lines.push_back(std::move(piece));
    first = end;
  }
}

std::vector<StyledText> wrap(const StyledText& text, const Layout& layout) {
  std::vector<StyledText> lines;
  std::size_t first = 0;
  while (first <= text.plain.size()) {
    std::size_t end = std::min(text.plain.find(U'\n', first), text.plain.size());
    StyledText line = part_of(text, first, end);
    bool has_tabs = line.plain.find(U'\t') != std::u32string::npos;
    wrap_line(has_tabs ? with_tabs_expanded(line) : line, layout, lines);
    first = end + 1;
  }
  return lines;
}

Line segments_of(const StyledText& text, bool bold = false) {
  Line line;
  for (std::size_t i = 0; i < text.plain.size(); ++i) {
    TextStyle style = text.styles[i];
    style.bold = style.bold || bold;
    if (line.empty() || !(line.back().style == style)) {
      line.push_back({U"", style});
    }
    line.back().text += text.plain[i];
  }
  return line;
}

Line cropped(const Line& line, int columns) {
  Line result;
  int used = 0;
  for (const Segment& segment : line) {
    int width = terminal::width(segment.text);
    if (used + width > columns) {
      result.push_back({terminal::fit(segment.text, columns - used), segment.style});
      break;
    }
    result.push_back(segment);
    used += width;
  }
  return result;
}

// Returns the parameters of the escape sequence, such as `1;38;5;34`.
std::string codes_of(const TextStyle& style, Colors colors) {
  std::string codes = style.bold ? "1" : "";
  if (style.color == TextColor::none || colors == Colors::bold) {
    return codes;
  }
  constexpr std::string_view palette[] = {"", "38;5;34", "38;5;33", "38;5;45", "91"};
  constexpr std::string_view standard[] = {"", "32", "94", "96", "91"};
  auto index = static_cast<std::size_t>(style.color);
  codes += codes.empty() ? "" : ";";
  return codes.append(colors == Colors::standard ? standard[index] : palette[index]);
}

void append_line(std::string& output, const Line& line, int columns, Colors colors) {
  for (const Segment& segment : cropped(line, columns)) {
    std::string codes = colors == Colors::none ? "" : codes_of(segment.style, colors);
    if (codes.empty() || segment.text.empty()) {
      output += terminal::encode(segment.text);
    } else {
      output += "\x1b[" + codes + "m" + terminal::encode(segment.text) + "\x1b[0m";
    }
  }
  output += '\n';
}

// The lines of one cell, each with exactly `width` columns; none if there is no room for text.
std::vector<Line> cell_lines(const StyledText& text, const TableColumn& column, bool is_header) {
  int width = static_cast<int>(column.width);
  int inner = width - 2;
  if (inner < 1) {
    return {};
  }
  Segment pad{U" ", {TextColor::none, is_header}};
  std::vector<Line> lines;
  for (const StyledText& piece : wrap(text, {inner, column.justify, Overflow::ellipsis})) {
    Line line = cropped(segments_of(piece, is_header), inner);
    line.insert(line.begin(), pad);
    line.push_back(pad);
    lines.push_back(std::move(line));
  }
  return lines;
}

// `corners` holds the left end, the line, the crossing and the right end.
Line border_line(const std::vector<TableColumn>& columns, std::u32string_view corners) {
  std::u32string text(1, corners[0]);
  for (const TableColumn& column : columns) {
    text.append(static_cast<std::size_t>(column.width), corners[1]);
    text += &column == &columns.back() ? corners[3] : corners[2];
  }
  return {{text, {}}};
}

std::vector<Line> row_lines(const std::vector<TableColumn>& columns,
                            const std::vector<StyledText>& cells, bool is_header) {
  std::vector<std::vector<Line>> rendered;
  std::size_t height = 0;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    rendered.push_back(cell_lines(cells[i], columns[i], is_header));
    height = std::max(height, rendered.back().size());
  }
  bool is_bold = is_header && height > 0;  // a row without any text is not even bold
  height = std::max<std::size_t>(height, 1);
  Segment border{is_header ? U"┃" : U"│", {}};
  std::vector<Line> lines(height, Line{border});
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::vector<Line>& cell = rendered[i];
    std::u32string spaces(static_cast<std::size_t>(columns[i].width), U' ');
    Line blank{{spaces, {TextColor::none, is_bold}}};
    std::size_t above = is_header ? height - cell.size() : 0;  // headers stand at the bottom
    for (std::size_t row = 0; row < height; ++row) {
      bool is_text = row >= above && row - above < cell.size();
      const Line& part = is_text ? cell[row - above] : blank;
      lines[row].insert(lines[row].end(), part.begin(), part.end());
      lines[row].push_back(border);
    }
  }
  return lines;
}

// Fits the columns into the line as Rich does: each loses an equal share of what is too much, or
// gets a share of what is left in proportion to its width.
void lay_out(std::vector<TableColumn>& columns, std::int64_t line_length) {
  auto count = static_cast<std::int64_t>(columns.size());
  std::int64_t available = std::max<std::int64_t>(0, line_length - count - 1);
  std::int64_t total = 0;
  for (TableColumn& column : columns) {
    column.width = std::min(column.width + 2, available);
    total += column.width;
  }
  std::int64_t rest = total - available;
  if (rest > 0) {
    total = 0;
    for (TableColumn& column : columns) {
      double share = static_cast<double>(rest) / static_cast<double>(count--);
      auto lost = std::min(column.width, static_cast<std::int64_t>(std::nearbyint(share)));
      column.width -= lost;
      rest -= lost;
      total += column.width;
    }
  }
  rest = available - total;
  for (TableColumn& column : columns) {
    if (rest <= 0) {
      break;
    }
    auto part = static_cast<double>(column.width * rest) / static_cast<double>(total);
    auto won = static_cast<std::int64_t>(std::ceil(part));
    total -= column.width;
    column.width += won;
    rest -= won;
  }
}

}  // namespace

StyledText& StyledText::add(std::u32string_view text, TextStyle style) {
  for (char32_t c : text) {
    if (!is_stripped(c)) {
      plain += c;
      styles.push_back(style);
    }
  }
  return *this;
}

StyledText& StyledText::add(std::string_view utf8, TextStyle style) {
  return add(terminal::decode(utf8), style);
}

TextConsole::TextConsole(int columns, Colors colors)
    : columns_(std::max(columns, 1)), colors_(colors) {}

void TextConsole::print(const StyledText& text) {
  for (const StyledText& line : wrap(text, {columns_, Justify::none, Overflow::fold})) {
    append_line(output_, segments_of(line), columns_, colors_);
  }
}

void TextConsole::print(const TextTable& table) {
  std::vector<TableColumn> columns = table.columns;
  lay_out(columns, table.width);
  std::vector<StyledText> headers(columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    headers[i].add(columns[i].header);
  }
  auto print_border = [&](std::u32string_view corners) {
    append_line(output_, border_line(columns, corners), columns_, colors_);
  };
  auto print_row = [&](const std::vector<StyledText>& cells, bool is_header) {
    for (const Line& line : row_lines(columns, cells, is_header)) {
      append_line(output_, line, columns_, colors_);
    }
  };
  print_border(U"┏━┳┓");
  print_row(headers, true);
  print_border(U"┡━╇┩");
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    if (i > 0) {
      print_border(U"├─┼┤");
    }
    print_row(table.rows[i], false);
  }
  print_border(U"└─┴┘");
}

std::string TextConsole::take() { return std::exchange(output_, {}); }

}  // namespace keratin
