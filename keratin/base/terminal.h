// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace keratin::terminal {

/// Says which escape sequences the summary may use: none at all, bold only (`NO_COLOR`), the 16
/// standard colours, or 256 colours.
enum class Colors { none, bold, standard, eight_bit };

/// The file descriptor of standard output.
inline constexpr int standard_output = 1;

/// Returns whether the descriptor is a terminal.
bool is_terminal(int descriptor = standard_output);

/// Returns the columns of the terminal as `shutil.get_terminal_size` does: the environment variable
/// COLUMNS if it is a positive number, else what the terminal says, else 80.
int columns(int descriptor = standard_output);

/// Returns the columns at which Rich's console wraps and crops, which differ from `columns` in two
/// cases: they come from standard input or error if only those are terminals, and are 80 on a
/// terminal that calls itself dumb.
int console_columns();

/// Returns the colours that Rich's console chooses for the descriptor from TTY_COMPATIBLE,
/// FORCE_COLOR, TERM, COLORTERM and NO_COLOR.
Colors colors(int descriptor = standard_output);

/// Returns the code points of UTF-8 text; every byte that fits nowhere becomes U+FFFD.
std::u32string decode(std::string_view utf8);

/// Returns code points as UTF-8 text.
std::string encode(std::u32string_view text);

/// Returns the columns that one code point takes: 0, 1 or 2 (Unicode 17, as Rich 15 counts).
int width(char32_t code_point);

/// Returns the columns that text takes; a zero width joiner hides the code point after it, and
/// variation selector 16 makes a narrow symbol wide.
int width(std::u32string_view text);

/// Returns the columns that UTF-8 text takes.
int width(std::string_view utf8);

/// Returns `text` cut, or filled with spaces, to exactly `columns` columns (at least 0). A wide
/// character that would be cut in half becomes a space.
std::u32string fit(std::u32string_view text, int columns);

/// Returns `text` cut into pieces of at most `columns` columns, never inside a character.
std::vector<std::u32string> chop(std::u32string_view text, int columns);

}  // namespace keratin::terminal
